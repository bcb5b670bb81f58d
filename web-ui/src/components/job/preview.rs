//! A result as text, as a table or as a decoded image; never as HTML or SVG.

use super::table::Table;
use crate::texts::use_texts;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, Url};
use yew::prelude::*;

/// Bytes of a text that are shown.
const TEXT_BYTES: f64 = 65_536.0;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct ResultPreviewProps {
    pub(crate) blob: Blob,
    pub(crate) media_type: String,
}

/// The beginning of a result.
#[component]
pub(crate) fn ResultPreview(ResultPreviewProps { blob, media_type }: &ResultPreviewProps) -> Html {
    let texts = use_texts();
    match media_type.as_str() {
        "image/png" | "image/jpeg" => {
            html! { <Image blob={blob.clone()} media_type={media_type.clone()} /> }
        }
        "text/plain" | "text/tab-separated-values" | "application/json" => {
            html! { <Text blob={blob.clone()} is_table={media_type == "text/tab-separated-values"} /> }
        }
        _ => html! { <p class="note">{ texts.say("job-preview-none") }</p> },
    }
}

/// An image in the page's own address space, let go with the component.
struct ObjectUrl(String);

impl Drop for ObjectUrl {
    fn drop(&mut self) {
        // Fails only for an address that is none.
        let _ = Url::revoke_object_url(&self.0);
    }
}

#[component]
fn Image(ResultPreviewProps { blob, media_type }: &ResultPreviewProps) -> Html {
    let texts = use_texts();
    let key = (blob.clone(), media_type.clone());
    let url = use_memo(key, |(blob, media_type)| {
        // The type is ours, whatever the bytes are: the browser decodes an image or shows nothing.
        let typed = blob.slice_with_f64_and_f64_and_content_type(0.0, blob.size(), media_type);
        let url = Url::create_object_url_with_blob(&typed.ok()?).ok()?;
        Some(ObjectUrl(url))
    });
    match &*url {
        Some(url) => {
            html! { <img class="result-image" src={url.0.clone()} alt={texts.say("job-preview-image")} /> }
        }
        None => html! { <p class="note">{ texts.say("job-preview-none") }</p> },
    }
}

#[derive(Properties, PartialEq)]
struct TextProps {
    blob: Blob,
    is_table: bool,
}

#[component]
fn Text(TextProps { blob, is_table }: &TextProps) -> Html {
    let texts = use_texts();
    let text = use_state(|| None::<String>);
    {
        let setter = text.setter();
        use_effect_with(blob.clone(), move |blob| {
            let beginning = blob.slice_with_f64_and_f64(0.0, TEXT_BYTES);
            spawn_local(async move {
                if let Ok(beginning) = beginning
                    && let Ok(text) = JsFuture::from(beginning.text()).await
                {
                    setter.set(text.as_string());
                }
            });
        });
    }
    let Some(text) = &*text else {
        return html! { <p class="note" role="status">{ texts.say("job-preview-loading") }</p> };
    };
    let is_cut = blob.size() > TEXT_BYTES;
    html! {
        <div id="preview">
            if *is_table {
                <Table text={text.clone()} {is_cut} />
            } else {
                <pre tabindex="0" class="tall"><code>{ text }</code></pre>
                if is_cut {
                    <p class="note">{ texts.say("job-preview-cut") }</p>
                }
            }
        </div>
    }
}
