//! The title, who sees what, the key, and the button that posts the job; beside it the same as a line.

use super::key::{Key, use_key};
use super::{PartProps, typed};
use crate::browser;
use crate::components::bytes::bytes;
use crate::components::command::Command;
use crate::components::trouble::TroubleBox;
use crate::submitter::form::{Change, Form};
use crate::submitter::use_submitter;
use crate::texts::{Texts, use_texts};
use shared::api::jobs::MAX_TITLE_CHARS;
use shared::page::submit::{ToSubmitter, command_line};
use yew::prelude::*;

/// The last steps.
#[component]
pub(crate) fn Post(props: &PartProps) -> Html {
    let texts = use_texts();
    let submitter = use_submitter();
    let card = use_key();
    let is_understood = use_state(|| false);
    let form = &props.form;
    let title = props.edit(|draft, event: InputEvent| draft.title = typed(&event));
    let understand = {
        let is_understood = is_understood.clone();
        Callback::from(move |_: Event| is_understood.set(!*is_understood))
    };
    let key = card.key.clone();
    let is_saved = key.is_some_and(|key| !key.can_save) || card.is_handed_out;
    let is_ready = form.split.is_some() && *is_understood && is_saved && form.submitting.is_none();
    let submit = {
        let form = form.clone();
        Callback::from(move |_: MouseEvent| {
            form.dispatch(Change::Submit);
            submitter.tell(&ToSubmitter::Submit);
        })
    };
    let count = form.split.as_ref().map_or(0, |split| split.task_count);
    html! {
        <>
            <section aria-labelledby="title-heading">
                <h2 id="title-heading">{ texts.say("submit-about") }</h2>
                <div class="field wide">
                    <label for="job-title">{ texts.say("submit-job-title") }</label>
                    <input id="job-title" type="text" maxlength={MAX_TITLE_CHARS.to_string()} value={form.draft.title.clone()}
                        oninput={title} aria-describedby="job-title-note" />
                    <span id="job-title-note" class="note">{ texts.say("submit-job-title-what") }</span>
                </div>
            </section>
            <section aria-labelledby="who-heading">
                <h2 id="who-heading">{ texts.say("submit-who") }</h2>
                <p>{ texts.say("submit-who-sees") }</p>
                <label class="choice">
                    <input id="understood" type="checkbox" checked={*is_understood} onchange={understand} />
                    <span>{ texts.say("submit-who-understood") }</span>
                </label>
            </section>
            <section aria-labelledby="key-heading">
                <h2 id="key-heading">{ texts.say("submit-key") }</h2>
                <Key card={card.clone()} />
            </section>
            <section aria-labelledby="post-heading">
                <h2 id="post-heading">{ texts.say("submit-post") }</h2>
                { volunteers(&texts, form) }
                <button type="button" class="primary" id="submit-job" disabled={!is_ready} onclick={submit} aria-describedby="submit-lacks">
                    { texts.say_with("submit-post-tasks", [("count", count.into())]) }
                </button>
                <p id="submit-lacks" class="note" role="status">{ lacks(&texts, form, *is_understood, is_saved) }</p>
                if let Some((done, total)) = form.submitting {
                    <div>
                        <label for="uploading">{ texts.say_with("submit-uploading", [
                            ("done", bytes(&texts, done).into()),
                            ("total", bytes(&texts, total).into()),
                        ]) }</label>
                        <progress id="uploading" max={total.max(1).to_string()} value={done.to_string()} />
                    </div>
                }
                if let Some(trouble) = form.submit_trouble.clone() {
                    <TroubleBox {trouble} />
                }
                <h3>{ texts.say("submit-line") }</h3>
                <p class="note">{ texts.say("submit-line-how") }</p>
                <Command id="submit-line" line={line(form)} />
            </section>
        </>
    }
}

/// What has to be done before the job can be posted.
fn lacks(texts: &Texts, form: &Form, is_understood: bool, is_saved: bool) -> String {
    if form.split.is_none() {
        texts.say("submit-lacks-input")
    } else if !is_understood {
        texts.say("submit-lacks-consent")
    } else if !is_saved {
        texts.say("submit-lacks-key")
    } else {
        String::new()
    }
}

/// Who is there to compute it.
fn volunteers(texts: &Texts, form: &Form) -> Html {
    let Some(status) = &form.status else {
        return Html::default();
    };
    let said = if status.nodes.connected == 0 {
        texts.say("submit-no-volunteers")
    } else {
        texts.say_with(
            "submit-volunteers",
            [("count", status.nodes.connected.into())],
        )
    };
    html! { <p>{ said }</p> }
}

fn line(form: &Form) -> String {
    let files: Vec<_> = form.files.iter().map(|file| file.name.clone()).collect();
    let common = form.common.as_ref().map(|file| file.name.as_str());
    command_line(&form.draft, &browser::origin(), &files, common)
}
