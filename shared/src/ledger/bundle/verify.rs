//! Checking a bundle with nothing but the pinned policy: first the policies, then the checkpoint and its header, then
//! the records of the job, as the log orders them.

use super::policies::{Policies, check_inclusion};
use super::reading::Reading;
use super::{BundleFault, BundlePlace, ProofBundle, VerifiedBundle};
use crate::ids::{ChainId, JobId};
use crate::ledger::entry::Entry;
use crate::ledger::facts::{self, Facts};
use crate::ledger::policy_text::{Certified, QuorumPolicy};
use std::collections::BTreeMap;

impl ProofBundle {
    /// Checks everything that the bundle says, under the policy that the reader has pinned. `leaves` are leaf lists that
    /// the reader has beside those of the bundle, by job: with a task's leaf its input is checked too.
    ///
    /// # Errors
    /// The first rule that is broken, and where.
    pub fn verify(
        &self,
        pinned: &QuorumPolicy,
        leaves: &BTreeMap<JobId, Vec<u8>>,
    ) -> Result<VerifiedBundle, BundleFault> {
        let chain = ChainId::of_origin(pinned.origin());
        let mut policies = Policies::new(chain, pinned);
        for change in &self.changes {
            policies.change(change)?;
        }
        let (checkpoint, header) = policies.head(&self.head)?;
        let entries = self.included(chain, &checkpoint)?;
        for (index, entry) in &entries {
            if let Entry::Policy(policy) = entry {
                policies.known.insert(*index, policy.as_ref().clone());
            }
        }
        let policy = policies.in_force(&header)?;
        let voided = facts::indexes(entries.iter().map(|(_, entry)| entry));
        let facts = Facts::new(chain, false);
        let mut reading = Reading::new(self, leaves, facts, header, policies.known, voided);
        for ((index, entry), record) in entries.iter().zip(&self.records) {
            reading.record(*index, entry, &record.entry)?;
        }
        let tasks = reading.counted()?;
        Ok(VerifiedBundle {
            checkpoint,
            header,
            policy,
            job_id: self.job_id,
            jobs: reading.jobs,
            tasks,
            voids: reading.voids,
            partial: self.partial,
        })
    }

    /// The records as entries, each proven to be in the tree of the checkpoint.
    fn included(
        &self,
        chain: ChainId,
        checkpoint: &Certified,
    ) -> Result<Vec<(u64, Entry)>, BundleFault> {
        let entries = self.records.iter().map(|record| {
            let place = BundlePlace::Record(record.index);
            check_inclusion(place, record, checkpoint)?;
            let entry = place.of(Entry::decode(chain, &record.entry))?;
            Ok((record.index, entry))
        });
        entries.collect()
    }
}
