//! `PUT, HEAD, GET blobs/{sha256}`.

use crate::ids::Digest;
use serde::{Deserialize, Serialize};

/// Answer to an upload; the same whether the bytes were known or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlobStored {
    /// SHA-256 of the bytes.
    pub sha256: Digest,
    /// How many bytes.
    pub len: u64,
}
