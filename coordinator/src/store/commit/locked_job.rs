//! The jobs that a commit touches: their rows are locked first, their event numbers and counters grow.

use super::super::column::{Columns as _, big};
use super::super::{Result, Tx};
use super::{Commit, Decided, NewDecision};
use shared::ids::{JobId, SubmitterKey};
use shared::outcome::Status;
use std::collections::BTreeMap;

/// A job whose row this transaction has locked.
pub(super) struct LockedJob {
    pub(super) num: i64,
    pub(super) runs: bool,
    pub(super) submitter: SubmitterKey,
    next_seq: u64,
    counts: Counts,
}

/// What the commit adds to the job's counters.
#[derive(Default, PartialEq)]
struct Counts {
    accepted: i64,
    failed: i64,
    votes: i64,
    dissent: i64,
}

const LOCK: &str = "UPDATE jobs SET last_seq = last_seq + $2 WHERE id = $1 \
     RETURNING num, last_seq, state, submitter_key";
const COUNT: &str = "UPDATE jobs SET accepted = accepted + $2, failed = failed + $3, votes = votes + $4, \
     dissent = dissent + $5 WHERE num = $1";

/// Locks all jobs of the commit and takes an event number for everything in it. The lock lasts until the end of the
/// transaction, so the numbers of a job become visible in their order. Jobs are locked in the order of their ids: two
/// transactions never wait for each other.
pub(super) async fn lock(tx: &mut Tx, commit: &Commit) -> Result<BTreeMap<JobId, LockedJob>> {
    let mut wanted: BTreeMap<JobId, u64> = BTreeMap::new();
    let decided = commit.decisions.iter().map(|one| one.job_id);
    for job in decided.chain(commit.events.iter().map(|one| one.job_id)) {
        let numbers = wanted.entry(job).or_default();
        *numbers = numbers.saturating_add(1);
    }
    let mut jobs = BTreeMap::new();
    for (id, numbers) in wanted {
        let query = sqlx::query(LOCK).bind(&id.0[..]).bind(big(numbers));
        if let Some(row) = query.fetch_optional(tx.conn()).await? {
            let last: u64 = row.number("last_seq")?;
            let job = LockedJob {
                num: row.signed("num")?,
                runs: row.string("state")? == "running",
                submitter: row.submitter_key("submitter_key")?,
                next_seq: last.saturating_sub(numbers).saturating_add(1),
                counts: Counts::default(),
            };
            jobs.insert(id, job);
        }
    }
    Ok(jobs)
}

/// Writes the counters of all jobs.
pub(super) async fn write_counts(tx: &mut Tx, jobs: &BTreeMap<JobId, LockedJob>) -> Result<()> {
    for job in jobs.values().filter(|job| job.counts != Counts::default()) {
        let query = sqlx::query(COUNT)
            .bind(job.num)
            .bind(job.counts.accepted)
            .bind(job.counts.failed)
            .bind(job.counts.votes)
            .bind(job.counts.dissent);
        query.execute(tx.conn()).await?;
    }
    Ok(())
}

impl LockedJob {
    pub(super) fn take_seq(&mut self) -> u64 {
        let seq = self.next_seq;
        self.next_seq = seq.saturating_add(1);
        seq
    }

    /// Counts a decision that stands.
    pub(super) fn count(&mut self, decision: &NewDecision) {
        let counts = &mut self.counts;
        let is_ok = matches!(&decision.decided,
            Decided::Cert { outcome, .. } if outcome.status == Status::Ok);
        let decided = if is_ok {
            &mut counts.accepted
        } else {
            &mut counts.failed
        };
        *decided = decided.saturating_add(1);
        counts.votes = counts.votes.saturating_add(i64::from(decision.votes));
        counts.dissent = counts.dissent.saturating_add(i64::from(decision.dissent));
    }
}
