//! The price of a European option by simulation: the mean of what it pays, with a confidence interval.
//!
//! A number of the range is a batch of paths. Its random numbers follow from the arg `seed` and the batch's number, and
//! it is summed by itself; reduce (`final`) adds the batches up in the order of their numbers. So neither the paths nor
//! the order in which floating-point numbers are added depend on the chunks.

mod batch;
mod estimate;
mod option;
mod philox;

use batch::Batch;
use estimate::Estimate;
use guest::{Args, Problem};
use option::EuropeanOption;

/// Reduce takes as many batches in a few seconds; it is 10^10 paths.
const MOST_BATCHES: usize = 1_000_000;

/// The sums of each batch of a range: a line each.
///
/// # Errors
/// When the args or the range do not fit.
pub fn map(args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let option = EuropeanOption::of(args)?;
    let seed = args.integer("seed", 0..=i64::MAX)?.cast_unsigned();
    let range = guest::range(input)?;
    let (start, end) = (range.start, range.end);
    let start = u64::try_from(start).map_err(|_| format!("the batch {start} is negative"))?;
    let mut out = Vec::new();
    for number in start..end.cast_unsigned() {
        Batch::simulated(&option, seed, number).write(&mut out);
    }
    Ok(out)
}

/// The price, as JSON.
///
/// # Errors
/// When the input is not lines of map, or a batch came twice.
pub fn reduce(_args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut batches = Batch::read_all(input)?;
    if batches.len() > MOST_BATCHES {
        let (all, most) = (batches.len(), MOST_BATCHES);
        return Err(format!("{all} batches, at most {most} can be added up").into());
    }
    batches.sort_by_key(|batch| batch.number);
    if let Some([twice, _]) = batches
        .array_windows()
        .find(|[left, right]| left.number == right.number)
    {
        return Err(format!("the batch {} came twice", twice.number).into());
    }
    Ok(Estimate::of(&batches)?.json())
}

#[cfg(test)]
mod tests;
