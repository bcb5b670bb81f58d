//! What this browser computes: the parts of the volunteer page, and the pill of the header.

pub(crate) mod buttons;
pub(crate) mod counts;
pub(crate) mod key;
pub(crate) mod limits;
pub(crate) mod reason;
pub(crate) mod receipts;
pub(crate) mod running;
mod schedule;
