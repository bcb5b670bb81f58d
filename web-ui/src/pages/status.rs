//! What the coordinator is doing now, asked again every two seconds while the page is visible.

use crate::api::{self, Remote};
use crate::browser;
use crate::components::facts::Facts;
use crate::components::segments::Segments;
use crate::components::waiting::waiting_sentence;
use crate::shell::page_title::PageTitle;
use crate::texts::{Texts, use_texts};
use gloo_timers::future::TimeoutFuture;
use shared::api::status::{JobWaits, Status, Submitters};
use std::cell::Cell;
use std::rc::Rc;
use yew::prelude::*;

/// Time between two questions, ms.
const EVERY_MS: u32 = 2000;

/// The page.
#[component]
pub(crate) fn StatusPage() -> Html {
    let texts = use_texts();
    let status = use_state(|| Remote::<Status>::Loading);
    {
        let setter = status.setter();
        use_effect_with((), move |()| {
            let is_shown = Rc::new(Cell::new(true));
            wasm_bindgen_futures::spawn_local(ask_while_shown(setter, is_shown.clone()));
            move || is_shown.set(false)
        });
    }
    html! {
        <>
            <PageTitle text={texts.say("status-heading")} />
            <p class="lead">{ texts.say("status-lead") }</p>
            { match &*status {
                Remote::Loading => html! { <p role="status">{ texts.say("status-loading") }</p> },
                Remote::Failed(None) => html! { <p role="alert" class="alert">{ texts.say("status-unreachable") }</p> },
                Remote::Failed(Some(last)) => {
                    let at = texts.time(last.server_time_ms);
                    html! { <p role="alert" class="alert">{ texts.say_with("status-stale", [("at", at.into())]) }</p> }
                }
                Remote::Ready(_) => Html::default(),
            } }
            if let Some(newest) = status.newest() {
                <section aria-labelledby="now">
                    <h2 id="now">{ texts.say("status-now") }</h2>
                    <Facts status={newest.clone()} />
                </section>
                { tasks(&texts, newest) }
                { about(&texts, newest) }
            }
        </>
    }
}

/// Tasks of the open jobs, and why some of them wait.
fn tasks(texts: &Texts, status: &Status) -> Html {
    let line = |JobWaits { job_id, reason }: &JobWaits| {
        let short: String = job_id.to_string().chars().take(8).collect();
        html! { <li><code>{ short }</code>{ " " }{ waiting_sentence(texts, reason) }</li> }
    };
    html! {
        <>
            <section aria-labelledby="tasks">
                <h2 id="tasks">{ texts.say("status-tasks") }</h2>
                if status.jobs_open == 0 {
                    <p>{ texts.say("status-no-jobs") }</p>
                } else {
                    <Segments tasks={status.tasks} />
                }
            </section>
            if !status.waiting.is_empty() {
                <section aria-labelledby="waiting">
                    <h2 id="waiting">{ texts.say("status-why-waiting") }</h2>
                    <ul class="lines">{ status.waiting.iter().map(line).collect::<Html>() }</ul>
                </section>
            }
        </>
    }
}

/// Who this coordinator is.
fn about(texts: &Texts, status: &Status) -> Html {
    let submitters = match status.submitters {
        Submitters::Open => texts.say("status-submitters-open"),
        Submitters::Approved => texts.say("status-submitters-approved"),
    };
    html! {
        <section aria-labelledby="about">
            <h2 id="about">{ texts.say("status-about") }</h2>
            <dl class="pairs">
                <div><dt>{ texts.say("status-ledger") }</dt><dd><code>{ &status.origin }</code></dd></div>
                <div><dt>{ texts.say("status-leader-key") }</dt><dd><code>{ status.leader_key.to_string() }</code></dd></div>
                <div><dt>{ texts.say("status-version") }</dt><dd>{ &status.version }</dd></div>
                <div><dt>{ texts.say("status-submitters") }</dt><dd>{ submitters }</dd></div>
            </dl>
        </section>
    }
}

async fn ask_while_shown(status: UseStateSetter<Remote<Status>>, is_shown: Rc<Cell<bool>>) {
    let mut newest = None;
    while is_shown.get() {
        if !browser::document().hidden() || newest.is_none() {
            let answer = api::status().await;
            if let Some(answer) = answer {
                newest = Some(answer.clone());
                status.set(Remote::Ready(answer));
            } else {
                status.set(Remote::Failed(newest.clone()));
            }
        }
        TimeoutFuture::new(EVERY_MS).await;
    }
}
