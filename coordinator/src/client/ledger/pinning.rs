//! The policy that this user trusts for a ledger: the one of the first visit, kept for ever.

use super::error::LedgerError;
use super::known::{KnownLedger, KnownLedgers};
use super::reader;
use super::source::LogSource;
use super::verifying::{check_history, kept_of};
use shared::ids::ChainId;
use shared::ledger::checkpoint::Checkpoint;
use shared::ledger::note::Note;
use shared::ledger::policy_text::QuorumPolicy;
use std::time::Duration;
use tokio::time::Instant;

/// How long a storage node may be behind what was seen before, and the time between two looks.
const BEHIND: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The pinned policy of a ledger.
#[derive(Debug, Clone)]
pub struct Pinned {
    /// Its text, byte for byte.
    pub text: String,
    /// The same, read.
    pub policy: QuorumPolicy,
}

/// The pinned policy of the ledger `chain`, which `source` serves: at the first visit the one that certifies its newest
/// checkpoint. Later on that checkpoint must go on from the one of then.
///
/// # Errors
/// When another ledger is served, the checkpoint is not certified at the first visit, or the log was rewritten: then both
/// checkpoints are kept.
pub async fn pinned(
    source: &LogSource,
    known: &KnownLedgers,
    chain: ChainId,
) -> Result<Pinned, LedgerError> {
    let before = known.ledger(chain)?;
    let kept = before.as_ref().map(kept_of).transpose()?;
    let (found, checkpoint) = newest(source, kept.as_ref().map(|(kept, _)| kept)).await?;
    if ChainId::of_origin(&checkpoint.origin) != chain {
        let words = format!("the checkpoint is that of {}", checkpoint.origin);
        return Err(LedgerError::broken("origin", words));
    }
    let (Some(before), Some((kept, policy))) = (before, kept) else {
        return first_visit(source, known, chain, &found, &checkpoint).await;
    };
    check_history(source, known, &policy, &kept, &found).await?;
    Ok(Pinned {
        text: before.policy,
        policy,
    })
}

/// The newest checkpoint. One that is older than the kept one may be that of a storage node that was away: it has a little
/// time to catch up.
async fn newest(
    source: &LogSource,
    kept: Option<&Note>,
) -> Result<(Note, Checkpoint), LedgerError> {
    let kept: Option<Checkpoint> = kept.and_then(|kept| kept.text().parse().ok());
    let until = Instant::now() + BEHIND;
    loop {
        let (found, checkpoint) = reader::newest(source).await?;
        let is_behind = kept
            .as_ref()
            .is_some_and(|kept| checkpoint.size < kept.size);
        if !is_behind || Instant::now() >= until {
            return Ok((found, checkpoint));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn first_visit(
    source: &LogSource,
    known: &KnownLedgers,
    chain: ChainId,
    found: &Note,
    checkpoint: &Checkpoint,
) -> Result<Pinned, LedgerError> {
    let (text, policy) = reader::policy_text(source).await?;
    policy
        .certify(found)
        .map_err(|error| LedgerError::broken("certificate", error))?;
    let ledger = KnownLedger {
        origin: checkpoint.origin.clone(),
        policy: text.clone(),
        certificate: found.to_string(),
    };
    known.pin(&source.name(), chain, ledger)?;
    Ok(Pinned { text, policy })
}
