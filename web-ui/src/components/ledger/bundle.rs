//! A proof bundle that is dropped here: checked without asking anyone.

use super::steps::{Step, StepState, Steps};
use super::words::done_reason;
use crate::ledger::{BundleSteps, check_bundle};
use crate::route::Route;
use crate::shell::link::PageLink;
use crate::texts::{Texts, use_texts};
use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use shared::ledger::bundle::{BundleJob, VerifiedBundle, VoidedCert};
use shared::verified_job::Verdict;
use std::rc::Rc;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

/// The largest file that a page reads into its memory; larger ones are for the command line.
const MAX_BYTES: f64 = 268_435_456.0;
/// Enough for the page to be drawn before the checking begins, ms.
const DRAWN_MS: u32 = 30;

/// What became of the file.
#[derive(Clone)]
enum Told {
    Nothing,
    Checking {
        name: String,
    },
    TooLarge,
    Unreadable,
    Checked {
        name: String,
        steps: Rc<BundleSteps>,
    },
}

/// The place for the file, and below it the steps.
#[component]
pub(crate) fn Bundle() -> Html {
    let texts = use_texts();
    let told = use_state(|| Told::Nothing);
    let is_over = use_state(|| false);
    let check = {
        let setter = told.setter();
        Callback::from(move |file: File| spawn_local(checked(file, setter.clone())))
    };
    let choose = {
        let check = check.clone();
        Callback::from(move |event: Event| {
            let field: HtmlInputElement = event.target_unchecked_into();
            if let Some(file) = field.files().and_then(|files| files.get(0)) {
                check.emit(file);
            }
        })
    };
    let over = |is: bool| {
        let setter = is_over.setter();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            setter.set(is);
        })
    };
    let drop = {
        let setter = is_over.setter();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            setter.set(false);
            let files = event.data_transfer().and_then(|data| data.files());
            if let Some(file) = files.and_then(|files| files.get(0)) {
                check.emit(file);
            }
        })
    };
    html! {
        <section aria-labelledby="bundle" id="ledger-bundle">
            <h2 id="bundle">{ texts.say("bundle-heading") }</h2>
            <p>{ texts.say("bundle-what") }</p>
            <div
                class={classes!("drop", is_over.then_some("drop-over"))}
                ondragover={over(true)} ondragleave={over(false)} ondrop={drop}
            >
                <label for="bundle-file">{ texts.say("bundle-drop") }</label>
                <input type="file" id="bundle-file" onchange={choose} />
            </div>
            <div id="bundle-result">{ drawn(&texts, &told) }</div>
        </section>
    }
}

async fn checked(file: File, told: UseStateSetter<Told>) {
    let name = file.name();
    if file.size() > MAX_BYTES {
        told.set(Told::TooLarge);
        return;
    }
    told.set(Told::Checking { name: name.clone() });
    let Ok(buffer) = JsFuture::from(file.array_buffer()).await else {
        told.set(Told::Unreadable);
        return;
    };
    let bytes = Uint8Array::new(&buffer).to_vec();
    TimeoutFuture::new(DRAWN_MS).await;
    let steps = Rc::new(check_bundle(&bytes));
    told.set(Told::Checked { name, steps });
}

fn drawn(texts: &Texts, told: &Told) -> Html {
    let (name, steps) = match told {
        Told::Nothing => return Html::default(),
        Told::TooLarge => {
            return html! { <p role="alert" class="alert">{ texts.say("bundle-too-large") }</p> };
        }
        Told::Unreadable => {
            return html! { <p role="alert" class="alert">{ texts.say("bundle-unreadable") }</p> };
        }
        Told::Checking { name } => {
            let words = texts.say_with("bundle-checking", [("name", name.as_str().into())]);
            return html! { <p role="status">{ words }</p> };
        }
        Told::Checked { name, steps } => (name, &**steps),
    };
    let shown = match steps {
        BundleSteps::NothingPinned => {
            return html! { <p role="alert" class="alert" id="bundle-unpinned">{ texts.say("bundle-unpinned") }</p> };
        }
        BundleSteps::Verified(verified) => good_steps(texts, verified),
        BundleSteps::Refused { step, place, fault } => {
            let names = names(texts).into_iter().enumerate();
            let lines = names.map(|(at, name)| Step {
                name: if at == *step && !place.is_empty() {
                    format!("{name} ({place})")
                } else {
                    name
                },
                state: match at.cmp(step) {
                    std::cmp::Ordering::Less => StepState::Good,
                    std::cmp::Ordering::Equal => StepState::Bad(fault.clone()),
                    std::cmp::Ordering::Greater => StepState::Skipped,
                },
                found: Html::default(),
            });
            lines.collect()
        }
    };
    html! {
        <>
            <h3>{ texts.say_with("bundle-of", [("name", name.as_str().into())]) }</h3>
            <Steps id="bundle-steps" steps={shown} good={texts.say("bundle-good")} />
            if let BundleSteps::Verified(verified) = steps {
                { facts(texts, verified) }
            }
        </>
    }
}

fn names(texts: &Texts) -> [String; 4] {
    [
        texts.say("bundle-step-text"),
        texts.say("bundle-step-certificate"),
        texts.say("bundle-step-records"),
        texts.say("bundle-step-rules"),
    ]
}

fn good_steps(texts: &Texts, verified: &VerifiedBundle) -> Vec<Step> {
    let certified = &verified.checkpoint;
    let cosigned: Vec<&str> = certified
        .cosigned
        .iter()
        .map(|one| one.witness.as_str())
        .collect();
    let size = certified.checkpoint.size;
    let found = [
        Html::default(),
        html! { <p>{ texts.say_with("bundle-cosigned", [("names", cosigned.join(", ").into())]) }</p> },
        html! { <p>{ texts.say_with("bundle-in-log", [("size", size.into())]) }</p> },
        Html::default(),
    ];
    let lines = names(texts)
        .into_iter()
        .zip(found)
        .map(|(name, found)| Step {
            name,
            state: StepState::Good,
            found,
        });
    lines.collect()
}

fn facts(texts: &Texts, verified: &VerifiedBundle) -> Html {
    let job: Option<&BundleJob> = verified.jobs.get(&verified.job_id);
    let count = job.map_or(0, |job| job.signed.job().task_count);
    let is_failed = |verdict: &Verdict| matches!(verdict, Verdict::Failed(_));
    let failed = verified
        .tasks
        .values()
        .filter(|task| is_failed(&task.verdict))
        .count();
    let tasks = texts.say_with(
        "bundle-tasks",
        [
            ("decided", verified.tasks.len().into()),
            ("count", count.into()),
            ("failed", failed.into()),
        ],
    );
    let whole = if verified.partial {
        texts.say("bundle-partial")
    } else {
        texts.say("bundle-whole")
    };
    let ended = job.and_then(|job| job.done.as_ref());
    let ended = ended.map(|(_, done)| done_reason(texts, done.reason));
    let void = |void: &VoidedCert| {
        let index = void.cert_index;
        html! {
            <li class="rule-broken">
                { texts.say_with("bundle-void", [("task", void.task.into())]) }{ " " }
                <PageLink to={Route::Entry { index }}>{ texts.say_with("ledger-entry", [("index", index.into())]) }</PageLink>
            </li>
        }
    };
    html! {
        <dl class="pairs" id="bundle-facts">
            <div><dt>{ texts.say("entry-job-id") }</dt><dd><code>{ verified.job_id.to_string() }</code></dd></div>
            <div><dt>{ texts.say("entry-tasks") }</dt><dd>{ tasks }</dd></div>
            <div><dt>{ texts.say("bundle-extent") }</dt><dd>{ whole }</dd></div>
            if let Some(ended) = ended {
                <div><dt>{ texts.say("bundle-ended") }</dt><dd>{ ended }</dd></div>
            }
            <div><dt>{ texts.say("bundle-as-of") }</dt><dd>{ texts.time(verified.header.time_ms) }</dd></div>
            if !verified.voids.is_empty() {
                <div><dt>{ texts.say("bundle-voids") }</dt><dd><ul class="lines">{ for verified.voids.iter().map(void) }</ul></dd></div>
            }
        </dl>
    }
}
