//! How good the best alignment with a sequence is and where it ends: one row of cells, whatever the sequence's length.

use crate::scoring::Scoring;

/// Less than any score, and far from the least i32.
pub(crate) const NEVER: i32 = i32::MIN / 2;

/// Where the best alignment ends: the first such place in the sequence, there the first in the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) score: i32,
    /// Index of its last residue in the query.
    pub(crate) query: usize,
    /// Index of its last residue in the sequence.
    pub(crate) target: usize,
}

/// One residue of the query against the sequence's residue before.
#[derive(Debug, Clone, Copy)]
struct Cell {
    /// The best alignment that ends with this pair, or in a gap behind it.
    best: i32,
    /// The best one that ends in a gap of the query.
    gap: i32,
}

/// The query, ready to be aligned with one sequence after the other.
#[derive(Debug)]
pub(crate) struct Pass {
    scoring: Scoring,
    /// Which of the profiles belongs to a residue.
    profile_of: Vec<usize>,
    /// The query's scores against a residue. The first is for residues that the query has not.
    profiles: Vec<Vec<i32>>,
    cells: Vec<Cell>,
}

impl Pass {
    pub(crate) fn new(query: &[u8], scoring: Scoring) -> Self {
        let mut profile_of = vec![0; 256];
        let mut profiles = vec![vec![-scoring.mismatch; query.len()]];
        for residue in query {
            if let Some(profile @ 0) = profile_of.get_mut(usize::from(*residue)) {
                *profile = profiles.len();
                let scores = query.iter().map(|other| scoring.of_pair(*residue, *other));
                profiles.push(scores.collect());
            }
        }
        Self {
            scoring,
            profile_of,
            profiles,
            cells: Vec::with_capacity(query.len()),
        }
    }

    /// Where the best alignment ends; `None` when no residue is alike.
    pub(crate) fn best_end(&mut self, target: &[u8]) -> Option<End> {
        let fresh = Cell {
            best: 0,
            gap: NEVER,
        };
        let len = self.profiles.first().map_or(0, Vec::len);
        self.cells.clear();
        self.cells.resize(len, fresh);
        let mut end: Option<End> = None;
        let mut most = 0;
        for (at, residue) in target.iter().enumerate() {
            let best = self.column(*residue);
            if best > most {
                most = best;
                let query = self.cells.iter().position(|cell| cell.best == best)?;
                end = Some(End {
                    score: best,
                    query,
                    target: at,
                });
            }
        }
        end
    }

    /// One residue of the sequence against the whole query; the best score of these pairs.
    fn column(&mut self, residue: u8) -> i32 {
        let profile = self.profile_of.get(usize::from(residue));
        let profile = profile.and_then(|profile| self.profiles.get(*profile));
        let Scoring {
            gap_first,
            gap_next,
            ..
        } = self.scoring;
        // The best of the pair before, and the best that ends in a gap of the sequence.
        let (mut diagonal, mut gap) = (0, NEVER);
        let mut most = 0;
        for (cell, score) in self.cells.iter_mut().zip(profile.into_iter().flatten()) {
            let before = cell.best;
            cell.gap = (cell.gap - gap_next).max(before - gap_first);
            let best = (diagonal + score).max(cell.gap).max(gap).max(0);
            gap = (gap - gap_next).max(best - gap_first);
            cell.best = best;
            diagonal = before;
            most = most.max(best);
        }
        most
    }
}
