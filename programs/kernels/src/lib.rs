//! Nine small computations, each a command of its own: what rewriting costs is measured by them (GUEST.md section 3).
//!
//! `kernel-NAME [ROUNDS]` does the same work ROUNDS times, each from the result of the one before, and prints a checksum.

#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::many_single_char_names,
    clippy::needless_range_loop,
    reason = "the computations are written as textbooks have them"
)]

pub mod btree;
pub mod edit_distance;
pub mod fib;
pub mod mandelbrot;
pub mod matmul;
pub mod nbody;
pub mod sha256;
pub mod sieve;
pub mod sort;

/// Runs a kernel as often as the first argument says, once without one. Each round begins with the checksum so far.
pub fn run(kernel: fn(u64) -> u64) {
    let rounds = std::env::args().nth(1);
    let rounds = rounds.map_or(Ok(1), |rounds| rounds.parse::<u32>());
    let checksum = rounds.map(|rounds| (0..rounds).fold(0, |checksum, _| kernel(checksum)));
    match checksum {
        Ok(checksum) => println!("{checksum:016x}"),
        Err(error) => println!("usage: kernel-NAME [ROUNDS]: {error}"),
    }
}

/// Numbers that look random: xorshift64*.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        // Zero would stay zero.
        Self(seed | 1 << 63)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}
