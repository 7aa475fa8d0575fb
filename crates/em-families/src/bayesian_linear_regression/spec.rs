//! [`BayesianLinearRegression`]: the spec.

use super::{
    BayesianLinearModel, BayesianLinearRegressionError, Coefficients, EvidenceError, EvidenceUpdate, PrecisionPrior,
    Precisions, Products,
};
use crate::{Design, DesignError, RegressionData, Term};
use em_core::{
    About, Cell, DataError, Dataset, FieldInfo, LatentModel, ParameterInfo, Purpose, Section, Spec, Table, Uses,
    Warning,
};
use serde::{Deserialize, Serialize};

/// Bayesian linear regression of a response on terms, as a spec.
///
/// ```
/// use em_core::{Fit, Purpose, Spec, Table};
/// use em_families::{BayesianLinearRegression, Term};
/// let x: Vec<f64> = (0..20).map(|i| f64::from(i) / 20.0).collect();
/// let t = x.iter().enumerate().map(|(i, x)| x * x + 0.01 * f64::from(i as i32 % 3)).collect();
/// let table = Table::from_columns("m", [("x", x), ("t", t)])?;
///
/// let spec = BayesianLinearRegression::new("t", vec![Term::Polynomial("x".into(), 2)], true)?;
/// let design = spec.learn(&table, &mut Vec::new())?;
/// let (model, data) = (spec.model(&design), design.encode(&table, Purpose::Fit)?);
/// let fitted = Fit::new(&model, &data).run()?;
/// assert!((fitted.params.coefficients().unwrap().mean[2] - 1.0).abs() < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct BayesianLinearRegression {
    design: Design,
    shrink_intercept: bool,
    update: EvidenceUpdate,
    prior: PrecisionPrior,
}

impl BayesianLinearRegression {
    /// Of `response` on `terms`, with a column of ones where `intercept` says so.
    ///
    /// # Errors
    /// [`DesignError`] that names the field.
    pub fn new(response: impl Into<String>, terms: Vec<Term>, intercept: bool) -> Result<Self, DesignError> {
        Ok(Self::of(Design::new(response, terms, intercept, None)?))
    }

    /// By a design, which may have an offset; by EM, without priors on the precisions.
    pub fn of(design: Design) -> Self {
        let (update, prior) = Default::default();
        BayesianLinearRegression { design, shrink_intercept: true, update, prior }
    }

    /// Whether the intercept is shrunk like any coefficient, as it is by default; see
    /// [`BayesianLinearModel::shrink_intercept`].
    ///
    /// # Errors
    /// Where `shrink` is false, [`BayesianLinearRegressionError::NoIntercept`] without an intercept, and
    /// [`BayesianLinearRegressionError::NothingShrunk`] without a term.
    pub fn shrink_intercept(self, shrink: bool) -> Result<Self, BayesianLinearRegressionError> {
        match shrink {
            false if !self.design.intercept() => Err(BayesianLinearRegressionError::NoIntercept),
            false if self.design.terms().is_empty() => Err(BayesianLinearRegressionError::NothingShrunk),
            shrink_intercept => Ok(BayesianLinearRegression { shrink_intercept, ..self }),
        }
    }

    /// By this update.
    pub fn update(self, update: EvidenceUpdate) -> Self {
        BayesianLinearRegression { update, ..self }
    }

    /// Under this prior.
    pub fn prior(self, prior: PrecisionPrior) -> Self {
        BayesianLinearRegression { prior, ..self }
    }
}

/// How a spec is written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "BayesianLinearRegression", deny_unknown_fields)]
struct Fields {
    response: String,
    terms: Vec<Term>,
    #[serde(default = "yes")]
    intercept: bool,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    shrink_intercept: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offset: Option<Term>,
    #[serde(default)]
    update: EvidenceUpdate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prior: Option<PrecisionPrior>,
}

fn yes() -> bool {
    true
}

fn is_yes(answer: &bool) -> bool {
    *answer
}

impl TryFrom<Fields> for BayesianLinearRegression {
    type Error = BayesianLinearRegressionError;
    fn try_from(f: Fields) -> Result<Self, BayesianLinearRegressionError> {
        let design = Design::new(f.response, f.terms, f.intercept, f.offset)?;
        let spec = BayesianLinearRegression::of(design).shrink_intercept(f.shrink_intercept)?;
        Ok(spec.update(f.update).prior(f.prior.unwrap_or_default()))
    }
}

impl From<BayesianLinearRegression> for Fields {
    fn from(spec: BayesianLinearRegression) -> Fields {
        let BayesianLinearRegression { design, shrink_intercept, update, prior } = spec;
        let (response, terms, offset) = (design.response().into(), design.terms().to_vec(), design.offset().cloned());
        let prior = (prior != PrecisionPrior::default()).then_some(prior);
        Fields { response, terms, intercept: design.intercept(), shrink_intercept, offset, update, prior }
    }
}

impl Spec for BayesianLinearRegression {
    type Model = BayesianLinearModel;
    type Encoding = Design;

    fn learn(&self, table: &Table, warnings: &mut Vec<Warning>) -> Result<Design, DataError> {
        let design = self.design_of(table)?;
        check(&design, &design.encode(table, Purpose::Fit)?, table, warnings)?;
        Ok(design)
    }

    fn learn_and_encode(
        &self,
        table: &mut Table,
        warnings: &mut Vec<Warning>,
    ) -> Result<(Design, RegressionData), DataError> {
        let design = self.design_of(table)?;
        let data = design.take_from(table)?;
        check(&design, &data, table, warnings)?;
        Ok((design, data))
    }

    fn model(&self, design: &Design) -> BayesianLinearModel {
        let model = BayesianLinearModel::new(design.names().len()).shrink_intercept(self.shrink_intercept);
        model.update(self.update).prior(self.prior)
    }

    fn uses(&self) -> Option<Uses> {
        Some(self.design.uses())
    }

    fn about() -> About {
        ABOUT
    }

    fn summary(&self, design: &Design, params: &Precisions, products: &Products) -> Vec<Section> {
        let finished = self.model(design).finish(params, products);
        let coefficients = finished.coefficients();
        let shrunk = design.names().len() - usize::from(!self.shrink_intercept);
        let precisions = precisions(&finished, shrunk);
        coefficients.map(|c| posterior(&design.names(), c)).into_iter().chain([precisions]).collect()
    }
}

em_core::register!(BayesianLinearRegression);

impl BayesianLinearRegression {
    /// The design with what it learns from a table.
    fn design_of(&self, table: &Table) -> Result<Design, DataError> {
        let design = self.design.learn(table)?;
        let unsuited = |e: EvidenceError| DataError::Unsuited {
            table: table.source().name.clone(),
            why: format!("{e}; {}", e.advice()),
        };
        EvidenceError::check_columns(design.names().len()).map_err(unsuited)?;
        Ok(design)
    }
}

/// Refuses data of which no row counts, and tells what depends on what.
fn check(design: &Design, data: &RegressionData, table: &Table, warnings: &mut Vec<Warning>) -> Result<(), DataError> {
    let (names, source) = (design.names(), &table.source().name);
    if data.total_weight() <= 0.0 {
        let why = "a regression learns from at least one".into();
        return Err(DataError::TooFewRows { table: source.clone(), rows: 0, why });
    }
    let done = "the prior keeps the fit proper, so it is left in";
    let advice = "read the coefficients of these columns together, or leave one out";
    let found = design.dependences(data);
    warnings.extend(found.iter().map(|d| d.warning(&names, source, done, advice)));
    Ok(())
}

fn posterior(names: &[String], coefficients: &Coefficients) -> Section {
    let row = |(j, name): (usize, &String)| {
        let (mean, sd) = (coefficients.mean[j], coefficients.covariance[(j, j)].sqrt());
        (name.clone(), vec![Cell::Number(mean), Cell::Number(sd), Cell::Number(mean / sd)])
    };
    Section {
        title: "Coefficients: posterior mean and standard deviation, and their ratio".into(),
        heads: ["mean", "sd", "mean / sd"].map(String::from).to_vec(),
        rows: names.iter().enumerate().map(row).collect(),
    }
}

fn precisions(params: &Precisions, shrunk: usize) -> Section {
    let row = |name: &str, value| (name.to_string(), vec![value]);
    let effective = params.coefficients().map_or(Cell::Empty, |c| Cell::Number(c.effective_parameters));
    Section {
        title: "Precisions and noise".into(),
        heads: vec!["value".into()],
        rows: vec![
            row("alpha (coefficients)", Cell::Number(params.alpha())),
            row("beta (noise)", Cell::Number(params.beta())),
            row("noise sd", Cell::Number(params.beta().sqrt().recip())),
            row("effective parameters", effective),
            row("of shrunk coefficients", Cell::Count(shrunk as u64)),
        ],
    }
}

const ABOUT: About = About {
    summary: "Linear regression whose coefficients are shrunk by as much as the data call for, by maximising the evidence.",
    fields: &[
        FieldInfo { name: "response", values: "a column", default: None, text: "what is explained" },
        FieldInfo { name: "terms", values: Term::FORMS, default: None, text: "what explains it" },
        FieldInfo { name: "intercept", values: "true, false", default: Some("true"), text: "a column of ones, first" },
        FieldInfo {
            name: "shrink_intercept",
            values: "true, false",
            default: Some("true"),
            text: "whether the intercept is shrunk like the other coefficients; with false its prior is flat, so that a constant added to the response or to a column changes nothing but the intercept; it takes an intercept and a term",
        },
        FieldInfo {
            name: "offset",
            values: "a term",
            default: Some("none"),
            text: "what is known of the response beforehand: added to its mean, without a coefficient",
        },
        FieldInfo {
            name: "update",
            values: "Em, MacKay",
            default: Some("Em"),
            text: "how an iteration changes alpha and beta; MacKay's fixed point takes fewer, with a step of EM wherever it would lower the evidence",
        },
        FieldInfo {
            name: "prior",
            values: "(alpha: Gamma(1e-6, 1e-6), beta: Gamma(1e-6, 1e-6)): shape and rate, each part optional",
            default: Some("none"),
            text: "densities of the two precisions; the fit is then their mode",
        },
    ],
    parameters: &[
        ParameterInfo {
            name: "alpha",
            shape: "",
            text: "precision of the shrunk coefficients before any data, above 0",
        },
        ParameterInfo { name: "beta", shape: "", text: "precision of the noise, above 0" },
        ParameterInfo { name: "mean", shape: "[m]", text: "fitted: posterior mean of the coefficients" },
        ParameterInfo { name: "covariance", shape: "[m][m]", text: "fitted: posterior covariance of the coefficients" },
        ParameterInfo {
            name: "effective_parameters",
            shape: "",
            text: "fitted: how many of the shrunk coefficients the data determine rather than the prior, from 0 to their number",
        },
    ],
    example: r#"(
    data: Csv(path: "data/sinusoid.csv"),
    model: BayesianLinearRegression(response: "t", terms: [Polynomial("x", 3)]),
)
"#,
};
