//! The worker itself: started by its name in this build, told and heard in JSON.

use js_sys::Reflect;
use shared::page::volunteer::{FromSupervisor, Start, ToSupervisor};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, MessageEvent, Worker, WorkerOptions, WorkerType};

/// A running supervisor. Dropping it ends it and all that it runs.
pub(super) struct Supervisor {
    worker: Worker,
    /// What is said before the worker listens; none once it does.
    early: Rc<RefCell<Option<Vec<ToSupervisor>>>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Supervisor {
    /// Starts it; `hear` gets its messages, and nothing when it cannot be loaded. `None` when that is known at once.
    pub(super) fn start(
        start: Start,
        hear: impl Fn(Option<FromSupervisor>) + 'static,
    ) -> Option<Self> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name("supervisor");
        let worker = Worker::new_with_options(&script()?, &options).ok()?;
        let early = Rc::new(RefCell::new(Some(vec![ToSupervisor::Start(start)])));
        let hear = Rc::new(hear);
        let on_message = {
            let (worker, early, hear) = (worker.clone(), Rc::clone(&early), Rc::clone(&hear));
            Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
                let text = event.data().as_string().unwrap_or_default();
                let Ok(message) = serde_json::from_str(&text) else {
                    return; // of another version: the next load of the page mends it
                };
                if message == FromSupervisor::Ready {
                    let waiting = early.borrow_mut().take();
                    for message in waiting.unwrap_or_default() {
                        post(&worker, &message);
                    }
                }
                hear(Some(message));
            })
        };
        let on_error = {
            let early = Rc::clone(&early);
            Closure::<dyn FnMut(_)>::new(move |_: Event| {
                // Once it listens, an error is the worker's own and does not end it.
                if early.borrow().is_some() {
                    hear(None);
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

    pub(super) fn tell(&self, message: &ToSupervisor) {
        match &mut *self.early.borrow_mut() {
            Some(waiting) => waiting.push(message.clone()),
            None => post(&self.worker, message),
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn post(worker: &Worker, message: &ToSupervisor) {
    if let Ok(text) = serde_json::to_string(message) {
        // Text can always be posted.
        let _ = worker.post_message(&text.into());
    }
}

/// The address of the worker's script, which the build has written beside the page's own.
fn script() -> Option<String> {
    let assets = Reflect::get(&js_sys::global(), &"manyhandsAssets".into()).ok()?;
    let supervisor = Reflect::get(&assets, &"supervisor".into()).ok()?;
    Reflect::get(&supervisor, &"script".into())
        .ok()?
        .as_string()
}
