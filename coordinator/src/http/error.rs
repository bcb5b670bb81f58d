//! Errors of other parts as problems of the API.

pub(super) use crate::problem::ApiError;

use crate::hub::HubStopped;
use shared::api::problem::ProblemCode;

impl From<HubStopped> for ApiError {
    fn from(_: HubStopped) -> Self {
        let detail = "the coordinator is stopping; try again when it is back";
        Self::later(ProblemCode::Draining, 5, detail)
    }
}
