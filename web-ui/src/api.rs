//! All HTTP of the UI.

use gloo_net::http::Request;
use shared::api::ROOT;
use shared::api::status::Status;

/// What a fetch came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Remote<T> {
    /// Nothing has come yet.
    Loading,
    /// The newest answer.
    Ready(T),
    /// The last try failed; what came before, if anything.
    Failed(Option<T>),
}

impl<T> Remote<T> {
    /// The newest answer there is.
    pub(crate) fn newest(&self) -> Option<&T> {
        match self {
            Self::Ready(value) | Self::Failed(Some(value)) => Some(value),
            Self::Loading | Self::Failed(None) => None,
        }
    }
}

/// `GET status`; `None` when the coordinator cannot be reached or does not answer as one.
pub(crate) async fn status() -> Option<Status> {
    let answer = Request::get(&format!("{ROOT}/status")).send().await.ok()?;
    answer.json().await.ok()
}
