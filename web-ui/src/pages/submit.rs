//! Post a job.

use crate::api;
use crate::components::submit::{
    args::Args, input::Input, limits::Limits, post::Post, preview::Preview, program::Program,
    trust::Trust, try_here::TryHere,
};
use crate::route::Route;
use crate::shell::page_title::PageTitle;
use crate::submitter::beginning::beginning;
use crate::submitter::form::{Change, Form};
use crate::submitter::use_submitter;
use crate::texts::use_texts;
use gloo_timers::callback::Timeout;
use js_sys::Uint8Array;
use shared::page::submit::{FromSubmitter, ProgramChoice, ToSubmitter};
use std::rc::Rc;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;
use yew_router::prelude::use_navigator;

/// Pause after the last key before a draft is checked, ms.
const SETTLE_MS: u32 = 400;

/// From a program and an input to a job.
#[component]
pub(crate) fn SubmitPage() -> Html {
    let texts = use_texts();
    let form = use_reducer(Form::new);
    let navigator = use_navigator().expect("every page is drawn inside the router");
    use_worker(&form);
    use_preparing(&form);
    use_effect_with(form.submitted, move |submitted| {
        if let Some(id) = *submitted {
            navigator.push(&Route::Job { id });
        }
    });
    html! {
        <>
            <PageTitle text={texts.say("submit-heading")} title={texts.say("submit-title")} />
            <p class="lead">{ texts.say("submit-lead") }</p>
            <fieldset disabled={!form.is_loaded}>
                <Program form={form.clone()} />
                <Input form={form.clone()} />
                <Preview form={form.clone()} />
                <Args form={form.clone()} />
                <Trust form={form.clone()} />
                <Limits form={form.clone()} />
                <TryHere form={form.clone()} />
                <Post {form} />
            </fieldset>
        </>
    }
}

/// Hears the worker, and asks it for what the page begins with.
#[hook]
fn use_worker(form: &UseReducerHandle<Form>) {
    let submitter = use_submitter();
    let dispatcher = form.dispatcher();
    use_effect_with((), move |()| {
        let told = dispatcher.clone();
        let listening = submitter.listen(move |message, attached| {
            let output = match message {
                FromSubmitter::Tried(_) => output(attached),
                _ => String::new(),
            };
            told.dispatch(Change::Told(Box::new(message.clone()), output));
        });
        submitter.tell(&ToSubmitter::LoadDraft);
        submitter.tell(&ToSubmitter::Programs);
        spawn_local(async move {
            if let Some(status) = api::status().await {
                dispatcher.dispatch(Change::Status(Rc::new(status)));
            }
        });
        move || drop(listening)
    });
}

fn output(attached: &JsValue) -> String {
    let bytes = attached.dyn_ref::<Uint8Array>();
    bytes.map_or_else(String::new, |bytes| beginning(&bytes.to_vec()))
}

/// Lets the worker keep and check the draft when the user has stopped typing.
#[hook]
fn use_preparing(form: &UseReducerHandle<Form>) {
    let submitter = use_submitter();
    let draft = form.draft.clone();
    // Of a program that was chosen it must be known first what it takes.
    let is_known = draft.program == ProgramChoice::None || form.program.is_some();
    let is_wanted = form.is_begun && is_known;
    use_effect_with((form.version, is_wanted), move |(number, is_wanted)| {
        let number = *number;
        let timer = is_wanted.then(|| {
            Timeout::new(SETTLE_MS, move || {
                let draft = Box::new(draft);
                submitter.tell(&ToSubmitter::Prepare { number, draft });
            })
        });
        move || drop(timer)
    });
}
