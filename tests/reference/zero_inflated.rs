//! Zero-inflated Poisson regressions (Lambert 1992): mixing weights that depend on covariates, with a family of components
//! that the libraries do not have: a Poisson regression, and nothing but zeros.

use super::{PARAMETERS, traces_agree};
use crate::reference::{Reference, close, numbers};
use em::core::{Coordinates, Dataset, Fit, Fitted, MStepError, Predict, Stop};
use em::families::{
    ConcomitantWeights, Emission, EmissionCoordinates, LogitCoefficients, Mixture, MixtureParams, Newton,
    PoissonRegressions, RegressionData, WithCovariates,
};
use nalgebra::{DMatrix, DVector};
use serde_json::Value;
use std::ops::Range;

/// Component 0 is a Poisson regression, component 1 nothing but zeros.
#[derive(Clone, Debug, Default)]
struct OrZero(PoissonRegressions);

impl Emission for OrZero {
    type Data = RegressionData;
    type Params = Vec<DVector<f64>>;
    type Stats = Vec<Newton>;

    const INNER: bool = true;

    fn components(&self, _: &Self::Params) -> usize {
        2
    }
    fn zero(&self, b: &Self::Params) -> Vec<Newton> {
        self.0.zero(b)
    }
    fn log_density(&self, b: &Self::Params, data: &RegressionData, units: Range<usize>, out: &mut [f64]) {
        let (counts, zeros) = out.split_at_mut(units.len());
        self.0.log_density(b, data, units.clone(), counts);
        let y = &data.response().unwrap()[units];
        zeros.iter_mut().zip(y).for_each(|(l, y)| *l = if *y == 0.0 { 0.0 } else { f64::NEG_INFINITY });
    }
    fn accumulate(&self, b: &Self::Params, data: &RegressionData, units: Range<usize>, r: &[f64], s: &mut Vec<Newton>) {
        let m = units.len();
        self.0.accumulate(b, data, units, &r[..m], s);
    }
    fn maximize(&self, s: &Vec<Newton>, b: &Self::Params) -> Result<Self::Params, MStepError> {
        self.0.maximize(s, b)
    }
    fn between(&self, from: &Self::Params, to: &Self::Params, by: f64) -> Self::Params {
        self.0.between(from, to, by)
    }
}

impl EmissionCoordinates for OrZero {
    fn to_free(&self, b: &Self::Params) -> Vec<f64> {
        self.0.to_free(b)
    }
    fn at_free(&self, like: &Self::Params, x: &[f64]) -> Result<Self::Params, MStepError> {
        self.0.at_free(like, x)
    }
}

type Model = Mixture<OrZero, ConcomitantWeights>;
type Params = MixtureParams<Vec<DVector<f64>>, em::families::MixingWeights>;

fn data(r: &Reference) -> WithCovariates<RegressionData> {
    let n = r.0["data"]["n"].as_u64().unwrap() as usize;
    let matrix = |name: &str| {
        let values = numbers(&r.0["data"][name]);
        DMatrix::from_vec(values.len() / n, n, values)
    };
    let response = numbers(&r.0["data"]["response_values"]);
    let counts = RegressionData::new(matrix("count_design_matrix"), Some(response), None, None).unwrap();
    WithCovariates::new(counts, matrix("zero_design_matrix").remove_row(0)).unwrap()
}

fn params(parameters: &Value) -> Params {
    let (count, zero) = (numbers(&parameters["count"]), numbers(&parameters["zero"]));
    let a = LogitCoefficients::new(vec![vec![0.0; zero.len()], zero]).unwrap();
    MixtureParams::concomitant(a, vec![DVector::from_vec(count)])
}

fn flat(p: &Params) -> Vec<f64> {
    p.mixing().concomitant().unwrap().row(1).iter().chain(&p.components()[0]).copied().collect()
}

fn responsibilities_agree(r: &Reference, when: &str, data: &WithCovariates<RegressionData>, model: &Model, p: &Params) {
    let told = &r.0["responsibilities"];
    let predicted = model.predict(p, data, 0..data.units());
    let (_, all) = predicted.responsibilities().unwrap();
    // In the files the structural zeros come first, or are the only column.
    let structural =
        told["columns"].as_array().unwrap().iter().position(|c| c.as_str().unwrap().contains("zero")).unwrap();
    for (row, wanted) in numbers(&told["rows"]).iter().zip(told[when].as_array().unwrap()) {
        let (got, wanted) = (all[2 * *row as usize + 1], numbers(wanted)[structural]);
        assert!((got - wanted).abs() < 1e-6, "{}: {when}, row {row}: {got} is not {wanted}", r.id());
    }
}

pub fn reproduce(r: &Reference) {
    let (data, model) = (data(r), Mixture::of(2, OrZero::default()).concomitant());
    let start = params(&r.0["start"]["parameters"]);
    let fit = |iterations: u64| -> Fitted<Model> {
        let stop = Stop { relative_gain: 0.0, max_iterations: iterations, ..Stop::default() };
        Fit::new(&model, &data).stop(stop).from(start.clone()).unwrap()
    };
    traces_agree(r, &fit(r.trace().len() as u64 - 1).trace);
    close(
        &format!("{}: after one iteration", r.id()),
        &flat(&fit(1).params),
        &flat(&params(&r.0["after_1"])),
        PARAMETERS,
    );
    responsibilities_agree(r, "at_start", &data, &model, &start);

    let fitted = fit(r.iterations_to_convergence() + 5);
    let wanted = &r.0["fit"];
    let objective = wanted["log_likelihood"].as_f64().unwrap();
    assert!((fitted.objective() - objective).abs() <= 1e-9 * objective.abs(), "{}: {}", r.id(), fitted.objective());
    close(r.id(), &flat(&fitted.params), &flat(&params(&wanted["parameters"])), PARAMETERS);
    responsibilities_agree(r, "at_fit", &data, &model, &fitted.params);
    let criteria = fitted.criteria(&model, &data);
    assert_eq!(criteria.n_parameters as u64, wanted["n_parameters"].as_u64().unwrap());
    assert_eq!(model.to_free(&fitted.params).len(), flat(&start).len());
    assert!((criteria.bic - wanted["bic"].as_f64().unwrap()).abs() <= 1e-9 * objective.abs());
}
