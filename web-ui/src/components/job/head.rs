//! What the coordinator says of a job: progress, reasons, times; and how old that is.

use super::state::state_word;
use crate::browser;
use crate::components::segments::Segments;
use crate::components::trouble::trouble_sentence;
use crate::components::waiting::waiting_sentence;
use crate::submitter::use_submitter;
use crate::texts::{Texts, use_texts};
use shared::api::jobs::{JobView, WaitingReason};
use shared::ids::UnixMs;
use shared::page::submit::{JobNews, ToSubmitter};
use std::rc::Rc;
use yew::prelude::*;

/// Stored shares at which screen readers are told, of four.
const QUARTERS: u64 = 4;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct NewsProps {
    pub(crate) news: Rc<JobNews>,
}

/// The head of the page.
#[component]
pub(crate) fn Head(NewsProps { news }: &NewsProps) -> Html {
    let texts = use_texts();
    let submitter = use_submitter();
    let retry = Callback::from(move |_: MouseEvent| submitter.tell(&ToSubmitter::RetryNow));
    let view = &news.view;
    html! {
        <section class="card" aria-labelledby="progress">
            <h2 id="progress">{ texts.say("job-progress") }</h2>
            if let Some((trouble, again_at)) = &news.stale {
                <div role="alert" class="alert">
                    <p>{ trouble_sentence(&texts, trouble.code) }</p>
                    <p>{ texts.say_with("job-stale", [("at", texts.time(news.at_ms).into()), ("seconds", seconds_until(*again_at).into())]) }</p>
                    <button type="button" onclick={retry}>{ texts.say("job-retry") }</button>
                </div>
            }
            <p class="job-state"><strong id="job-state">{ state_word(&texts, view.state) }</strong>
                if let Some(reason) = &view.reason { { " · " }<span>{ reason }</span> }
            </p>
            <Segments tasks={view.tasks} />
            <p class="unseen" role="status">{ announced(&texts, view) }</p>
            if let Some(waiting) = &view.waiting {
                <p id="waiting">{ waiting_sentence(&texts, waiting) }</p>
                { share(&texts, waiting) }
            }
            { numbers(&texts, view) }
        </section>
    }
}

/// Seconds from now on, as they were when this was drawn.
fn seconds_until(at: UnixMs) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "times are exact in 53 bits")]
    let left_ms = at.0 as f64 - js_sys::Date::now();
    (left_ms / 1000.0).ceil().max(0.0)
}

/// Only at each quarter, so that nobody is talked to without end.
fn announced(texts: &Texts, view: &JobView) -> String {
    let tasks = &view.tasks;
    let done = u64::from(tasks.stored) + u64::from(tasks.failed);
    let quarter = done * QUARTERS / u64::from(view.task_count.max(1));
    let percent = quarter * 100 / QUARTERS;
    texts.say_with("job-announced", [("percent", percent.into())])
}

/// The way to more volunteers, when they are what is missing.
fn share(texts: &Texts, waiting: &WaitingReason) -> Html {
    let wants_volunteers = !matches!(
        waiting,
        WaitingReason::Inputs { .. }
            | WaitingReason::AllBusy
            | WaitingReason::StorageQuorum
            | WaitingReason::Draining
    );
    if !wants_volunteers {
        return Html::default();
    }
    let link = format!("{}/", browser::origin());
    html! {
        <p class="note">{ texts.say("job-share") }{ " " }<a href={link.clone()}><code>{ link.clone() }</code></a></p>
    }
}

fn numbers(texts: &Texts, view: &JobView) -> Html {
    let pair = |name: String, value: Html| html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> };
    let time = |at| html! { texts.time(at) };
    html! {
        <dl class="pairs job-numbers">
            { pair(texts.say("job-program"), html! { &view.program }) }
            { pair(texts.say("job-tasks"), html! { texts.number(view.task_count) }) }
            { pair(texts.say("job-trust"), html! { view.trust }) }
            { pair(texts.say("job-posted-at"), time(view.created_at_ms)) }
            if let Some(at) = view.ended_at_ms { { pair(texts.say("job-ended-at"), time(at)) } }
            if let Some(at) = view.kept_until_ms { { pair(texts.say("job-kept-until"), time(at)) } }
            if !view.state.has_ended() {
                { pair(texts.say("job-left"), html! { left(texts, view.seconds_left) }) }
            }
            { pair(texts.say("job-id"), html! { <code id="job-id">{ view.job_id.to_string() }</code> }) }
        </dl>
    }
}

/// An estimate is a range, or there is none.
fn left(texts: &Texts, seconds: Option<[u64; 2]>) -> String {
    match seconds {
        Some([from, to]) => {
            texts.say_with("job-left-range", [("from", from.into()), ("to", to.into())])
        }
        None => texts.say("job-left-unknown"),
    }
}
