//! The last few things of one kind, by hash: each is made once, also when several tasks want it at the same time.

use js_sys::{Function, Promise};
use shared::ids::Digest;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// The most recently used values, newest last, up to a number of bytes.
#[derive(Debug)]
pub struct Cache<T> {
    budget_bytes: u64,
    entries: RefCell<Vec<Entry<T>>>,
}

#[derive(Debug)]
struct Entry<T> {
    key: Digest,
    bytes: u64,
    made: Rc<Made<T>>,
}

/// A value that is there or being made.
#[derive(Debug)]
struct Made<T> {
    value: OnceCell<T>,
    /// Settled once the making has ended, however.
    ended: Promise,
}

impl<T: Clone> Cache<T> {
    /// An empty cache that keeps at most this many bytes, and always the newest value.
    #[must_use]
    pub const fn new(budget_bytes: u64) -> Self {
        Self {
            budget_bytes,
            entries: RefCell::new(Vec::new()),
        }
    }

    /// The value under this hash, made by `produce` with its size unless it is there. A failure is not kept: who waited
    /// for the making of another tries again.
    ///
    /// # Errors
    /// That of `produce`.
    pub async fn get<E, F: Future<Output = Result<(T, u64), E>>>(
        &self,
        key: Digest,
        produce: impl FnOnce() -> F,
    ) -> Result<T, E> {
        while let Some(made) = self.touch(key) {
            if let Some(value) = made.value.get() {
                return Ok(value.clone());
            }
            // It resolves and is never rejected.
            let _ = JsFuture::from(made.ended.clone()).await;
            if let Some(value) = made.value.get() {
                return Ok(value.clone());
            }
        }
        let mut end = None;
        let made = Rc::new(Made {
            value: OnceCell::new(),
            ended: Promise::new(&mut |resolve: Function, _| end = Some(resolve)),
        });
        self.entries.borrow_mut().push(Entry {
            key,
            bytes: 0,
            made: Rc::clone(&made),
        });
        let outcome = produce().await;
        match &outcome {
            Ok((value, bytes)) => {
                // Nobody else sets it: this is the one making.
                let _ = made.value.set(value.clone());
                self.weigh(key, *bytes);
            }
            Err(_) => self.forget(&made),
        }
        if let Some(end) = end {
            let _ = end.call0(&JsValue::UNDEFINED);
        }
        outcome.map(|(value, _)| value)
    }

    /// Finds an entry and makes it the newest.
    fn touch(&self, key: Digest) -> Option<Rc<Made<T>>> {
        let mut entries = self.entries.borrow_mut();
        let at = entries.iter().position(|entry| entry.key == key)?;
        let entry = entries.remove(at);
        let made = Rc::clone(&entry.made);
        entries.push(entry);
        Some(made)
    }

    /// Notes a size and drops the oldest until the rest fits.
    fn weigh(&self, key: Digest, bytes: u64) {
        let mut entries = self.entries.borrow_mut();
        if let Some(entry) = entries.iter_mut().find(|entry| entry.key == key) {
            entry.bytes = bytes;
        }
        let mut sum: u64 = entries.iter().map(|entry| entry.bytes).sum();
        while sum > self.budget_bytes && entries.len() > 1 {
            sum = sum.saturating_sub(entries.remove(0).bytes);
        }
    }

    fn forget(&self, made: &Rc<Made<T>>) {
        self.entries
            .borrow_mut()
            .retain(|entry| !Rc::ptr_eq(&entry.made, made));
    }
}
