//! The node's own key: its name, how it is kept, saving and loading its file.

use crate::compute::{Act, Place, use_compute};
use crate::texts::{Texts, use_texts};
use shared::page::volunteer::KeyStorage;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// A key file has a few hundred bytes; anything larger is another file.
const MAX_FILE_BYTES: f64 = 4096.0;

/// The key.
#[component]
pub(crate) fn Key() -> Html {
    let texts = use_texts();
    let compute = use_compute();
    let (view, snapshot) = (&compute.view, &compute.view.snapshot);
    let act = |act: Act| {
        let wanted = compute.act.clone();
        Callback::from(move |_: MouseEvent| wanted.emit(act.clone()))
    };
    let load = {
        let act = compute.act.clone();
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let act = act.clone();
            spawn_local(async move {
                let text = chosen_text(&input).await.unwrap_or_default();
                act.emit(Act::LoadKey(text));
                input.set_value("");
            });
        })
    };
    let can_save = snapshot.can_save_key && view.place == Place::Here;
    html! {
        <section aria-labelledby="identity">
            <h2 id="identity">{ texts.say("volunteer-key") }</h2>
            <p>{ texts.say("volunteer-key-what") }</p>
            if let Some(key) = snapshot.node_key {
                <dl class="pairs">
                    <div><dt>{ texts.say("volunteer-key-name") }</dt><dd><code id="node-key">{ key.to_string() }</code></dd></div>
                    <div><dt>{ texts.say("volunteer-key-kept") }</dt><dd>{ kept(&texts, snapshot.key_storage, view.persisted) }</dd></div>
                </dl>
            }
            if can_save {
                <p class="note">{ texts.say("volunteer-key-save-now") }</p>
                <div class="row">
                    <button type="button" id="save-key" onclick={act(Act::SaveKey)}>{ texts.say("volunteer-key-save") }</button>
                    if view.key_handed_out {
                        <button type="button" id="key-is-safe" onclick={act(Act::KeyIsSafe)}>{ texts.say("volunteer-key-safe") }</button>
                    }
                </div>
            }
            if view.place != Place::Elsewhere {
                <div class="field">
                    <label for="load-key">{ texts.say("volunteer-key-load") }</label>
                    <input id="load-key" type="file" accept=".key,.json,application/json" onchange={load} />
                </div>
            }
            if view.key_waits {
                <p role="status">{ texts.say("volunteer-key-waits") }</p>
            }
            if let Some(why) = &view.key_refused {
                <p role="alert" class="alert">{ texts.say("volunteer-key-refused") }{ " " }{ why }</p>
            }
        </section>
    }
}

fn kept(texts: &Texts, storage: Option<KeyStorage>, persisted: Option<bool>) -> String {
    let how = match storage {
        Some(KeyStorage::WebCrypto) => texts.say("volunteer-key-in-webcrypto"),
        Some(KeyStorage::Wrapped) => texts.say("volunteer-key-wrapped"),
        Some(KeyStorage::Memory) | None => return texts.say("volunteer-key-in-memory"),
    };
    match persisted {
        Some(true) => format!("{how} {}", texts.say("volunteer-key-persistent")),
        Some(false) => format!("{how} {}", texts.say("volunteer-key-evictable")),
        None => how,
    }
}

/// The text of the file that was chosen; none when it is too large to be a key file, or cannot be read.
async fn chosen_text(input: &HtmlInputElement) -> Option<String> {
    let file = input.files()?.get(0)?;
    if file.size() > MAX_FILE_BYTES {
        return None;
    }
    JsFuture::from(file.text()).await.ok()?.as_string()
}
