//! The browser's clock, the only one in this crate.

use shared::ids::UnixMs;

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
