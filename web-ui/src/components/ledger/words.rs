//! What an entry says, in one sentence.

use super::short;
use crate::components::outcome::outcome_words;
use crate::texts::Texts;
use shared::fail::FailReason;
use shared::ledger::done::DoneReason;
use shared::ledger::entry::Entry;
use shared::ledger::evidence::EvidenceKind;
use shared::ledger::policy_text::QuorumPolicy;
use shared::outcome::Status;

/// The kind of an entry.
pub(crate) fn kind_word(texts: &Texts, entry: &Entry) -> String {
    match entry {
        Entry::Job(_) => texts.say("entry-job"),
        Entry::Cert(_) => texts.say("entry-cert"),
        Entry::Fail(_) => texts.say("entry-fail"),
        Entry::Done(_) => texts.say("entry-done"),
        Entry::Void(_) => texts.say("entry-void"),
        Entry::Prog(_) => texts.say("entry-prog"),
        Entry::Withdraw(_) => texts.say("entry-withdraw"),
        Entry::Ban(_) => texts.say("entry-ban"),
        Entry::Evidence(_) => texts.say("entry-evid"),
        Entry::Policy(_) => texts.say("entry-policy"),
        Entry::Header(_) => texts.say("entry-header"),
    }
}

/// The sentence.
pub(crate) fn entry_line(texts: &Texts, entry: &Entry) -> String {
    match entry {
        Entry::Job(signed) => {
            let job = signed.job();
            texts.say_with(
                "entry-job-line",
                [
                    ("job", short(&signed.id().to_string()).into()),
                    ("tasks", job.task_count.into()),
                    ("trust", job.trust.into()),
                ],
            )
        }
        Entry::Cert(cert) => texts.say_with(
            "entry-cert-line",
            [
                ("task", cert.task.into()),
                ("job", short(&cert.job_id.to_string()).into()),
                ("agree", cert.agree.len().into()),
                ("chosen", cert.chosen.into()),
                ("outcome", outcome_words(texts, &cert.outcome).into()),
            ],
        ),
        Entry::Fail(fail) => texts.say_with(
            "entry-fail-line",
            [
                ("task", fail.task.into()),
                ("job", short(&fail.job_id.to_string()).into()),
                ("reason", fail_reason(texts, fail.reason).into()),
            ],
        ),
        Entry::Done(done) => texts.say_with(
            "entry-done-line",
            [
                ("job", short(&done.job_id.to_string()).into()),
                ("accepted", done.accepted.into()),
                ("failed", done.failed.into()),
                ("reason", done_reason(texts, done.reason).into()),
            ],
        ),
        Entry::Void(void) => texts.say_with("entry-void-line", [("index", void.cert_index.into())]),
        Entry::Prog(prog) => texts.say_with(
            "entry-prog-line",
            [
                ("name", prog.name.as_str().into()),
                ("version", prog.version.as_str().into()),
            ],
        ),
        Entry::Withdraw(signed) => {
            let withdraw = &signed.withdraw;
            texts.say_with(
                "entry-withdraw-line",
                [
                    ("name", withdraw.name.as_str().into()),
                    ("version", withdraw.version.as_str().into()),
                ],
            )
        }
        Entry::Ban(ban) => {
            let node = short(&ban.node_key.to_string());
            if ban.banned {
                texts.say_with("entry-ban-line", [("node", node.into())])
            } else {
                texts.say_with("entry-unban-line", [("node", node.into())])
            }
        }
        Entry::Evidence(evidence) => match evidence.kind {
            EvidenceKind::DoubleVote => texts.say("entry-evid-vote"),
            EvidenceKind::DoubleHeader => texts.say("entry-evid-header"),
            EvidenceKind::RefutedVote => texts.say("entry-evid-refuted"),
            EvidenceKind::DoubleCheckpoint => texts.say("entry-evid-checkpoint"),
        },
        Entry::Policy(policy) => {
            let text = QuorumPolicy::parse(&policy.text).ok();
            let threshold = text.as_ref().map_or(0, QuorumPolicy::threshold);
            texts.say_with(
                "entry-policy-line",
                [
                    ("version", policy.version.into()),
                    ("threshold", threshold.into()),
                    ("members", policy.ack.len().into()),
                ],
            )
        }
        Entry::Header(header) => {
            texts.say_with("entry-header-line", [("height", header.height.into())])
        }
    }
}

/// Why a task has no answer.
pub(crate) fn fail_reason(texts: &Texts, reason: FailReason) -> String {
    match reason {
        FailReason::NoMajority => texts.say("entry-fail-majority"),
        FailReason::Unable => texts.say("entry-fail-unable"),
    }
}

/// Why a job ended.
pub(crate) fn done_reason(texts: &Texts, reason: DoneReason) -> String {
    match reason {
        DoneReason::Complete => texts.say("entry-done-complete"),
        DoneReason::Cancelled => texts.say("entry-done-cancelled"),
        DoneReason::Expired => texts.say("entry-done-expired"),
        DoneReason::Stopped => texts.say("entry-done-stopped"),
    }
}

/// Whether an outcome came with an output.
pub(crate) const fn has_output(status: Status) -> bool {
    matches!(status, Status::Ok | Status::Exit)
}
