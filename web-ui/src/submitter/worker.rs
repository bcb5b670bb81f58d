//! The worker itself: started by its name in this build, told and heard in JSON with files beside it.

use js_sys::{Array, Reflect};
use shared::page::submit::{FromSubmitter, ToSubmitter};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, MessageEvent, Worker, WorkerOptions, WorkerType};

/// A running submitter worker. Dropping it ends it.
pub(super) struct SubmitterWorker {
    worker: Worker,
    /// What is said before the worker listens; none once it does.
    early: Rc<RefCell<Option<Vec<Array>>>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl SubmitterWorker {
    /// Starts it; `hear` gets its messages with what comes beside them, and nothing when it cannot be loaded. `None`
    /// when that is known at once.
    pub(super) fn start(hear: impl Fn(Option<FromSubmitter>, &JsValue) + 'static) -> Option<Self> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name("submitter");
        let worker = Worker::new_with_options(&script()?, &options).ok()?;
        let early = Rc::new(RefCell::new(Some(Vec::<Array>::new())));
        let hear = Rc::new(hear);
        let on_message = {
            let (worker, early, hear) = (worker.clone(), Rc::clone(&early), Rc::clone(&hear));
            Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
                let Some((message, attached)) = read(&event.data()) else {
                    return; // of another version: the next load of the page mends it
                };
                if message == FromSubmitter::Ready {
                    let waiting = early.borrow_mut().take();
                    for message in waiting.unwrap_or_default() {
                        post(&worker, &message);
                    }
                }
                hear(Some(message), &attached);
            })
        };
        let on_error = {
            let early = Rc::clone(&early);
            Closure::<dyn FnMut(_)>::new(move |_: Event| {
                // Once it listens, an error is the worker's own and does not end it.
                if early.borrow().is_some() {
                    hear(None, &JsValue::UNDEFINED);
                }
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Self {
            worker,
            early,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    pub(super) fn tell(&self, message: &ToSubmitter, files: &[JsValue]) {
        let Ok(text) = serde_json::to_string(message) else {
            return; // our own messages can be written
        };
        let parts = Array::of1(&text.into());
        for file in files {
            parts.push(file);
        }
        match &mut *self.early.borrow_mut() {
            Some(waiting) => waiting.push(parts),
            None => post(&self.worker, &parts),
        }
    }
}

impl Drop for SubmitterWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn post(worker: &Worker, message: &Array) {
    // Text and files can always be posted.
    let _ = worker.post_message(message);
}

fn read(message: &JsValue) -> Option<(FromSubmitter, JsValue)> {
    let parts = message.dyn_ref::<Array>()?;
    let message = serde_json::from_str(&parts.get(0).as_string()?).ok()?;
    Some((message, parts.get(1)))
}

/// The address of the worker's script, which the build has written beside the page's own.
fn script() -> Option<String> {
    let assets = Reflect::get(&js_sys::global(), &"manyhandsAssets".into()).ok()?;
    let submitter = Reflect::get(&assets, &"submitter".into()).ok()?;
    Reflect::get(&submitter, &"script".into()).ok()?.as_string()
}
