//! `GET ledger/checkpoint` and `ledger/policy`: how far the log has come, and who vouches for it.

use super::{FRESH, LedgerReads, text};
use crate::problem::ApiError;
use axum::extract::State;
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
