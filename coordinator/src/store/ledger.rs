//! The way of facts onto the ledger: queued in the transaction of the fact, cut into a block, stored.
//!
//! An entry stands in `ledger_queue` from the transaction that writes its fact until its block has its storage quorum.
//! The numbers of the queue are the order of the ledger: whatever an entry needs has a lower number, because only the
//! holder of the lease writes here and each of its transactions waits for the one before.

mod block;
mod policy;
pub(super) mod queue;
mod read;
mod refused;
mod stored;

pub use block::{BlockRecord, CutEntry, NewBlock};
pub use policy::PolicyRecord;
pub use read::{NamedBlob, Queued, QueuedFact};
pub use refused::Dropped;
pub use stored::{Stored, StoredTask};

/// What an entry is (LEDGER.md section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A signed job.
    Job,
    /// A certificate.
    Cert,
    /// A failure.
    Fail,
    /// The end of a job.
    Done,
    /// A publication.
    Prog,
    /// The withdrawal of a publication.
    Withdraw,
    /// A ban of a node, or its end.
    Ban,
    /// Evidence against somebody.
    Evidence,
    /// The policy that is in force from the next block on.
    Policy,
    /// The end of a certificate.
    Void,
}

impl EntryKind {
    const ALL: [Self; 10] = [
        Self::Job,
        Self::Cert,
        Self::Fail,
        Self::Done,
        Self::Prog,
        Self::Withdraw,
        Self::Ban,
        Self::Evidence,
        Self::Policy,
        Self::Void,
    ];

    const fn number(self) -> i64 {
        self as i64
    }

    fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}
