//! Components draw what pages have fetched.

pub(crate) mod bytes;
pub(crate) mod command;
pub(crate) mod compute;
pub(crate) mod facts;
pub(crate) mod fuel;
pub(crate) mod job;
pub(crate) mod ledger;
pub(crate) mod outcome;
pub(crate) mod segments;
pub(crate) mod submit;
pub(crate) mod trouble;
pub(crate) mod waiting;
