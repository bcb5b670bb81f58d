//! Amounts of fuel: WebAssembly instructions, with a scale that fits.

use crate::texts::{Language, Texts};

/// `fuel` in words.
pub(crate) fn instructions(texts: &Texts, fuel: u64) -> String {
    // Chinese counts in myriads.
    let (large, medium) = match texts.language() {
        Language::English => (1e9, 1e6),
        Language::Chinese => (1e8, 1e4),
    };
    #[expect(clippy::cast_precision_loss, reason = "shown with a few digits")]
    let count = fuel as f64;
    if count >= large {
        texts.say_with("fuel-large", [("count", (count / large).into())])
    } else if count >= medium {
        texts.say_with("fuel-medium", [("count", (count / medium).into())])
    } else {
        texts.say_with("fuel-small", [("count", count.into())])
    }
}
