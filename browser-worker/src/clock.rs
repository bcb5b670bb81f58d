//! The browser's clocks, the only ones in this crate.

use js_sys::global;
use shared::ids::UnixMs;
use wasm_bindgen::JsCast as _;
use web_sys::WorkerGlobalScope;

/// The time now. It may jump when the user sets it, and says nothing of how long a frozen page has slept.
#[must_use]
pub fn now() -> UnixMs {
    let ms = js_sys::Date::now();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "milliseconds since 1970 are positive and fit, and a cast of any float saturates"
    )]
    UnixMs(ms as u64)
}

/// Microseconds since this worker has begun: never jumps. Browsers tell it in steps of 5 to 1,000. Zero outside of a
/// worker.
#[must_use]
pub fn ticks_us() -> u64 {
    let scope = global().dyn_into::<WorkerGlobalScope>().ok();
    let performance = scope.and_then(|scope| scope.performance());
    let ms = performance.map_or(0.0, |performance| performance.now());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is positive, and a cast of any float saturates"
    )]
    let us = (ms * 1_000.0) as u64;
    us
}
