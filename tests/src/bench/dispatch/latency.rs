//! Percentiles of latencies.

use std::time::Duration;

/// Latencies in any order.
#[derive(Debug, Clone, Default)]
pub(super) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(super) fn push(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// The latency that `percent` of 100 do not exceed (nearest rank), milliseconds; 0 when there are none.
    pub(super) fn percentile_ms(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = sorted.len().saturating_mul(percent).div_ceil(100);
        let latency = sorted.get(rank.saturating_sub(1));
        latency.map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let mut latencies = Latencies::default();
        assert!(latencies.percentile_ms(50).abs() < 1e-9);
        for ms in (1..=200).rev() {
            latencies.push(Duration::from_millis(ms));
        }
        assert!((latencies.percentile_ms(50) - 100.0).abs() < 1e-9);
        assert!((latencies.percentile_ms(99) - 198.0).abs() < 1e-9);
        assert!((latencies.percentile_ms(100) - 200.0).abs() < 1e-9);
    }
}
