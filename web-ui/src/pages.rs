//! Pages fetch; components draw.

pub(crate) mod job;
pub(crate) mod jobs;
pub(crate) mod ledger;
pub(crate) mod not_found;
pub(crate) mod status;
pub(crate) mod submit;
pub(crate) mod volunteer;
