//! Amounts of fuel: WebAssembly instructions, with a scale that fits.

use crate::texts::Texts;

/// `fuel` in words.
pub(crate) fn instructions(texts: &Texts, fuel: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with a few digits")]
    let count = fuel as f64;
    if fuel >= 1_000_000_000 {
        let scaled = [
            ("billions", (count / 1e9).into()),
            ("yi", (count / 1e8).into()),
        ];
        texts.say_with("fuel-billions", scaled)
    } else if fuel >= 1_000_000 {
        let scaled = [
            ("millions", (count / 1e6).into()),
            ("wan", (count / 1e4).into()),
        ];
        texts.say_with("fuel-millions", scaled)
    } else {
        texts.say_with("fuel-instructions", [("count", count.into())])
    }
}
