//! One point of the plane.

/// Steps of z = z * z + c until |z| > 2; `None` for a point that stays within for `most` steps.
pub(crate) fn steps(c_x: f64, c_y: f64, most: u32) -> Option<u32> {
    if is_in_a_great_part(c_x, c_y) {
        return None;
    }
    let (mut x, mut y) = (0.0, 0.0);
    for step in 0..most {
        let (x_square, y_square) = (x * x, y * y);
        if x_square + y_square > 4.0 {
            return Some(step);
        }
        y = (x + x) * y + c_y;
        x = x_square - y_square + c_x;
    }
    None
}

/// Whether the point is in the heart or the disc left of it, where most of the steps would be made.
fn is_in_a_great_part(x: f64, y: f64) -> bool {
    let y_square = y * y;
    let from_cusp = x - 0.25;
    let q = from_cusp * from_cusp + y_square;
    let from_disc = x + 1.0;
    q * (q + from_cusp) < 0.25 * y_square || from_disc * from_disc + y_square < 0.0625
}
