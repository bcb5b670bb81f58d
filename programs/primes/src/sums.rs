//! What is known about a range, as JSON in one line.

use guest::Problem;
use serde::{Deserialize, Serialize};

/// Counts of one range or several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sums {
    /// How many primes.
    pub(crate) count: u64,
    /// The greatest of them.
    pub(crate) largest: Option<u64>,
    /// How many of them, p, have a twin p + 2.
    pub(crate) twin_pairs: u64,
}

impl Sums {
    pub(crate) fn json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec(self).expect("numbers are JSON");
        json.push(b'\n');
        json
    }

    /// The sums of one JSON after the other.
    pub(crate) fn read_all(text: &[u8]) -> Result<Self, Problem> {
        let mut sums = Self::default();
        for one in serde_json::Deserializer::from_slice(text).into_iter::<Self>() {
            let one = one.map_err(|error| format!("the input of reduce is not counts: {error}"))?;
            sums.count = sums.count.saturating_add(one.count);
            sums.twin_pairs = sums.twin_pairs.saturating_add(one.twin_pairs);
            sums.largest = sums.largest.max(one.largest);
        }
        Ok(sums)
    }
}
