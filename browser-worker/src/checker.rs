//! The program of a checker: whether a module may be a program, and its guarded form. One module in the life of a worker.
//!
//! The check reads every instruction, with a large parser. So it has a worker and a module of its own, which are loaded
//! when a program first arrives, and which hold up nobody.

use js_sys::{Array, Uint8Array};
use serde::{Deserialize, Serialize};
use shared::memory_guard::{GuardNames, guard};
use shared::module_check::check_module;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// What a checker says once it listens; what was sent to it before is lost.
pub const READY: &str = "ready";

/// What is known of a module that may be a program. Its guarded form travels beside this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Memory that it begins with, pages.
    pub initial_pages: u64,
    /// What the guard has added.
    pub guard: Option<GuardNames>,
}

/// Waits for a module.
pub fn start() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return; // only a worker can be a checker
    };
    let port = scope.clone();
    let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
        let module = event.data().dyn_into::<Uint8Array>();
        let module = module.map_or_else(|_| Vec::new(), |module| module.to_vec());
        let (checked, guarded) = match check(&module) {
            Ok((checked, guarded)) => (Ok(checked), guarded),
            Err(why) => (Err(why), Vec::new()),
        };
        if let Ok(text) = serde_json::to_string(&checked) {
            let guarded = Uint8Array::from(guarded.as_slice());
            let message = Array::of2(&text.into(), &guarded);
            // Text and bytes can always be posted.
            let _ = port.post_message_with_transfer(&message, &Array::of1(&guarded.buffer()));
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget(); // it lives as long as the worker
    // Text can always be posted.
    let _ = scope.post_message(&READY.into());
}

fn check(module: &[u8]) -> Result<(Checked, Vec<u8>), String> {
    let facts = check_module(module).map_err(|refusal| refusal.to_string())?;
    let guarded = guard(module, &facts).map_err(|error| error.to_string())?;
    let checked = Checked {
        initial_pages: facts.memory_pages,
        guard: guarded.names,
    };
    Ok((checked, guarded.module))
}
