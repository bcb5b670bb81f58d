//! Counts the primes and twin pairs of a range, with a segmented sieve.
//!
//! A twin pair (p, p + 2) belongs to the task that has p, also when the next task has p + 2. So counts of neighbouring
//! ranges add up, whatever the chunks (the program is associative).

mod sieve;
mod sums;

use guest::{Args, Problem};
use sums::Sums;

/// Above it the primes up to its root would be the greater part of a task.
const MOST: i64 = 100_000_000_000_000;

/// The primes of a range, as JSON.
///
/// # Errors
/// When the input is no range, or one with numbers that are too great.
pub fn map(_args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let range = guest::range(input)?;
    if range.end > MOST {
        return Err(format!("the range may end at {MOST}, not at {}", range.end).into());
    }
    let at_least = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(sieve::count(at_least(range.start)..at_least(range.end)).json())
}

/// The sums of what map and reduce wrote.
///
/// # Errors
/// When the input is anything else.
pub fn reduce(_args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    Ok(Sums::read_all(input)?.json())
}

#[cfg(test)]
mod tests;
