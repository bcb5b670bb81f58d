//! Rows, whatever the chunk, and the picture read back.

use super::*;

const WIDTH: u32 = 40;
const HEIGHT: u32 = 30;

fn args() -> Args {
    Args::of(&[
        ("width", "40"),
        ("height", "30"),
        ("x", "-0.75"),
        ("y", "0"),
        ("size", "3.6"),
        ("iterations", "200"),
    ])
}

fn rows(start: u32, end: u32) -> Vec<u8> {
    map(&args(), format!("{start} {end}\n").as_bytes()).unwrap()
}

/// Width, height and pixels of a PNG.
fn read(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let decoder = png::Decoder::new(std::io::Cursor::new(png));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    (info.width, info.height, pixels)
}

#[test]
fn the_picture_is_the_same_whatever_the_chunk_and_in_whatever_order_rows_come() {
    let whole = reduce(&args(), &rows(0, HEIGHT)).unwrap();
    let mut chunks: Vec<_> = (0..HEIGHT)
        .step_by(7)
        .map(|start| rows(start, HEIGHT.min(start + 7)))
        .collect();
    assert_eq!(reduce(&args(), &chunks.concat()).unwrap(), whole);
    chunks.reverse();
    chunks.push(rows(3, 5));
    assert_eq!(reduce(&args(), &chunks.concat()).unwrap(), whole);
}

#[test]
fn points_of_the_set_are_black_and_the_picture_is_its_own_mirror() {
    let (width, height, pixels) = read(&reduce(&args(), &rows(0, HEIGHT)).unwrap());
    assert_eq!((width, height), (WIDTH, HEIGHT));
    let lines: Vec<_> = pixels.chunks(WIDTH as usize * 3).collect();
    assert!(lines.iter().eq(lines.iter().rev()), "the set is symmetric");
    let pixel = |column: usize, row: usize| &lines[row][column * 3..][..3];
    assert_eq!(pixel(20, 15), [0; 3], "near -0.75 + 0i");
    assert_eq!(pixel(0, 0), colour::of(point::steps(-2.505, 1.305, 200)));
    assert_ne!(pixel(0, 0), [0; 3]);
}

#[test]
fn steps_are_those_of_the_definition() {
    assert_eq!(point::steps(0.0, 0.0, 50), None);
    assert_eq!(point::steps(-2.0, 0.0, 50), None, "the leftmost point");
    assert_eq!(point::steps(-1.0, 0.2, 50), None, "in the disc");
    assert_eq!(point::steps(3.0, 0.0, 50), Some(1));
    assert_eq!(point::steps(1.0, 0.0, 50), Some(3), "1, 2, 5");
    assert_eq!(point::steps(1.0, 0.0, 3), None, "not looked at long enough");
}

#[test]
fn missing_rows_are_grey() {
    let (_, _, pixels) = read(&reduce(&args(), &rows(1, HEIGHT)).unwrap());
    let (first, others) = pixels.split_at(WIDTH as usize * 3);
    assert!(first.iter().all(|byte| *byte == 128));
    assert_eq!(others[..12], rows(1, 2)[4..16]);
}

#[test]
fn rows_that_are_not_in_the_picture_are_refused() {
    let refused = |input: &[u8]| map(&args(), input).unwrap_err().to_string();
    let message = "the rows 28..31 are not in the picture: it has 0..30";
    assert_eq!(refused(b"28 31\n"), message);
    assert!(refused(b"-1 3\n").contains("not in the picture"));
    assert!(refused(b"").contains("not a range"));
    let refused = |input: &[u8]| reduce(&args(), input).unwrap_err().to_string();
    let mut beyond = rows(0, 1);
    beyond[0] = 30;
    assert_eq!(refused(&beyond), "the picture has no row 30: it has 30");
    beyond[0] = 1;
    let twice = [beyond, rows(1, 2)].concat();
    assert_eq!(
        refused(&twice),
        "the row 1 came twice, with different pixels"
    );
    assert!(refused(&rows(0, 1)[1..]).contains("not whole rows"));
    assert!(map(&Args::default(), b"0 1\n").is_err());
}
