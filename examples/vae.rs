//! Is a variational auto-encoder an EM algorithm, and what is the divergence in its objective for?
//!
//! Its latent variable is z ~ N(0, I), an image x ~ N(f(z), σ² I) with f a network. The posterior has no closed form, so that
//! a second network gives q(z | x) = N(μ(x), diag s(x)²), and the E-step returns the bound
//!
//! L = Σ_n ln N(x_n | f(z_n), σ² I) − KL(q(z | x_n) ‖ N(0, I)), z_n = μ(x_n) + s(x_n) ε_n, ε_n ~ N(0, I)
//!
//! (Kingma & Welling 2014). Its statistics are the slopes of L, its M-step is a step upwards. Without the divergence nothing
//! keeps q from becoming a point: an auto-encoder, which copies better and cannot invent.

mod picture;

use em::core::difference_gradient;
use em::prelude::*;
use em::rand::SeedableRng;
use nalgebra::{DMatrix, DVector};
use picture::{COLORS, Panel, Pixels};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use std::error::Error;

const PIXELS: usize = 64;
const HIDDEN: usize = 48;
const LATENT: usize = 8;
/// σ², the variance of the noise of a pixel whose shade is from 0 to 1.
const NOISE: f64 = 0.1;
const ITERATIONS: u64 = 600;

struct AutoEncoder {
    /// Whether the bound has its divergence.
    divergence: bool,
}

/// Layers of the two networks, each a matrix whose last column is the bias: hidden layer, μ and ln s² of q; hidden layer
/// and output of f.
type Layers = Vec<DMatrix<f64>>;

/// The weights, with the running moments that steps are scaled by.
#[derive(Clone, Serialize, Deserialize)]
struct Networks {
    layers: Layers,
    moments: [Layers; 2],
    steps: i32,
}

/// An image, and the ε at which its bounds are compared.
#[derive(Clone)]
struct Image {
    shades: DVector<f64>,
    noise: DVector<f64>,
}

#[derive(Clone)]
struct Slopes {
    images: f64,
    layers: Layers,
}
statistics!(Slopes { images, layers });

/// Layers of the same shapes that hold nothing.
fn zeros(layers: &[DMatrix<f64>]) -> Layers {
    layers.iter().map(|l| DMatrix::zeros(l.nrows(), l.ncols())).collect()
}

/// W x + b of every column.
fn affine(layer: &DMatrix<f64>, x: &DMatrix<f64>) -> DMatrix<f64> {
    let mut y = layer.columns(0, x.nrows()) * x;
    y.column_iter_mut().for_each(|mut column| column += layer.column(x.nrows()));
    y
}

/// The slope in a layer, given that in its output.
fn slope(of_output: &DMatrix<f64>, x: &DMatrix<f64>) -> DMatrix<f64> {
    let (weights, bias) = (of_output * x.transpose(), of_output.column_sum());
    DMatrix::from_fn(of_output.nrows(), x.nrows() + 1, |i, j| if j < x.nrows() { weights[(i, j)] } else { bias[i] })
}

/// The slope in the input of a layer, given that in its output.
fn back(layer: &DMatrix<f64>, of_output: &DMatrix<f64>) -> DMatrix<f64> {
    layer.columns(0, layer.ncols() - 1).tr_mul(of_output)
}

/// Means and log variances of q, and the hidden layer they come from.
fn encode(layers: &[DMatrix<f64>], x: &DMatrix<f64>) -> [DMatrix<f64>; 3] {
    let hidden = affine(&layers[0], x).map(f64::tanh);
    [affine(&layers[1], &hidden), affine(&layers[2], &hidden), hidden]
}

/// f(z), and the hidden layer it comes from.
fn decode(layers: &[DMatrix<f64>], z: &DMatrix<f64>) -> [DMatrix<f64>; 2] {
    let hidden = affine(&layers[3], z).map(f64::tanh);
    [affine(&layers[4], &hidden), hidden]
}

impl AutoEncoder {
    /// L of the images in the columns of `x`, each counted so often, with its slopes by the chain rule.
    fn bound(&self, layers: &[DMatrix<f64>], x: &DMatrix<f64>, noise: &DMatrix<f64>, counts: &[f64]) -> (f64, Layers) {
        let counted = |m: &DMatrix<f64>| DMatrix::from_fn(m.nrows(), m.ncols(), |i, j| counts[j] * m[(i, j)]);
        let images: f64 = counts.iter().sum();
        let [mean, log_variance, encoder] = encode(layers, x);
        let (variance, spread) = (log_variance.map(f64::exp), log_variance.map(|v| (0.5 * v).exp()));
        let z = &mean + spread.component_mul(noise);
        let [image, decoder] = decode(layers, &z);

        let missed = x - image;
        let log_norm = -0.5 * (PIXELS as f64) * (std::f64::consts::TAU * NOISE).ln();
        let of_image = counted(&missed) / NOISE;
        let mut bound = images * log_norm - 0.5 * of_image.dot(&missed);
        let of_decoder = back(&layers[4], &of_image).zip_map(&decoder, |slope, h| slope * (1.0 - h * h));
        let of_z = back(&layers[3], &of_decoder);
        let (mut of_mean, mut of_log_variance) = (of_z.clone(), 0.5 * of_z.component_mul(noise).component_mul(&spread));
        if self.divergence {
            // KL(N(μ, s²) ‖ N(0, 1)) = ½ (μ² + s² − 1 − ln s²).
            let terms = (mean.component_mul(&mean) + &variance - &log_variance).add_scalar(-1.0);
            bound -= 0.5 * counted(&terms).sum();
            of_mean -= counted(&mean);
            of_log_variance -= 0.5 * counted(&variance.add_scalar(-1.0));
        }
        let of_encoder = back(&layers[1], &of_mean) + back(&layers[2], &of_log_variance);
        let of_encoder = of_encoder.zip_map(&encoder, |slope, h| slope * (1.0 - h * h));
        let slopes = vec![
            slope(&of_encoder, x),
            slope(&of_mean, &encoder),
            slope(&of_log_variance, &encoder),
            slope(&of_decoder, &z),
            slope(&of_image, &decoder),
        ];
        (bound, slopes)
    }

    /// Weights N(0, 1 / inputs), biases 0; but q begins narrow, so that the first codes are not lost in noise.
    fn start(rng: &mut Rng) -> Networks {
        let shapes = [(HIDDEN, PIXELS), (LATENT, HIDDEN), (LATENT, HIDDEN), (HIDDEN, LATENT), (PIXELS, HIDDEN)];
        let mut weight = |inputs: usize, j: usize| {
            let z: f64 = StandardNormal.sample(rng);
            if j < inputs { z / (inputs as f64).sqrt() } else { 0.0 }
        };
        let mut layers: Layers =
            shapes.iter().map(|(out, inputs)| DMatrix::from_fn(*out, inputs + 1, |_, j| weight(*inputs, j))).collect();
        let narrow = layers[2].ncols() - 1;
        layers[2].column_mut(narrow).fill(-4.0);
        let moments = [zeros(&layers), zeros(&layers)];
        Networks { layers, moments, steps: 0 }
    }
}

impl LatentModel for AutoEncoder {
    type Data = Weighted<Image>;
    type Params = Networks;
    type Stats = Slopes;

    fn zero(&self, p: &Networks) -> Slopes {
        Slopes { images: 0.0, layers: zeros(&p.layers) }
    }

    /// With the same ε for an image at every call, so that bounds can be compared.
    fn expect(&self, p: &Networks, data: &Weighted<Image>, units: Range<usize>, s: &mut Slopes) -> f64 {
        let images = &data.items[units.clone()];
        self.add(p, data, units, &DMatrix::from_fn(LATENT, images.len(), |i, u| images[u].noise[i]), s)
    }

    /// A step of Adam (Kingma & Ba 2015), upwards.
    fn maximize(&self, s: &Slopes, p: &Networks) -> Result<Networks, MStepError> {
        if s.images == 0.0 {
            return Err(MStepError::new(Part::Whole, "no image counts", "give images whose weight is above 0"));
        }
        let (mut new, t) = (p.clone(), p.steps + 1);
        for (i, slope) in s.layers.iter().enumerate() {
            let g = slope / s.images;
            let first = 0.9 * &p.moments[0][i] + 0.1 * &g;
            let second = 0.999 * &p.moments[1][i] + 0.001 * g.component_mul(&g);
            let (a, b) = (1.0 - 0.9f64.powi(t), 1.0 - 0.999f64.powi(t));
            new.layers[i] += 0.01 * first.zip_map(&second, |m, v| m / a / ((v / b).sqrt() + 1e-8));
            (new.moments[0][i], new.moments[1][i]) = (first, second);
        }
        Ok(Networks { steps: t, ..new })
    }
}

impl AutoEncoder {
    fn add(
        &self,
        p: &Networks,
        data: &Weighted<Image>,
        units: Range<usize>,
        noise: &DMatrix<f64>,
        s: &mut Slopes,
    ) -> f64 {
        let counts = &data.weights[units.clone()];
        let (bound, slopes) = self.bound(&p.layers, &shades(&data.items[units]), noise, counts);
        s.images += counts.iter().sum::<f64>();
        s.layers.iter_mut().zip(&slopes).for_each(|(sum, slope)| *sum += slope);
        bound
    }
}

/// Fresh ε in every iteration, from the stream that the fit gives each block.
impl EStepModes for AutoEncoder {
    fn expect_as(
        &self,
        mode: EStepMode,
        p: &Networks,
        data: &Weighted<Image>,
        units: Range<usize>,
        s: &mut Slopes,
    ) -> f64 {
        let EStepMode::Sampled(rng) = mode else { return f64::NAN };
        let noise = DMatrix::from_fn(LATENT, units.len(), |_, _| StandardNormal.sample(rng));
        self.add(p, data, units, &noise, s)
    }
}

/// Images as columns.
fn shades(images: &[Image]) -> DMatrix<f64> {
    DMatrix::from_fn(PIXELS, images.len(), |i, u| images[u].shades[i])
}

/// What a fit comes to.
struct Outcome {
    trace: Vec<f64>,
    /// The mean of s over images and latent dimensions, of a prior sd of 1.
    spread: f64,
    /// The mean squared error of a pixel, decoded at the mean of q.
    error: f64,
    copies: DMatrix<f64>,
    /// f(z) for z from the prior.
    samples: DMatrix<f64>,
}

fn train(divergence: bool, data: &Weighted<Image>) -> Result<Outcome, Box<dyn Error>> {
    let model = AutoEncoder { divergence };
    let start = AutoEncoder::start(&mut Rng::seed_from_u64(1));
    let fit = Fit::new(&model, data).algorithm(StochasticEm).stop(Rule::MaxIterations(ITERATIONS)).from(start)?;
    let (layers, x) = (&fit.params.layers, shades(&data.items));
    let [mean, log_variance, _] = encode(layers, &x);
    let [copies, _] = decode(layers, &mean);
    let mut rng = Rng::seed_from_u64(2);
    let [samples, _] = decode(layers, &DMatrix::from_fn(LATENT, 200, |_, _| StandardNormal.sample(&mut rng)));
    let (spread, error) =
        (log_variance.map(|v| (0.5 * v).exp()).mean(), (x - &copies).norm_squared() / copies.len() as f64);
    Ok(Outcome { trace: fit.trace, spread, error, copies, samples })
}

/// The slopes by the chain rule against differences of the bound, in every weight.
fn check_slopes(data: &Weighted<Image>) {
    let (model, p) = (AutoEncoder { divergence: true }, AutoEncoder::start(&mut Rng::seed_from_u64(3)));
    let mut stats = model.zero(&p);
    model.expect(&p, data, 0..data.units(), &mut stats);
    let bound = |weights: &[f64]| {
        let mut moved = p.clone();
        moved.layers.unflatten(weights);
        model.expect(&moved, data, 0..data.units(), &mut model.zero(&p))
    };
    let (slopes, differences) = (stats.layers.flatten(), difference_gradient(&p.layers.flatten(), bound));
    let relative = |(a, b): (&f64, &f64)| (a - b).abs() / (1.0 + b.abs());
    let worst = slopes.iter().zip(&differences).map(relative).fold(0.0, f64::max);
    println!("{} slopes and differences of the bound agree to {worst:.1e}", slopes.len());
    assert!(worst < 1e-5); // differences of step 6 · 10⁻⁶ of a bound of some 10³
}

/// How far images are from the digit nearest to them, as a mean square over pixels.
fn to_nearest(images: &DMatrix<f64>, data: &[Image]) -> f64 {
    let nearest = |x: DVector<f64>| data.iter().map(|d| (&x - &d.shades).norm_squared()).fold(f64::INFINITY, f64::min);
    images.column_iter().map(|x| nearest(x.into_owned())).sum::<f64>() / images.len() as f64
}

/// The first of the digits.
fn digits(most: usize) -> Result<Weighted<Image>, Box<dyn Error>> {
    let table = read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/data/digits.csv"))?;
    let pixels = (0..PIXELS).map(|i| table.numbers(&format!("p{i}"))).collect::<Result<Vec<_>, _>>()?;
    let image = |row: usize| Image {
        shades: DVector::from_fn(PIXELS, |i, _| pixels[i][row] / 16.0),
        noise: DVector::from_iterator(LATENT, StandardNormal.sample_iter(Rng::seed_from_u64(row as u64)).take(LATENT)),
    };
    Ok(Weighted::from((0..table.rows().min(most)).map(image).collect::<Vec<_>>()))
}

/// What makes sure of this model, as `cargo test --test kit` asks it.
#[cfg(test)]
pub fn kit() -> em::check::Check {
    let start = AutoEncoder::start(&mut Rng::seed_from_u64(1));
    em::check!(AutoEncoder { divergence: true }, digits(40).unwrap(), start)
        .waiving("ascent", "a step of Adam may overshoot; the bound rises on average, which `main` asserts")
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = digits(usize::MAX)?;
    check_slopes(&digits(5)?);

    let (with, without) = (train(true, &data)?, train(false, &data)?);
    for (name, outcome) in [("with", &with), ("without", &without)] {
        let per_image = |at: usize| outcome.trace[at] / data.units() as f64;
        let (begin, end) = (per_image(0), per_image(outcome.trace.len() - 1));
        println!("{name} KL: objective {begin:.2} → {end:.2} per image, mean sd of q {:.4}", outcome.spread);
        let far = to_nearest(&outcome.samples, &data.items);
        println!("  squared error of a copied pixel {:.5}; samples are {far:.4} from the nearest digit", outcome.error);
    }

    // The bound rises: averages over a hundred iterations, beside which the noise of the draws is small.
    let averages: Vec<f64> = with.trace.chunks_exact(100).map(|part| part.iter().sum::<f64>() / 100.0).collect();
    assert!(averages.windows(2).all(|pair| pair[1] > pair[0]), "{averages:?}");
    // Without the divergence q becomes a point, and copies are better for it; but codes are anywhere, so that what is
    // decoded at draws from the prior is no digit.
    assert!(without.spread < 0.05 && with.spread > 5.0 * without.spread);
    assert!(without.error < with.error);
    assert!(to_nearest(&with.samples, &data.items) < 0.7 * to_nearest(&without.samples, &data.items));

    let image = |x: nalgebra::DVectorView<f64>| Pixels::grey(8, x.iter().map(|shade| 1.0 - shade));
    let row = |images: &DMatrix<f64>| images.column_iter().take(12).map(image).collect::<Vec<_>>();
    Pixels::grid(&[row(&shades(&data.items[..12])), row(&with.copies), row(&without.copies)].concat(), 12)
        .write("vae_copies", 6)?;
    let rows = |images: &DMatrix<f64>| images.column_iter().take(36).map(image).collect::<Vec<_>>();
    Pixels::grid(&rows(&with.samples), 12).write("vae_samples", 6)?;
    Pixels::grid(&rows(&without.samples), 12).write("vae_samples_without", 6)?;
    let curve = |trace: &[f64]| {
        trace.iter().enumerate().skip(20).map(|(i, v)| (i as f64, v / data.units() as f64)).collect::<Vec<_>>()
    };
    let panel = Panel::new("objective per image", "iteration", "nats");
    let panel = panel.line(curve(&with.trace), COLORS[0]).named("with KL: the bound");
    picture::write("vae", 1, &[panel.line(curve(&without.trace), COLORS[1]).named("without KL")])
}
