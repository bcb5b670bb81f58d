//! A sandbox as the worker that starts it sees it: it takes one order at a time and can be ended at any instruction.

use crate::fetch::{self, FetchError};
use crate::helper::address;
use crate::order::{FullOrder, FullReport};
use crate::program::{ProgramError, compile};
use crate::wasi_bridge;
use shared::module_check::MAX_MODULE_BYTES;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

/// What every sandbox is started with. A sandbox may fetch nothing, so its program is compiled here, once.
#[derive(Debug, Clone)]
pub struct SandboxKit {
    script: String,
    program: JsValue,
    bridge: JsValue,
}

/// Why there is no sandbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KitError {
    /// The page did not say where the sandbox's files are.
    #[error("this page came without the files of a sandbox")]
    Missing,
    /// They cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// They cannot be compiled.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

impl SandboxKit {
    /// Fetches and compiles, from the addresses that this worker was started with.
    ///
    /// # Errors
    /// See [`KitError`].
    pub async fn load() -> Result<Self, KitError> {
        let script = address("sandbox", "script").ok_or(KitError::Missing)?;
        let module = address("sandbox", "module").ok_or(KitError::Missing)?;
        let bytes = fetch::file(&module, MAX_MODULE_BYTES as u64).await?;
        Ok(Self {
            script,
            program: compile(&bytes).await?,
            bridge: compile(&wasi_bridge::bytes()).await?,
        })
    }
}

/// What comes from a sandbox.
#[derive(Debug)]
pub enum FromSandbox {
    /// A run has ended.
    Report(FullReport),
    /// Its script did not load; it may a little later.
    NotLoaded,
    /// The sandbox is of no use any more: it failed in a way that it should not.
    Broken(String),
}

/// A running sandbox. Dropping it ends it.
#[derive(Debug)]
pub struct SandboxWorker {
    worker: Worker,
    bridge: JsValue,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl SandboxWorker {
    /// Starts a sandbox.
    ///
    /// # Errors
    /// When the browser starts no worker.
    pub fn start(kit: &SandboxKit, hear: impl Fn(FromSandbox) + 'static) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name("sandbox");
        let worker = Worker::new_with_options(&kit.script, &options)?;
        let hear = Rc::new(hear);
        let heard = Rc::clone(&hear);
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            heard(match FullReport::read(&event.data()) {
                Some(report) => FromSandbox::Report(report),
                None => FromSandbox::Broken("it sent what is no report".into()),
            });
        });
        let on_error = Closure::<dyn FnMut(_)>::new(move |event: Event| {
            event.prevent_default();
            // A script that fails says how; one that did not load has nothing to say.
            hear(match event.dyn_into::<ErrorEvent>() {
                Ok(error) => FromSandbox::Broken(error.message()),
                Err(_) => FromSandbox::NotLoaded,
            });
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        worker.post_message(&kit.program)?;
        Ok(Self {
            worker,
            bridge: kit.bridge.clone(),
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Gives it an order; exactly one answer follows unless it is ended first.
    ///
    /// # Errors
    /// When the order cannot be posted.
    pub fn run(&self, order: &FullOrder) -> Result<(), JsValue> {
        let (message, moved) = order
            .message(&self.bridge)
            .ok_or("the order cannot be written")?;
        self.worker.post_message_with_transfer(&message, &moved)
    }
}

impl Drop for SandboxWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
