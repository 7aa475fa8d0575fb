//! `PoissonRegressionMixture(…)`: the spec of mixtures of Poisson regressions.

use super::emission::PoissonRegressions;
use super::newton::Newton;
use super::prior::PoissonPrior;
use crate::gaussian::enough_rows;
use crate::plural::count;
use crate::prior::HyperError;
use crate::regression::{Dependence, INTERCEPT};
use crate::{
    ConcomitantWeights, Design, DesignError, Grouped, LogitStats, MixingWeights, Mixture, MixtureParams, MixtureStats,
    PerGroup, RegressionData, Term, WithCovariates,
};
use em_core::{
    About, Cell, DataError, Encoding, FieldInfo, NamedColumns, Need, ParameterInfo, Purpose, Section, Spec, Table,
    Uses, Warning, register,
};
use nalgebra::DVector;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::ops::Range;

/// Whole numbers are exact in doubles below this.
const EXACT: f64 = 9_007_199_254_740_992.0; // 2⁵³

/// A mixture of Poisson regressions of one response, as a spec.
///
/// ```
/// use em_families::{Design, PoissonPrior, PoissonRegressionMixture, Term};
/// let slope = Term::Log("Length".into());
/// let design = Design::new("Faults", vec![slope.clone()], true, None)?;
/// // Two intercepts and one slope.
/// let spec = PoissonRegressionMixture::new(2.try_into()?, design).sharing(vec![slope])?;
/// assert!(spec.clone().with_prior(PoissonPrior::default()).is_ok());
/// assert!(spec.sharing(vec!["x".into()]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct PoissonRegressionMixture {
    components: NonZeroUsize,
    design: Design,
    shared: Vec<Term>,
    /// What mixing weights depend on: a design for the same response.
    concomitant: Option<Design>,
    prior: PoissonPrior,
}

/// What is wrong with the spec of a Poisson-regression mixture.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PoissonRegressionError {
    /// The design makes no sense.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// A shared term is none of the terms.
    #[error("shared: {} is not among `terms`; a shared term is named in both", term.names().join(", "))]
    NotATerm {
        /// That term.
        term: Term,
    },
    /// A shared term is named twice.
    #[error("shared: {} is named twice", term.names().join(", "))]
    Twice {
        /// That term.
        term: Term,
    },
    /// Nothing is left in which components could differ.
    #[error("shared: with every coefficient shared, the components could not differ; leave one out")]
    AllShared,
    /// The terms that mixing weights depend on make no sense.
    #[error("{}", .0.to_string().replacen("terms", "concomitant", 1))]
    Concomitant(#[source] DesignError),
    /// A prior on mixing weights where there are none.
    #[error(
        "prior: weights: with `concomitant` terms there are coefficients in place of weights; leave one of them out"
    )]
    NoWeights,
    /// A hyperparameter is out of range.
    #[error("prior: {0}")]
    Prior(#[from] HyperError),
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shared: Vec<Term>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    concomitant: Vec<Term>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prior: Option<PoissonPrior>,
}

fn yes() -> bool {
    true
}

impl TryFrom<Fields> for PoissonRegressionMixture {
    type Error = PoissonRegressionError;
    fn try_from(f: Fields) -> Result<Self, PoissonRegressionError> {
        let design = Design::new(f.response, f.terms, f.intercept, f.offset)?;
        let spec = PoissonRegressionMixture::new(f.components, design).sharing(f.shared)?;
        let spec = spec.depending_on(f.concomitant)?;
        spec.with_prior(f.prior.unwrap_or_default())
    }
}

impl From<PoissonRegressionMixture> for Fields {
    fn from(spec: PoissonRegressionMixture) -> Fields {
        let prior = (spec.prior != PoissonPrior::default()).then_some(spec.prior);
        let concomitant = spec.concomitant.map_or_else(Vec::new, |z| z.terms().to_vec());
        let d = spec.design;
        let (response, terms, offset) = (d.response().into(), d.terms().to_vec(), d.offset().cloned());
        let (components, intercept, shared) = (spec.components, d.intercept(), spec.shared);
        Fields { components, response, terms, intercept, offset, shared, concomitant, prior }
    }
}

impl PoissonRegressionMixture {
    /// A mixture of `components` regressions by one design, each with coefficients of its own.
    pub fn new(components: NonZeroUsize, design: Design) -> Self {
        let (shared, prior) = (Vec::new(), PoissonPrior::default());
        PoissonRegressionMixture { components, design, shared, concomitant: None, prior }
    }

    /// The same with one coefficient for all components in each column of these terms, which are among those of the
    /// design; `"intercept"` is the column of ones.
    ///
    /// # Errors
    /// [`PoissonRegressionError`] when a term is not in the design, is named twice, or nothing is left that differs.
    pub fn sharing(mut self, shared: Vec<Term>) -> Result<Self, PoissonRegressionError> {
        for (i, term) in shared.iter().enumerate() {
            if shared[..i].contains(term) {
                return Err(PoissonRegressionError::Twice { term: term.clone() });
            }
            if shared_columns(&self.design, term).is_none() {
                return Err(PoissonRegressionError::NotATerm { term: term.clone() });
            }
        }
        let all = self.design.terms().len() + usize::from(self.design.intercept());
        if shared.len() == all && self.components.get() > 1 {
            return Err(PoissonRegressionError::AllShared);
        }
        self.shared = shared;
        Ok(self)
    }

    /// The same with mixing weights that depend on these terms, after an intercept; without any they depend on nothing.
    ///
    /// # Errors
    /// [`PoissonRegressionError`] when a term makes no sense, comes twice or reads the response, or when there is a prior on
    /// the mixing weights.
    pub fn depending_on(mut self, terms: Vec<Term>) -> Result<Self, PoissonRegressionError> {
        let design = |terms| Design::new(self.design.response(), terms, true, None);
        let concomitant = (!terms.is_empty()).then(|| design(terms)).transpose();
        self.concomitant = concomitant.map_err(PoissonRegressionError::Concomitant)?;
        let prior = self.prior.clone();
        self.with_prior(prior)
    }

    /// The same under a prior.
    ///
    /// # Errors
    /// [`PoissonRegressionError`] when a hyperparameter is out of range, a list has not one entry per component, or it is on
    /// mixing weights in whose place there are coefficients.
    pub fn with_prior(mut self, prior: PoissonPrior) -> Result<Self, PoissonRegressionError> {
        prior.check(self.components.get())?;
        if self.concomitant.is_some() && prior.weights.is_some() {
            return Err(PoissonRegressionError::NoWeights);
        }
        self.prior = prior;
        Ok(self)
    }
}

/// The design columns of a term that may be shared.
fn shared_columns(design: &Design, term: &Term) -> Option<Range<usize>> {
    let intercept = design.intercept() && matches!(term, Term::Column(name) if name == INTERCEPT);
    if intercept { Some(0..1) } else { design.columns_of(term) }
}

/// A design whose response is a count, and one of the mixing weights where they depend on covariates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountDesign {
    /// What explains the counts.
    pub counts: Design,
    /// What explains the mixing weights, by an intercept and terms; its response is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concomitant: Option<Design>,
}

/// The data: counts in groups where there are any, with the covariates of their mixing weights.
type Counts = WithCovariates<Grouped<RegressionData>>;
type Model = Mixture<PerGroup<PoissonRegressions>, ConcomitantWeights>;

impl CountDesign {
    fn rows(&self, table: &Table, purpose: Purpose) -> Result<RegressionData, DataError> {
        let response = self.counts.response();
        if purpose == Purpose::Fit || table.names().any(|n| n == response) {
            let count = |y: f64| y >= 0.0 && y.fract() == 0.0 && y < EXACT;
            table.numbers_that(response, "a count: whole, not negative and below 2^53", count)?;
        }
        self.counts.encode(table, purpose)
    }
}

impl Encoding<Model> for CountDesign {
    fn encode(&self, table: &Table, purpose: Purpose) -> Result<Counts, DataError> {
        let rows = Grouped::of_table(self.rows(table, purpose)?, table)?;
        match &self.concomitant {
            Some(design) => WithCovariates::of_table(rows, table, design),
            None => Ok(rows.into()),
        }
    }

    fn columns(&self) -> Vec<String> {
        self.counts.names()
    }

    fn decode(&self, data: &Counts) -> Option<NamedColumns> {
        let rows = data.observations();
        let response = rows.as_given(rows.side_by_side().response()?);
        Some(vec![(self.counts.response().into(), response)])
    }
}

impl Spec for PoissonRegressionMixture {
    type Model = Model;
    type Encoding = CountDesign;

    fn need(&self, _: &Table) -> Need {
        // Levels of `Categorical` terms are not known yet; the design counts them when it is made.
        let (k, p) = (self.components.get(), self.design.names().len());
        let what = format!("{} of {p} × {p} numbers", count(k, "matrix of curvature", "matrices of curvature"));
        Need::of_fit(k as f64 * (p as f64).powi(2), what, "use fewer terms or components")
    }

    fn learn(&self, table: &Table, _: &mut Vec<Warning>) -> Result<CountDesign, DataError> {
        let concomitant = self.concomitant.as_ref().map(|design| design.learn(table)).transpose()?;
        let design = CountDesign { counts: self.design.learn(table)?, concomitant };
        design.encode(table, Purpose::Fit)?;
        enough_rows(table, self.components.get())?;
        for design in std::iter::once(&design.counts).chain(&design.concomitant) {
            let found = design.dependences(&design.encode(table, Purpose::Fit)?);
            Dependence::refuse(&found, &design.names(), &table.source().name, |which| {
                let why = if which == "it" { "says nothing of its coefficient" } else { "cannot tell them apart" };
                format!("the likelihood {why}: leave {which} out")
            })?;
        }
        Ok(design)
    }

    fn model(&self, design: &CountDesign) -> Model {
        let shared = self.shared.iter().filter_map(|term| shared_columns(&design.counts, term)).flatten();
        let family = PoissonRegressions::default().sharing(shared).naming(design.counts.names());
        let family = family.with_prior(self.prior.coefficients);
        let mixture = Mixture::of(self.components.get(), PerGroup(family)).with_prior(self.prior.weights.clone());
        let covariates = design.concomitant.iter().flat_map(|design| design.names().split_off(1));
        mixture.concomitant().naming(covariates.collect())
    }

    fn uses(&self) -> Option<Uses> {
        let (mut uses, more) = (self.design.uses(), self.concomitant.as_ref().map(Design::uses).unwrap_or_default());
        let known =
            |uses: &Uses, column: &String| uses.covariates.iter().chain(&uses.others).any(|known| known == column);
        for column in more.covariates {
            if !known(&uses, &column) {
                uses.covariates.push(column);
            }
        }
        uses.levels.extend(more.levels.into_iter().filter(|column| !self.design.uses().levels.contains(column)));
        Some(uses)
    }

    fn about() -> About {
        ABOUT
    }

    fn summary(
        &self,
        design: &CountDesign,
        params: &MixtureParams<Vec<DVector<f64>>, MixingWeights>,
        stats: &MixtureStats<Vec<Newton>, LogitStats>,
    ) -> Vec<Section> {
        let components = self.components_table(design, params, &stats.counts);
        let concomitant = design.concomitant.as_ref().zip(params.mixing().concomitant());
        std::iter::once(components).chain(concomitant.map(|(design, a)| a.table(design.names()))).collect()
    }
}

impl PoissonRegressionMixture {
    fn components_table(
        &self,
        design: &CountDesign,
        params: &MixtureParams<Vec<DVector<f64>>, MixingWeights>,
        counts: &[f64],
    ) -> Section {
        let weights = params.mixing().plain();
        let row = |(j, b): (usize, &DVector<f64>)| {
            let weight = weights.map(|weights| Cell::Number(weights[j]));
            let head = weight.into_iter().chain([Cell::Number(counts[j])]);
            (format!("component {j}"), head.chain(b.iter().map(|b| Cell::Number(*b))).collect())
        };
        let shared: Vec<usize> =
            self.shared.iter().filter_map(|term| shared_columns(&design.counts, term)).flatten().collect();
        let named = design.counts.names().into_iter().enumerate();
        let columns = named.map(|(c, name)| if shared.contains(&c) { format!("{name} (shared)") } else { name });
        let (weight, heads) =
            if weights.is_some() { ("mixing weight, ", vec!["weight", "size"]) } else { ("", vec!["size"]) };
        Section {
            title: format!("Components: {weight}expected number of observations, coefficients of the log rate"),
            heads: heads.into_iter().map(String::from).chain(columns).collect(),
            rows: params.components().iter().enumerate().map(row).collect(),
        }
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
        FieldInfo {
            name: "shared",
            values: "a list of terms that `terms` has too, or \"intercept\"",
            default: Some("[]"),
            text: "one coefficient for all components",
        },
        FieldInfo {
            name: "concomitant",
            values: Term::FORMS,
            default: Some("[]"),
            text: "what the mixing weights depend on, after an intercept; [] is nothing",
        },
        FieldInfo {
            name: "prior",
            values: "(coefficients: Normal(sd: 10), weights: Dirichlet(2))",
            default: Some("none"),
            text: "on every coefficient, intercepts too and a shared one once; on the mixing weights",
        },
    ],
    parameters: &[
        ParameterInfo { name: "weights", shape: "[k]", text: "mixing weights, above 0, summing to 1" },
        ParameterInfo {
            name: "concomitant",
            shape: "[k][q]",
            text: "in place of weights: of the log odds against component 0, the intercept first; the first row is 0",
        },
        ParameterInfo {
            name: "coefficients",
            shape: "[k][p]",
            text: "of the log rate, per component; the intercept first, shared ones in every row",
        },
    ],
    example: r#"(
    data: Csv(path: "data/fabricfault.csv"),
    model: PoissonRegressionMixture(components: 2, response: "Faults", terms: [Log("Length")]),
    fit: (restarts: 10, seed: 1),
)"#,
};
