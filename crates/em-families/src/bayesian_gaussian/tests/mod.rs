//! Closed forms, the bound term by term, and scikit-learn's figures.

mod bound;
mod forms;
mod groups;

use super::*;
use crate::{Covariance, Rows};
use approx::assert_relative_eq;
use em_core::{
    Dataset, Encoding, Fit, Fitted, LatentModel, Purpose, Resample, Rng, Rule, Spec, Start, StartKind, Table,
};
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use statrs::function::gamma::{digamma, ln_gamma};
use std::f64::consts::{PI, TAU};

/// Every form of precisions.
const FORMS: [Covariance; 6] = Covariance::FITTED;

const FAITHFUL: &str = include_str!("../../../../../tests/reference/data/faithful.csv");

fn faithful() -> Table {
    let rows: Vec<Vec<f64>> =
        FAITHFUL.lines().skip(1).map(|l| l.split(',').map(|c| c.parse().unwrap()).collect()).collect();
    let column = |j: usize| rows.iter().map(|r| r[j]).collect();
    Table::from_columns("faithful", [("eruptions", column(0)), ("waiting", column(1))]).unwrap()
}

fn spec(k: usize) -> BayesianGaussianMixture {
    BayesianGaussianMixture::of(k.try_into().unwrap())
}

fn bound(spec: &BayesianGaussianMixture, table: &Table) -> (BayesianGaussianModel, Rows) {
    let learned = spec.learn(table, &mut Vec::new()).unwrap();
    (spec.model(&learned).0, learned.encode(table, Purpose::Fit).unwrap().into_rows())
}

fn posterior(params: &VariationalParams) -> &GaussianPosterior {
    match params {
        VariationalParams::Posterior(q) => q,
        VariationalParams::Guess(_) => panic!("this is no posterior"),
    }
}

/// The M-step from labels.
fn from_labels(model: &BayesianGaussianModel, data: &Rows, label: impl Fn(&[f64]) -> usize) -> VariationalParams {
    let mut seen = model.nothing_seen();
    for u in 0..data.units() {
        let j = label(data.row(u));
        seen.parts[j].add(data.block(u..u + 1), &[data.weight(u)]);
        seen.counts[j] += data.weight(u);
    }
    VariationalParams::Posterior(model.posterior(&seen).unwrap())
}

fn to_the_end(model: &BayesianGaussianModel, data: &Rows, from: VariationalParams) -> Fitted<BayesianGaussianModel> {
    Fit::new(model, data).stop(Rule::MaxIterations(3000)).from(from).unwrap()
}

#[test]
fn one_component_is_the_conjugate_posterior_and_the_bound_is_the_evidence() {
    let (model, data) = bound(&spec(1).with_means(vec![3.0, 65.0], 2.5).unwrap(), &faithful());
    let fitted = Fit::new(&model, &data).run().unwrap();
    let (q, prior) = (&posterior(&fitted.params).components()[0], model.prior());
    let (n, d) = (272.0, 2.0);
    assert_eq!((q.strength(), q.dof()), (274.5, 274.0));
    // Closed form by sums over rows (Murphy 2007, eqs. 217–224).
    let mean = (0..272).map(|u| DVector::from_row_slice(data.row(u))).sum::<DVector<f64>>() / n;
    let scatter = |c: &DVector<f64>| {
        let gap = |u: usize| DVector::from_row_slice(data.row(u)) - c;
        (0..272).map(|u| gap(u) * gap(u).transpose()).sum::<DMatrix<f64>>()
    };
    assert_relative_eq!(*q.mean(), (2.5 * prior.mean() + n * &mean) / 274.5, max_relative = 1e-13);
    let gap = &mean - prior.mean();
    let scale = prior.scale() + scatter(&mean) + &gap * gap.transpose() * (2.5 * n / 274.5);
    assert_relative_eq!(*q.scale(), scale, max_relative = 1e-12);
    // Murphy 2007, eq. 234: ln p(X) = −nd/2 ln π + ln Γ_d(ν/2) − ln Γ_d(ν₀/2) + ν₀/2 ln |W₀⁻¹| − ν/2 ln |W⁻¹| + d/2 ln(β₀/β).
    let gamma = |a: f64| ln_gamma(a) + ln_gamma(a - 0.5);
    let evidence = -0.5 * n * d * PI.ln() + gamma(137.0) - gamma(1.0) + prior.scale().determinant().ln()
        - 137.0 * scale.determinant().ln()
        + (2.5f64 / 274.5).ln();
    // Sums of 1000 nats, rounded at 1e-16 of them some ten times.
    assert_relative_eq!(fitted.objective(), evidence, max_relative = 1e-13);
}

/// scikit-learn 1.9.1, numpy 2.4.6, Python 3.11, on tests/reference/data/faithful.csv:
///
/// ```text
/// class Started(BayesianGaussianMixture):
///     def _initialize_parameters(self, X, random_state, xp=None):
///         self._initialize(X, np.eye(k)[labels])
/// Started(n_components=k, covariance_type='full', weight_concentration_prior_type='dirichlet_distribution',
///         reg_covar=0, tol=0, max_iter=3000, **priors).fit(X)
/// ```
///
/// Figures are weights_, means_ and covariances_ after 3000 iterations, as here: no parameter moves any more but by
/// rounding. scikit-learn adds 10 ε to every N_j and takes S_j from its own sums; each is worth about 1e-15, and EM
/// amplifies it by 1/(1 − its rate), below a hundred here.
const SCIKIT_LEARN: f64 = 1e-11;

fn assert_figures(q: &GaussianPosterior, weights: &[f64], means: &[[f64; 2]], covariances: &[[f64; 4]]) {
    for (j, weight) in q.weights().into_iter().enumerate() {
        assert_relative_eq!(weight, weights[j], max_relative = SCIKIT_LEARN);
        let mean = DVector::from_row_slice(&means[j]);
        assert_relative_eq!(*q.components()[j].mean(), mean, max_relative = SCIKIT_LEARN);
        let covariance = DMatrix::from_row_slice(2, 2, &covariances[j]);
        assert_relative_eq!(q.components()[j].expected().covariance(), covariance, max_relative = SCIKIT_LEARN);
    }
}

#[test]
fn scikit_learn_with_its_defaults() {
    // labels = (X[:, 0] > 3).astype(int)
    let (model, data) = bound(&spec(2), &faithful());
    let fitted = to_the_end(&model, &data, from_labels(&model, &data, |x| usize::from(x[0] > 3.0)));
    assert_figures(
        posterior(&fitted.params),
        &[0.3577760904995557, 0.6422239095004443],
        &[[2.0548980749834547, 54.69050002691625], [4.287832774390599, 79.94597214104837]],
        &[
            [0.10520177903818198, 0.8462061387209023, 0.8462061387209023, 37.98557020992969],
            [0.175899311899433, 1.0141120698766848, 1.0141120698766848, 36.79892289925701],
        ],
    );
}

#[test]
fn scikit_learn_with_every_hyperparameter() {
    // labels = (X[:, 0] > 3) * (1 + (X[:, 1] > 82)); weight_concentration_prior=0.5, mean_prior=[3, 70],
    // mean_precision_prior=2.5, degrees_of_freedom_prior=4.5, covariance_prior=[[0.5, 1], [1, 40]]
    let spec = spec(3).with_concentration(0.5).unwrap().with_means(vec![3.0, 70.0], 2.5).unwrap();
    let spec = spec.with_covariances(vec![vec![0.5, 1.0], vec![1.0, 40.0]], 4.5).unwrap();
    let (model, data) = bound(&spec, &faithful());
    let label = |x: &[f64]| if x[0] > 3.0 { 1 + usize::from(x[1] > 82.0) } else { 0 };
    let fitted = to_the_end(&model, &data, from_labels(&model, &data, label));
    assert_figures(
        posterior(&fitted.params),
        &[0.356507105356598, 0.6412053061578289, 0.0022875884855729756],
        &[
            [2.0626754386868034, 54.891594091932475],
            [4.273801113161366, 79.85249492313487],
            [3.004392742005027, 69.932857930184],
        ],
        &[
            [0.0950846116618524, 0.8059940032825934, 0.8059940032825934, 38.56611445839221],
            [0.1888689218834249, 1.0707547762228338, 1.0707547762228338, 36.45866217098827],
            [0.1104541143679236, 0.2137515762574196, 0.2137515762574196, 8.835712097664077],
        ],
    );
}

/// Two groups of n/2 rows, far apart.
fn two_groups(n: usize) -> Table {
    let cloud = |i: usize, by: f64| ((i as f64 * by).fract() + (i as f64 * by * by).fract() - 1.0) * 2.0;
    let group = |i: usize| if i.is_multiple_of(2) { 0.0 } else { 20.0 };
    let x = (0..n).map(|i| group(i) + cloud(i, 0.754_877_666)).collect();
    let y = (0..n).map(|i| -group(i) + cloud(i, 0.569_840_291)).collect();
    Table::from_columns("groups", [("x", x), ("y", y)]).unwrap()
}

#[test]
fn components_that_are_not_called_for_fade_and_the_bound_never_falls() {
    let (model, data) = bound(&spec(6).with_concentration(1e-3).unwrap(), &two_groups(200));
    for kind in [StartKind::KMeans, StartKind::Responsibilities] {
        let fitted = Fit::new(&model, &data).start(kind).stop(Rule::MaxIterations(3000)).restarts(4).run().unwrap();
        let weights = posterior(&fitted.params).weights();
        let used = weights.iter().filter(|w| **w > 0.01).count();
        assert_eq!(used, 2, "{kind}: {weights:?}");
        let fall = fitted.trace.windows(2).map(|w| w[0] - w[1]).fold(0.0, f64::max);
        assert!(fall <= 1e-12 * fitted.objective().abs(), "{kind}: {fall:e}");
        let unused = (0..6).find(|j| weights[*j] < 0.01).unwrap();
        assert_relative_eq!(posterior(&fitted.params).components()[unused].strength(), 1.0, max_relative = 1e-3);
    }
}

#[test]
fn every_start_begins_below_where_it_ends() {
    let (model, data) = bound(&spec(3), &faithful());
    for kind in model.kinds() {
        let fitted = Fit::new(&model, &data).start(*kind).restarts(1).run().unwrap();
        assert!(fitted.trace[0] < fitted.objective() && fitted.converged(), "{kind}");
    }
}

#[test]
fn a_change_of_units_only_shifts_the_bound() {
    let table = faithful();
    let in_units = |by: [f64; 2]| {
        let column = |j: usize, name| table.numbers(name).unwrap().iter().map(|x| by[j] * x).collect();
        Table::from_columns("m", [("eruptions", column(0, "eruptions")), ("waiting", column(1, "waiting"))]).unwrap()
    };
    let run = |table: &Table| {
        let (model, data) = bound(&spec(4), table);
        Fit::new(&model, &data).stop(Rule::MaxIterations(30)).restarts(1).run().unwrap()
    };
    let plain = run(&table);
    for by in [[1024.0, 1.0 / 1024.0], [1e-30, 3.0], [0.1, 1e40]] {
        let fitted = run(&in_units(by));
        let shift = 272.0 * (by[0].ln() + by[1].ln());
        // Shifts of up to 20,000 nats are rounded as such.
        assert_relative_eq!(fitted.objective() + shift, plain.objective(), max_relative = 1e-10);
        let (a, b) = (posterior(&fitted.params), posterior(&plain.params));
        assert_relative_eq!(a.weights()[..], b.weights()[..], max_relative = 1e-9);
    }
}

#[test]
fn a_weight_of_two_is_two_copies_and_of_zero_is_absence() {
    let (model, data) = bound(&spec(2), &faithful());
    let weights: Vec<f64> = (0..272).map(|u| (u % 3) as f64).collect();
    let copies: Vec<usize> = (0..272).flat_map(|u| vec![u; u % 3]).collect();
    let start = from_labels(&model, &data, |x| usize::from(x[0] > 3.0));
    let run = |data: &Rows| Fit::new(&model, data).stop(Rule::MaxIterations(10)).from(start.clone()).unwrap();
    let (weighted, copied) = (run(&data.reweight(&weights)), run(&data.select(&copies)));
    assert_relative_eq!(weighted.objective(), copied.objective(), max_relative = 1e-12);
    let total: f64 = model.score(&weighted.params, &data, 0..272).iter().zip(&weights).map(|(l, w)| l * w).sum();
    assert_relative_eq!(total, weighted.log_likelihood, max_relative = 1e-13);
}

#[test]
fn a_guess_counts_as_observations_with_its_moments() {
    let (model, data) = bound(&spec(2), &faithful());
    let text = r#"{"weights": [0.25, 0.75], "means": [[2, 55], [4, 80]],
        "covariances": [[[0.1, 0.5], [0.5, 30]], [[0.2, 1], [1, 40]]]}"#;
    let guess: VariationalParams = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::from_str::<VariationalParams>(&serde_json::to_string(&guess).unwrap()).unwrap(), guess);
    let at = Fit::new(&model, &data).stop(Rule::MaxIterations(0)).from(guess.clone()).unwrap();
    let q = posterior(&at.params);
    assert_eq!((q.concentrations(), q.components()[0].dof()), (&[68.5, 204.5][..], 70.0));
    let prior = model.prior();
    let mean = (prior.mean() + 68.0 * DVector::from_vec(vec![2.0, 55.0])) / 69.0;
    assert_relative_eq!(*q.components()[0].mean(), mean, max_relative = 1e-14);
    // The guess and the q made from it lead to the same end.
    let ends = [guess, at.params].map(|p| Fit::new(&model, &data).from(p).unwrap());
    assert_eq!(ends[0].trace, ends[1].trace);
    assert_eq!(ends[0].params, ends[1].params);
}

#[test]
fn parameters_come_back_to_the_bit_and_contradictions_are_refused() {
    let (model, data) = bound(&spec(3), &faithful());
    let params = Fit::new(&model, &data).restarts(1).run().unwrap().params;
    let text = serde_json::to_string(&params).unwrap();
    assert_eq!(serde_json::from_str::<VariationalParams>(&text).unwrap(), params);
    let changed = |name: &str, to: serde_json::Value| {
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        match to {
            serde_json::Value::Null => value.as_object_mut().unwrap().remove(name),
            to => value.as_object_mut().unwrap().insert(name.into(), to),
        };
        serde_json::from_value::<VariationalParams>(value).map_err(|e| e.to_string())
    };
    assert_eq!(changed("weights", serde_json::Value::Null).unwrap(), params);
    assert!(changed("weights", [0.2, 0.3, 0.5].into()).unwrap_err().contains("`concentrations` make it"));
    assert!(changed("dof", [50, 60, 70].into()).unwrap_err().contains("is not `scales` divided by `dof`"));
    assert!(changed("dof", serde_json::Value::Null).unwrap_err().starts_with("give all of"));
    assert!(changed("strengths", [1, 1].into()).unwrap_err().contains("`strengths` has 2 entries"));
    assert!(changed("strengths", [1, 0, 1].into()).unwrap_err().starts_with("component 1: its strength is 0"));
    let read = |t: &str| serde_json::from_str::<VariationalParams>(t).unwrap_err().to_string();
    assert!(read(r#"{"means": [[0]]}"#).contains("`means` alone are not enough"));
    assert!(read(r#"{"means": [[0]], "weights": [1], "covariances": [[[1, 2]]]}"#).contains("entry 0 is not 1 × 1"));
}

#[test]
fn starts_of_another_shape_are_refused() {
    let (model, data) = bound(&spec(2), &faithful());
    let guess = |t: &str| serde_json::from_str::<VariationalParams>(t).unwrap();
    let one = guess(r#"{"weights": [1], "means": [[0, 0]], "covariances": [[[1, 0], [0, 1]]]}"#);
    assert_eq!(model.admit(&one, &data).unwrap_err(), "the model has 2 components, but `means` has 1 row");
    let flat = guess(r#"{"weights": [0.5, 0.5], "means": [[0], [1]], "covariances": [[[1]], [[1]]]}"#);
    assert_eq!(model.admit(&flat, &data).unwrap_err(), "the data have 2 columns, but `means` has 1 entry in row 0");
}

#[test]
fn a_column_that_does_not_vary_needs_a_scale() {
    let table = Table::from_columns("m", [("x", vec![1.0, 2.0, 4.0, 9.0]), ("c", vec![7.0; 4])]).unwrap();
    let message = spec(2).learn(&table, &mut Vec::new()).unwrap_err().to_string();
    assert!(message.contains("\"c\" is constant") && message.contains("give `scale`"), "{message}");
    let given = spec(2).with_covariances(vec![vec![1.0, 0.0], vec![0.0, 1.0]], 2.0).unwrap();
    let (model, data) = bound(&given, &table);
    assert!(Fit::new(&model, &data).run().unwrap().objective().is_finite());
}

#[test]
fn hyperparameters_are_checked_and_come_back() {
    let read = |fields: &str| serde_json::from_str::<BayesianGaussianMixture>(fields).map_err(|e| e.to_string());
    for text in [
        r#"{"components":3,"covariance":"Full"}"#,
        r#"{"components":3,"covariance":"Full","concentration":0.1,"center":[1.0],"strength":2.0,"dof":3.0,"scale":[[4.0]]}"#,
    ] {
        assert_eq!(serde_json::to_string(&read(text).unwrap()).unwrap(), text);
    }
    assert!(read(r#"{"components":3,"concentration":0}"#).unwrap_err().starts_with("concentration is 0"));
    assert!(read(r#"{"components":3,"scale":[[1, 2]]}"#).unwrap_err().starts_with("scale: 1 rows of 1"));
    assert!(read(r#"{"components":3,"scale":[[1, 2], [2, 1]]}"#).unwrap_err().contains("positive definite"));
    assert!(read(r#"{"components":3,"prior":1}"#).is_err());
    let table = faithful();
    let refused = |fields: &str| read(fields).unwrap().learn(&table, &mut Vec::new()).unwrap_err().to_string();
    assert!(refused(r#"{"components":3,"dof":1}"#).contains("dof is 1; it must be finite and above 1"));
    assert!(refused(r#"{"components":3,"scale":[[1]]}"#).contains("`scale` (1 rows) for 2 columns is not 2 × 2"));
    assert!(refused(r#"{"components":3,"center":[1]}"#).contains("`center` has 1 entry"));
}

#[test]
fn the_encoding_comes_back_to_the_bit() {
    let learned = spec(2).learn(&faithful(), &mut Vec::new()).unwrap();
    let back: LearnedPrior = serde_json::from_str(&serde_json::to_string(&learned).unwrap()).unwrap();
    assert_eq!(back, learned);
}
