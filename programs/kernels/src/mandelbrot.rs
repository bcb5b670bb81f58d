//! The Mandelbrot set, point by point.

const WIDTH: u32 = 200;
const HEIGHT: u32 = 150;
const MOST_STEPS: u32 = 400;

/// The sum of the steps of all points.
#[must_use]
pub fn checksum(seed: u64) -> u64 {
    let moved = f64::from((seed % 1_000) as u32) / 1e6;
    let mut sum = seed;
    for row in 0..HEIGHT {
        let y = f64::from(row) / f64::from(HEIGHT) * 2.0 - 1.0;
        for column in 0..WIDTH {
            let x = f64::from(column) / f64::from(WIDTH) * 3.0 - 2.0 + moved;
            sum = sum.wrapping_mul(31).wrapping_add(steps(x, y).into());
        }
    }
    sum
}

/// Steps until the point leaves the circle of radius 2.
fn steps(x0: f64, y0: f64) -> u32 {
    let (mut x, mut y) = (0.0, 0.0);
    let mut steps = 0;
    while x * x + y * y <= 4.0 && steps < MOST_STEPS {
        (x, y) = (x * x - y * y + x0, 2.0 * x * y + y0);
        steps += 1;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::{MOST_STEPS, steps};

    #[test]
    fn points_within_never_leave_and_points_outside_leave_at_once() {
        assert_eq!(steps(0.0, 0.0), MOST_STEPS);
        assert_eq!(steps(-1.0, 0.0), MOST_STEPS);
        assert_eq!(steps(2.0, 2.0), 1);
    }
}
