//! Gamma priors on the precisions: the fit is the mode of the posterior of α and β.

use super::*;
use crate::Gamma;
use em_core::{Fitted, Rule};
use statrs::distribution::{Continuous, Gamma as Independent};

fn gamma(shape: f64, rate: f64) -> Option<Gamma> {
    Some(Gamma::new(shape, rate).unwrap())
}

fn fit(d: &RegressionData, prior: PrecisionPrior, update: EvidenceUpdate) -> Fitted<BayesianLinearModel> {
    let model = BayesianLinearModel::new(d.columns()).prior(prior).update(update);
    let rule = Rule::Any(vec![Rule::ParameterChange(1e-13), Rule::MaxIterations(20_000)]);
    Fit::new(&model, d).stop(rule).follow_parameters().run().unwrap()
}

/// The log posterior of α and β by other ways throughout: an n-dimensional normal density, and another library's Gamma.
fn log_posterior(d: &RegressionData, prior: &PrecisionPrior, x: [f64; 2]) -> f64 {
    let density = |prior: Option<Gamma>, at: f64| {
        prior.map_or(0.0, |p| Independent::new(p.shape(), p.rate()).unwrap().ln_pdf(at))
    };
    let (alpha, beta) = (x[0].exp(), x[1].exp());
    direct_evidence(d, &at(alpha, beta)) + density(prior.alpha, alpha) + density(prior.beta, beta)
}

/// The maximum of a smooth function of two numbers by golden sections along one, within those along the other.
fn golden(f: &dyn Fn([f64; 2]) -> f64, around: [f64; 2]) -> ([f64; 2], f64) {
    let along = |g: &dyn Fn(f64) -> f64, middle: f64| {
        let (mut low, mut high) = (middle - 3.0, middle + 3.0);
        let ratio = 0.5 * (5f64.sqrt() - 1.0);
        for _ in 0..60 {
            let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
            if g(a) > g(b) { high = b } else { low = a }
        }
        (0.5 * (low + high), g(0.5 * (low + high)))
    };
    let inner = |x: f64| along(&|y| f([x, y]), around[1]);
    let (x, best) = along(&|x| inner(x).1, around[0]);
    ([x, inner(x).0], best)
}

#[test]
fn the_fit_is_the_mode_that_an_independent_search_finds() {
    let priors = [
        PrecisionPrior { alpha: gamma(1e-6, 1e-6), beta: gamma(1e-6, 1e-6) },
        PrecisionPrior { alpha: gamma(3.0, 2.0), beta: gamma(0.5, 4.0) },
        PrecisionPrior { alpha: gamma(2.0, 0.1), beta: None },
        PrecisionPrior { alpha: None, beta: gamma(20.0, 10.0) },
    ];
    let (table, spec) = sinusoid(3);
    let d = spec.learn(&table, &mut Vec::new()).unwrap().encode(&table, Purpose::Fit).unwrap();
    for prior in priors {
        let fits = [EvidenceUpdate::Em, EvidenceUpdate::MacKay].map(|update| fit(&d, prior, update));
        let of = |f: &Fitted<BayesianLinearModel>| [f.params.alpha().ln(), f.params.beta().ln()];
        // Searched around a point that is off the mode.
        let around = of(&fits[0]);
        let (mode, best) = golden(&|x| log_posterior(&d, &prior, x), [around[0] + 0.7, around[1] - 0.4]);
        for fitted in fits {
            let x = of(&fitted);
            assert_relative_eq!(fitted.objective(), best, max_relative = 1e-11);
            // The objective has an error of some 1e-14, and under the first prior a curvature of some 1e-4 along ln α.
            assert_relative_eq!(x[0], mode[0], epsilon = 2e-5);
            assert_relative_eq!(x[1], mode[1], epsilon = 2e-5);
            assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0] - 1e-12 * w[0].abs()));
        }
    }
}

/// d/d ln α = ½ (M − α (m′m + tr S)) + (a − 1) − bα, and likewise for β: what the M-step sets to zero.
#[test]
fn the_step_follows_the_gradient_of_the_objective() {
    let prior = PrecisionPrior { alpha: gamma(3.0, 2.0), beta: gamma(0.5, 4.0) };
    let (d, model) = (small(), model().prior(prior));
    let products = Products::of(&d, 5);
    for x in [[0.3f64, -1.0], [-4.0, 2.0], [2.0, 0.5]] {
        let objective = |x: [f64; 2]| {
            let p = at(x[0].exp(), x[1].exp());
            model.log_likelihood(&p, &products, 0.0) + model.log_prior(&p)
        };
        // The error of a difference is about h², that of its rounding 1e-15 · 10 / h: both some 1e-10.
        let h = 1e-5;
        let slope = |j: usize| {
            let moved = |by: f64| objective(std::array::from_fn(|i| if i == j { x[i] + by } else { x[i] }));
            (moved(h) - moved(-h)) / (2.0 * h)
        };
        let (alpha, beta) = (x[0].exp(), x[1].exp());
        let e = products.spectrum().unwrap().at(alpha, beta);
        let by_alpha = 0.5 * (2.0 - alpha * (e.squares + e.trace)) + 2.0 - 2.0 * alpha;
        let by_beta = 0.5 * (5.0 - beta * (e.residual + e.spread)) - 0.5 - 4.0 * beta;
        assert_relative_eq!(slope(0), by_alpha, epsilon = 1e-8, max_relative = 1e-8);
        assert_relative_eq!(slope(1), by_beta, epsilon = 1e-8, max_relative = 1e-8);
        let step = model.maximize(&products, &at(alpha, beta)).unwrap();
        assert_eq!((step.alpha() > alpha, step.beta() > beta), (by_alpha > 0.0, by_beta > 0.0));
    }
}

#[test]
fn a_shape_too_small_for_the_data_leaves_no_mode() {
    let one = RegressionData::new(
        DMatrix::from_row_slice(1, 4, &[1.0, 2.0, 3.0, 4.0]),
        Some(vec![1.0, 0.0, 2.0, 2.0]),
        None,
        None,
    )
    .unwrap();
    let refused = |prior: PrecisionPrior| Fit::new(&BayesianLinearModel::new(1).prior(prior), &one).run();
    let e = refused(PrecisionPrior { alpha: gamma(0.5, 1.0), beta: None }).unwrap_err().to_string();
    assert!(e.contains("parameter `alpha`: under a Gamma prior of shape 0.5"), "{e}");
    assert!(e.ends_with("give the prior a shape above 0.5"), "{e}");
    assert!(refused(PrecisionPrior { alpha: gamma(0.6, 1.0), beta: gamma(1e-6, 1.0) }).is_ok());
    let light = one.reweight(&[0.1; 4]);
    let model = BayesianLinearModel::new(1).prior(PrecisionPrior { alpha: None, beta: gamma(0.5, 1.0) });
    assert!(Fit::new(&model, &light).run().unwrap_err().to_string().contains("as beta goes to 0"));
}

#[test]
fn a_prior_holds_what_the_data_let_go() {
    // No signal: the prior of α alone, whose mode is (M/2 + a − 1) / (½ E[w′w] + b).
    let x = DMatrix::from_row_slice(1, 4, &[1.0, -1.0, 2.0, -2.0]);
    let d = RegressionData::new(x, Some(vec![1.0, 1.0, -1.0, -1.0]), None, None).unwrap();
    let prior = PrecisionPrior { alpha: gamma(2.0, 1e-9), beta: None };
    let fitted = fit(&d, prior, EvidenceUpdate::Em);
    assert_relative_eq!(fitted.params.alpha(), 1e9, max_relative = 1e-6);
    assert!(fitted.warnings.iter().any(|w| w.message.contains("held by its prior alone")), "{:?}", fitted.warnings);
    // No noise: at β → ∞ only the rate of the prior is left of the residual, so that β → (N − γ + 2 (a − 1)) / 2b.
    let rows: Vec<[f64; 2]> = (0..10).map(|j| [1.0, j as f64]).collect();
    let exact = data(&rows, &rows.iter().map(|r| 3.0 - 2.0 * r[1]).collect::<Vec<_>>(), None);
    let fitted = fit(&exact, PrecisionPrior { alpha: None, beta: gamma(1.0, 0.01) }, EvidenceUpdate::Em);
    let left = 10.0 - fitted.params.coefficients().unwrap().effective_parameters;
    assert_relative_eq!(fitted.params.beta(), left / 0.02, max_relative = 1e-2);
}

#[test]
fn priors_and_updates_are_read_and_written() {
    let read = |json: &str| serde_json::from_str::<BayesianLinearRegression>(json);
    let json = r#"{"response":"t","terms":[],"intercept":true,"update":"MacKay","prior":{"alpha":[1e-6,1e-6]}}"#;
    let spec = read(json).unwrap();
    let prior = PrecisionPrior { alpha: gamma(1e-6, 1e-6), beta: None };
    assert_eq!(
        spec,
        BayesianLinearRegression::new("t", vec![], true).unwrap().update(EvidenceUpdate::MacKay).prior(prior)
    );
    assert_eq!(serde_json::to_string(&spec).unwrap(), json);
    let fault =
        |prior: &str| read(&format!(r#"{{"response": "t", "terms": [], "prior": {prior}}}"#)).unwrap_err().to_string();
    assert!(fault(r#"{"alpha": [0, 1]}"#).starts_with("Gamma, shape: 0 is out of range"));
    assert!(fault(r#"{"gamma": [1, 1]}"#).contains("gamma"));
}
