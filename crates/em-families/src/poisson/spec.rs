//! `PoissonRegressionMixture(…)`: the spec of mixtures of Poisson regressions.

use super::emission::PoissonRegressions;
use super::newton::Newton;
use crate::gaussian::enough_rows;
use crate::regression::Dependence;
use crate::{
    Design, DesignError, Grouped, Mixture, MixtureParams, MixtureStats, PerGroup, RegressionData, Term, Written,
};
use em_core::{
    About, Cell, DataError, Encoding, FieldInfo, ParameterInfo, Purpose, Section, Spec, Table, Uses, Warning, register,
};
use nalgebra::DVector;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Whole numbers are exact in doubles below this.
const EXACT: f64 = 9_007_199_254_740_992.0; // 2⁵³

/// A mixture of Poisson regressions of one response, as a spec.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct PoissonRegressionMixture {
    components: NonZeroUsize,
    design: Design,
}

/// How a spec is written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "PoissonRegressionMixture", deny_unknown_fields)]
struct Fields {
    components: NonZeroUsize,
    response: String,
    #[serde(default)]
    terms: Vec<Term>,
    #[serde(default = "yes")]
    intercept: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offset: Option<Term>,
}

fn yes() -> bool {
    true
}

impl TryFrom<Fields> for PoissonRegressionMixture {
    type Error = DesignError;
    fn try_from(f: Fields) -> Result<Self, DesignError> {
        let design = Design::new(f.response, f.terms, f.intercept, f.offset)?;
        Ok(PoissonRegressionMixture { components: f.components, design })
    }
}

impl From<PoissonRegressionMixture> for Fields {
    fn from(spec: PoissonRegressionMixture) -> Fields {
        let d = spec.design;
        let (response, terms, offset) = (d.response().into(), d.terms().to_vec(), d.offset().cloned());
        Fields { components: spec.components, response, terms, intercept: d.intercept(), offset }
    }
}

impl PoissonRegressionMixture {
    /// A mixture of `components` regressions by one design.
    pub fn new(components: NonZeroUsize, design: Design) -> Self {
        PoissonRegressionMixture { components, design }
    }
}

/// A design whose response is a count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CountDesign(pub Design);

impl Encoding<Mixture<PerGroup<PoissonRegressions>>> for CountDesign {
    fn encode(&self, table: &Table, purpose: Purpose) -> Result<Grouped<RegressionData>, DataError> {
        let response = self.0.response();
        if purpose == Purpose::Fit || table.names().any(|n| n == response) {
            let count = |y: f64| y >= 0.0 && y.fract() == 0.0 && y < EXACT;
            table.numbers_that(response, "a count: whole, not negative and below 2^53", count)?;
        }
        Grouped::of_table(self.0.encode(table, purpose)?, table)
    }

    fn columns(&self) -> Vec<String> {
        self.0.names()
    }
}

impl Spec for PoissonRegressionMixture {
    type Model = Mixture<PerGroup<PoissonRegressions>>;
    type Encoding = CountDesign;

    fn learn(&self, table: &Table, _: &mut Vec<Warning>) -> Result<CountDesign, DataError> {
        let design = CountDesign(self.design.learn(table)?);
        let data = design.encode(table, Purpose::Fit)?;
        enough_rows(table, self.components.get())?;
        let advice = "the likelihood cannot tell them apart: leave one out";
        let found = design.0.dependences(data.side_by_side());
        Dependence::refuse(&found, &design.0.names(), &table.source().name, advice)?;
        Ok(design)
    }

    fn model(&self, _: &CountDesign) -> Self::Model {
        Mixture::of(self.components.get(), PerGroup(PoissonRegressions))
    }

    fn uses(&self) -> Option<Uses> {
        Some(self.design.uses())
    }

    fn about() -> About {
        ABOUT
    }

    fn summary(
        &self,
        design: &CountDesign,
        params: &MixtureParams<Vec<DVector<f64>>>,
        stats: &MixtureStats<Vec<Newton>>,
    ) -> Vec<Section> {
        let row = |(j, b): (usize, &DVector<f64>)| {
            let head = [Cell::Number(params.weights()[j]), Cell::Number(stats.counts[j])];
            (format!("component {j}"), head.into_iter().chain(b.iter().map(|b| Cell::Number(*b))).collect())
        };
        vec![Section {
            title: "Components: mixing weight, expected number of observations, coefficients of the log rate".into(),
            heads: ["weight", "size"].map(String::from).into_iter().chain(design.0.names()).collect(),
            rows: params.components().iter().enumerate().map(row).collect(),
        }]
    }
}
register!(PoissonRegressionMixture);

const ABOUT: About = About {
    summary: "A mixture of k Poisson regressions with log link (McLachlan & Peel 2000, section 5.7).",
    fields: &[
        FieldInfo { name: "components", values: "whole number above 0", default: None, text: "k" },
        FieldInfo { name: "response", values: "a column of counts", default: None, text: "what is explained" },
        FieldInfo { name: "terms", values: Term::FORMS, default: Some("[]"), text: "what explains it" },
        FieldInfo {
            name: "intercept",
            values: "true or false",
            default: Some("true"),
            text: "whether a column of ones comes first",
        },
        FieldInfo {
            name: "offset",
            values: "a term",
            default: Some("none"),
            text: "added to the linear predictor: Log(\"exposure\")",
        },
    ],
    parameters: &[
        ParameterInfo { name: "weights", shape: "[k]", text: "mixing weights, above 0, summing to 1" },
        ParameterInfo {
            name: "coefficients",
            shape: "[k][p]",
            text: "of the log rate, per component; the intercept first",
        },
    ],
    example: r#"(
    data: Csv(path: "data/fabricfault.csv"),
    model: PoissonRegressionMixture(components: 2, response: "Faults", terms: [Log("Length")]),
    fit: (restarts: 10, seed: 1),
)"#,
};

/// The parameters of a Poisson-regression mixture as they are written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoissonForm {
    weights: Vec<f64>,
    coefficients: Vec<Vec<f64>>,
}

impl Written for Vec<DVector<f64>> {
    type Form = PoissonForm;

    fn write(p: &MixtureParams<Self>) -> PoissonForm {
        let coefficients = p.components().iter().map(|b| b.iter().copied().collect()).collect();
        PoissonForm { weights: p.weights().to_vec(), coefficients }
    }

    fn read(form: PoissonForm) -> Result<MixtureParams<Self>, String> {
        let (k, rows) = (form.weights.len(), form.coefficients.len());
        if rows != k {
            return Err(format!("{k} `weights` and {rows} rows of `coefficients` are not as many of each"));
        }
        let bad = |b: &Vec<f64>| b.iter().any(|x| !x.is_finite()) || b.len() != form.coefficients[0].len();
        if let Some(j) = form.coefficients.iter().position(bad) {
            return Err(format!("`coefficients`: row {j} must hold as many finite numbers as the first"));
        }
        MixtureParams::new(form.weights, form.coefficients.into_iter().map(DVector::from_vec).collect())
    }
}
