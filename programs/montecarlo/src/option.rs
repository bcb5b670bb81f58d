//! The option, and what it pays at the end of a path.

use guest::{Args, Problem};

/// A European option on a share whose price is a geometric Brownian motion.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EuropeanOption {
    spot: f64,
    strike: f64,
    /// 1 for a call, -1 for a put.
    sign: f64,
    /// Mean of the logarithm of the price's growth.
    drift: f64,
    /// Its standard deviation.
    deviation: f64,
    /// What a payment at the end is worth today.
    discount: f64,
}

impl EuropeanOption {
    pub(crate) fn of(args: &Args) -> Result<Self, Problem> {
        let sign = match args.text("kind")? {
            "call" => 1.0,
            "put" => -1.0,
            other => return Err(format!("the arg kind must be call or put, not {other:?}").into()),
        };
        let rate = args.number("rate", -1.0..=1.0)?;
        let volatility = args.number("volatility", 0.0..=3.0)?;
        let years = args.number("years", 0.001..=50.0)?;
        Ok(Self {
            spot: args.number("spot", 0.01..=1e6)?,
            strike: args.number("strike", 0.01..=1e6)?,
            sign,
            drift: (rate - volatility * volatility / 2.0) * years,
            deviation: volatility * years.sqrt(),
            discount: (-rate * years).exp(),
        })
    }

    /// What it pays, in today's money, when the share moved by a standard normal number.
    pub(crate) fn pays(&self, normal: f64) -> f64 {
        let price = self.spot * (self.drift + self.deviation * normal).exp();
        self.discount * (self.sign * (price - self.strike)).max(0.0)
    }
}
