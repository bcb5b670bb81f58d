//! The page's side of the submitter worker, for all pages: started when a page with jobs first needs it.
//!
//! `worker` tells and hears it; `form` is the state of a draft; `distributing` tells this browser's volunteer that its
//! owner waits for a job.

pub(crate) mod beginning;
pub(crate) mod distributing;
pub(crate) mod form;
mod worker;

use shared::page::submit::{Asked, FromSubmitter, ToSubmitter, Trouble, TroubleCode};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;
use worker::SubmitterWorker;
use yew::prelude::*;

/// Hears the worker: a message, and what came with it.
type Hear = dyn Fn(&FromSubmitter, &JsValue);

/// The submitter worker of this page. It ends with the page.
#[derive(Clone)]
pub(crate) struct Submitter(Rc<Inner>);

impl PartialEq for Submitter {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Default)]
struct Inner {
    worker: RefCell<Option<SubmitterWorker>>,
    listeners: RefCell<Vec<(u32, Rc<Hear>)>>,
    next: Cell<u32>,
}

/// A listener. Dropping it ends the listening.
pub(crate) struct Listening {
    of: Weak<Inner>,
    number: u32,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(inner) = self.of.upgrade() {
            let mut listeners = inner.listeners.borrow_mut();
            listeners.retain(|(number, _)| *number != self.number);
        }
    }
}

impl Submitter {
    fn new() -> Self {
        Self(Rc::default())
    }

    /// Tells the worker something, and starts it when it does not run.
    pub(crate) fn tell(&self, message: &ToSubmitter) {
        self.tell_with(message, &[]);
    }

    /// Tells the worker something, with files.
    pub(crate) fn tell_with(&self, message: &ToSubmitter, files: &[JsValue]) {
        let mut worker = self.0.worker.borrow_mut();
        if worker.is_none() {
            let inner = Rc::downgrade(&self.0);
            *worker = SubmitterWorker::start(move |message, attached| {
                if let Some(inner) = inner.upgrade() {
                    hear(&inner, message, attached);
                }
            });
        }
        if let Some(worker) = &*worker {
            return worker.tell(message, files);
        }
        let inner = Rc::clone(&self.0);
        // Later: whoever tells may not hear yet.
        wasm_bindgen_futures::spawn_local(async move { hear(&inner, None, &JsValue::UNDEFINED) });
    }

    /// Hears the worker until the listening is dropped.
    pub(crate) fn listen(
        &self,
        listener: impl Fn(&FromSubmitter, &JsValue) + 'static,
    ) -> Listening {
        let number = self.0.next.get();
        self.0.next.set(number.wrapping_add(1));
        let listener: Rc<Hear> = Rc::new(listener);
        self.0.listeners.borrow_mut().push((number, listener));
        Listening {
            of: Rc::downgrade(&self.0),
            number,
        }
    }
}

/// Tells all listeners; no message means that the worker cannot be started.
fn hear(inner: &Inner, message: Option<FromSubmitter>, attached: &JsValue) {
    let message = message.unwrap_or_else(|| FromSubmitter::Failed {
        what: Asked::Worker,
        trouble: Trouble::new(TroubleCode::Browser, "the worker cannot be started"),
    });
    let listeners = inner.listeners.borrow().clone();
    for (_, listener) in listeners {
        listener(&message, attached);
    }
}

/// The submitter worker.
#[hook]
pub(crate) fn use_submitter() -> Submitter {
    let submitter = use_context::<Submitter>();
    submitter.expect("every page is drawn inside SubmitterProvider")
}

/// What the provider wraps.
#[derive(Properties, PartialEq)]
pub(crate) struct SubmitterProviderProps {
    pub(crate) children: Html,
}

/// Gives the submitter worker to everything inside. Nothing is started.
#[component]
pub(crate) fn SubmitterProvider(
    SubmitterProviderProps { children }: &SubmitterProviderProps,
) -> Html {
    let submitter = use_memo((), |()| Submitter::new());
    html! {
        <ContextProvider<Submitter> context={(*submitter).clone()}>{ children.clone() }</ContextProvider<Submitter>>
    }
}
