//! Running failed tasks again with other limits: the form, and the way from a job to those that run its tasks again and
//! back.

use super::head::NewsProps;
use super::state::state_word;
use crate::components::trouble::TroubleBox;
use crate::route::Route;
use crate::shell::link::PageLink;
use crate::submitter::use_submitter;
use crate::texts::{Texts, use_texts};
use shared::ids::JobId;
use shared::job::Limits;
use shared::page::submit::{
    Asked, FromSubmitter, JobNews, LimitsDraft, SubsetNews, ToSubmitter, Trouble,
};
use shared::subset::Lacking;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Links to the other jobs, and the form while tasks have failed; nothing when there is neither.
#[component]
pub(crate) fn Again(NewsProps { news }: &NewsProps) -> Html {
    let texts = use_texts();
    let parent = news.view.parent;
    let has_failed = news.lacking != Lacking::default() && parent.is_none();
    if parent.is_none() && news.subsets.is_empty() && !has_failed {
        return Html::default();
    }
    let is_running = news.subsets.iter().any(|job| !job.state.has_ended());
    let last = news
        .subsets
        .last()
        .map_or(news.view.limits, |job| job.limits);
    html! {
        <section aria-labelledby="again">
            <h2 id="again">{ texts.say("again-heading") }</h2>
            if let Some(parent) = parent {
                <p id="again-parent">{ texts.say("again-parent") }{ " " }{ link(parent) }</p>
            }
            if !news.subsets.is_empty() {
                <p>{ texts.say("again-jobs") }</p>
                <ul class="lines" id="again-jobs">{ for news.subsets.iter().map(|job| line(&texts, job)) }</ul>
            }
            if has_failed && is_running {
                <p class="note" role="status">{ texts.say("again-running") }</p>
            } else if has_failed {
                <Form key={news.subsets.len()} failed={failed(news)} lacking={news.lacking} limits={last} />
            }
        </section>
    }
}

fn failed(news: &JobNews) -> u32 {
    news.checked.not_good.saturating_add(news.checked.failed)
}

fn link(id: JobId) -> Html {
    let text = id.to_string();
    let short: String = text.chars().take(8).collect();
    html! { <PageLink to={Route::Job { id }}><code title={text}>{ short }</code></PageLink> }
}

fn line(texts: &Texts, job: &SubsetNews) -> Html {
    let done = texts.say_with(
        "again-done",
        [
            ("accepted", job.accepted.into()),
            ("count", job.task_count.into()),
        ],
    );
    html! { <li>{ link(job.job_id) }{ " · " }{ state_word(texts, job.state) }{ " · " }{ done }</li> }
}

/// What the form begins with.
#[derive(Properties, PartialEq)]
struct FormProps {
    /// How many tasks have no output.
    failed: u32,
    /// What they ended by.
    lacking: Lacking,
    /// The limits that they had last.
    limits: Limits,
}

/// The limits, those that were too low marked, and the button.
#[component]
fn Form(props: &FormProps) -> Html {
    let texts = use_texts();
    let submitter = use_submitter();
    let limits = use_state(|| LimitsDraft::of(&props.limits));
    let is_posting = use_state(|| false);
    let trouble = use_state(|| None::<Trouble>);
    {
        let (submitter, posting, trouble) =
            (submitter.clone(), is_posting.setter(), trouble.setter());
        use_effect_with((), move |()| {
            let listening = submitter.listen(move |message, _| {
                if let FromSubmitter::Failed {
                    what: Asked::Rerun,
                    trouble: why,
                } = message
                {
                    posting.set(false);
                    trouble.set(Some(why.clone()));
                }
            });
            move || drop(listening)
        });
    }
    let post = {
        let (limits, posting, trouble) = (limits.clone(), is_posting.setter(), trouble.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            posting.set(true);
            trouble.set(None);
            let limits = (*limits).clone();
            submitter.tell(&ToSubmitter::Rerun { limits });
        })
    };
    let field = |id: &'static str,
                 label: String,
                 value: &str,
                 lacking: Option<String>,
                 set: fn(&mut LimitsDraft, String)| {
        let state = limits.clone();
        let oninput = Callback::from(move |event: InputEvent| {
            let mut edited = (*state).clone();
            set(&mut edited, typed(&event));
            state.set(edited);
        });
        let why = format!("{id}-why");
        html! {
            <div class="field">
                <label for={id}>{ label }</label>
                <input {id} type="text" value={value.to_owned()} {oninput} spellcheck="false" autocomplete="off"
                    aria-describedby={lacking.as_ref().map(|_| why.clone())} />
                if let Some(lacking) = lacking { <p id={why} class="alert">{ lacking }</p> }
            </div>
        }
    };
    let lacking = props.lacking;
    let lack =
        |count: u32, words: fn(&Texts, u32) -> String| (count > 0).then(|| words(&texts, count));
    html! {
        <form onsubmit={post}>
            <p>{ texts.say_with("again-failed", [("count", props.failed.into())]) }</p>
            <div class="columns">
                { field("again-memory", texts.say("submit-limit-memory"), &limits.memory,
                    lack(lacking.memory, |texts, count| texts.say_with("again-lack-memory", [("count", count.into())])),
                    |limits, value| limits.memory = value) }
                { field("again-output", texts.say("submit-limit-output"), &limits.output,
                    lack(lacking.output, |texts, count| texts.say_with("again-lack-output", [("count", count.into())])),
                    |limits, value| limits.output = value) }
                { field("again-wall", texts.say("submit-limit-wall"), &limits.wall,
                    lack(lacking.unable, |texts, count| texts.say_with("again-lack-wall", [("count", count.into())])),
                    |limits, value| limits.wall = value) }
                { field("again-fuel", texts.say("submit-limit-fuel"), &limits.fuel,
                    lack(lacking.fuel, |texts, count| texts.say_with("again-lack-fuel", [("count", count.into())])),
                    |limits, value| limits.fuel = value) }
            </div>
            if lacking.other > 0 {
                <p class="note">{ texts.say_with("again-lack-other", [("count", lacking.other.into())]) }</p>
            }
            <button type="submit" id="again-post" class="primary" disabled={*is_posting}>{ texts.say("again-post") }</button>
            if *is_posting {
                <p role="status">{ texts.say("again-posting") }</p>
            }
            if let Some(trouble) = (*trouble).clone() {
                <TroubleBox {trouble} />
            }
        </form>
    }
}

fn typed(event: &InputEvent) -> String {
    let input = event.target_dyn_into::<HtmlInputElement>();
    input.map(|input| input.value()).unwrap_or_default()
}
