//! The OpenAPI 3.1 document, made from the handlers themselves.

use utoipa::Modify;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(title = "Manyhands", description = "Jobs on untrusted volunteers: submit, watch, verify. \
        Every error is application/problem+json; its codes are explained at /docs/problems."),
    modifiers(&Security),
    tags(
        (name = "status", description = "What anyone may know"),
        (name = "programs", description = "What volunteers run"),
        (name = "blobs", description = "Inputs and outputs by their SHA-256"),
        (name = "jobs", description = "Submit, watch, read results, cancel"),
        (name = "nodes", description = "Volunteers"),
        (name = "admin", description = "Tokens, keys and trust; each change is audited"),
        (name = "health", description = "For machines that watch the server"),
    )
)]
struct Head;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let signature = |description: &str| {
            let header = ApiKeyValue::with_description("Authorization", description);
            SecurityScheme::ApiKey(ApiKey::Header(header))
        };
        let bearer = |description: &str| {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
            SecurityScheme::Http(scheme.description(Some(description)).build())
        };
        let components = document.components.get_or_insert_default();
        for (name, scheme) in [
            (
                "signature",
                signature(
                    "Manyhands key=\"<hex>\", time=\"<unix ms>\", nonce=\"<hex>\", sig=\"<hex>\": an Ed25519 signature \
                     over LEDGER.md's Http structure, valid for 120 s and once.",
                ),
            ),
            (
                "token",
                bearer("A token with the scope, from `manyhands token create`."),
            ),
            (
                "blob_token",
                bearer("A volunteer's, for the inputs of its live assignments."),
            ),
        ] {
            components.add_security_scheme(name, scheme);
        }
    }
}

/// What the document says beside the routes.
pub(super) fn head() -> utoipa::openapi::OpenApi {
    Head::openapi()
}

/// The whole document, as `/api/v1/openapi.json` serves it.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    super::routes().split_for_parts().1
}
