//! What the HTTP API of DESIGN.md section 6 says and hears: JSON bodies, one file for each group of routes.
//!
//! Bytes that are signed or hashed travel as base64 (standard alphabet, padded), ids as hex, times as Unix ms.

pub mod blobs;
pub mod bytes64;
pub mod events;
pub mod jobs;
pub mod keys;
pub mod ledger;
pub mod nodes;
pub mod problem;
pub mod programs;
pub mod status;
pub mod storage;
pub mod tokens;

use serde::{Deserialize, Serialize};

/// Root of all routes.
pub const ROOT: &str = "/api/v1";
/// Entries in a page when the request does not say.
pub const DEFAULT_PAGE_SIZE: u32 = 50;
/// Most entries in a page; a larger wish is lowered to this.
pub const MAX_PAGE_SIZE: u32 = 1000;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Give this as `page_token` to read on; empty at the end.
    #[serde(default)]
    pub next_page_token: String,
}

/// The query of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
pub struct PageQuery {
    /// Entries wished, at most 1,000.
    pub page_size: Option<u32>,
    /// From the page before.
    pub page_token: Option<String>,
}

impl PageQuery {
    /// Entries to give: 1 to 1,000, 50 when not said.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.page_size
            .unwrap_or(DEFAULT_PAGE_SIZE)
            .clamp(1, MAX_PAGE_SIZE)
    }
}
