//! What an alignment is worth.

use guest::{Args, Problem};

/// Scores and costs, all of them 0 or more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scoring {
    pub(crate) equal: i32,
    pub(crate) mismatch: i32,
    /// What the first residue of a gap costs: opening it, and its length.
    pub(crate) gap_first: i32,
    /// What each further one costs; at least 1, so no best alignment ends in a gap.
    pub(crate) gap_next: i32,
}

impl Scoring {
    pub(crate) fn of(args: &Args) -> Result<Self, Problem> {
        let at_least = |name, least| args.count(name, least..=100).map(u32::cast_signed);
        let gap_next = at_least("gap-extend", 1)?;
        Ok(Self {
            equal: at_least("match", 1)?,
            mismatch: at_least("mismatch", 0)?,
            gap_first: at_least("gap-open", 0)? + gap_next,
            gap_next,
        })
    }

    /// The score of two residues.
    pub(crate) const fn of_pair(&self, left: u8, right: u8) -> i32 {
        if left == right {
            self.equal
        } else {
            -self.mismatch
        }
    }
}
