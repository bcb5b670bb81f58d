//! The program of a checker: whether a module may be run, and where its counters are. One module in the life of a worker.
//!
//! The check reads every instruction, with a large parser. So it has a worker and a module of its own, which are loaded
//! when a program first arrives, and which hold up nobody.

use js_sys::Uint8Array;
use shared::rewrite::Runnable;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// What a checker says once it listens; what was sent to it before is lost.
pub const READY: &str = "ready";

/// Waits for a module.
pub fn start() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return; // only a worker can be a checker
    };
    let port = scope.clone();
    let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
        let module = event.data().dyn_into::<Uint8Array>();
        let module = module.map_or_else(|_| Vec::new(), |module| module.to_vec());
        let checked = Runnable::read(&module).map_err(|error| error.to_string());
        if let Ok(text) = serde_json::to_string(&checked) {
            // Text can always be posted.
            let _ = port.post_message(&text.into());
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget(); // it lives as long as the worker
    // Text can always be posted.
    let _ = scope.post_message(&READY.into());
}
