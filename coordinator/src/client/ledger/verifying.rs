//! Verifies the ledger of a source: from block 0, or from what was verified before.

use super::error::LedgerError;
use super::known::{KnownLedger, KnownLedgers};
use super::reader::{self, LogReader};
use super::source::LogSource;
use futures_util::{StreamExt as _, stream};
use shared::crypto::Strict;
use shared::ids::{ChainId, UnixMs};
use shared::ledger::checkpoint::Checkpoint;
use shared::ledger::note::Note;
use shared::ledger::policy_text::{Certified, QuorumPolicy};
use shared::ledger::tiles::FULL_WIDTH;
use shared::ledger::verify::{LedgerVerifier, Met, Step, meet};

/// Entry bundles that are fetched ahead.
const AHEAD: usize = 8;

/// A ledger that keeps every rule.
#[derive(Debug)]
pub struct Verified {
    /// Its name.
    pub origin: String,
    /// Its id.
    pub chain: ChainId,
    /// The newest checkpoint, and who cosigned it.
    pub certified: Certified,
    /// Number of the newest block.
    pub height: u64,
    /// When that was made.
    pub time_ms: UnixMs,
    /// Version of the policy that certifies it.
    pub policy_version: u32,
    /// How many entries had been verified before.
    pub known_size: u64,
    /// Jobs on it.
    pub jobs: usize,
    /// Decided tasks on it.
    pub tasks: usize,
}

/// Is told what happens.
pub trait Watcher {
    /// An entry of a log of this size is about to be checked.
    ///
    /// # Errors
    /// What ends the verification.
    fn read(&mut self, index: u64, size: u64, entry: &[u8]) -> Result<(), LedgerError>;
    /// A person should know this.
    fn notice(&mut self, words: &str);
}

/// Verifies what the source has from block 0. `pinned` must have been in force.
///
/// # Errors
/// The first rule that is broken.
pub async fn whole(
    source: &LogSource,
    pinned: Option<&QuorumPolicy>,
    watcher: &mut impl Watcher,
) -> Result<Verified, LedgerError> {
    let (found, checkpoint) = reader::newest(source).await?;
    whole_at(source, &found, &checkpoint, pinned, watcher).await
}

/// The same up to a checkpoint.
pub(super) async fn whole_at(
    source: &LogSource,
    found: &Note,
    checkpoint: &Checkpoint,
    pinned: Option<&QuorumPolicy>,
    watcher: &mut impl Watcher,
) -> Result<Verified, LedgerError> {
    let chain = ChainId::of_origin(&checkpoint.origin);
    let mut verifier = LedgerVerifier::new(chain);
    let mut run = Run::new(source, found, checkpoint, pinned);
    run.go(&mut verifier, watcher).await
}

/// Verifies what a server has come to since it was verified last, and remembers it. `pinned` must have been in force,
/// or, where there is none, the policy of the first visit.
///
/// # Errors
/// The first rule that is broken; of a fork or rollback both checkpoints are kept.
pub async fn since_last_time(
    source: &LogSource,
    known: &KnownLedgers,
    pinned: Option<&QuorumPolicy>,
    watcher: &mut impl Watcher,
) -> Result<Verified, LedgerError> {
    let (found, checkpoint) = reader::newest(source).await?;
    let (origin, server) = (checkpoint.origin.clone(), source.name());
    let chain = ChainId::of_origin(&origin);
    if let Some(other) = known.other_at(&server, chain)? {
        watcher.notice(&format!(
            "{server} now serves the ledger {origin}; when it was verified last, it was {other}"
        ));
    }
    let before = known.ledger(chain)?;
    let kept_state = known.state(chain).filter(|_| before.is_some());
    let restored = kept_state.and_then(|state| LedgerVerifier::restore(&state).ok());
    let mut verifier = LedgerVerifier::new(chain);
    let mut first_pinned = None;
    if let Some(before) = &before {
        let (kept, first) = kept_of(before)?;
        // The state may be older than the certificate, if writing was interrupted; then everything is read again.
        let mut restored = restored.filter(|restored| restored.certificate() == Some(&kept));
        let then_in_force = restored.as_ref().and_then(LedgerVerifier::certifier_text);
        let signs = then_in_force.as_ref().unwrap_or(&first);
        check_history(source, known, signs, &kept, &found).await?;
        // Whether another policy than the newest was ever in force only its block shows.
        let is_in_force = |pinned| then_in_force.as_ref() == Some(pinned);
        if !pinned.is_none_or(is_in_force) {
            restored = None;
        }
        if let Some(restored) = restored {
            verifier = restored;
        } else {
            watcher.notice("The ledger is known, and everything is read again.");
            first_pinned = Some(first);
        }
    }
    let mut run = Run::new(
        source,
        &found,
        &checkpoint,
        pinned.or(first_pinned.as_ref()),
    );
    let outcome = run.go(&mut verifier, watcher).await?;
    let first_policy = before.map(|before| before.policy);
    let text = verifier.certifier().map(|policy| policy.text.clone());
    if let (Some(state), Some(text)) = (verifier.state(), text) {
        let ledger = KnownLedger {
            origin,
            policy: first_policy.unwrap_or(text),
            certificate: found.to_string(),
        };
        known.remember(Some(&server), chain, ledger, &state)?;
    }
    Ok(outcome)
}

pub(super) fn kept_of(known: &KnownLedger) -> Result<(Note, QuorumPolicy), LedgerError> {
    let damaged = |error: &dyn std::fmt::Display| {
        let words = format!("the kept certificate is damaged ({error}); remove known_ledgers.json");
        LedgerError::broken("kept", words)
    };
    let kept = Note::parse(known.certificate.as_bytes()).map_err(|error| damaged(&error))?;
    let policy = QuorumPolicy::parse(&known.policy).map_err(|error| damaged(&error))?;
    Ok((kept, policy))
}

/// Whether the log goes on from what was kept.
pub(super) async fn check_history(
    source: &LogSource,
    known: &KnownLedgers,
    policy: &QuorumPolicy,
    kept: &Note,
    found: &Note,
) -> Result<(), LedgerError> {
    let chain = ChainId::of_origin(policy.origin());
    let contradiction = match meet(policy, kept, found)? {
        Met::OtherLog { .. } | Met::Same => return Ok(()),
        Met::Contradiction(contradiction) => contradiction,
        Met::Newer(newer) => {
            let plans = newer.plans();
            let (root, consistency) =
                plans.map_err(|error| LedgerError::broken("checkpoint", error))?;
            let size = found.text().parse::<Checkpoint>()?.size;
            let mut reader = LogReader::new(source, size);
            let root = reader.hashes(&root).await?;
            let proof = reader.hashes(&consistency).await?;
            let root = root.first().copied().unwrap_or(shared::ids::Digest::NONE);
            match newer.check(root, &proof)? {
                None => return Ok(()),
                Some(contradiction) => {
                    policy.checkpoint(found)?;
                    contradiction
                }
            }
        }
    };
    Err(known.keep_evidence(chain, contradiction)?)
}

/// One verification.
struct Run<'a> {
    source: &'a LogSource,
    found: &'a Note,
    checkpoint: &'a Checkpoint,
    /// Must be in force at some block.
    pinned: Option<&'a QuorumPolicy>,
    reader: LogReader<'a>,
}

impl<'a> Run<'a> {
    const fn new(
        source: &'a LogSource,
        found: &'a Note,
        checkpoint: &'a Checkpoint,
        pinned: Option<&'a QuorumPolicy>,
    ) -> Self {
        Self {
            source,
            found,
            checkpoint,
            pinned,
            reader: LogReader::new(source, checkpoint.size),
        }
    }

    async fn go(
        &mut self,
        verifier: &mut LedgerVerifier,
        watcher: &mut impl Watcher,
    ) -> Result<Verified, LedgerError> {
        let (size, known_size) = (self.checkpoint.size, verifier.size());
        let width = u64::from(FULL_WIDTH);
        let bundles = LogReader::new(self.source, size);
        let ahead = stream::iter(known_size / width..size.div_ceil(width))
            .map(|n| bundles.bundle(n))
            .buffered(AHEAD);
        let mut ahead = std::pin::pin!(ahead);
        let mut index = known_size / width * width;
        let mut was_pinned = self.is_pinned(verifier);
        while let Some(entries) = ahead.next().await {
            for entry in entries? {
                if index >= known_size {
                    watcher.read(index, size, &entry)?;
                    self.push(verifier, entry).await?;
                    was_pinned |= self.is_pinned(verifier);
                }
                index += 1;
            }
        }
        let certified = verifier.certify(self.found)?;
        if !was_pinned {
            let words = "no block of this ledger was made under the pinned policy";
            return Err(LedgerError::broken("policy_pinned", words));
        }
        let head = verifier.head();
        Ok(Verified {
            origin: self.checkpoint.origin.clone(),
            chain: verifier.chain(),
            certified,
            height: head.map_or(0, |head| head.height),
            time_ms: head.map_or(UnixMs(0), |head| head.time_ms),
            policy_version: verifier.certifier().map_or(0, |policy| policy.version),
            known_size,
            jobs: verifier.jobs(),
            tasks: verifier.tasks(),
        })
    }

    fn is_pinned(&self, verifier: &LedgerVerifier) -> bool {
        self.pinned
            .is_none_or(|pinned| verifier.certifier_text().as_ref() == Some(pinned))
    }

    async fn push(
        &mut self,
        verifier: &mut LedgerVerifier,
        entry: Vec<u8>,
    ) -> Result<(), LedgerError> {
        let mut step = verifier.push(entry, &Strict)?;
        if let Step::Earlier(indexes) = step {
            for index in indexes {
                let record = self.reader.record(index, verifier.size()).await?;
                verifier.earlier(record)?;
            }
            step = verifier.resume(&Strict)?;
        }
        let newest = matches!(step, Step::Block(_)) && verifier.size() == self.checkpoint.size;
        if let Some(head) = verifier.awaits_certificate().filter(|_| !newest) {
            let certificate = reader::certificate(self.source, head.height).await?;
            verifier.certify(&certificate)?;
        }
        Ok(())
    }
}
