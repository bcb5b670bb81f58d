//! What became of a volunteer's work since it was started.

use crate::outcome::Outcome;
use crate::protocol::Settlement;

/// Counters of one session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// Votes that agree with a certificate.
    pub accepted: u64,
    /// Of these, votes whose certificate has its storage quorum.
    pub stored: u64,
    /// Votes that were outvoted or invalid.
    pub rejected: u64,
    /// Votes that came too late to count.
    pub superseded: u64,
    /// Votes that are not settled yet.
    pub pending: u64,
    /// Assignments that could not be run.
    pub unable: u64,
    /// Assignments that the coordinator took back before there was a vote.
    pub cancelled: u64,
    /// Fuel of accepted votes.
    pub credit: u64,
}

impl Record {
    pub(super) const fn settled(&mut self, outcome: &Outcome, verdict: Settlement) {
        match verdict {
            Settlement::Accepted { .. } => {
                self.accepted = self.accepted.saturating_add(1);
                self.credit = self.credit.saturating_add(outcome.fuel);
            }
            Settlement::Rejected(_) => self.rejected = self.rejected.saturating_add(1),
            Settlement::Superseded => self.superseded = self.superseded.saturating_add(1),
        }
    }

    /// How many votes were signed.
    #[must_use]
    pub const fn votes(&self) -> u64 {
        self.accepted
            .saturating_add(self.rejected)
            .saturating_add(self.superseded)
            .saturating_add(self.pending)
    }
}
