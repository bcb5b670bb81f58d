//! All that an entry says, field by field.

use super::found_link;
use super::votes::{Voted, Votes};
use super::words::{done_reason, fail_reason, has_output, kind_word};
use crate::components::bytes::bytes;
use crate::components::fuel::instructions;
use crate::components::outcome::outcome_words;
use crate::route::Route;
use crate::shell::link::PageLink;
use crate::texts::{Texts, use_texts};
use shared::cert::{Cert, Relaxed};
use shared::ids::{Digest, JobId, UnixMs};
use shared::job::{Input, SignedJob};
use shared::ledger::ban::Ban;
use shared::ledger::entry::Entry;
use shared::ledger::header::Header;
use shared::ledger::policy::PolicyEntry;
use shared::ledger::void::{Void, VoidReason};
use shared::outcome::Outcome;
use shared::program::Prog;
use yew::prelude::*;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct FieldsProps {
    pub(crate) entry: Entry,
}

/// A name and what stands there.
type Pair = (String, Html);

/// The fields, and the votes of an entry that lists some.
#[component]
pub(crate) fn Fields(FieldsProps { entry }: &FieldsProps) -> Html {
    let texts = use_texts();
    let pairs = pairs(&texts, entry);
    let votes = match entry {
        Entry::Cert(cert) => Voted::of_cert(cert),
        Entry::Fail(fail) => Voted::of(&fail.votes),
        Entry::Void(void) => Voted::of(&void.votes),
        _ => Vec::new(),
    };
    let pair = |(name, value): Pair| html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> };
    html! {
        <>
            <section aria-labelledby="fields">
                <h2 id="fields">{ texts.say("entry-fields") }</h2>
                <dl class="pairs" id="entry-fields">
                    { pair((texts.say("entry-kind"), kind_word(&texts, entry).into())) }
                    { for pairs.into_iter().map(pair) }
                </dl>
            </section>
            <Votes {votes} />
        </>
    }
}

fn pairs(texts: &Texts, entry: &Entry) -> Vec<Pair> {
    match entry {
        Entry::Job(signed) => of_job(texts, signed),
        Entry::Cert(cert) => of_cert(texts, cert),
        Entry::Fail(fail) => vec![
            job(texts, fail.job_id),
            number(texts.say("entry-task"), texts, fail.task),
            (
                texts.say("entry-reason"),
                fail_reason(texts, fail.reason).into(),
            ),
            number(texts.say("entry-attempt"), texts, fail.attempt),
            digest(texts.say("entry-input"), fail.input_sha256),
            found(texts.say("entry-module"), &fail.module_sha256),
        ],
        Entry::Done(done) => vec![
            job(texts, done.job_id),
            number(texts.say("entry-accepted"), texts, done.accepted),
            number(texts.say("entry-failed"), texts, done.failed),
            (
                texts.say("entry-reason"),
                done_reason(texts, done.reason).into(),
            ),
        ],
        Entry::Void(void) => of_void(texts, void),
        Entry::Prog(prog) => of_prog(texts, prog),
        Entry::Withdraw(signed) => vec![
            (texts.say("entry-name"), signed.withdraw.name.clone().into()),
            (
                texts.say("entry-version"),
                signed.withdraw.version.clone().into(),
            ),
            (
                texts.say("entry-reason"),
                signed.withdraw.reason.clone().into(),
            ),
        ],
        Entry::Ban(ban) => of_ban(texts, ban),
        Entry::Evidence(evidence) => vec![
            (
                texts.say("entry-first"),
                bytes(texts, evidence.first.len() as u64).into(),
            ),
            (
                texts.say("entry-second"),
                bytes(texts, evidence.second.len() as u64).into(),
            ),
        ],
        Entry::Policy(policy) => of_policy(texts, policy),
        Entry::Header(header) => of_header(texts, header),
    }
}

fn of_job(texts: &Texts, signed: &SignedJob) -> Vec<Pair> {
    let asked = signed.job();
    let input = match asked.input {
        Input::Chunks => texts.say("entry-input-chunks").into(),
        Input::Range(range) => {
            let range = format!("{} … {} / {}", range.start, range.end, range.chunk);
            html! { <>{ texts.say("entry-input-range") }{ " " }<code>{ range }</code></> }
        }
        Input::Subset { parent } => {
            html! { <>{ texts.say("entry-input-subset") }{ " " }{ found_link(&parent.to_string()) }</> }
        }
    };
    let limits = asked.limits;
    let memory = bytes(texts, u64::from(limits.memory_pages) << 16);
    vec![
        job(texts, signed.id()),
        number(texts.say("entry-tasks"), texts, asked.task_count),
        number(texts.say("entry-trust"), texts, asked.trust),
        (
            texts.say("entry-choosing"),
            html! { <code>{ asked.policy.to_string() }</code> },
        ),
        (
            texts.say("entry-submitter"),
            html! { <code>{ asked.submitter_key.to_string() }</code> },
        ),
        found(texts.say("entry-module"), &asked.module_sha256),
        digest(texts.say("entry-manifest"), asked.manifest_sha256),
        (texts.say("entry-input-kind"), input),
        digest(texts.say("entry-input-root"), asked.input_root),
        (
            texts.say("entry-limit-fuel"),
            instructions(texts, limits.fuel).into(),
        ),
        (texts.say("entry-limit-memory"), memory.into()),
        (
            texts.say("entry-limit-output"),
            bytes(texts, u64::from(limits.output_bytes)).into(),
        ),
    ]
}

fn of_cert(texts: &Texts, cert: &Cert) -> Vec<Pair> {
    let majority = texts.say_with(
        "entry-majority",
        [
            ("agree", cert.agree.len().into()),
            ("chosen", cert.chosen.into()),
        ],
    );
    let mut pairs = vec![
        job(texts, cert.job_id),
        number(texts.say("entry-task"), texts, cert.task),
        (texts.say("entry-votes"), majority.into()),
    ];
    pairs.extend(of_outcome(texts, &cert.outcome));
    pairs.extend([
        number(texts.say("entry-attempt"), texts, cert.attempt),
        digest(texts.say("entry-input"), cert.input_sha256),
        found(texts.say("entry-module"), &cert.module_sha256),
    ]);
    let relaxed = [
        (Relaxed::NETWORK, texts.say("entry-relaxed-network")),
        (Relaxed::UNPROVEN, texts.say("entry-relaxed-unproven")),
        (Relaxed::REFEREE, texts.say("entry-relaxed-referee")),
    ];
    let relaxed = relaxed
        .into_iter()
        .filter(|(bit, _)| cert.relaxed.contains(*bit));
    pairs.extend(relaxed.map(|(_, words)| (texts.say("entry-relaxed"), words.into())));
    pairs
}

fn of_outcome(texts: &Texts, outcome: &Outcome) -> Vec<Pair> {
    let mut pairs = vec![
        (
            texts.say("entry-outcome"),
            outcome_words(texts, outcome).into(),
        ),
        (
            texts.say("entry-fuel"),
            instructions(texts, outcome.fuel).into(),
        ),
    ];
    if has_output(outcome.status) {
        pairs.push((
            texts.say("entry-output"),
            bytes(texts, outcome.output_len).into(),
        ));
        pairs.push(digest(
            texts.say("entry-output-hash"),
            outcome.output_sha256,
        ));
    }
    pairs
}

fn of_void(texts: &Texts, void: &Void) -> Vec<Pair> {
    let reason = match void.reason {
        VoidReason::Referee => texts.say("entry-void-referee"),
        VoidReason::Audit => texts.say("entry-void-audit"),
    };
    let index = void.cert_index;
    let cert = texts.say_with("ledger-entry", [("index", index.into())]);
    let mut pairs = vec![
        (
            texts.say("entry-void-cert"),
            html! { <PageLink to={Route::Entry { index }}>{ cert }</PageLink> },
        ),
        (texts.say("entry-reason"), reason.into()),
    ];
    let referee = void.referee.iter();
    pairs.extend(referee.flat_map(|referee| of_outcome(texts, &referee.outcome)));
    pairs
}

fn of_prog(texts: &Texts, prog: &Prog) -> Vec<Pair> {
    vec![
        (texts.say("entry-name"), prog.name.clone().into()),
        (texts.say("entry-version"), prog.version.clone().into()),
        (
            texts.say("entry-publisher"),
            html! { <code>{ prog.publisher_key.to_string() }</code> },
        ),
        found(texts.say("entry-module"), &prog.module_sha256),
        digest(texts.say("entry-original"), prog.original_sha256),
        digest(texts.say("entry-manifest"), prog.manifest_sha256),
        number(texts.say("entry-rewriter"), texts, prog.rewriter),
    ]
}

fn of_ban(texts: &Texts, ban: &Ban) -> Vec<Pair> {
    let until = match (ban.banned, ban.until_ms) {
        (false, _) => texts.say("entry-ban-over"),
        (true, None) => texts.say("entry-ban-for-ever"),
        (true, Some(until)) => texts.time(until),
    };
    vec![
        (
            texts.say("entry-node"),
            found_link(&ban.node_key.to_string()),
        ),
        (texts.say("entry-ban-until"), until.into()),
        (texts.say("entry-reason"), ban.reason.clone().into()),
    ]
}

fn of_policy(texts: &Texts, policy: &PolicyEntry) -> Vec<Pair> {
    let text = html! { <pre tabindex="0" aria-label={texts.say("entry-policy-text")}>{ &policy.text }</pre> };
    vec![
        number(texts.say("entry-version"), texts, policy.version),
        (
            texts.say("entry-leader"),
            html! { <code>{ policy.leader_key.to_string() }</code> },
        ),
        (texts.say("entry-policy-text"), text),
    ]
}

/// The fields of a header, which stand on the page of its block, too.
pub(crate) fn of_header(texts: &Texts, header: &Header) -> Vec<Pair> {
    let height = header.height;
    let number = |value: u64| texts.say_with("ledger-number", [("number", value.into())]);
    let block = texts.say_with("ledger-block", [("height", height.into())]);
    vec![
        (
            texts.say("ledger-height"),
            html! { <PageLink to={Route::Block { height }}>{ block }</PageLink> },
        ),
        (texts.say("ledger-time"), time(texts, header.time_ms)),
        (
            texts.say("ledger-entries"),
            texts.number(header.count).into(),
        ),
        (
            texts.say("entry-first-index"),
            number(header.first_index).into(),
        ),
        (texts.say("entry-epoch"), number(header.epoch).into()),
        digest(texts.say("entry-prev"), header.prev_header_hash),
        digest(texts.say("entry-body-root"), header.body_root),
        digest(texts.say("entry-log-root"), header.log_root),
        digest(texts.say("entry-policy-hash"), header.policy_sha256),
        (
            texts.say("entry-leader"),
            html! { <code>{ header.leader_key.to_string() }</code> },
        ),
    ]
}

fn time(texts: &Texts, at: UnixMs) -> Html {
    texts.time(at).into()
}

fn job(texts: &Texts, id: JobId) -> Pair {
    let link = html! {
        <>
            { found_link(&id.to_string()) }{ " " }
            <PageLink to={Route::Job { id }}>{ texts.say("ledger-job-page") }</PageLink>
        </>
    };
    (texts.say("entry-job-id"), link)
}

fn number(name: String, texts: &Texts, value: impl Into<f64>) -> Pair {
    (name, texts.number(value).into())
}

fn digest(name: String, hash: Digest) -> Pair {
    (name, html! { <code>{ hash.to_string() }</code> })
}

fn found(name: String, hash: &Digest) -> Pair {
    (name, found_link(&hash.to_string()))
}
