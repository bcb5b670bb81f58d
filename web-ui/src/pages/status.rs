//! What the coordinator is doing now, asked again every two seconds while the page is visible.

use crate::api::{self, Remote};
use crate::components::facts::Facts;
use crate::components::join::Join;
use crate::components::tasks::Tasks;
use crate::texts::Language;
use gloo_timers::future::TimeoutFuture;
use shared::api::status::Status;
use yew::prelude::*;

/// Time between two questions, ms.
const EVERY_MS: u32 = 2000;

#[component]
pub(crate) fn StatusPage() -> Html {
    let language = use_state(Language::of_browser);
    let status = use_state(|| Remote::<Status>::Loading);
    let texts = language.texts();
    {
        let status = status.clone();
        use_effect_with((), move |()| {
            wasm_bindgen_futures::spawn_local(ask_for_ever(status.setter()));
        });
    }
    use_effect_with(*language, |language| {
        let root = web_sys::window().and_then(|window| window.document()?.document_element());
        if let Some(root) = root {
            // The attribute's name is valid, which is all that can go wrong.
            let _ = root.set_attribute("lang", language.texts().tag);
        }
    });
    let switch = {
        let language = language.clone();
        Callback::from(move |_: MouseEvent| language.set(language.other()))
    };
    let waits = |status: &Status| -> Html {
        let line = |job: &shared::api::status::JobWaits| {
            html! { <li>{ language.waiting(&job.reason) }</li> }
        };
        status.waiting.iter().map(line).collect()
    };
    html! {
        <>
            <header>
                <p class="name">{ "Manyhands 众手" }</p>
                <button type="button" onclick={switch}>{ texts.other }</button>
            </header>
            <main>
                <h1>{ texts.lead }</h1>
                if *status == Remote::Loading {
                    <p role="status">{ texts.loading }</p>
                }
                if matches!(*status, Remote::Failed(_)) {
                    <p role="alert" class="alert">{ texts.offline }</p>
                }
                if let Some(newest) = status.newest() {
                    <Facts texts={texts} status={newest.clone()} />
                    <Tasks texts={texts} tasks={newest.tasks} open_jobs={newest.jobs_open} />
                    if !newest.waiting.is_empty() {
                        <section>
                            <h2>{ texts.why_waiting }</h2>
                            <ul>{ waits(newest) }</ul>
                        </section>
                    }
                    <Join texts={texts} status={newest.clone()} />
                }
            </main>
        </>
    }
}

async fn ask_for_ever(status: UseStateSetter<Remote<Status>>) {
    let mut newest = None;
    loop {
        let document = web_sys::window().and_then(|window| window.document());
        let hidden = document.is_some_and(|document| document.hidden());
        if !hidden || newest.is_none() {
            match api::status().await {
                Some(answer) => {
                    newest = Some(answer.clone());
                    status.set(Remote::Ready(answer));
                }
                None => status.set(Remote::Failed(newest.clone())),
            }
        }
        TimeoutFuture::new(EVERY_MS).await;
    }
}
