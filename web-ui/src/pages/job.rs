//! One job: followed, verified and folded in this browser.

use crate::browser;
use crate::components::bytes::bytes;
use crate::components::command::Command;
use crate::components::job::{
    again::Again, cancel::Cancel, checked::CheckedHere, dissent::Dissent, head::Head,
    result::JobResult, tasks::Tasks,
};
use crate::components::submit::key::{Key, use_key};
use crate::components::trouble::TroubleBox;
use crate::route::Route;
use crate::shell::page_title::PageTitle;
use crate::submitter::distributing::use_distributing;
use crate::submitter::use_submitter;
use crate::texts::use_texts;
use shared::ids::JobId;
use shared::page::submit::{Asked, FromSubmitter, JobNews, ToSubmitter, Trouble, TroubleCode};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast as _;
use web_sys::Blob;
use yew::prelude::*;
use yew_router::prelude::{use_location, use_navigator};

/// Which job.
#[derive(Properties, PartialEq)]
pub(crate) struct JobPageProps {
    pub(crate) id: JobId,
}

/// What the worker told.
#[derive(Debug, Clone, Default, PartialEq)]
struct Told {
    news: Option<Rc<JobNews>>,
    result: Option<Blob>,
    trouble: Option<Trouble>,
    act_trouble: Option<Trouble>,
    /// An upload that goes on, bytes.
    uploading: Option<(u64, u64)>,
    is_duplicated: bool,
}

impl Told {
    /// Whether that changed anything.
    fn hear(&mut self, message: &FromSubmitter, result: Option<Blob>) -> bool {
        match message {
            FromSubmitter::Job(news) => {
                self.news = Some(Rc::new((**news).clone()));
                self.result = result.or_else(|| self.result.take());
                self.trouble = None;
                self.uploading = None;
            }
            FromSubmitter::Submitting {
                done_bytes,
                total_bytes,
            } => self.uploading = Some((*done_bytes, *total_bytes)),
            FromSubmitter::Duplicated => self.is_duplicated = true,
            FromSubmitter::Failed { what, trouble } => match what {
                Asked::Job | Asked::Worker => self.trouble = Some(trouble.clone()),
                Asked::Cancel | Asked::Duplicate => self.act_trouble = Some(trouble.clone()),
                _ => return false,
            },
            _ => return false,
        }
        true
    }
}

/// The page.
#[component]
pub(crate) fn JobPage(JobPageProps { id }: &JobPageProps) -> Html {
    let texts = use_texts();
    let card = use_key();
    let key = card.key.as_ref().map(|key| key.key);
    let told = use_job(*id, key.map(|key| key.to_string()));
    let navigator = use_navigator().expect("every page is drawn inside the router");
    use_effect_with(told.is_duplicated, move |is_duplicated| {
        if *is_duplicated {
            navigator.push(&Route::Submit);
        }
    });
    let is_unfinished = told
        .news
        .as_ref()
        .is_some_and(|news| !news.view.state.has_ended());
    use_distributing(is_unfinished);
    let named = use_location().and_then(|location| task_in(location.query_str()));
    let short: String = id.to_string().chars().take(8).collect();
    let heading = match told.news.as_ref().map(|news| news.view.title.clone()) {
        Some(title) if !title.is_empty() => title,
        _ => texts.say_with("job-heading", [("id", short.into())]),
    };
    let is_strange = told
        .trouble
        .as_ref()
        .is_some_and(|trouble| matches!(trouble.code, TroubleCode::NotFound | TroubleCode::NoKey));
    // The result of a job that runs tasks of another again is part of that one's.
    let parent = told.news.as_ref().and_then(|news| news.view.parent);
    let line = format!(
        "manyhands job results {} --url {} --wait --output result",
        parent.unwrap_or(*id),
        browser::origin()
    );
    html! {
        <>
            <PageTitle text={heading} />
            <p class="lead">{ texts.say("job-lead") }</p>
            if let Some(trouble) = told.trouble.clone() {
                <TroubleBox {trouble} />
            }
            if is_strange {
                <section class="card" aria-labelledby="key-heading">
                    <h2 id="key-heading">{ texts.say("job-other-key") }</h2>
                    <p>{ texts.say("job-other-key-what") }</p>
                    <Key {card} />
                </section>
            }
            if let Some((done, total)) = told.uploading {
                <p role="status">{ texts.say_with("submit-uploading", [
                    ("done", bytes(&texts, done).into()),
                    ("total", bytes(&texts, total).into()),
                ]) }</p>
            }
            { match &told.news {
                None if told.trouble.is_none() => html! { <p role="status">{ texts.say("job-loading") }</p> },
                None => Html::default(),
                Some(news) => job(news, &told, named),
            } }
            <section aria-labelledby="line">
                <h2 id="line">{ texts.say("job-line") }</h2>
                <Command id="results-line" {line} />
            </section>
        </>
    }
}

fn job(news: &Rc<JobNews>, told: &Told, named: Option<u32>) -> Html {
    let tasks = &news.view.tasks;
    let has_failed = tasks.failed > 0 || news.checked.not_good > 0;
    html! {
        <>
            <Head news={news.clone()} />
            <CheckedHere news={news.clone()} />
            <JobResult news={news.clone()} result={told.result.clone()} />
            <Again news={news.clone()} />
            <Dissent news={news.clone()} />
            <Tasks counts={*tasks} {has_failed} {named} />
            <Cancel has_ended={news.view.state.has_ended()} trouble={told.act_trouble.clone()} />
        </>
    }
}

/// The task that the address names: `?task=7`.
fn task_in(query: &str) -> Option<u32> {
    let pairs = query.trim_start_matches('?').split('&');
    let mut tasks = pairs.filter_map(|pair| pair.strip_prefix("task="));
    tasks.next()?.parse().ok()
}

/// Follows the job while the page is open; anew when another key is loaded.
#[hook]
fn use_job(id: JobId, key: Option<String>) -> Told {
    let submitter = use_submitter();
    let told = use_state(Told::default);
    {
        let setter = told.setter();
        use_effect_with((id, key), move |(id, _)| {
            let now = RefCell::new(Told::default());
            setter.set(Told::default());
            let listening = submitter.listen(move |message, attached| {
                let mut now = now.borrow_mut();
                if now.hear(message, attached.dyn_ref::<Blob>().cloned()) {
                    setter.set(now.clone());
                }
            });
            submitter.tell(&ToSubmitter::OpenJob { job_id: *id });
            move || {
                drop(listening);
                submitter.tell(&ToSubmitter::CloseJob);
            }
        });
    }
    (*told).clone()
}
