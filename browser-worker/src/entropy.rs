//! Randomness from the browser, the only source of it in this crate.

/// Random bytes; `None` when the browser gives none.
#[must_use]
pub fn random_bytes<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}
