//! Every model, for laws that hold of any.

use super::{Case, bayesian, normal, poisson_mixture, rng, two_groups, two_kinds_of_groups};
use em_core::{Dataset, LatentModel, MStepError, Part, Resample, Weighted};
use em_families::*;
use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// What laws ask of a model.
pub trait Lawful: LatentModel<Data: Resample, Params: PartialEq + Debug + Serialize> {}
impl<M: LatentModel<Data: Resample, Params: PartialEq + Debug + Serialize>> Lawful for M {}

/// What laws ask of a mixture's components.
pub trait Family:
    EmissionCoordinates<Data: Resample, Params: Written + PartialEq + Debug> + EmissionOrder + Clone
{
}
impl<E> Family for E where
    E: EmissionCoordinates<Data: Resample, Params: Written + PartialEq + Debug> + EmissionOrder + Clone
{
}

/// A law of models; mixtures may have one of their own.
pub trait Law {
    fn model<M: Lawful>(&self, case: &Case<M>);

    fn mixture<E: Family>(&self, case: &Case<Mixture<E>>) {
        self.model(case);
    }
}

/// The forms of covariances.
pub fn forms() -> impl Iterator<Item = Covariance> {
    Covariance::FITTED.into_iter().chain([Covariance::Fixed(1.3)])
}

/// Tries a law on every model with n units and, where it has components, k of them (2 or 3). A new model joins with one
/// line.
pub fn every_model(n: usize, k: usize, law: &impl Law) {
    for form in forms() {
        law.mixture(&gaussians(n, k, form, GaussianPrior::default()));
        law.mixture(&gaussians(n, k, form, gaussian_prior(form)));
    }
    law.mixture(&bernoullis(n, k, None));
    law.mixture(&bernoullis(n, k, Some(Beta(2.0.into(), 1.5.into()))));
    law.mixture(&poisson_mixture(n, k));
    law.mixture(&components(n, k));
    law.mixture(&groups(n, k));
    law.model(&concomitant_counts(n, k));
    law.model(&concomitant_components(n, k));
    for form in Covariance::FITTED {
        law.model(&variational(n, k, form));
    }
    law.model(&variational_groups(n, k));
    use KMeansDissimilarity::{Hamming, Manhattan, SquaredEuclidean};
    for dissimilarity in [SquaredEuclidean, Manhattan, Hamming] {
        law.model(&kmeans(n, k, dissimilarity));
    }
    law.model(&bayesian(n, true));
    law.model(&bayesian(n, false));
}

/// The first k of three, with mixing weights in the proportion 2 : 3 : 4.
fn first<T: Clone>(k: usize, all: [T; 3]) -> (Vec<f64>, Vec<T>) {
    let sum: usize = (2..2 + k).sum();
    ((2..2 + k).map(|w| w as f64 / sum as f64).collect(), all[..k].to_vec())
}

fn some_normals() -> [Normal; 3] {
    let one = |m: [f64; 2], by: f64| {
        let covariance = DMatrix::from_row_slice(2, 2, &[2.0 * by, 0.3, 0.3, 1.5 * by]);
        Normal::new(m.to_vec().into(), covariance).unwrap()
    };
    [one([-0.5, 0.5], 1.0), one([2.0, 2.5], 1.2), one([4.0, 0.5], 0.8)]
}

/// Groups of one to three rows.
pub fn groups(n: usize, k: usize) -> Case<Mixture<PerGroup<Gaussian>>> {
    let start = gaussians(1, k, Covariance::Full, GaussianPrior::default()).start;
    let (model, data) = (Mixture::of(k, PerGroup(FullGaussian)), two_kinds_of_groups(n, 4));
    Case::new("groups of rows", model, data, start).with_coordinates().exchangeable()
}

/// On means and covariances, as the form has them.
pub fn gaussian_prior(form: Covariance) -> GaussianPrior {
    let covariances = match form {
        Covariance::Fixed(_) => None,
        form if form.correlates() => {
            let scale = vec![vec![2.0, 0.5], vec![0.5, 1.0]];
            Some(CovariancePrior::InverseWishart(InverseWishart::new(scale, 5.0).unwrap()))
        }
        _ => Some(CovariancePrior::InverseGamma(InverseGamma::new(2.5.into(), 1.5.into()).unwrap())),
    };
    GaussianPrior { means: Some(MeanPrior::new(vec![1.0, 0.5].into(), 3.0).unwrap()), covariances }
}

/// Normal distributions of a form; under a prior on them also one on the weights.
pub fn gaussians(n: usize, k: usize, form: Covariance, prior: GaussianPrior) -> Case<Mixture<Gaussian>> {
    let (weights, normals) = first(k, some_normals());
    let start = form.convert(&MixtureParams::new(weights, normals).unwrap());
    let has_prior = prior != GaussianPrior::default();
    let emission = Gaussian::new(form).unwrap().with_prior(prior).unwrap();
    let model = Mixture::of(k, emission).with_prior(has_prior.then(|| Dirichlet(2.5.into())));
    let name = format!("{form:?} Gaussian mixture, {} prior", if has_prior { "with a" } else { "no" });
    let case = Case::new(name, model, two_groups(n, 1, 1.0), start).with_coordinates().exchangeable();
    Case { informed: has_prior, ..case }
}

/// Rows of four zeros and ones, of two kinds.
pub fn binary(n: usize, seed: u64) -> Rows {
    let (mut rng, kinds) = (rng(seed), [[0.8, 0.7, 0.3, 0.2], [0.2, 0.4, 0.6, 0.9]]);
    let mut row = || {
        let p = kinds[usize::from(rng.random::<f64>() > 0.4)];
        p.map(|p| f64::from(rng.random::<f64>() < p))
    };
    Rows::new(4, (0..n).flat_map(|_| row()).collect()).unwrap()
}

pub fn bernoullis(n: usize, k: usize, prior: Option<Beta>) -> Case<Mixture<Bernoullis>> {
    let rows = [[0.7, 0.6, 0.4, 0.4], [0.3, 0.4, 0.5, 0.8], [0.5, 0.2, 0.6, 0.5]];
    let (weights, rows) = first(k, rows.map(|r| DVector::from_row_slice(&r)));
    let start = MixtureParams::new(weights, Probabilities::new(rows).unwrap()).unwrap();
    let (informed, name) = (prior.is_some(), format!("Bernoulli mixture, prior {prior:?}"));
    let weights = informed.then(|| Dirichlet(2.0.into()));
    let model = Mixture::of(k, Bernoullis { prior }).with_prior(weights);
    let case = Case::new(name, model, binary(n, 4), start).with_coordinates().exchangeable();
    Case { informed, ..case }
}

/// Failures before the first success, under a Beta(3, 2) prior: a component through the small door.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geometric {
    pub p: f64,
}

impl Component for Geometric {
    type Item = f64;
    type Stats = [f64; 2];

    fn zero(_: usize) -> [f64; 2] {
        [0.0; 2]
    }
    fn log_density(&self, x: &f64) -> f64 {
        self.p.ln() + x * (-self.p).ln_1p()
    }
    fn add(s: &mut [f64; 2], x: &f64, weight: f64) {
        s[0] += weight;
        s[1] += weight * x;
    }
    fn maximize(s: &[f64; 2]) -> Result<Self, MStepError> {
        Ok(Geometric { p: (s[0] + 2.0) / (s[0] + s[1] + 3.0) })
    }
    fn log_prior(&self) -> f64 {
        Beta(3.0.into(), 2.0.into()).log_density(0, 0, self.p)
    }
}

impl ComponentCoordinates for Geometric {
    fn to_free(&self) -> Vec<f64> {
        vec![(self.p / (1.0 - self.p)).ln()]
    }
    fn at_free(&self, x: &[f64]) -> Result<Self, MStepError> {
        let p = 1.0 / (1.0 + (-x[0]).exp());
        let far = || MStepError::new(Part::Whole, "p is not a number", "take a shorter step");
        if p.is_nan() { Err(far()) } else { Ok(Geometric { p }) }
    }
    fn coordinate_names(&self) -> Vec<String> {
        vec!["p".into()]
    }
}

impl ComponentSample for Geometric {
    fn sample(&self, rng: &mut em_core::Rng) -> f64 {
        ((1.0 - rng.random::<f64>()).ln() / (-self.p).ln_1p()).floor()
    }
}

pub fn components(n: usize, k: usize) -> Case<Mixture<Each<Geometric>>> {
    let (mut rng, rates) = (rng(5), [0.5, 0.04]);
    let mut one = || Geometric { p: rates[usize::from(rng.random::<f64>() > 0.4)] }.sample(&mut rng);
    let data = Weighted::from((0..n).map(|_| one()).collect::<Vec<_>>());
    let (weights, components) = first(k, [0.3, 0.1, 0.02].map(|p| Geometric { p }));
    let start = MixtureParams::new(weights, components).unwrap();
    let model = Mixture::of(k, Each::default());
    let case = Case::new("components of one's own, with a prior", model, data, start);
    Case { informed: false, ..case }.with_coordinates().exchangeable()
}

/// Covariates that say something of a number but not all, and coefficients of the first k of three components.
fn covariates<D: Dataset>(data: D, number: impl Fn(usize) -> f64, k: usize) -> (WithCovariates<D>, LogitCoefficients) {
    let z = DMatrix::from_fn(1, data.units(), |_, u| (u % 7) as f64 / 3.0 - 1.0 + 0.3 * number(u).ln_1p());
    let rows = [[0.0, 0.0], [0.4, -0.3], [0.7, 0.2]];
    let a = LogitCoefficients::new(rows[..k].iter().map(|a| a.to_vec()).collect()).unwrap();
    (WithCovariates::new(data, z).unwrap(), a)
}

/// Mixing weights that depend on a covariate, of components that have no closed form either.
pub fn concomitant_counts(n: usize, k: usize) -> Case<Mixture<PoissonRegressions, ConcomitantWeights>> {
    let case = poisson_mixture(n, k);
    let y = case.data.response().unwrap().to_vec();
    let (data, a) = covariates(case.data, |u| y[u], k);
    let start = MixtureParams::concomitant(a, case.start.components().clone());
    let case = Case::new("counts with concomitant weights", case.model.concomitant(), data, start);
    case.with_coordinates().exchangeable()
}

/// The same of components that have one.
pub fn concomitant_components(n: usize, k: usize) -> Case<Mixture<Each<Geometric>, ConcomitantWeights>> {
    let case = components(n, k);
    let x = case.data.items.clone();
    let (data, a) = covariates(case.data, |u| x[u], k);
    let start = MixtureParams::concomitant(a, case.start.components().clone());
    let case = Case::new("components with concomitant weights", case.model.concomitant(), data, start);
    case.with_coordinates().exchangeable()
}

pub fn variational(n: usize, k: usize, form: Covariance) -> Case<BayesianGaussianModel> {
    let scale = match form {
        form if form.correlates() => DMatrix::from_row_slice(2, 2, &[1.5, 0.4, 0.4, 1.0]),
        form if form.is_spherical() => DMatrix::identity(2, 2) * 1.2,
        _ => DMatrix::from_row_slice(2, 2, &[1.5, 0.0, 0.0, 1.0]),
    };
    let prior = NormalWishart::of(form, vec![1.0, 0.5].into(), 1.5, scale, 2.5).unwrap();
    let model = BayesianGaussianModel::new(k, 0.7, prior, n as f64);
    let (weights, normals) = first(k, some_normals());
    let guess = VariationalParams::Guess(MixtureParams::new(weights, normals).unwrap());
    let start = model.finish(&guess, &model.zero(&guess));
    let case = Case::new(format!("{form:?} variational mixture"), model, two_groups(n, 1, 1.0), start);
    Case { informed: true, ..case }.exchangeable()
}

/// Groups of one to three rows.
pub fn variational_groups(n: usize, k: usize) -> Case<PerGroup<BayesianGaussianModel>> {
    let Case { model, start, .. } = variational(n, k, Covariance::Full);
    let case = Case::new("variational mixture of groups", PerGroup(model), two_kinds_of_groups(n, 4), start);
    Case { informed: true, ..case }.exchangeable()
}

/// Rows of two groups. Modes need values that repeat; ties between their centers are then the rule, and go by the order of
/// the clusters.
pub fn kmeans(n: usize, k: usize, dissimilarity: KMeansDissimilarity) -> Case<KMeansModel> {
    let whole = dissimilarity == KMeansDissimilarity::Hamming;
    let mut rng = rng(6);
    let value = |x: f64| if whole { x.round() } else { x };
    let row = |u: usize| [0.0, if u.is_multiple_of(3) { 0.0 } else { 3.0 }].map(|m| value(m + 1.3 * normal(&mut rng)));
    let data = Rows::new(2, (0..n).flat_map(row).collect()).unwrap();
    let model = KMeansModel::on(k, dissimilarity, Levels::of(&data));
    let (_, centers) = first(k, [[0.0, 1.0], [1.5, 2.2], [-1.3, 0.1]].map(|c| c.to_vec()));
    let case = Case::new(format!("K-means, {dissimilarity:?}"), model, data, Centers::new(centers).unwrap());
    if whole { case } else { case.exchangeable() }
}
