//! Lengths in units that people read.

use crate::texts::Texts;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// A length, such as 1.5 MiB.
pub(crate) fn bytes(texts: &Texts, bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..KIB => return texts.say_with("shell-bytes", [("bytes", bytes.into())]),
        KIB..MIB => (KIB, "KiB"),
        MIB..GIB => (MIB, "MiB"),
        _ => (GIB, "GiB"),
    };
    #[expect(clippy::cast_precision_loss, reason = "one digit is shown")]
    let value = (bytes as f64 / unit as f64 * 10.0).round() / 10.0;
    format!("{} {name}", texts.number(value))
}
