//! Where the submitter worker is heard: messages as JSON with the files that go with them.

use js_sys::Array;
use shared::page::submit::{FromSubmitter, ToSubmitter};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

/// The page that started this worker.
#[derive(Debug, Clone)]
pub(super) struct Port(DedicatedWorkerGlobalScope);

impl Port {
    pub(super) fn open() -> Option<Self> {
        js_sys::global().dyn_into().ok().map(Self)
    }

    /// Hears the page for as long as the worker lives.
    pub(super) fn listen(&self, hear: impl Fn(ToSubmitter, Vec<Blob>) + 'static) {
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            if let Some((message, files)) = read(&event.data()) {
                hear(message, files);
            }
        });
        self.0
            .set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget(); // it lives as long as the worker
    }

    /// Tells the page something.
    pub(super) fn post(&self, message: &FromSubmitter) {
        self.post_with(message, &JsValue::UNDEFINED);
    }

    /// Tells the page something, with bytes.
    pub(super) fn post_with(&self, message: &FromSubmitter, attached: &JsValue) {
        if let Ok(text) = serde_json::to_string(message) {
            let parts = Array::of1(&text.into());
            if !attached.is_undefined() {
                parts.push(attached);
            }
            // Text and blobs can always be posted; there is nobody to tell if they could not.
            let _ = self.0.post_message(&parts);
        }
    }
}

fn read(message: &JsValue) -> Option<(ToSubmitter, Vec<Blob>)> {
    let parts = message.dyn_ref::<Array>()?;
    let message = serde_json::from_str(&parts.get(0).as_string()?).ok()?;
    let files = parts.iter().skip(1).map(JsCast::dyn_into);
    Some((message, files.collect::<Result<_, _>>().ok()?))
}
