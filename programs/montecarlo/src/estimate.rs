//! What all batches together say.

use crate::batch::{Batch, PATHS, SAMPLES};
use guest::Problem;

/// So many standard errors to both sides hold the price in 95 of 100 simulations.
const ERRORS_95: f64 = 1.959_963_984_540_054;

/// The price and how sure it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Estimate {
    price: f64,
    standard_error: f64,
    paths: u64,
}

impl Estimate {
    /// Adds up in this order.
    pub(crate) fn of(batches: &[Batch]) -> Result<Self, Problem> {
        if batches.is_empty() {
            return Err("there is no batch to estimate from".into());
        }
        let all = u32::try_from(batches.len()).map_err(|_| "there are too many batches")?;
        let samples = f64::from(all) * f64::from(SAMPLES);
        let sum: f64 = batches.iter().map(|batch| batch.sum).sum();
        let squares: f64 = batches.iter().map(|batch| batch.sum_of_squares).sum();
        let price = sum / samples;
        let spread = squares - sum * price;
        if !spread.is_finite() {
            return Err("the sums are too great".into());
        }
        // Rounding may leave a little less than nothing.
        let variance = spread.max(0.0) / (samples - 1.0);
        let standard_error = (variance / samples).sqrt();
        Ok(Self {
            price,
            standard_error,
            paths: u64::from(all) * u64::from(PATHS),
        })
    }

    pub(crate) fn json(&self) -> Vec<u8> {
        let Self {
            price,
            standard_error,
            paths,
        } = self;
        let reach = ERRORS_95 * standard_error;
        let (low, high) = (price - reach, price + reach);
        let json = format!(
            "{{\"price\":{price},\"standard_error\":{standard_error},\"confidence_95\":[{low},{high}],\"paths\":{paths}}}\n"
        );
        json.into_bytes()
    }
}
