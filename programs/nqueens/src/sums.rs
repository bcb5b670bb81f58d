//! What is known about a board, as JSON in one line.

use guest::Problem;
use serde::{Deserialize, Serialize};

/// Counts of one range or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sums {
    /// Rows of the board.
    pub(crate) n: u32,
    /// Ways to place all queens.
    pub(crate) solutions: u64,
    /// How many places of the first three queens were looked at.
    pub(crate) places: u64,
    /// How many there are: when both are equal, the whole board was looked at.
    pub(crate) of: u64,
}

impl Sums {
    pub(crate) fn none(n: u32) -> Self {
        Self {
            n,
            solutions: 0,
            places: 0,
            of: u64::from(n).pow(3),
        }
    }

    pub(crate) fn json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec(self).expect("numbers are JSON");
        json.push(b'\n');
        json
    }

    /// The sums of one JSON after the other, all about the same board.
    pub(crate) fn read_all(n: u32, text: &[u8]) -> Result<Self, Problem> {
        let mut sums = Self::none(n);
        for one in serde_json::Deserializer::from_slice(text).into_iter::<Self>() {
            let one = one.map_err(|error| format!("the input of reduce is not counts: {error}"))?;
            if (one.n, one.of) != (sums.n, sums.of) {
                return Err(format!("the input of reduce is about n={}, not {n}", one.n).into());
            }
            sums.solutions = sums.solutions.saturating_add(one.solutions);
            sums.places = sums.places.saturating_add(one.places);
        }
        Ok(sums)
    }
}
