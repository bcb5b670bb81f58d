//! PREPARE: the promise to take nothing of a lower ballot, kept on disk before it is given.

use super::super::certify::Quorum;
use super::super::db::read_policy;
use super::super::error::Result;
use super::super::wire::{Head, MAX_BALLOT, Prepare, Prepared, Refusal};
use super::StorageNode;
use super::state::{Ledger, META_FIRST_POLICY};
use shared::codec::Canonical as _;
use shared::ids::ChainId;
use shared::ledger::policy::PolicyEntry;

impl StorageNode {
    /// Promises the ballot, if it is higher than what was promised, and says what is committed and accepted here.
    ///
    /// # Errors
    /// [`Refusal`] when the node takes part in nothing, has no ledger, or knows this one by another Policy 0; or when the
    /// database fails.
    pub async fn prepare(&self, prepare: Prepare) -> Result<Prepared> {
        check_ballot(prepare.ballot)?;
        if self.view().wiped
            && let Some(policy) = &prepare.policy
            && self.first_policy(policy).is_ok()
        {
            self.note_offer(policy);
        }
        let mut locked = self.lock().await?;
        let state = &mut *locked.state;
        let new = match (&state.ledger, &prepare.policy) {
            (None, None) => return Err(Refusal::NoLedger.into()),
            (None, Some(policy)) => Some(self.first_policy(policy)?),
            (Some(ledger), Some(policy)) => {
                check_same(ledger, policy)?;
                None
            }
            (Some(_), None) => None,
        };
        if new.is_some() || prepare.ballot > state.promised {
            let mut tx = self.db.tx("promise").await?;
            if let (Some(_), Some(policy)) = (&new, &prepare.policy) {
                tx.put_meta(META_FIRST_POLICY, policy).await?;
            }
            let promised = prepare.ballot.max(state.promised);
            tx.promise(promised).await?;
            tx.commit().await?;
            state.promised = promised;
        }
        if let Some((chain, quorum)) = new {
            state.ledger = Some(Ledger::new(chain, quorum));
        }
        let promised = state.promised;
        let chain = state.ledger()?.chain;
        let prepared = self.prepared(promised, chain).await?;
        locked.done();
        Ok(prepared)
    }

    /// What is committed and accepted here.
    pub(super) async fn prepared(&self, promised: u64, chain: ChainId) -> Result<Prepared> {
        let committed = self.db.head().await?.map(|row| Head {
            height: row.height,
            size: row.size,
            header: row.header,
            proof: row.proof,
        });
        Ok(Prepared {
            promised,
            committed,
            accepted: self.accepted_block(chain).await?,
        })
    }

    /// Policy 0 of the ledger that the node is to keep.
    pub(super) fn first_policy(&self, bytes: &[u8]) -> Result<(ChainId, Quorum)> {
        let refused = |words: String| Refusal::PolicyRefused(words);
        let (chain, entry) =
            PolicyEntry::decode(bytes).map_err(|error| refused(error.to_string()))?;
        let policy = read_policy(bytes).ok_or_else(|| refused("it cannot be read".to_owned()))?;
        if entry.version != 0 {
            let version = entry.version;
            return Err(refused(format!("a ledger begins with version 0, not {version}")).into());
        }
        if !self.approved(policy.sha256) {
            return Err(Refusal::PolicyNotApproved(policy.sha256).into());
        }
        let quorum = Quorum::of(policy).map_err(refused)?;
        if ChainId::of_origin(quorum.text.origin()) != chain {
            let words = "its chain_id is not the hash of the log's name";
            return Err(refused(words.to_owned()).into());
        }
        // A node that a later policy adds is no member of this one: nobody counts it before.
        Ok((chain, quorum))
    }
}

pub(super) fn check_ballot(ballot: u64) -> Result<()> {
    if ballot > MAX_BALLOT {
        let words = format!("a ballot is at most {MAX_BALLOT}, not {ballot}");
        return Err(Refusal::Limit(words).into());
    }
    Ok(())
}

/// A Policy 0 that the node knows already, or need not know any more.
fn check_same(ledger: &Ledger, policy: &[u8]) -> Result<(), Refusal> {
    let known = &ledger.first.policy;
    if known.entry.encode(ledger.chain) == policy {
        return Ok(());
    }
    let words = format!(
        "the storage node began the ledger with chain_id {} under the policy {}",
        ledger.chain, known.sha256
    );
    Err(match PolicyEntry::decode(policy) {
        Ok((chain, _)) if chain != ledger.chain => Refusal::OtherLedger(ledger.chain),
        _ => Refusal::PolicyRefused(words),
    })
}
