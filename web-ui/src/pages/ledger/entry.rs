//! One entry: what it says, its bytes, and the check whose steps turn green one by one.

use crate::browser;
use crate::components::ledger::fields::Fields;
use crate::components::ledger::steps::{Step, StepState, Steps};
use crate::components::ledger::trouble::LedgerTrouble;
use crate::components::ledger::words::entry_line;
use crate::ledger::{
    AlarmState, EntryCheck, EntryStep, Fault, Head, NotFetched, Trouble, entry, use_alarm, use_head,
};
use crate::route::Route;
use crate::shell::link::PageLink;
use crate::shell::page_title::PageTitle;
use crate::texts::{Texts, use_texts};
use gloo_timers::future::TimeoutFuture;
use shared::api::ledger::EntryView;
use shared::ids::to_hex;
use shared::ledger::entry::Entry;
use shared::merkle::leaf_hash;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// Time that a step is seen before the next begins, ms; none for those who want less motion.
const STEP_MS: u32 = 180;
/// Bytes of a line of the dump.
const LINE: usize = 32;

/// Which entry.
#[derive(Properties, PartialEq)]
pub(crate) struct EntryPageProps {
    pub(crate) index: u64,
}

/// What came so far.
#[derive(Debug, Clone, Default, PartialEq)]
struct Told {
    index: u64,
    view: Option<Rc<EntryView>>,
    /// The head does not cover it yet.
    waits: bool,
    done: Vec<EntryStep>,
    /// A step that does not hold.
    fault: Option<Fault>,
    /// Nothing came.
    trouble: Option<Trouble>,
}

/// The page.
#[component]
pub(crate) fn EntryPage(EntryPageProps { index }: &EntryPageProps) -> Html {
    let texts = use_texts();
    let now = use_head();
    let round = use_state(|| 0_u32);
    let told = use_check(now.head.clone(), *index, *round);
    let check = {
        let (setter, next) = (round.setter(), round.wrapping_add(1));
        Callback::from(move |_: MouseEvent| setter.set(next))
    };
    let chain = now.head.as_ref().map(|head| head.chain());
    let decoded = told.view.as_ref().zip(chain);
    let decoded = decoded.and_then(|(view, chain)| Entry::decode(chain, &view.entry).ok());
    let trouble = now.trouble.clone().or_else(|| told.trouble.clone());
    html! {
        <>
            <PageTitle text={texts.say_with("ledger-entry", [("index", (*index).into())])} />
            if let Some(entry) = &decoded {
                <p class="lead" id="entry-line">{ entry_line(&texts, entry) }</p>
            }
            <nav class="row" aria-label={texts.say("ledger-neighbours")}>
                if let Some(view) = &told.view {
                    <PageLink to={Route::Block { height: view.height }} class="button">{ texts.say_with("ledger-block", [("height", view.height.into())]) }</PageLink>
                } else {
                    <PageLink to={Route::Ledger} class="button">{ texts.say("ledger-all-blocks") }</PageLink>
                }
                if let Some(index) = index.checked_sub(1) {
                    <PageLink to={Route::Entry { index }} class="button">{ texts.say("ledger-entry-before") }</PageLink>
                }
                <PageLink to={Route::Entry { index: index.saturating_add(1) }} class="button">{ texts.say("ledger-entry-after") }</PageLink>
            </nav>
            if let Some(trouble) = trouble {
                <LedgerTrouble {trouble} again={now.again.clone()} />
            } else if told.view.is_none() {
                <p role="status">{ texts.say("ledger-loading") }</p>
            }
            if let Some(view) = &told.view {
                <section aria-labelledby="check">
                    <h2 id="check">{ texts.say("ledger-check") }</h2>
                    if told.waits {
                        <p role="status" class="note" id="entry-waits">{ texts.say("ledger-entry-waits") }</p>
                    }
                    <Steps id="entry-steps" steps={steps(&texts, &told)} good={texts.say("ledger-check-good")} />
                    <p class="row"><button id="check-entry" onclick={check}>{ texts.say("ledger-check-again") }</button></p>
                </section>
                if let Some(entry) = decoded {
                    <Fields {entry} />
                }
                <section aria-labelledby="bytes">
                    <h2 id="bytes">{ texts.say("ledger-bytes") }</h2>
                    <p class="note">{ texts.say("ledger-leaf-hash") }{ " " }<code class="long">{ leaf_hash(&view.entry).to_string() }</code></p>
                    <pre tabindex="0" class="tall" aria-labelledby="bytes" id="entry-bytes"><code>{ dump(&view.entry) }</code></pre>
                </section>
            }
        </>
    }
}

/// The bytes in hexadecimal, in lines.
fn dump(bytes: &[u8]) -> String {
    let lines: Vec<String> = bytes.chunks(LINE).map(to_hex).collect();
    lines.join("\n")
}

fn steps(texts: &Texts, told: &Told) -> Vec<Step> {
    let names: [String; EntryCheck::STEPS] = [
        texts.say("ledger-step-form"),
        texts.say("ledger-step-path"),
        texts.say("ledger-step-log"),
        texts.say("ledger-step-quorum"),
        texts.say("ledger-step-growth"),
    ];
    let done = told.done.len();
    let lines = names.into_iter().enumerate().map(|(at, name)| Step {
        name,
        state: match (at.cmp(&done), &told.fault, &told.trouble) {
            (std::cmp::Ordering::Less, _, _) => StepState::Good,
            (std::cmp::Ordering::Equal, Some(fault), _) => StepState::Bad(fault.clone()),
            (std::cmp::Ordering::Equal, None, None) if !told.waits => StepState::Running,
            (_, None, None) => StepState::Waiting,
            _ => StepState::Skipped,
        },
        found: told
            .done
            .get(at)
            .map(|step| found(texts, step))
            .unwrap_or_default(),
    });
    lines.collect()
}

fn found(texts: &Texts, step: &EntryStep) -> Html {
    match step {
        EntryStep::Form => html! { <p>{ texts.say("ledger-found-form") }</p> },
        EntryStep::Path { path, size } => html! {
            <>
                <p>{ texts.say_with("ledger-found-path", [("count", path.len().into()), ("size", (*size).into())]) }</p>
                if !path.is_empty() {
                    <details>
                        <summary>{ texts.say("ledger-path-hashes") }</summary>
                        <ol class="hashes">{ for path.iter().map(|hash| html! { <li><code>{ hash.to_string() }</code></li> }) }</ol>
                    </details>
                }
            </>
        },
        EntryStep::Log => html! { <p>{ texts.say("ledger-found-log") }</p> },
        EntryStep::Quorum { names, threshold } => {
            let words = texts.say_with(
                "ledger-found-quorum",
                [
                    ("names", names.join(", ").into()),
                    ("threshold", (*threshold).into()),
                ],
            );
            html! { <p>{ words }</p> }
        }
        EntryStep::Growth(head) => {
            let words = match &head.before {
                Some(before) => texts.say_with(
                    "ledger-found-growth",
                    [("before", before.size.into()), ("size", head.size.into())],
                ),
                None => texts.say("ledger-first-visit"),
            };
            html! { <p>{ words }</p> }
        }
    }
}

/// Fetches the entry and checks it once there is a head that covers it; again in another round.
#[hook]
fn use_check(head: Option<Rc<Head>>, index: u64, round: u32) -> Told {
    let told = use_state(Told::default);
    let alarm = use_alarm();
    let is_covered = head.as_ref().map(|head| head.size > index);
    {
        let setter = told.setter();
        use_effect_with((is_covered, index, round), move |_| {
            let is_shown = Rc::new(Cell::new(true));
            let fresh = Told {
                index,
                ..Told::default()
            };
            setter.set(fresh.clone());
            if let Some(head) = head {
                let is_shown = is_shown.clone();
                spawn_local(async move {
                    let tell = |told: &Told| {
                        if is_shown.get() {
                            setter.set(told.clone());
                        }
                        is_shown.get()
                    };
                    check(fresh, &head, &alarm, tell).await;
                });
            }
            move || is_shown.set(false)
        });
    }
    // What is left of another entry is not this one's.
    let told = (*told).clone();
    if told.index == index {
        told
    } else {
        Told {
            index,
            ..Told::default()
        }
    }
}

async fn check(mut told: Told, head: &Head, alarm: &AlarmState, tell: impl Fn(&Told) -> bool) {
    let began = match entry(told.index).await {
        Ok(view) if view.index == told.index => {
            told.view = Some(Rc::new(view.clone()));
            told.waits = head.size <= view.index;
            if told.waits {
                tell(&told);
                return;
            }
            EntryCheck::new(view, head.before)
        }
        Ok(_) => Err(NotFetched::Unreachable.into()),
        Err(error) => Err(error.into()),
    };
    let mut check = match began {
        Ok(check) => check,
        Err(trouble) => {
            told.fails(trouble, alarm);
            tell(&told);
            return;
        }
    };
    while tell(&told) {
        if !browser::wants_less_motion() {
            TimeoutFuture::new(STEP_MS).await;
        }
        match check.next().await {
            None => return,
            Some(Ok(step)) => told.done.push(step),
            Some(Err(trouble)) => {
                told.fails(trouble, alarm);
                tell(&told);
                return;
            }
        }
    }
}

impl Told {
    fn fails(&mut self, trouble: Trouble, alarm: &AlarmState) {
        match trouble {
            Trouble::Broken(fault) => self.fault = Some(fault),
            Trouble::Alarm(found) => alarm.raise(&found),
            trouble => self.trouble = Some(trouble),
        }
    }
}
