//! How volunteers are chosen for a job's tasks: the numbered presets of TRUST.md section 3.

use crate::codec::DecodeError;
use serde::{Deserialize, Serialize};

/// How volunteers are chosen (TRUST.md section 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Weighted by record, age and speed.
    Balanced,
    /// Uniform over eligible nodes.
    Random,
    /// Lowest expected completion.
    Fast,
    /// Only proven nodes.
    Proven,
    /// Most different networks, engines and machines.
    Diverse,
    /// Only members of a private group.
    Pool(String),
}

impl Policy {
    pub(super) const fn number(&self) -> u8 {
        match self {
            Self::Balanced => 0,
            Self::Random => 1,
            Self::Fast => 2,
            Self::Proven => 3,
            Self::Diverse => 4,
            Self::Pool(_) => 5,
        }
    }

    pub(super) fn pool(&self) -> &str {
        if let Self::Pool(name) = self {
            name
        } else {
            ""
        }
    }

    pub(super) fn from_parts(number: u8, pool: String) -> Result<Self, DecodeError> {
        if (number == 5) == pool.is_empty() {
            return Err(DecodeError::value(
                "pool",
                pool,
                "must be empty exactly unless policy is 5",
            ));
        }
        Ok(match number {
            0 => Self::Balanced,
            1 => Self::Random,
            2 => Self::Fast,
            3 => Self::Proven,
            4 => Self::Diverse,
            5 => Self::Pool(pool),
            _ => return Err(DecodeError::value("policy", number, "must be 0 to 5")),
        })
    }
}

impl std::fmt::Display for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Balanced => "balanced",
            Self::Random => "random",
            Self::Fast => "fast",
            Self::Proven => "proven",
            Self::Diverse => "diverse",
            Self::Pool(name) => return write!(f, "pool:{name}"),
        })
    }
}

impl std::str::FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "balanced" => Self::Balanced,
            "random" => Self::Random,
            "fast" => Self::Fast,
            "proven" => Self::Proven,
            "diverse" => Self::Diverse,
            _ => match text.strip_prefix("pool:") {
                Some(name) if (1..=255).contains(&name.len()) => Self::Pool(name.to_owned()),
                _ => {
                    return Err(format!(
                        "unknown policy {text:?}; use balanced, random, fast, proven, diverse or pool:NAME"
                    ));
                }
            },
        })
    }
}
