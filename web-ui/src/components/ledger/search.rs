//! Looking for an entry, a block, or whatever a hash names.

use super::short;
use crate::ledger::{NotFetched, entry, find};
use crate::route::Route;
use crate::shell::link::PageLink;
use crate::texts::{Texts, use_texts};
use shared::api::ledger::Found;
use shared::ids::{Digest, JobId};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;
use yew_router::prelude::use_navigator;

/// What is looked for.
#[derive(Properties, PartialEq)]
pub(crate) struct SearchProps {
    /// Of the address.
    pub(crate) wanted: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
enum Told {
    Nothing,
    /// Neither a number nor a hash.
    NotUnderstood,
    Number(u64),
    Looking,
    Hash {
        found: Found,
        height: Option<u64>,
    },
    NotFetched,
}

/// The field, and below it what was found.
#[component]
pub(crate) fn Search(SearchProps { wanted }: &SearchProps) -> Html {
    let texts = use_texts();
    let field = use_node_ref();
    let told = use_told(wanted.clone());
    let navigator = use_navigator().expect("every page is drawn inside the router");
    let look = {
        let field = field.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(field) = field.cast::<HtmlInputElement>() {
                let value = field.value().trim().to_lowercase();
                // A text is always written.
                let _ = navigator.push_with_query(&Route::Ledger, &[("find", value)]);
            }
        })
    };
    html! {
        <section aria-labelledby="search" id="ledger-search">
            <h2 id="search">{ texts.say("ledger-search") }</h2>
            <form role="search" onsubmit={look}>
                <div class="field wide">
                    <label for="find">{ texts.say("ledger-search-label") }</label>
                    <input id="find" type="search" ref={field} value={wanted.clone().unwrap_or_default()} autocomplete="off" spellcheck="false" />
                </div>
                <button id="look">{ texts.say("ledger-search-look") }</button>
            </form>
            <div role="status" id="found">{ drawn(&texts, &told, wanted.as_deref().unwrap_or_default()) }</div>
        </section>
    }
}

fn drawn(texts: &Texts, told: &Told, wanted: &str) -> Html {
    match told {
        Told::Nothing => Html::default(),
        Told::NotUnderstood => html! { <p>{ texts.say("ledger-search-what") }</p> },
        Told::Looking => html! { <p>{ texts.say("ledger-searching") }</p> },
        Told::NotFetched => html! { <p>{ texts.say("ledger-unreachable") }</p> },
        Told::Number(number) => html! {
            <ul class="lines">
                <li><PageLink to={Route::Entry { index: *number }}>{ texts.say_with("ledger-entry", [("index", (*number).into())]) }</PageLink></li>
                <li><PageLink to={Route::Block { height: *number }}>{ texts.say_with("ledger-block", [("height", (*number).into())]) }</PageLink></li>
            </ul>
        },
        Told::Hash { found, height } => {
            let what = match found.what.as_deref() {
                Some("job") => texts.say("ledger-found-job"),
                Some("node") => texts.say("ledger-found-node"),
                Some("module") => texts.say("ledger-found-module"),
                Some("block") => texts.say("ledger-found-block"),
                _ => return html! { <p>{ texts.say("ledger-found-nothing") }</p> },
            };
            let job = found.what.as_deref() == Some("job");
            let job: Option<JobId> = job.then(|| wanted.parse().ok()).flatten();
            let entry = |index: &u64| {
                html! { <li><PageLink to={Route::Entry { index: *index }}>{ texts.say_with("ledger-entry", [("index", (*index).into())]) }</PageLink></li> }
            };
            let next = found
                .next
                .map(|next| ("before".to_owned(), next.to_string()));
            html! {
                <>
                    <p>{ what }{ " " }<code>{ short(wanted) }</code></p>
                    <ul class="found">
                        if let Some(height) = height {
                            <li><PageLink to={Route::Block { height: *height }}>{ texts.say_with("ledger-block", [("height", (*height).into())]) }</PageLink></li>
                        }
                        if let Some(id) = job {
                            <li><PageLink to={Route::Job { id }}>{ texts.say("ledger-job-page") }</PageLink></li>
                        }
                        { for found.indexes.iter().map(entry) }
                    </ul>
                    if next.is_some() {
                        <p class="note">{ texts.say_with("ledger-found-more", [("count", found.indexes.len().into())]) }</p>
                    }
                </>
            }
        }
    }
}

/// Looks when the address changes.
#[hook]
fn use_told(wanted: Option<String>) -> Told {
    let told = use_state(|| Told::Nothing);
    let setter = told.setter();
    use_effect_with(wanted, move |wanted| {
        let wanted = wanted.clone().unwrap_or_default();
        let number = wanted.replace([',', '#'], "").parse::<u64>();
        let is_shown = std::rc::Rc::new(std::cell::Cell::new(true));
        match (wanted.is_empty(), wanted.parse::<Digest>(), number) {
            (true, _, _) => setter.set(Told::Nothing),
            (_, Err(_), Ok(number)) => setter.set(Told::Number(number)),
            (_, Err(_), Err(_)) => setter.set(Told::NotUnderstood),
            (_, Ok(_), _) => {
                setter.set(Told::Looking);
                let is_shown = is_shown.clone();
                spawn_local(async move {
                    let told = looked(&wanted).await.unwrap_or(Told::NotFetched);
                    if is_shown.get() {
                        setter.set(told);
                    }
                });
            }
        }
        move || is_shown.set(false)
    });
    (*told).clone()
}

async fn looked(wanted: &str) -> Result<Told, NotFetched> {
    let found = find(wanted, None).await?;
    let header = found
        .indexes
        .first()
        .filter(|_| found.what.as_deref() == Some("block"));
    let height = match header {
        Some(index) => Some(entry(*index).await?.height),
        None => None,
    };
    Ok(Told::Hash { found, height })
}
