//! `admin/keys`: submitter keys that may post on a coordinator with `--submitters approved`.

use crate::ids::{SubmitterKey, UnixMs};
use serde::{Deserialize, Serialize};

/// Approves a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ApproveKey {
    /// The key.
    pub key: SubmitterKey,
    /// Whose it is, to people; at most 200 characters.
    #[serde(default)]
    pub note: String,
}

/// An approved key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApprovedKey {
    /// The key.
    pub key: SubmitterKey,
    /// Whose it is.
    pub note: String,
    /// When it was approved.
    pub approved_at_ms: UnixMs,
}
