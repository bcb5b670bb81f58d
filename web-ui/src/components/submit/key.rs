//! The submitter's key: made, saved once, loaded. The same card stands on the list of jobs.

use crate::browser;
use crate::components::trouble::TroubleBox;
use crate::submitter::form::KeyCard;
use crate::submitter::{Submitter, use_submitter};
use crate::texts::{Texts, use_texts};
use shared::page::submit::{Asked, FromSubmitter, ToSubmitter};
use shared::page::volunteer::KeyStorage;
use std::cell::RefCell;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// A key file has a few hundred bytes; anything larger is another file.
const MAX_FILE_BYTES: f64 = 4096.0;

/// The key as the worker tells of it; asked for when a component first uses it.
#[hook]
pub(crate) fn use_key() -> KeyCard {
    let submitter = use_submitter();
    let card = use_state(KeyCard::default);
    {
        let setter = card.setter();
        use_effect_with((), move |()| {
            let now = RefCell::new(KeyCard::default());
            let listening = submitter.listen(move |message, _| {
                let mut now = now.borrow_mut();
                match message {
                    FromSubmitter::Key(key) => {
                        now.key.clone_from(key);
                        now.is_known = true;
                        now.trouble = None;
                    }
                    FromSubmitter::KeyFile { text } => {
                        browser::download("manyhands-submitter.key", text);
                        now.is_handed_out = true;
                    }
                    FromSubmitter::Failed {
                        what: Asked::Key | Asked::Worker,
                        trouble,
                    } => now.trouble = Some(trouble.clone()),
                    _ => return,
                }
                setter.set(now.clone());
            });
            submitter.tell(&ToSubmitter::LookAtKey);
            move || drop(listening)
        });
    }
    (*card).clone()
}

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct KeyProps {
    pub(crate) card: KeyCard,
}

/// The key, and what can be done with it.
#[component]
pub(crate) fn Key(KeyProps { card }: &KeyProps) -> Html {
    let texts = use_texts();
    let submitter = use_submitter();
    let tell = |message: ToSubmitter| {
        let submitter = submitter.clone();
        Callback::from(move |_: MouseEvent| submitter.tell(&message))
    };
    let load = {
        let submitter = submitter.clone();
        Callback::from(move |event: Event| {
            load_file(submitter.clone(), event.target_unchecked_into());
        })
    };
    html! {
        <div class="key">
            <p>{ texts.say("submit-key-what") }</p>
            { match &card.key {
                None if !card.is_known => html! { <p class="note" role="status">{ texts.say("submit-key-looking") }</p> },
                None => html! {
                    <button type="button" id="make-key" onclick={tell(ToSubmitter::MakeKey)}>{ texts.say("submit-key-make") }</button>
                },
                Some(key) => html! {
                    <>
                        <dl class="pairs">
                            <div><dt>{ texts.say("submit-key-name") }</dt><dd><code id="submitter-key">{ key.key.to_string() }</code></dd></div>
                            <div><dt>{ texts.say("submit-key-kept") }</dt><dd>{ kept(&texts, key.storage) }</dd></div>
                        </dl>
                        if key.can_save {
                            <p>{ texts.say("submit-key-save-now") }</p>
                            <div class="row">
                                <button type="button" id="save-submitter-key" onclick={tell(ToSubmitter::ExportKey)}>{ texts.say("submit-key-save") }</button>
                                if card.is_handed_out {
                                    <button type="button" id="submitter-key-is-safe" onclick={tell(ToSubmitter::ForgetSeed)}>{ texts.say("submit-key-safe") }</button>
                                }
                            </div>
                        }
                    </>
                },
            } }
            <div class="field">
                <label for="load-submitter-key">{ texts.say("submit-key-load") }</label>
                <input id="load-submitter-key" type="file" accept=".key,.json,application/json" onchange={load} />
            </div>
            if let Some(trouble) = card.trouble.clone() {
                <TroubleBox {trouble} />
            }
        </div>
    }
}

fn kept(texts: &Texts, storage: KeyStorage) -> String {
    match storage {
        KeyStorage::WebCrypto => texts.say("submit-key-in-webcrypto"),
        KeyStorage::Wrapped => texts.say("submit-key-wrapped"),
        KeyStorage::Memory => texts.say("submit-key-in-memory"),
    }
}

/// Gives the text of the chosen file to the worker, which says what is wrong with it.
fn load_file(submitter: Submitter, input: HtmlInputElement) {
    spawn_local(async move {
        let file = input.files().and_then(|files| files.get(0));
        let file = file.filter(|file| file.size() <= MAX_FILE_BYTES);
        let text = match file {
            Some(file) => JsFuture::from(file.text()).await.ok(),
            None => None,
        };
        let text = text.and_then(|text| text.as_string()).unwrap_or_default();
        submitter.tell(&ToSubmitter::ImportKey { text });
        input.set_value("");
    });
}
