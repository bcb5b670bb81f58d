//! `GET ledger/checkpoint`, `ledger/policy` and `ledger/certificates/{height}`: how far the log has come, and who vouches
//! for it.

use super::{FOR_EVER, FRESH, LedgerReads, number, text};
use crate::problem::ApiError;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use shared::api::problem::Problem;

/// The newest checkpoint with the cosignatures of a quorum, as [tlog-checkpoint](https://c2sp.org/tlog-checkpoint) has it.
#[utoipa::path(get, path = "/api/v1/ledger/checkpoint", tag = "ledger", responses(
    (status = 200, content_type = "text/plain", body = String), (status = 404, body = Problem),
))]
pub(super) async fn checkpoint(
    State(reads): State<LedgerReads>,
    uri: Uri,
) -> Result<Response, ApiError> {
    reads
        .answer(&uri, async |node| {
            let checkpoint = node.checkpoint().await?;
            let checkpoint = checkpoint.ok_or_else(|| ApiError::not_found("checkpoint"))?;
            Ok(text(FRESH, checkpoint))
        })
        .await
}

/// The policy in force, as [tlog-policy](https://c2sp.org/tlog-policy) has it. Whoever verifies pins a policy that they
/// have from elsewhere.
#[utoipa::path(get, path = "/api/v1/ledger/policy", tag = "ledger", responses(
    (status = 200, content_type = "text/plain", body = String), (status = 404, body = Problem),
))]
pub(super) async fn policy(
    State(reads): State<LedgerReads>,
    uri: Uri,
) -> Result<Response, ApiError> {
    reads
        .answer(&uri, async |node| {
            let view = node.view();
            let quorum = view.quorum.as_ref();
            let quorum = quorum.ok_or_else(|| ApiError::not_found("policy"))?;
            Ok(text(FRESH, quorum.policy.entry.text.clone()))
        })
        .await
}

/// The certified checkpoint of a block that holds a Policy, kept for ever: a new policy counts only with the signatures of
/// those whom the policy before it names.
#[utoipa::path(get, path = "/api/v1/ledger/certificates/{height}", tag = "ledger", params(("height" = u64, Path)),
    responses((status = 200, content_type = "text/plain", body = String), (status = 404, body = Problem)))]
pub(super) async fn certificate(
    State(reads): State<LedgerReads>,
    Path(height): Path<String>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let height = number(&height, "a height")?;
    reads
        .answer(&uri, async |node| {
            let certificate = node.certificate(height).await?;
            let missing = || ApiError::not_found("certificate of a block that holds a Policy");
            Ok(text(FOR_EVER, certificate.ok_or_else(missing)?))
        })
        .await
}
