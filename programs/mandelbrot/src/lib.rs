//! Draws the Mandelbrot set: map computes rows, reduce puts them into a picture.
//!
//! A pixel's colour depends on the args and its place alone, by additions and multiplications, which every engine rounds
//! alike: so the picture does not depend on the chunks.

mod colour;
mod picture;
mod point;
mod view;

use guest::{Args, Problem};
use picture::Picture;
use view::View;

/// Rows: for each its number, a little-endian u32, then its pixels' red, green and blue.
///
/// # Errors
/// When the args or the range do not fit.
pub fn map(args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let view = View::of(args)?;
    let range = guest::range(input)?;
    let (start, end, height) = (range.start, range.end, view.height);
    if start < 0 || end > i64::from(height) {
        let rows = format!("{start}..{end}");
        return Err(format!("the rows {rows} are not in the picture: it has 0..{height}").into());
    }
    let mut out = Vec::new();
    for row in range {
        let row = u32::try_from(row).map_err(|_| "a row is negative")?;
        out.extend_from_slice(&row.to_le_bytes());
        let c_y = view.y_of(row);
        for column in 0..view.width {
            let steps = point::steps(view.x_of(column), c_y, view.iterations);
            out.extend_from_slice(&colour::of(steps));
        }
    }
    Ok(out)
}

/// The picture, a PNG. Rows that are missing are grey.
///
/// # Errors
/// When the input is not the rows of this picture.
pub fn reduce(args: &Args, input: &[u8]) -> Result<Vec<u8>, Problem> {
    let view = View::of(args)?;
    let mut picture = Picture::empty(view.width, view.height);
    picture.lay_all(input)?;
    let missing = picture.missing();
    if missing > 0 {
        eprintln!(
            "mandelbrot: {missing} of {} rows are missing; they are grey",
            view.height
        );
    }
    picture.png()
}

#[cfg(test)]
mod tests;
