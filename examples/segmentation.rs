//! How few colours does a picture need?
//!
//! K-means on the colours of pixels: each pixel takes that of its center, so that log₂ K bits tell it, beside a palette of
//! 24 bits per colour (vector quantisation; Bishop 2006, section 9.1.1). Give another PNG as argument to see its own.

mod picture;

use em::prelude::*;
use picture::{Pixels, read_png};

/// A photograph by user vultilion on Flickr, CC BY 2.0, reduced to 64 × 42 pixels.
const FLOWER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/flower.png");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given = std::env::args().nth(1);
    let image = read_png(given.as_deref().unwrap_or(FLOWER))?;
    let data = Rows::new(3, image.colors.iter().flatten().map(|channel| f64::from(*channel)).collect())?;
    let n = data.units() as f64;
    let mut images = vec![image.clone()];

    println!("colours  mean squared error  peak signal/noise    bits  saved of {}", 24.0 * n);
    let mut errors = vec![f64::INFINITY];
    for k in [2, 3, 4, 10] {
        let model = KMeansModel::means(k);
        let fitted = Fit::new(&model, &data).restarts(10).seed(1).run()?;
        let (error, bits) = (-fitted.objective() / n, n * (k as f64).log2().ceil() + 24.0 * k as f64);
        let noise = 10.0 * (3.0 * 255.0 * 255.0 / error).log10();
        let saved = 24.0 * n - bits;
        println!("{k:7} {error:19.3} {noise:15.1} dB {bits:7.0} {saved:6.0}, {:.1} %", 100.0 * saved / (24.0 * n));
        // One more center can always be put so that no pixel loses.
        assert!(error < errors[errors.len() - 1]);
        errors.push(error);

        let prediction = fitted.predict(&model, &data);
        let labels = prediction.labels().ok_or("K-means gives labels")?;
        let color = |label: &usize| [0, 1, 2].map(|i| fitted.params.rows()[*label][i].round() as u8);
        images.push(Pixels { width: image.width, colors: labels.iter().map(color).collect() });
        images[images.len() - 1].write(&format!("segmentation_{k}"), 8)?;
    }
    Pixels::grid(&images, images.len()).write("segmentation", 6)?;
    // Of four colours by an independent program (`kmeans_flower_k4` in `tests/reference`): 2 080 615.23 over 2688 pixels.
    assert!(given.is_some() || (errors[3] - 2_080_615.2308169324 / 2688.0).abs() < 1e-6);
    Ok(())
}
