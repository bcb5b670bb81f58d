//! The outermost layer of every route: what every answer has, and how long it took.

use super::Api;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;

/// Answers a request and counts it.
pub(super) async fn finish(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let began = tokio::time::Instant::now();
    let response = crate::problem::answer(request, next).await;
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    api.metrics
        .observe(route, &method, response.status(), began.elapsed());
    response
}
