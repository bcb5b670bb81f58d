//! One's jobs: whoever has the key sees them all, in any browser.

use crate::browser;
use crate::components::command::Command;
use crate::components::job::state::state_word;
use crate::components::segments::Segments;
use crate::components::submit::key::{Key, use_key};
use crate::components::trouble::TroubleBox;
use crate::route::Route;
use crate::shell::link::PageLink;
use crate::shell::page_title::PageTitle;
use crate::submitter::use_submitter;
use crate::texts::{Texts, use_texts};
use gloo_timers::callback::Interval;
use shared::api::jobs::JobView;
use shared::page::submit::{Asked, FromSubmitter, ToSubmitter, Trouble};
use std::cell::RefCell;
use yew::prelude::*;

/// Time between two questions, ms.
const EVERY_MS: u32 = 5_000;

/// What the worker told.
#[derive(Debug, Clone, Default, PartialEq)]
struct Told {
    /// The jobs, and whether there are more; none while they load.
    jobs: Option<(Vec<JobView>, bool)>,
    trouble: Option<Trouble>,
}

/// The list.
#[component]
pub(crate) fn JobsPage() -> Html {
    let texts = use_texts();
    let card = use_key();
    let key = card.key.as_ref().map(|key| key.key.to_string());
    let has_no_key = card.is_known && card.key.is_none();
    let told = use_jobs(key);
    let line = format!("manyhands job list --url {}", browser::origin());
    html! {
        <>
            <PageTitle text={texts.say("jobs-heading")} />
            <p class="lead">{ texts.say("jobs-lead") }</p>
            <p><PageLink to={Route::Submit} class="button primary">{ texts.say("jobs-new") }</PageLink></p>
            if let Some(trouble) = told.trouble.clone() {
                <TroubleBox {trouble} />
            }
            { match &told.jobs {
                _ if has_no_key => html! { <p>{ texts.say("jobs-no-key") }</p> },
                None if told.trouble.is_some() => Html::default(),
                None => html! { <p role="status">{ texts.say("jobs-loading") }</p> },
                Some((jobs, _)) if jobs.is_empty() => html! { <p id="no-jobs">{ texts.say("jobs-none") }</p> },
                Some((jobs, is_truncated)) => list(&texts, jobs, *is_truncated),
            } }
            <section aria-labelledby="key-heading">
                <h2 id="key-heading">{ texts.say("submit-key") }</h2>
                <Key {card} />
            </section>
            <section aria-labelledby="line">
                <h2 id="line">{ texts.say("jobs-line") }</h2>
                <Command id="list-line" {line} />
            </section>
        </>
    }
}

fn list(texts: &Texts, jobs: &[JobView], is_truncated: bool) -> Html {
    let item = |job: &JobView| {
        let id = job.job_id;
        let short: String = id.to_string().chars().take(8).collect();
        let title = if job.title.is_empty() {
            texts.say_with("job-heading", [("id", short.into())])
        } else {
            job.title.clone()
        };
        html! {
            <li class="card job-line">
                <h2><PageLink to={Route::Job { id }}>{ title }</PageLink></h2>
                <p class="note">{ format!("{} · {} · {}", state_word(texts, job.state), job.program, texts.time(job.created_at_ms)) }</p>
                <Segments tasks={job.tasks} />
            </li>
        }
    };
    html! {
        <>
            <ul class="job-lines" id="jobs">{ for jobs.iter().map(item) }</ul>
            if is_truncated {
                <p class="note">{ texts.say_with("jobs-truncated", [("count", jobs.len().into())]) }</p>
            }
        </>
    }
}

/// The jobs of the key, asked for again while the page is open and seen.
#[hook]
fn use_jobs(key: Option<String>) -> Told {
    let submitter = use_submitter();
    let told = use_state(Told::default);
    {
        let setter = told.setter();
        use_effect_with(key, move |key| {
            let now = RefCell::new(Told::default());
            setter.set(Told::default());
            let listening = submitter.listen(move |message, _| {
                let mut now = now.borrow_mut();
                match message {
                    FromSubmitter::Jobs { jobs, truncated } => {
                        now.jobs = Some((jobs.clone(), *truncated));
                        now.trouble = None;
                    }
                    FromSubmitter::Failed {
                        what: Asked::Jobs | Asked::Worker,
                        trouble,
                    } => now.trouble = Some(trouble.clone()),
                    _ => return,
                }
                setter.set(now.clone());
            });
            let asking = key.is_some().then(|| {
                submitter.tell(&ToSubmitter::Jobs);
                Interval::new(EVERY_MS, move || {
                    if !browser::document().hidden() {
                        submitter.tell(&ToSubmitter::Jobs);
                    }
                })
            });
            move || {
                drop(asking);
                drop(listening);
            }
        });
    }
    (*told).clone()
}
