//! Rows put into a picture.

use guest::Problem;

const PIXEL_BYTES: usize = 3;
const GREY: u8 = 128;

/// A picture that is being filled.
#[derive(Debug)]
pub(crate) struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    /// Which rows were laid.
    rows: Vec<bool>,
}

impl Picture {
    pub(crate) fn empty(width: u32, height: u32) -> Self {
        let bytes = width as usize * height as usize * PIXEL_BYTES;
        Self {
            width,
            height,
            pixels: vec![GREY; bytes],
            rows: vec![false; height as usize],
        }
    }

    /// Lays the rows that map wrote.
    pub(crate) fn lay_all(&mut self, mut rows: &[u8]) -> Result<(), Problem> {
        let row_bytes = self.width as usize * PIXEL_BYTES;
        while !rows.is_empty() {
            let row = rows.split_first_chunk::<4>();
            let row = row.and_then(|(row, rest)| {
                let (pixels, rest) = rest.split_at_checked(row_bytes)?;
                Some((u32::from_le_bytes(*row), pixels, rest))
            });
            let (row, pixels, rest) =
                row.ok_or("the input of reduce is not whole rows of this picture")?;
            self.lay(row, pixels)?;
            rows = rest;
        }
        Ok(())
    }

    fn lay(&mut self, row: u32, pixels: &[u8]) -> Result<(), Problem> {
        let place = self.pixels.chunks_exact_mut(pixels.len()).nth(row as usize);
        let place = place.zip(self.rows.get_mut(row as usize));
        let (place, is_there) =
            place.ok_or_else(|| format!("the picture has no row {row}: it has {}", self.height))?;
        if *is_there && place != pixels {
            return Err(format!("the row {row} came twice, with different pixels").into());
        }
        place.copy_from_slice(pixels);
        *is_there = true;
        Ok(())
    }

    /// How many rows were not laid.
    pub(crate) fn missing(&self) -> usize {
        self.rows.iter().filter(|is_there| !**is_there).count()
    }

    pub(crate) fn png(&self) -> Result<Vec<u8>, Problem> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&self.pixels)?;
            writer.finish()
        });
        written.map_err(|error| format!("cannot write the picture: {error}"))?;
        Ok(out)
    }
}
