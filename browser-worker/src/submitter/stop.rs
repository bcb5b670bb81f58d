//! A wish to end something, and a bell for news: heard by whoever does it.

use gloo_timers::callback::Timeout;
use js_sys::{Function, Promise};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Shared by who may stop something and who does it.
#[derive(Debug, Clone, Default)]
pub(super) struct Stop(Rc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    is_set: Cell<bool>,
    /// Resolves the promise that is waited for.
    wake: RefCell<Option<Function>>,
}

impl Stop {
    /// Ends it.
    pub(super) fn set(&self) {
        self.0.is_set.set(true);
        self.wake();
    }

    /// Whether it is to end.
    pub(super) fn is_set(&self) -> bool {
        self.0.is_set.get()
    }

    /// Calls `wake` when it is to end, and once only.
    pub(super) fn on_wake(&self, wake: Function) {
        self.0.wake.replace(Some(wake));
        if self.is_set() {
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(wake) = self.0.wake.take() {
            // Resolving a promise does not fail.
            let _ = wake.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Told when there may be news, and waited for.
#[derive(Debug, Default)]
pub(super) struct Bell {
    /// Rung while nobody waited.
    is_rung: Cell<bool>,
    wake: RefCell<Option<Function>>,
}

impl Bell {
    /// There may be news.
    pub(super) fn ring(&self) {
        match self.wake.take() {
            Some(wake) => {
                // Resolving a promise does not fail.
                let _ = wake.call0(&JsValue::UNDEFINED);
            }
            None => self.is_rung.set(true),
        }
    }

    /// Waits until it rings or this time has passed; for ever when none is given.
    pub(super) async fn wait(&self, longest_ms: Option<u32>) {
        if self.is_rung.take() {
            return;
        }
        let mut wake = None;
        let woken = Promise::new(&mut |resolve: Function, _| wake = Some(resolve));
        self.wake.replace(wake.clone());
        let _timer = wake.zip(longest_ms).map(|(wake, longest_ms)| {
            Timeout::new(longest_ms, move || {
                let _ = wake.call0(&JsValue::UNDEFINED);
            })
        });
        // It resolves and is never rejected.
        let _ = JsFuture::from(woken).await;
        self.wake.take();
    }
}
