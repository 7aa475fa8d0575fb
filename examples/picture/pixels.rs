//! [`Pixels`]: images, read and written as PNG.

use super::place;
use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

/// Rows of coloured pixels, the top one first.
#[derive(Clone)]
pub struct Pixels {
    pub width: usize,
    pub colors: Vec<[u8; 3]>,
}

impl Pixels {
    pub fn height(&self) -> usize {
        self.colors.len() / self.width
    }

    /// From shades between 0, black, and 1, white.
    pub fn grey(width: usize, shades: impl IntoIterator<Item = f64>) -> Self {
        let colors = shades.into_iter().map(|shade| [(255.0 * shade.clamp(0.0, 1.0)).round() as u8; 3]).collect();
        Pixels { width, colors }
    }

    /// Images of one size in a grid, so many beside each other, with a pixel between them.
    pub fn grid(images: &[Pixels], columns: usize) -> Self {
        let (w, h) = (images[0].width + 1, images[0].height() + 1);
        let width = columns * w - 1;
        let mut colors = vec![[205, 213, 220]; width * (images.len().div_ceil(columns) * h - 1)];
        for (i, image) in images.iter().enumerate() {
            let corner = (i / columns) * h * width + (i % columns) * w;
            for (y, row) in image.colors.chunks(image.width).enumerate() {
                colors[corner + y * width..][..row.len()].copy_from_slice(row);
            }
        }
        Pixels { width, colors }
    }

    /// Writes `target/pictures/NAME.png`, each pixel as a square of so many.
    pub fn write(&self, name: &str, scale: usize) -> Result<(), Box<dyn Error>> {
        let (width, height) = (self.width * scale, self.height() * scale);
        let file = BufWriter::new(File::create(place(&format!("{name}.png"))?)?);
        let mut encoder = png::Encoder::new(file, width as u32, height as u32);
        encoder.set_color(png::ColorType::Rgb);
        let pixel = |i: usize| self.colors[(i / width / scale) * self.width + i % width / scale];
        let bytes: Vec<u8> = (0..width * height).flat_map(pixel).collect();
        encoder.write_header()?.write_image_data(&bytes)?;
        println!("picture: target/pictures/{name}.png");
        Ok(())
    }
}

/// A PNG file in grey or in colours; transparency is passed over.
pub fn read_png(path: impl AsRef<Path>) -> Result<Pixels, Box<dyn Error>> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(path)?));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or("the image is too large")?];
    let frame = reader.next_frame(&mut bytes)?;
    let color = |p: &[u8]| if p.len() < 3 { [p[0]; 3] } else { [p[0], p[1], p[2]] };
    let colors = bytes[..frame.buffer_size()].chunks(frame.color_type.samples()).map(color).collect();
    Ok(Pixels { width: frame.width as usize, colors })
}
