//! A checker as the worker that starts it sees it: one module in, what is known of it out, and the worker is gone.

use crate::checker::READY;
use crate::fetch;
use crate::helper::address;
use crate::program::ProgramError;
use gloo_timers::callback::Timeout;
use js_sys::{Array, Function, Promise, Uint8Array};
use shared::rewrite::Runnable;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

/// Longest time for one module, ms. The largest takes a few seconds.
const LONGEST_MS: u32 = 60_000;
/// The checker's own files are far smaller, bytes.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// Checks a rewritten module.
///
/// # Errors
/// [`ProgramError::Refused`] when it may not be a program, [`ProgramError::NotLoaded`] or [`ProgramError::Checker`] when
/// it could not be checked.
pub async fn check(module: &[u8]) -> Result<Runnable, ProgramError> {
    let address = |kind| address("checker", kind).ok_or(ProgramError::Checker);
    // They come from the browser's cache then; a worker whose module does not load tells nobody.
    for file in [address("script")?, address("module")?] {
        let loaded = fetch::file(&file, MAX_FILE_BYTES).await;
        loaded.map_err(|_| ProgramError::NotLoaded)?;
    }
    let answer = answer(&address("script")?, module).await;
    // A script that fails says how; one that did not load has nothing to say.
    let is_silent = |error: &JsValue| error.has_type::<Event>() && !error.has_type::<ErrorEvent>();
    let answer = answer.map_err(|error| {
        if is_silent(&error) {
            ProgramError::NotLoaded
        } else {
            ProgramError::Checker
        }
    })?;
    let text = answer.as_string().unwrap_or_default();
    let checked: Result<Runnable, String> =
        serde_json::from_str(&text).map_err(|_| ProgramError::Checker)?;
    checked.map_err(ProgramError::Refused)
}

async fn answer(script: &str, module: &[u8]) -> Result<JsValue, JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name("checker");
    let worker = Worker::new_with_options(script, &options)?;
    let module = Uint8Array::from(module);
    let mut settle = None;
    let answered = Promise::new(&mut |resolve: Function, reject: Function| {
        settle = Some((resolve, reject));
    });
    let (resolve, reject) = settle.ok_or("a promise gives its resolvers at once")?;
    let on_message = {
        let worker = worker.clone();
        Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            let data = event.data();
            // Neither settling a promise nor posting bytes fails.
            let _ = if data == READY {
                let moved = Array::of1(&module.buffer());
                worker
                    .post_message_with_transfer(&module, &moved)
                    .map(|()| JsValue::UNDEFINED)
            } else {
                resolve.call1(&JsValue::UNDEFINED, &data)
            };
        })
    };
    let on_error = {
        let reject = reject.clone();
        Closure::<dyn FnMut(_)>::new(move |event: Event| {
            event.prevent_default();
            let _ = reject.call1(&JsValue::UNDEFINED, &event);
        })
    };
    let too_long = Timeout::new(LONGEST_MS, move || {
        let _ = reject.call0(&JsValue::UNDEFINED);
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    let answer = JsFuture::from(answered).await;
    worker.terminate();
    drop((too_long, on_message, on_error));
    answer
}
