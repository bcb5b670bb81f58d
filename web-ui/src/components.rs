//! Components draw what pages have fetched.

pub(crate) mod command;
pub(crate) mod compute;
pub(crate) mod facts;
pub(crate) mod segments;
pub(crate) mod waiting;
