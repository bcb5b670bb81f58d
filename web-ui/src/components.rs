//! Components draw what pages have fetched.

pub(crate) mod facts;
pub(crate) mod join;
pub(crate) mod tasks;
