//! mandelbrot: the picture against points computed here, whatever the chunk.

use crate::job::{Job, assert_refused};

const ARGS: [(&str, &str); 3] = [("width", "60"), ("height", "40"), ("iterations", "300")];

#[test]
fn the_picture_is_the_same_whatever_the_chunk() {
    let Some(job) = Job::of("mandelbrot", &ARGS) else {
        return;
    };
    let whole = job.run_range(0, 40, 40).unwrap();
    assert!(
        whole.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x3c\0\0\0\x28\x08\x02"),
        "60 by 40, RGB"
    );
    for chunk in [1, 7, 39] {
        assert_eq!(job.run_range(0, 40, chunk).unwrap(), whole, "{chunk}");
    }
}

#[test]
fn map_writes_each_rows_number_and_its_pixels_and_those_of_the_set_are_black() {
    let Some(mut job) = Job::of("mandelbrot", &ARGS) else {
        return;
    };
    job.local.reduce = shared::manifest::Reduce::None;
    let rows = job.run_range(3, 40, 5).unwrap();
    for (row, bytes) in (3_u32..40).zip(rows.chunks(4 + 60 * 3)) {
        let (number, pixels) = bytes.split_at(4);
        assert_eq!(number, row.to_le_bytes());
        for (column, pixel) in (0_u32..60).zip(pixels.chunks(3)) {
            let step = 3.6 / 60.0;
            let c = (
                -0.75 + (f64::from(column) - 29.5) * step,
                (19.5 - f64::from(row)) * step,
            );
            assert_eq!(pixel == [0; 3], stays(c), "row {row}, column {column}");
        }
    }
    assert_eq!(rows.len(), 37 * (4 + 60 * 3));
}

/// The definition.
fn stays((c_x, c_y): (f64, f64)) -> bool {
    let (mut x, mut y) = (0.0_f64, 0.0_f64);
    for _ in 0..300 {
        if x * x + y * y > 4.0 {
            return false;
        }
        (x, y) = (x * x - y * y + c_x, 2.0 * x * y + c_y);
    }
    true
}

#[test]
fn rows_that_are_not_in_the_picture_are_refused() {
    let Some(job) = Job::of("mandelbrot", &ARGS) else {
        return;
    };
    let refused = job.run_range(35, 41, 6);
    assert_refused(
        refused,
        "the rows 35..41 are not in the picture: it has 0..40",
    );
}
