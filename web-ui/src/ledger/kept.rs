//! What this browser has kept of the ledger between visits: the policies from the pinned one on, the newest head that it
//! has checked, and two heads that contradict each other if it ever saw such.

use crate::browser;
use serde::{Deserialize, Serialize};
use shared::ids::{Digest, UnixMs};
use shared::ledger::checkpoint::Checkpoint;
use shared::ledger::note::Note;
use shared::ledger::policy_text::QuorumPolicy;
use shared::ledger::verify::{Contradiction, ContradictionKind};

/// Where the head is kept.
const HEAD: &str = "manyhands.ledger";
/// Where contradicting heads are kept.
const ALARM: &str = "manyhands.ledger.alarm";

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The policies: the one of the first visit, then each that followed by a certificate.
    pub(super) policies: Vec<KeptPolicy>,
    /// The newest checkpoint that was checked, with its lines.
    pub(super) certificate: String,
    /// When it was checked.
    pub(super) at_ms: UnixMs,
    /// The newest block then and the policy that it names, as the server said: where to look for newer policies.
    pub(super) newest: Option<(u64, Digest)>,
}

/// A policy and what it certifies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptPolicy {
    /// Its text.
    pub(super) text: String,
    /// Its version, where its entry was seen.
    pub(super) version: Option<u32>,
    /// It certifies checkpoints of logs that are larger.
    pub(super) above: u64,
}

impl Kept {
    /// The text of the policy that certifies a checkpoint of this size.
    pub(super) fn certifier(&self, size: u64) -> Option<QuorumPolicy> {
        let mut below = self.policies.iter().rev();
        let found = below.find(|policy| policy.above < size || policy.above == 0)?;
        QuorumPolicy::parse(&found.text).ok()
    }

    /// The kept checkpoint.
    pub(super) fn checkpoint(&self) -> Option<(Note, Checkpoint)> {
        let note = Note::parse(self.certificate.as_bytes()).ok()?;
        let checkpoint = note.text().parse().ok()?;
        Some((note, checkpoint))
    }
}

/// A head of an earlier time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Before {
    /// How many entries it had.
    pub(crate) size: u64,
    /// When it was checked.
    pub(crate) at_ms: UnixMs,
}

/// What is kept; nothing before the first visit, and where storage is forbidden.
pub(super) fn load() -> Option<Kept> {
    let kept: Kept = serde_json::from_str(&browser::saved(HEAD)?).ok()?;
    kept.checkpoint().map(|_| kept)
}

/// Keeps it, unless another tab has kept a larger head of the same ledger meanwhile.
pub(super) fn save(kept: &Kept) {
    let size = |kept: &Kept| {
        let (_, checkpoint) = kept.checkpoint()?;
        Some((checkpoint.origin, checkpoint.size))
    };
    let is_older = match (load().as_ref().and_then(size), size(kept)) {
        (Some((other, there)), Some((origin, here))) => other == origin && there > here,
        _ => false,
    };
    if let (false, Ok(text)) = (is_older, serde_json::to_string(kept)) {
        browser::save(HEAD, &text);
    }
}

/// Forgets the head and the policies, so that the next visit is the first; and the alarm.
pub(crate) fn forget() {
    browser::forget(HEAD);
    browser::forget(ALARM);
}

/// Two heads that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Alarm {
    /// How.
    pub(crate) kind: AlarmKind,
    /// The head that was kept.
    pub(crate) kept: String,
    /// The head that came later.
    pub(crate) found: String,
    /// When it came.
    pub(crate) at_ms: UnixMs,
}

/// How a ledger broke its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlarmKind {
    /// It does not go on from what was kept.
    Fork,
    /// It is shorter than before.
    Rollback,
}

impl Alarm {
    pub(super) fn of(contradiction: &Contradiction) -> Self {
        Self {
            kind: match contradiction.kind {
                ContradictionKind::Fork => AlarmKind::Fork,
                ContradictionKind::Rollback => AlarmKind::Rollback,
            },
            kept: contradiction.kept.to_string(),
            found: contradiction.found.to_string(),
            at_ms: browser::now(),
        }
    }

    /// Both checkpoints, for a file.
    pub(crate) fn evidence(&self) -> String {
        let rule = match self.kind {
            AlarmKind::Fork => ContradictionKind::Fork.name(),
            AlarmKind::Rollback => ContradictionKind::Rollback.name(),
        };
        let (at_ms, site) = (self.at_ms.0, browser::origin());
        format!(
            "manyhands ledger evidence\nrule {rule}\nseen at {at_ms} Unix ms, at {site}\n\n\
             ---- the checkpoint that was kept\n{}\n---- the checkpoint that came later\n{}",
            self.kept, self.found
        )
    }
}

/// The alarm that was raised and not ended.
pub(super) fn load_alarm() -> Option<Alarm> {
    serde_json::from_str(&browser::saved(ALARM)?).ok()
}

/// Keeps an alarm until it is ended.
pub(super) fn save_alarm(alarm: &Alarm) {
    if let Ok(text) = serde_json::to_string(alarm) {
        browser::save(ALARM, &text);
    }
}

/// Ends the alarm; the head stays as it was before it.
pub(super) fn end_alarm() {
    browser::forget(ALARM);
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::ledger::fixture::quorum_policy;

    fn policy(threshold: usize, above: u64) -> KeptPolicy {
        let old = quorum_policy();
        let witnesses = old.witnesses().to_vec();
        let text = QuorumPolicy::new(old.log().clone(), witnesses, "storage", threshold);
        KeptPolicy {
            text: text.unwrap().to_string(),
            version: None,
            above,
        }
    }

    #[test]
    fn a_head_is_certified_by_the_policy_in_force_for_its_block() {
        let kept = Kept {
            policies: vec![policy(2, 0), policy(3, 10)],
            certificate: String::new(),
            at_ms: UnixMs(0),
            newest: None,
        };
        let threshold = |size| kept.certifier(size).unwrap().threshold();
        // The block that ends at 10 holds the new policy: the old one certifies it.
        assert_eq!([1, 10, 11, u64::MAX].map(threshold), [2, 2, 3, 3]);
    }
}
