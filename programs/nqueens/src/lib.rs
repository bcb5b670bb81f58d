//! Counts the ways to place n queens so that none attacks another.
//!
//! The range counts the places of the first three queens, also those in which they attack each other: number
//! (a * n + b) * n + c has them in the columns a, b and c. So the tasks are many and alike, and the whole board is the
//! range 0..n * n * n.

mod board;
mod sums;

use guest::{Args, Problem};
use sums::Sums;

/// The greatest board: 2,691,008,701,644 ways, more work than anyone has asked for.
const MOST: u32 = 22;

/// The ways to go on from each of the first three queens' places in a range, as JSON.
///
/// # Errors
/// When the input is no range, or one that leaves the board.
pub fn map(args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let n = args.count("n", 3..=MOST)?;
    let range = guest::range(input)?;
    let places = i64::from(n * n * n);
    if range.start < 0 || range.end > places {
        let (start, end) = (range.start, range.end);
        let problem =
            format!("{start}..{end} leaves the board: for n={n} the range is 0..{places}");
        return Err(problem.into());
    }
    let mut sums = Sums::none(n);
    for place in range {
        let place = u32::try_from(place).map_err(|_| "a place is negative")?;
        sums.solutions += board::solutions(n, [place / (n * n), place / n % n, place % n]);
        sums.places += 1;
    }
    Ok(sums.json())
}

/// The sums of what map and reduce wrote.
///
/// # Errors
/// When the input is anything else, or about another board.
pub fn reduce(args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let n = args.count("n", 3..=MOST)?;
    Ok(Sums::read_all(n, input)?.json())
}

#[cfg(test)]
mod tests;
