//! Which part of the plane is drawn, and how large.

use guest::{Args, Problem};

/// Most pixels in a row, and most rows: reduce has 1 GiB.
const MOST_PIXELS: u32 = 8192;

/// The args.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) iterations: u32,
    x: f64,
    y: f64,
    /// Distance of two pixels.
    step: f64,
}

impl View {
    pub(crate) fn of(args: &Args) -> Result<Self, Problem> {
        let width = args.count("width", 1..=MOST_PIXELS)?;
        Ok(Self {
            width,
            height: args.count("height", 1..=MOST_PIXELS)?,
            iterations: args.count("iterations", 1..=1_000_000)?,
            x: args.number("x", -4.0..=4.0)?,
            y: args.number("y", -4.0..=4.0)?,
            step: args.number("size", 1e-13..=16.0)? / f64::from(width),
        })
    }

    /// Real part of a column's middle.
    pub(crate) fn x_of(&self, column: u32) -> f64 {
        self.x + from_middle(column, self.width) * self.step
    }

    /// Imaginary part of a row's middle; the first row is the top.
    pub(crate) fn y_of(&self, row: u32) -> f64 {
        self.y - from_middle(row, self.height) * self.step
    }
}

fn from_middle(at: u32, all: u32) -> f64 {
    f64::from(at) + 0.5 - f64::from(all) / 2.0
}
