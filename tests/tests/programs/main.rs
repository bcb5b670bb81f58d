//! The built-in programs under wasmi: real Rust commands, built for WASI, against what is known about their results.

mod align;
mod examples;
mod grep;
mod job;
mod kmers;
mod mandelbrot;
mod montecarlo;
mod nqueens;
mod primes;
mod wordcount;
