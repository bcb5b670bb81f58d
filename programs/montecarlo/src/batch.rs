//! A batch of paths and its sums, and the lines `number<TAB>sum<TAB>sum of squares`.

use crate::option::EuropeanOption;
use crate::philox;
use guest::Problem;

/// Blocks of random numbers in a batch; two samples each.
const BLOCKS: u32 = 2_500;
/// Samples of a batch. A sample is the mean of two paths, mirrors of each other: that halves the work for what a share
/// pays on average, and samples stay independent.
pub(crate) const SAMPLES: u32 = 2 * BLOCKS;
/// Paths of a batch.
pub(crate) const PATHS: u32 = 2 * SAMPLES;

/// The sums of a batch's samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Batch {
    pub(crate) number: u64,
    pub(crate) sum: f64,
    pub(crate) sum_of_squares: f64,
}

impl Batch {
    pub(crate) fn simulated(option: &EuropeanOption, seed: u64, number: u64) -> Self {
        let key = halves(seed);
        let [low, high] = halves(number);
        let (mut sum, mut sum_of_squares) = (0.0, 0.0);
        for block in 0..BLOCKS {
            for normal in philox::normals(philox::block(key, [block, 0, low, high])) {
                let sample = f64::midpoint(option.pays(normal), option.pays(-normal));
                sum += sample;
                sum_of_squares += sample * sample;
            }
        }
        Self {
            number,
            sum,
            sum_of_squares,
        }
    }

    /// As a line; its numbers are read back as the same bits.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let line = format!(
            "{}\t{:e}\t{:e}\n",
            self.number, self.sum, self.sum_of_squares
        );
        out.extend_from_slice(line.as_bytes());
    }

    pub(crate) fn read_all(text: &[u8]) -> Result<Vec<Self>, Problem> {
        let text = std::str::from_utf8(text).map_err(|_| "the input of reduce is not text")?;
        let lines = text.lines().zip(1_u64..);
        let batches = lines.map(|(line, at)| {
            Self::read(line)
                .ok_or_else(|| format!("line {at} of the input of reduce is not a batch").into())
        });
        batches.collect()
    }

    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split('\t');
        let number = fields.next()?.parse().ok()?;
        let mut sum = || {
            let sum = fields.next()?.parse::<f64>().ok();
            sum.filter(|sum| sum.is_finite() && *sum >= 0.0)
        };
        let batch = Self {
            number,
            sum: sum()?,
            sum_of_squares: sum()?,
        };
        fields.next().is_none().then_some(batch)
    }
}

const fn halves(number: u64) -> [u32; 2] {
    [(number & 0xFFFF_FFFF) as u32, (number >> 32) as u32]
}
