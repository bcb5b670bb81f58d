//! What the user reads while a volunteer works: one line for each change, and a summary at the end.

use shared::ids::NodeKey;
use shared::protocol::{IdleReason, RejectReason, Settlement, UnableReason};
use shared::volunteer::{End, Record, Report, refusal};
use std::fmt::Write as _;

/// Most characters of a text that someone else wrote.
const MAX_FOREIGN_CHARS: usize = 200;

/// Writes lines to stderr, or JSON objects to stdout.
#[derive(Debug)]
pub(super) struct Console {
    json: bool,
    /// What stands before each line of a misbehaving volunteer.
    warning: Option<String>,
}

impl Console {
    pub(super) const fn new(json: bool, warning: Option<String>) -> Self {
        Self { json, warning }
    }

    /// The first line.
    pub(super) fn starts(&self, node: NodeKey, url: &str, slots: u16) {
        let short: String = node.to_string().chars().take(8).collect();
        let plural = if slots == 1 { "slot" } else { "slots" };
        self.line(
            "starts",
            &format!("node {short} with {slots} {plural} joins {url}"),
            &[("node_key", node.to_string().into()), ("url", url.into())],
        );
    }

    /// A change.
    pub(super) fn report(&self, report: &Report) {
        match report {
            Report::Joined { origin } => {
                let origin = tame(origin);
                self.line(
                    "joined",
                    &format!("joined the ledger {origin}"),
                    &[("origin", origin.into())],
                );
            }
            Report::OtherLedger { before, now } => {
                let (before, now) = (tame(before), tame(now));
                let text = format!(
                    "this address served the ledger {before} before, now it is {now}: was it set up anew?"
                );
                self.line(
                    "other_ledger",
                    &text,
                    &[("before", before.into()), ("now", now.into())],
                );
            }
            Report::Computing(assignment) => {
                let (title, program) = (tame(&assignment.title), tame(&assignment.program));
                let named = if title.is_empty() {
                    program.clone()
                } else {
                    format!("\"{title}\" ({program})")
                };
                let text = format!("computing {named}, job {}", assignment.job_id);
                let job = assignment.job_id.to_string();
                self.line(
                    "computing",
                    &text,
                    &[
                        ("title", title.into()),
                        ("program", program.into()),
                        ("job_id", job.into()),
                    ],
                );
            }
            Report::Idle(reason) => {
                let code = reason.code();
                let text = format!("waiting: {} ({code})", idle_sentence(*reason));
                self.line("waiting", &text, &[("code", code.into())]);
            }
            Report::Notice(text) => {
                let text = tame(text);
                self.line(
                    "notice",
                    &format!("the coordinator says: {text}"),
                    &[("text", text.clone().into())],
                );
            }
            Report::Offline { why, retry_ms } => {
                let why = tame(why);
                let text =
                    format!("offline: {why}; trying again in {retry_ms} ms (offline.reconnecting)");
                self.line(
                    "offline",
                    &text,
                    &[("why", why.into()), ("retry_ms", (*retry_ms).into())],
                );
            }
            Report::Settled { verdict, .. } => self.settled(*verdict),
            Report::Stored { index, .. } => {
                tracing::debug!(index, "the certificate of a vote is stored");
            }
            Report::Unable { assignment, reason } => {
                let task = assignment.task;
                let text = format!(
                    "task {task} of job {} could not be run: {}",
                    assignment.job_id,
                    unable_sentence(*reason)
                );
                let job = assignment.job_id.to_string();
                self.line(
                    "unable",
                    &text,
                    &[("job_id", job.into()), ("task", task.into())],
                );
            }
        }
    }

    fn settled(&self, verdict: Settlement) {
        match verdict {
            Settlement::Accepted { ledger_index } => {
                tracing::debug!(?ledger_index, "a vote was accepted");
            }
            Settlement::Superseded => tracing::debug!("a vote came too late to count"),
            Settlement::Rejected(reason) => {
                let why = reject_sentence(reason);
                self.line(
                    "rejected",
                    &format!("a vote was rejected: {why}"),
                    &[("why", why.into())],
                );
            }
        }
    }

    /// The last line.
    pub(super) fn ends(&self, record: Record) {
        let Record {
            accepted,
            stored,
            rejected,
            superseded,
            pending,
            unable,
            cancelled,
            credit,
        } = record;
        let text = format!(
            "stopped: {accepted} tasks verified, {stored} of them stored, {pending} pending, {rejected} rejected, {superseded} too late, \
             {cancelled} taken back, {unable} could not be run; credit {credit}"
        );
        self.line(
            "ends",
            &text,
            &[
                ("verified", accepted.into()),
                ("stored", stored.into()),
                ("pending", pending.into()),
                ("rejected", rejected.into()),
                ("superseded", superseded.into()),
                ("cancelled", cancelled.into()),
                ("unable", unable.into()),
                ("credit", credit.into()),
            ],
        );
    }

    #[expect(
        clippy::print_stdout,
        clippy::print_stderr,
        reason = "the one place of the volunteer that writes to the user"
    )]
    fn line(&self, event: &str, text: &str, fields: &[(&str, serde_json::Value)]) {
        if self.json {
            let mut object = serde_json::Map::new();
            object.insert("event".into(), event.into());
            if let Some(warning) = &self.warning {
                object.insert("misbehaves".into(), warning.as_str().into());
            }
            for (name, value) in fields {
                object.insert((*name).into(), value.clone());
            }
            println!("{}", serde_json::Value::Object(object));
        } else if let Some(warning) = &self.warning {
            eprintln!("[MISBEHAVES: {warning}] {text}");
        } else {
            eprintln!("{text}");
        }
    }
}

/// Why a volunteer ended against the user's wish, as a sentence.
pub(super) fn end_sentence(end: &End) -> Option<String> {
    match end {
        End::Stopped => None,
        End::Refused(reason) => Some(refusal::sentence(*reason).into()),
        End::FalseChain { origin } => Some(format!(
            "the coordinator says that it serves the ledger {}, but gives another chain id: do not trust it",
            tame(origin)
        )),
    }
}

/// Text that someone else wrote, without what could move a terminal's cursor, and not too long.
fn tame(text: &str) -> String {
    let mut tame = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == MAX_FOREIGN_CHARS {
            tame.push('…');
            break;
        }
        if character.is_control() {
            let _ = write!(tame, "{}", character.escape_default());
        } else {
            tame.push(character);
        }
    }
    tame
}

const fn idle_sentence(reason: IdleReason) -> &'static str {
    match reason {
        IdleReason::NoWork => "there is no work now",
        IdleReason::OwnJobs => "the only open jobs are your own, and nobody votes on his own job",
        IdleReason::SeatRules => {
            "the open tasks already have a vote of this node or of its network"
        }
        IdleReason::Backoff { .. } => "the coordinator gives this node a pause",
        IdleReason::Draining => "the coordinator is being stopped and gives out no new work",
    }
}

const fn reject_sentence(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::Outvoted => "the majority said otherwise",
        RejectReason::BadSignature => "its signature does not verify",
        RejectReason::BadOutcome => "its outcome breaks the rules or the job's limits",
        RejectReason::BadOutput => "the output that it names was missing or another one",
        RejectReason::TaskFailed => "the task found no majority",
    }
}

const fn unable_sentence(reason: UnableReason) -> &'static str {
    match reason {
        UnableReason::HostMemory => "this machine has no room for it",
        UnableReason::WallClock => "it took longer than its limit",
        UnableReason::Frozen => "this machine slept for longer than the lease",
        UnableReason::Stopped => "it was stopped",
        UnableReason::Fetch => "its program or input could not be fetched",
        UnableReason::Engine => "the engine cannot run its program",
        UnableReason::Capability => "it needs more memory than this node offers",
        UnableReason::OutputMissing => "its output never came",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_move_the_cursor_and_is_cut() {
        assert_eq!(tame("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(
            tame(&"x".repeat(1000)).chars().count(),
            MAX_FOREIGN_CHARS + 1
        );
    }
}
