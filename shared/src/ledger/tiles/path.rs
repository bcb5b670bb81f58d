//! Paths of tiles and entry bundles: `tile/<L>/<N>[.p/<W>]` and `tile/entries/<N>[.p/<W>]`, in exactly one spelling.

use super::{FULL_WIDTH, TileId};
use std::fmt;
use std::str::FromStr;

/// The highest level that a path may name.
const MAX_LEVEL: u64 = 63;
/// Longer than any path: seven groups of digits stand for the largest number.
const MAX_LEN: usize = 64;

/// What a path below the log's prefix names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TilePath {
    /// A tile of hashes.
    Hashes {
        /// Which tile.
        tile: TileId,
        /// How many hashes: 1 to 256, below 256 as a partial tile.
        width: u16,
    },
    /// A bundle of entries.
    Entries {
        /// Position of the bundle: its first entry has the index `n * 256`.
        n: u64,
        /// How many entries: 1 to 256, below 256 as a partial bundle.
        width: u16,
    },
}

/// Why a text is not the path of a tile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path:?} is no path of a tile: {reason}")]
pub struct TilePathError {
    /// The path, or the beginning of a long one.
    pub path: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, width) = match *self {
            Self::Hashes { tile, width } => {
                write!(f, "tile/{}/", tile.level)?;
                (tile.n, width)
            }
            Self::Entries { n, width } => {
                f.write_str("tile/entries/")?;
                (n, width)
            }
        };
        let mut groups = vec![n % 1000];
        let mut rest = n / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        while let Some(group) = groups.pop() {
            let (mark, end) = if groups.is_empty() {
                ("", "")
            } else {
                ("x", "/")
            };
            write!(f, "{mark}{group:03}{end}")?;
        }
        if width < FULL_WIDTH {
            write!(f, ".p/{width}")?;
        }
        Ok(())
    }
}

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(path: &str) -> Result<Self, TilePathError> {
        parse(path).map_err(|reason| TilePathError {
            path: path.chars().take(MAX_LEN).collect(),
            reason,
        })
    }
}

fn parse(path: &str) -> Result<TilePath, &'static str> {
    if path.len() > MAX_LEN {
        return Err("it is longer than any");
    }
    let rest = path
        .strip_prefix("tile/")
        .ok_or("it must begin with tile/")?;
    let (level, rest) = rest
        .split_once('/')
        .ok_or("a level and a number must follow tile/")?;
    let (n, width) = match rest.split_once(".p/") {
        Some((n, width)) => (n, partial_width(width)?),
        None => (rest, FULL_WIDTH),
    };
    let n = number(n)?;
    if level == "entries" {
        return Ok(TilePath::Entries { n, width });
    }
    let level = small(level, MAX_LEVEL).and_then(|level| u8::try_from(level).ok());
    let level = level.ok_or("the level must be entries or 0 to 63, without leading zeros")?;
    let tile = TileId { level, n };
    Ok(TilePath::Hashes { tile, width })
}

fn partial_width(digits: &str) -> Result<u16, &'static str> {
    let width = small(digits, u64::from(FULL_WIDTH) - 1).filter(|&width| width > 0);
    let width = width.and_then(|width| u16::try_from(width).ok());
    width.ok_or("the width must be 1 to 255, without leading zeros")
}

fn small(digits: &str, max: u64) -> Option<u64> {
    crate::ledger::text::decimal(digits).filter(|&number| number <= max)
}

/// Groups of three digits, all but the last behind an `x`; the first of several is not 000.
fn number(groups: &str) -> Result<u64, &'static str> {
    let mut n = 0_u64;
    let mut groups = groups.split('/').enumerate().peekable();
    while let Some((at, group)) = groups.next() {
        let is_last = groups.peek().is_none();
        let digits = match group.strip_prefix('x') {
            Some(digits) if !is_last => digits,
            None if is_last => group,
            Some(_) => return Err("the last group of digits must not begin with x"),
            None => return Err("each group of digits but the last must begin with x"),
        };
        if digits.len() != 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err("the number must stand in groups of three digits");
        }
        if at == 0 && !is_last && digits == "000" {
            return Err("the number must not begin with a group of zeros");
        }
        let value: u64 = digits.parse().map_err(|_| "the digits are no number")?;
        let larger = n.checked_mul(1000).and_then(|n| n.checked_add(value));
        n = larger.ok_or("the number is too large")?;
    }
    Ok(n)
}
