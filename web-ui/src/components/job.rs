//! The parts of a job's page.

pub(crate) mod again;
pub(crate) mod cancel;
pub(crate) mod checked;
pub(crate) mod dissent;
pub(crate) mod head;
pub(crate) mod preview;
pub(crate) mod result;
pub(crate) mod state;
pub(crate) mod table;
pub(crate) mod tasks;
