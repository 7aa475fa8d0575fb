//! Simulated data, and the models that the laws are tried on.

#![allow(dead_code, reason = "every test binary uses its own part")]

use em_core::algorithm::{Context, State};
use em_core::{Coordinates, Dataset, LabelSymmetry, LatentModel, Local, MStepError, Rng, Streams};
use em_families::{BayesianLinearModel, FullGaussian, Mixture, MixtureParams, Normal, PoissonRegressions, Precisions};
use em_families::{Grouped, PerGroup, RegressionData, Rows};
use nalgebra::{DMatrix, DVector};
use rand::{RngExt, SeedableRng};
use std::f64::consts::TAU;

pub mod models;

/// A model with data and a start from which a fit takes some iterations, and what the model offers.
pub struct Case<M: LatentModel<Data: Sized>> {
    pub name: String,
    pub model: M,
    pub data: M::Data,
    pub start: M::Params,
    /// Whether a prior says enough for a fit without data.
    pub informed: bool,
    pub free: Option<Free<M>>,
    pub order: Option<Order<M>>,
}

type Params<M> = <M as LatentModel>::Params;
type AtFree<M> = fn(&M, &Params<M>, &[f64]) -> Result<Params<M>, MStepError>;

/// A model's coordinates: to them, and from them.
pub struct Free<M: LatentModel> {
    pub to: fn(&M, &M::Params) -> Vec<f64>,
    pub at: AtFree<M>,
    pub names: fn(&M, &M::Params) -> Vec<String>,
}

/// A model's parts that may change places: how many there are, and how they do.
pub struct Order<M: LatentModel> {
    pub parts: fn(&M, &M::Params) -> usize,
    pub permute: fn(&M, &M::Params, &[usize]) -> M::Params,
}

impl<M: LatentModel<Data: Sized>> Case<M> {
    pub fn new(name: impl Into<String>, model: M, data: M::Data, start: M::Params) -> Self {
        Case { name: name.into(), model, data, start, informed: false, free: None, order: None }
    }

    pub fn with_coordinates(self) -> Self
    where
        M: Coordinates,
    {
        Case { free: Some(Free { to: M::to_free, at: M::at_free, names: M::coordinate_names }), ..self }
    }

    pub fn exchangeable(self) -> Self
    where
        M: LabelSymmetry,
    {
        Case { order: Some(Order { parts: M::parts, permute: M::permute }), ..self }
    }
}

pub fn rng(seed: u64) -> Rng {
    Rng::seed_from_u64(seed)
}

/// A standard normal number (Box & Muller 1958).
pub fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (TAU * rng.random::<f64>()).cos()
}

/// A Poisson number, by counting exponential waiting times.
pub fn poisson(mean: f64, rng: &mut Rng) -> f64 {
    let (mut count, mut left) = (0.0, mean);
    loop {
        left += (1.0 - rng.random::<f64>()).ln();
        if left < 0.0 {
            return count;
        }
        count += 1.0;
    }
}

pub fn normals(means: &[[f64; 2]], covariance: [f64; 4]) -> Vec<Normal> {
    let one = |m: &[f64; 2]| Normal::new(m.to_vec().into(), DMatrix::from_row_slice(2, 2, &covariance)).unwrap();
    means.iter().map(one).collect()
}

pub fn params<P>(weights: &[f64], components: P) -> MixtureParams<P> {
    MixtureParams::new(weights.to_vec(), components).unwrap()
}

/// The means of [`two_groups`], whose weights are 0.3 and 0.7 and whose variances are 1, uncorrelated.
pub const MEANS: [[f64; 2]; 2] = [[0.0, 0.0], [3.0, 2.0]];

/// n rows of two groups, in steps of 2⁻²⁰, so that moderate shifts of them are exact.
pub fn two_groups(n: usize, seed: u64, between: f64) -> Rows {
    let mut rng = rng(seed);
    let mut values = Vec::with_capacity(2 * n);
    for _ in 0..n {
        let group = usize::from(rng.random::<f64>() > 0.3);
        for mean in MEANS[group] {
            let x = between * mean + normal(&mut rng);
            values.push((x * 1048576.0).round() / 1048576.0);
        }
    }
    Rows::new(2, values).unwrap()
}

pub fn gaussian(n: usize) -> Case<Mixture<FullGaussian>> {
    let start = params(&[0.5, 0.5], normals(&[[-0.5, 0.5], [2.0, 2.5]], [2.0, 0.3, 0.3, 1.5]));
    Case::new("Gaussian mixture", Mixture::of(2, FullGaussian), two_groups(n, 1, 1.0), start)
}

/// n groups of one to three rows, each of one of [`two_groups`]; the rows of a group stand apart.
pub fn two_kinds_of_groups(n: usize, seed: u64) -> Grouped<Rows> {
    let mut rng = rng(seed);
    let kinds: Vec<usize> = (0..n).map(|_| usize::from(rng.random::<f64>() > 0.3)).collect();
    let keys: Vec<usize> = (0..3).flat_map(|turn| (0..n).filter(move |group| turn <= group % 3)).collect();
    let values = keys.iter().flat_map(|group| MEANS[kinds[*group]]).map(|mean| mean + normal(&mut rng)).collect();
    Grouped::new(Rows::new(2, values).unwrap(), &keys).unwrap()
}

pub fn grouped(n: usize) -> Case<Mixture<PerGroup<FullGaussian>>> {
    let (model, start) = (Mixture::of(2, PerGroup(FullGaussian)), gaussian(1).start);
    Case::new("groups of rows", model, two_kinds_of_groups(n, 4), start)
}

/// The coefficients of [`counts`], whose weights are 0.4 and 0.6.
pub const RATES: [[f64; 2]; 2] = [[0.5, 0.4], [2.5, -0.3]];

/// n counts of two regressions on one covariate, with an intercept and an offset.
pub fn counts(n: usize, seed: u64) -> RegressionData {
    let mut rng = rng(seed);
    let (mut x, mut y, mut offset) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..n {
        let b = RATES[usize::from(rng.random::<f64>() > 0.4)];
        let (covariate, exposure) = (2.0 * rng.random::<f64>() - 1.0, 0.5 * rng.random::<f64>());
        x.extend([1.0, covariate]);
        offset.push(exposure);
        y.push(poisson((b[0] + b[1] * covariate + exposure).exp(), &mut rng));
    }
    RegressionData::new(DMatrix::from_vec(2, n, x), Some(y), Some(offset), None).unwrap()
}

pub fn regressions(rows: &[[f64; 2]]) -> Vec<DVector<f64>> {
    rows.iter().map(|b| DVector::from_row_slice(b)).collect()
}

pub fn poisson_mixture(n: usize, k: usize) -> Case<Mixture<PoissonRegressions>> {
    let start = params(&vec![1.0 / k as f64; k], regressions(&[[1.0, 0.0], [2.0, 0.0], [2.5, 0.3]][..k]));
    let case = Case::new("mixture of counts", Mixture::of(k, PoissonRegressions::default()), counts(n, 2), start);
    case.with_coordinates().exchangeable()
}

/// A noisy line.
pub fn bayesian(n: usize, shrink_intercept: bool) -> Case<BayesianLinearModel> {
    let mut rng = rng(3);
    let (mut x, mut t) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let covariate = 2.0 * rng.random::<f64>() - 1.0;
        x.extend([1.0, covariate, covariate * covariate]);
        t.push(0.5 - covariate + 0.3 * normal(&mut rng));
    }
    let data = RegressionData::new(DMatrix::from_vec(3, n, x), Some(t), None, None).unwrap();
    let start = Precisions::new(20.0, 0.2).unwrap();
    let name = if shrink_intercept { "evidence regression" } else { "evidence regression, flat intercept" };
    Case::new(name, BayesianLinearModel::new(3).shrink_intercept(shrink_intercept), data, start).with_coordinates()
}

/// The E-step over all data.
pub fn sweep<M: LatentModel>(model: &M, data: &M::Data, at: &M::Params) -> State<M> {
    Context::new(model, &Local::new(model, data), Streams { seed: 1, run: 1 }).at(at.clone())
}

pub fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

/// Asserts that numbers agree to `tolerance`, relative to the largest of them and 1.
#[track_caller]
pub fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    let largest = a.iter().fold(1.0, |m: f64, x| m.max(x.abs()));
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= tolerance * largest, "{a} and {b} differ by {:e} of {largest}", (a - b).abs());
    }
}

/// All numbers of parameters, as they are written.
pub fn numbers(params: &impl serde::Serialize) -> Vec<f64> {
    fn gather(value: &serde_json::Value, into: &mut Vec<f64>) {
        match value {
            serde_json::Value::Array(all) => all.iter().for_each(|v| gather(v, into)),
            serde_json::Value::Object(all) => all.values().for_each(|v| gather(v, into)),
            other => into.extend(other.as_f64()),
        }
    }
    let mut all = Vec::new();
    gather(&serde_json::to_value(params).unwrap(), &mut all);
    all
}

/// Every order of k things.
pub fn permutations(k: usize) -> Vec<Vec<usize>> {
    if k == 0 {
        return vec![Vec::new()];
    }
    let longer = |shorter: Vec<usize>| {
        (0..k).map(move |at| {
            let mut order = shorter.clone();
            order.insert(at, k - 1);
            order
        })
    };
    permutations(k - 1).into_iter().flat_map(longer).collect()
}

/// Every unit of `data`, in another order.
pub fn shuffled(data: &impl Dataset, seed: u64) -> Vec<usize> {
    let (mut rng, mut order): (Rng, Vec<usize>) = (rng(seed), (0..data.units()).collect());
    for i in (1..order.len()).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    order
}
