//! `PUT, HEAD, GET blobs/{sha256}`.

pub(super) mod get;
pub(super) mod put;
