//! A counter that a rewritten program exports: a mutable global. An i64 is a BigInt in JavaScript.

use js_sys::{Object, Reflect, WebAssembly};
use wasm_bindgen::{JsCast as _, JsValue};

/// A global of an instance.
#[derive(Debug)]
pub(super) struct Counter(WebAssembly::Global);

impl Counter {
    /// The exported global of that name.
    pub(super) fn of(exports: &Object, name: &str) -> Option<Self> {
        let global = Reflect::get(exports, &name.into()).ok()?;
        global.dyn_into().ok().map(Self)
    }

    /// Its value, when it is an integer.
    pub(super) fn get(&self) -> Option<i64> {
        let value = Reflect::get(&self.0, &"value".into()).ok()?;
        if let Some(number) = value.as_f64() {
            // An i32 is a number that fits.
            #[expect(clippy::cast_possible_truncation, reason = "an i32's value")]
            return Some(number as i64);
        }
        i64::try_from(value).ok()
    }

    /// Sets an i64.
    pub(super) fn set(&self, value: i64) -> Option<()> {
        self.set_to(&value.into())
    }

    /// Sets an i32.
    pub(super) fn set_small(&self, value: u32) -> Option<()> {
        self.set_to(&value.into())
    }

    fn set_to(&self, value: &JsValue) -> Option<()> {
        Reflect::set(&self.0, &"value".into(), value)
            .ok()?
            .then_some(())
    }
}
