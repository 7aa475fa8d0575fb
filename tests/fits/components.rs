//! The small door: a component of one's own, bare or with draws and coordinates, typed and from spec files.

use em::core::rand::{RngExt, SeedableRng};
use em::core::registry::entry;
use em::prelude::*;
use serde::{Deserialize, Serialize};

/// Waiting times with a rate; the least an author can write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Bare {
    rate: f64,
}

impl Component for Bare {
    type Item = f64;
    type Stats = [f64; 2]; // weight, weighted times

    fn zero(_: usize) -> [f64; 2] {
        [0.0; 2]
    }
    fn log_density(&self, x: &f64) -> f64 {
        self.rate.ln() - self.rate * x
    }
    fn add(s: &mut [f64; 2], x: &f64, weight: f64) {
        s[0] += weight;
        s[1] += weight * x;
    }
    fn maximize(s: &[f64; 2]) -> Result<Self, MStepError> {
        Ok(Bare { rate: s[0] / s[1] })
    }
}

register_mixture!(BareWaiting of Bare);

/// The same of any number of columns, each with its rate, with draws and coordinates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Waiting {
    rates: Vec<f64>,
}

impl Component for Waiting {
    type Item = [f64];
    type Stats = (f64, Vec<f64>);

    fn zero(features: usize) -> (f64, Vec<f64>) {
        (0.0, vec![0.0; features])
    }
    fn log_density(&self, x: &[f64]) -> f64 {
        self.rates.iter().zip(x).map(|(rate, x)| rate.ln() - rate * x).sum()
    }
    fn add(s: &mut (f64, Vec<f64>), x: &[f64], weight: f64) {
        s.0 += weight;
        s.1.iter_mut().zip(x).for_each(|(s, x)| *s += weight * x);
    }
    fn maximize(s: &(f64, Vec<f64>)) -> Result<Self, MStepError> {
        Ok(Waiting { rates: s.1.iter().map(|sum| s.0 / sum).collect() })
    }
}

impl ComponentSample for Waiting {
    fn sample(&self, rng: &mut Rng) -> Vec<f64> {
        self.rates.iter().map(|rate| -(1.0 - rng.random::<f64>()).ln() / rate).collect()
    }
}

impl ComponentCoordinates for Waiting {
    fn to_free(&self) -> Vec<f64> {
        self.rates.iter().map(|rate| rate.ln()).collect()
    }
    fn at_free(&self, x: &[f64]) -> Result<Self, MStepError> {
        Ok(Waiting { rates: x.iter().map(|x| x.exp()).collect() })
    }
}

impl ComponentLikelihood for Waiting {
    fn expected_log_density(&self, s: &(f64, Vec<f64>)) -> f64 {
        self.rates.iter().zip(&s.1).map(|(rate, sum)| s.0 * rate.ln() - rate * sum).sum()
    }
}

register_mixture!(FullWaiting of Waiting);

/// A pair with one rate each, as a fixed number of columns.
#[derive(Clone, Debug, PartialEq)]
struct Pair([f64; 2]);

impl Component for Pair {
    type Item = [f64; 2];
    type Stats = [f64; 3];

    fn zero(_: usize) -> [f64; 3] {
        [0.0; 3]
    }
    fn log_density(&self, x: &[f64; 2]) -> f64 {
        self.0.iter().zip(x).map(|(rate, x)| rate.ln() - rate * x).sum()
    }
    fn add(s: &mut [f64; 3], x: &[f64; 2], weight: f64) {
        (s[0], s[1], s[2]) = (s[0] + weight, s[1] + weight * x[0], s[2] + weight * x[1]);
    }
    fn maximize(s: &[f64; 3]) -> Result<Self, MStepError> {
        Ok(Pair([s[0] / s[1], s[0] / s[2]]))
    }
}

impl ComponentSample for Pair {
    fn sample(&self, rng: &mut Rng) -> [f64; 2] {
        self.0.map(|rate| -(1.0 - rng.random::<f64>()).ln() / rate)
    }
}

#[test]
fn what_a_component_offers_is_found_by_registration() {
    let capabilities = |name: &str| (entry(name).expect("registered").capabilities)();
    assert_eq!(
        capabilities("BareWaiting"),
        ["Start", "LabelStart", "EStepModes", "LabelSymmetry", "Repair", "Resampled", "Predict"]
    );
    let all = [
        "Start",
        "LabelStart",
        "Coordinates",
        "CompleteLikelihood",
        "EStepModes",
        "Gradient",
        "Sample",
        "LabelSymmetry",
        "Repair",
        "Resampled",
        "Predict",
    ];
    assert_eq!(capabilities("FullWaiting"), all);
}

fn truth() -> MixtureParams<Vec<Waiting>> {
    let components = [[5.0, 0.5], [0.1, 2.0]].map(|rates| Waiting { rates: rates.to_vec() });
    MixtureParams::new(vec![0.3, 0.7], components.to_vec()).unwrap()
}

#[test]
fn draws_lead_back_to_the_components_they_came_from() {
    let (model, n) = (Mixture::of(2, Each::<Waiting>::of(2)), 4000);
    let like = Rows::new(2, vec![1.0; 2 * n]).unwrap();
    let (drawn, latent) = model.sample(&truth(), &like, &mut Rng::seed_from_u64(8));
    assert_eq!((drawn.units(), drawn.features(), latent.labels().unwrap().len()), (n, 2, n));
    let fitted = Fit::new(&model, &drawn).restarts(3).run().unwrap();
    let first = usize::from(fitted.params.components()[0].rates[0] < 1.0);
    for (truth, (j, size)) in truth().components().iter().zip([(first, 1200.0), (1 - first, 2800.0)]) {
        for (found, rate) in fitted.params.components()[j].rates.iter().zip(&truth.rates) {
            // The relative error of a rate is 1/√n where labels are known; here they are all but known.
            assert!((found / rate - 1.0).abs() < 5.0 / f64::sqrt(size), "{found} {rate}");
        }
    }
    let criteria = fitted.criteria(&model, &drawn);
    assert_eq!(criteria.n_parameters, 1 + 2 * 2);
    assert_eq!(criteria.aic, -2.0 * fitted.log_likelihood + 10.0);
}

#[test]
fn every_kind_of_observation_can_be_drawn() {
    let model = Mixture::of(1, Each::<Pair>::of(2));
    let params = MixtureParams::new(vec![1.0], vec![Pair([4.0, 0.5])]).unwrap();
    let like = Weighted::from(vec![[0.0; 2]; 10_000]);
    let (drawn, _) = model.sample(&params, &like, &mut Rng::seed_from_u64(2));
    for (i, mean) in [0.25, 2.0].into_iter().enumerate() {
        let found = drawn.items.iter().map(|x| x[i]).sum::<f64>() / 1e4;
        // The standard deviation of an exponential is its mean: four standard errors.
        assert!((found / mean - 1.0).abs() < 0.04, "{found}");
    }
    assert!(drawn.weights.iter().all(|w| *w == 1.0));
}

/// `em fit SPEC --json` of waiting times in two groups.
fn fit(model: &str) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spec.ron");
    let times: Vec<f64> = (1..=20).map(|i| f64::from(i) * if i % 2 == 0 { 0.01 } else { 3.0 }).collect();
    let data = format!("Inline(columns: {{\"t\": {times:?}}})");
    std::fs::write(&path, format!("(data: {data}, model: {model}(components: 2), fit: (restarts: 3))")).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let output = folder.path().join("out.fit.ron");
    let args = ["em", "fit", path.to_str().unwrap(), "--json", "-o", output.to_str().unwrap()].map(Into::into);
    let status = em::cli::execute(args, &mut out, &mut err) as u8;
    assert_eq!(status, 0, "{}", String::from_utf8(err).unwrap());
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn coordinates_give_information_criteria_and_change_nothing_else() {
    let (bare, full) = (fit("BareWaiting"), fit("FullWaiting"));
    assert!(bare["aic"].is_null() && bare["n_parameters"].is_null());
    assert_eq!(full["n_parameters"], 3);
    assert_eq!(bare["trace"], full["trace"]);
    let aic = -2.0 * full["log_likelihood"].as_f64().unwrap() + 6.0;
    assert!((full["aic"].as_f64().unwrap() - aic).abs() < 1e-9);
}

#[test]
fn every_algorithm_that_a_component_unlocks_ends_where_em_does() {
    let model = Mixture::of(2, Each::<Waiting>::of(2));
    let like = Rows::new(2, vec![1.0; 1200]).unwrap();
    let (data, _) = model.sample(&truth(), &like, &mut Rng::seed_from_u64(5));
    let fit = |algorithm: &dyn Algorithm<_>, most: u64| {
        let stop = Stop { relative_gain: 1e-13, max_iterations: most, ..Stop::default() };
        Fit::new(&model, &data).algorithm(algorithm).stop(stop).from(truth()).unwrap().objective()
    };
    let best = fit(&Em, 2000);
    for (algorithm, near) in [
        (&Incremental as &dyn Algorithm<_>, 1e-8),
        (&Squarem, 1e-8),
        (&Anderson::default(), 1e-8),
        (&GradientEm::default(), 1e-5),
    ] {
        let reached = fit(algorithm, 2000);
        assert!((reached - best).abs() < near * best.abs(), "{reached} {best}");
    }
    assert!((fit(&Stepwise::default(), 300) - best).abs() < 1e-3 * best.abs());
}
