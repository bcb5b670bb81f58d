//! `admin/tokens`: scoped tokens, hashed at rest, shown once.

use crate::ids::UnixMs;
use serde::{Deserialize, Serialize};

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scope {
    /// Post and cancel jobs.
    #[serde(rename = "jobs:write")]
    JobsWrite,
    /// Read every job, its inputs and outputs.
    #[serde(rename = "jobs:read")]
    JobsRead,
    /// Publish programs.
    #[serde(rename = "programs:write")]
    ProgramsWrite,
    /// Mark nodes as proven.
    #[serde(rename = "nodes:write")]
    NodesWrite,
    /// Read metrics from elsewhere than loopback.
    #[serde(rename = "metrics:read")]
    MetricsRead,
    /// Everything, tokens and keys included.
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 6] = [
        Self::JobsWrite,
        Self::JobsRead,
        Self::ProgramsWrite,
        Self::NodesWrite,
        Self::MetricsRead,
        Self::Admin,
    ];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JobsWrite => "jobs:write",
            Self::JobsRead => "jobs:read",
            Self::ProgramsWrite => "programs:write",
            Self::NodesWrite => "nodes:write",
            Self::MetricsRead => "metrics:read",
            Self::Admin => "admin",
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| {
                let known: Vec<_> = Self::ALL.iter().map(|scope| scope.as_str()).collect();
                format!("unknown scope {text:?}; use one of {}", known.join(", "))
            })
    }
}

/// Asks for a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What it is for, to people; at most 100 characters.
    pub name: String,
    /// What it may do; at least one.
    pub scopes: Vec<Scope>,
    /// When it ends, days from now; never when absent.
    pub expires_in_days: Option<u32>,
}

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenView {
    /// Names the token; also the visible beginning of its secret.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at_ms: UnixMs,
    /// When it ends.
    pub expires_at_ms: Option<UnixMs>,
    /// When it was last used, to the minute.
    pub last_used_at_ms: Option<UnixMs>,
    /// When it was revoked.
    pub revoked_at_ms: Option<UnixMs>,
}

/// A new token, shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenCreated {
    /// The token.
    pub token: TokenView,
    /// For `Authorization: Bearer …`.
    pub secret: String,
}
