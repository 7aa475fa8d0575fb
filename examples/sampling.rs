//! How does a mixture make data, and what can be seen of that afterwards?
//!
//! Ancestral sampling draws a label, then an observation from that component. Three pictures, as in Bishop (2006, figure
//! 9.5): the draws in the colours of their labels; without labels, which is all that data show; in the colours of the
//! responsibilities, which is what can be inferred.

mod picture;

use em::prelude::*;
use nalgebra::DMatrix;
use picture::{COLORS, GREY, Panel, blend};

const N: usize = 1000;
const K: usize = 3;
/// Points in each picture.
const DRAWN: usize = 500;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let normal = |mean: [f64; 2], c: [f64; 4]| Normal::new(mean.to_vec().into(), DMatrix::from_row_slice(2, 2, &c));
    let components = vec![
        normal([0.3, 0.7], [0.030, -0.018, -0.018, 0.020])?,
        normal([0.5, 0.5], [0.012, 0.008, 0.008, 0.018])?,
        normal([0.75, 0.35], [0.026, -0.014, -0.014, 0.016])?,
    ];
    let truth = MixtureParams::new(vec![0.5, 0.3, 0.2], components)?;
    let model = Mixture::of(K, FullGaussian);

    let like = Rows::new(2, vec![0.0; 2 * N])?; // as many rows and columns as these
    let (data, latent) = model.sample(&truth, &like, &mut Rng::seed_from_u64(1));
    let labels = latent.labels().ok_or("a mixture draws labels")?;
    let responsibilities = model.responsibilities(&truth, &data, 0..N);

    for (j, weight) in truth.weights().iter().enumerate() {
        let drawn = labels.iter().filter(|label| **label == j).count() as f64 / N as f64;
        let inferred = (0..N).map(|u| responsibilities[K * u + j]).sum::<f64>() / N as f64;
        println!("component {j}: weight {weight}, drawn {drawn:.3}, mean responsibility {inferred:.3}");
        // Both have expectation π_j, and a standard error of at most √(π_j (1 − π_j) / n); four of them are too many by
        // chance once in 16 000 times.
        let error = (weight * (1.0 - weight) / N as f64).sqrt();
        assert!((drawn - weight).abs() < 4.0 * error && (inferred - weight).abs() < 4.0 * error);
    }

    // Whoever takes the more probable label is right as often as the largest responsibility says, on average.
    let largest = |u: usize| responsibilities[K * u..][..K].iter().fold(0.0, |a: f64, b| a.max(*b));
    let promised = (0..N).map(largest).sum::<f64>() / N as f64;
    let prediction = model.predict(&truth, &data, 0..N);
    let guesses = prediction.labels().ok_or("a mixture gives labels")?;
    let right = guesses.iter().zip(labels).filter(|(a, b)| a == b).count() as f64 / N as f64;
    println!("the most probable label is right in {right:.3} of the draws; responsibilities promise {promised:.3}");
    assert!((right - promised).abs() < 4.0 * (promised * (1.0 - promised) / N as f64).sqrt());

    let place = |u: usize| (data.row(u)[0], data.row(u)[1]);
    let panel = |title: &str| Panel::new(title, "x₁", "x₂");
    let labelled = panel("drawn: label, then place").colored((0..DRAWN).map(|u| (place(u), COLORS[labels[u]])));
    let bare = panel("seen: the place alone").points((0..DRAWN).map(place), GREY);
    let inferred = panel("inferred: responsibilities");
    let inferred = inferred.colored((0..DRAWN).map(|u| (place(u), blend(&responsibilities[K * u..][..K]))));
    picture::write("sampling", 3, &[labelled, bare, inferred])
}
