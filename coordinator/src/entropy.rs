//! Where randomness comes from: the operating system.

/// `N` unpredictable bytes.
///
/// # Panics
/// When the operating system has no randomness, which no part of this program can work without.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
