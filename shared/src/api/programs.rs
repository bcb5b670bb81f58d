//! `POST programs`, `GET programs`, `GET programs/{name}[@version]`.

use super::bytes64;
use crate::ids::{Digest, SubmitterKey, UnixMs};
use serde::{Deserialize, Serialize};

/// A publication. The module is uploaded as a blob first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PublishProgram {
    /// LEDGER.md's Prog with its signature.
    #[serde(with = "bytes64")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
    pub prog: Vec<u8>,
    /// The exact bytes of the program manifest; their hash is in Prog.
    #[serde(with = "bytes64")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
    pub manifest: Vec<u8>,
}

/// A published program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProgramView {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Who publishes it.
    pub publisher_key: SubmitterKey,
    /// The module as uploaded.
    pub original_sha256: Digest,
    /// The module that runs.
    pub module_sha256: Digest,
    /// Its length in bytes.
    pub module_bytes: u64,
    /// Its manifest.
    pub manifest_sha256: Digest,
    /// Version of the rewriter, 0 = not rewritten.
    pub rewriter: u16,
    /// The exact bytes of the manifest.
    #[serde(with = "bytes64")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
    pub manifest: Vec<u8>,
    /// LEDGER.md's Prog with its signature.
    #[serde(with = "bytes64")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
    pub prog: Vec<u8>,
    /// When it was published.
    pub created_at_ms: UnixMs,
}
