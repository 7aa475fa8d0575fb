//! Do handwritten digits fall into their kinds by themselves?
//!
//! A mixture of products of Bernoulli distributions on the digits 2, 3 and 4, black or white (Bishop 2006, figure 9.10), by
//! maximum likelihood and by MAP. The means as pictures; what a prior is good for; and the MAP fixed point against its
//! closed form p = (Σ γ x + a − 1) / (N_k + a + b − 2).

mod picture;

use em::prelude::*;
use picture::Pixels;
use std::error::Error;

const K: usize = 3;
/// Beta(A, B) on every probability, Dirichlet(ALPHA, …) on the weights.
const A: f64 = 2.0;
const B: f64 = 2.0;
const ALPHA: f64 = 2.0;

/// The images of these digits, 8 × 8 pixels of 0 and 1, with their labels.
fn digits(wanted: &[f64]) -> Result<(Rows, Vec<usize>), Box<dyn Error>> {
    let table = read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/data/digits_binary.csv"))?;
    let labels = table.numbers("label")?;
    let pixels = (0..64).map(|i| table.numbers(&format!("b{i}"))).collect::<Result<Vec<_>, _>>()?;
    let rows: Vec<usize> = (0..table.rows()).filter(|row| wanted.contains(&labels[*row])).collect();
    let values = rows.iter().flat_map(|row| pixels.iter().map(|column| column[*row])).collect();
    Ok((Rows::new(64, values)?, rows.iter().map(|row| labels[*row] as usize).collect()))
}

/// Each component's probabilities as an image, ink black.
fn means(p: &MixtureParams<Probabilities>) -> impl Iterator<Item = Pixels> + '_ {
    p.components().rows().iter().map(|p| Pixels::grey(8, p.iter().map(|p| 1.0 - p)))
}

fn main() -> Result<(), Box<dyn Error>> {
    let (data, labels) = digits(&[2.0, 3.0, 4.0])?;
    let n = data.units();
    let model = Mixture::of(K, Bernoullis::default());
    let fitted = Fit::new(&model, &data).restarts(10).seed(1).run()?;
    let prior = Bernoullis { prior: Some(Beta(A.into(), B.into())) };
    let map_model = Mixture::of(K, prior).with_prior(Some(Dirichlet(ALPHA.into())));
    let map = Fit::new(&map_model, &data)
        .restarts(10)
        .seed(1)
        .stop(Stop { relative_gain: 1e-14, ..Stop::default() })
        .run()?;
    println!(
        "maximum likelihood: {:.5} nats; MAP: {:.5}, of which the prior {:.5}",
        fitted.log_likelihood,
        map.objective(),
        map.log_prior
    );
    // By independent programs (`bernoulli_digits234_k3` and `…_map_a` in `tests/reference`).
    assert!((fitted.log_likelihood + 10331.409685754).abs() < 1e-4 && (map.objective() + 10666.963094127).abs() < 1e-6);

    // Pixels that no digit of a kind inks have probability 0 by likelihood alone: one stray dot, and ln p = −∞.
    let certain =
        fitted.params.components().rows().iter().flat_map(|p| p.iter()).filter(|p| **p == 0.0 || **p == 1.0).count();
    let inked = Rows::new(64, vec![1.0; 64])?;
    let (impossible, possible) =
        (model.score(&fitted.params, &inked, 0..1)[0], map_model.score(&map.params, &inked, 0..1)[0]);
    println!("{certain} of 192 probabilities are 0 or 1; a page of ink has ln p = {impossible}, by MAP {possible:.1}");
    assert!(certain > 0 && impossible == f64::NEG_INFINITY && possible.is_finite());

    let gamma = map_model.responsibilities(&map.params, &data, 0..n);
    let mut difference: f64 = 0.0;
    for (k, p) in map.params.components().rows().iter().enumerate() {
        let size: f64 = (0..n).map(|u| gamma[K * u + k]).sum();
        for (i, p) in p.iter().enumerate() {
            let ones: f64 = (0..n).map(|u| gamma[K * u + k] * data.row(u)[i]).sum();
            difference = difference.max((p - (ones + A - 1.0) / (size + A + B - 2.0)).abs());
        }
    }
    println!("the MAP fit and its closed form differ by {difference:.1e}");
    assert!(difference < 1e-6); // EM has stopped where a gain is lost in rounding, some 10⁻⁷ before the fixed point

    println!("\ndigit  component 0    1    2");
    let prediction = map.predict(&map_model, &data);
    let confusion = Confusion::new(&labels, prediction.labels().ok_or("a mixture gives labels")?)?;
    for (digit, row) in confusion.levels.iter().zip(&confusion.counts) {
        println!("{digit:5} {:12} {:4} {:4}", row[0], row[1], row[2]);
    }
    let together: u64 = confusion.counts.iter().filter_map(|row| row.iter().max()).sum();
    println!("{together} of {n} digits are with their kind");
    assert!(together as f64 > 0.9 * n as f64); // by chance it would be some 40 %

    let (all, _) = digits(&(0..10).map(f64::from).collect::<Vec<_>>())?;
    let ten = Mixture::of(10, Bernoullis { prior: Some(Beta(A.into(), B.into())) });
    let ten = Fit::new(&ten, &all).restarts(5).seed(1).stop(Stop { relative_gain: 1e-7, ..Stop::default() }).run()?;
    let three: Vec<Pixels> = means(&fitted.params).chain(means(&map.params)).collect();
    Pixels::grid(&three, K).write("digits_234", 12)?;
    Pixels::grid(&means(&ten.params).collect::<Vec<_>>(), 5).write("digits_all", 12)
}
