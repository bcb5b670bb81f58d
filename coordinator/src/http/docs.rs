//! `/docs`: the API for people, with Swagger UI's own files, and `/api/v1/openapi.json` for machines.

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use utoipa_swagger_ui::SwaggerUi;

/// Swagger UI sets styles on its elements; scripts come from this server only.
const DOCS_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

pub(super) fn routes(document: utoipa::openapi::OpenApi) -> Router {
    Router::from(SwaggerUi::new("/docs").url("/api/v1/openapi.json", document))
        .layer(from_fn(with_csp))
}

async fn with_csp(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let csp = HeaderValue::from_static(DOCS_CSP);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, csp);
    response
}
