//! [`Design`]: which columns explain which response.

use super::{Categories, Centring, Dependence, RegressionData, Term, TermError, check};
use crate::rows::row_after_row;
use em_core::{DataError, Encoding, LatentModel, NamedColumns, Purpose, Table, Uses};
use nalgebra::DMatrix;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::HashSet;
use std::ops::Range;

/// The name of the column of ones.
pub(crate) const INTERCEPT: &str = "intercept";
/// A design is held in memory, 8 bytes a number: this many are 8 GiB.
const MOST_NUMBERS: usize = 1 << 30;

/// A response, the terms that explain it, an intercept, an offset: what is learned from the training table and applied
/// unchanged to any later one.
///
/// Design columns come in this order: the intercept (named `intercept`, all ones), then those of each term.
///
/// ```
/// use em_core::{Purpose, Table};
/// use em_families::{Design, Term};
/// let design = Design::new("y", vec!["x".into(), Term::Log("x".into())], true, None)?;
/// assert_eq!(design.names(), ["intercept", "x", "log(x)"]);
///
/// let table = Table::from_columns("m", [("x", vec![1.0, 2.0]), ("y", vec![3.0, 5.0])])?;
/// let data = design.encode(&table, Purpose::Fit)?;
/// assert_eq!(data.row(0), [1.0, 1.0, 0.0]);
/// assert_eq!(data.response(), Some(&[3.0, 5.0][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Design {
    response: String,
    terms: Vec<Term>,
    intercept: bool,
    #[serde(default)]
    offset: Option<Term>,
    /// One per `Categorical` term, in their order; none before they are learned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    categories: Vec<Categories>,
}

/// What is wrong with a design.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DesignError {
    /// There is neither a term nor an intercept.
    #[error("terms: at least one is needed where `intercept` is false")]
    NoColumns,
    /// A term makes no sense.
    #[error("terms: {0}")]
    Term(#[source] TermError),
    /// The offset makes no sense.
    #[error("offset: {0}")]
    Offset(#[source] TermError),
    /// An offset is one number per row.
    #[error("offset: a term that gives one column is needed, this one gives {0}")]
    WideOffset(usize),
    /// A category is no number to be added.
    #[error("offset: a `Categorical` cannot be one; put it among the terms")]
    CategoricalOffset,
    /// Levels were learned of other columns than the `Categorical` terms name.
    #[error("categories: one per `Categorical` term is wanted, in their order: {0:?}")]
    Categories(Vec<String>),
    /// Two terms give the same column.
    #[error("terms: the column `{0}` comes twice; leave one of them out")]
    Twice(String),
    /// The response explains itself.
    #[error("{field}: column {column:?} is the response; it cannot explain itself")]
    Response {
        /// The field that reads it.
        field: &'static str,
        /// The response.
        column: String,
    },
}

impl Design {
    /// A design that has at least one column; an offset gives exactly one.
    ///
    /// # Errors
    /// [`DesignError`] that names the field.
    pub fn new(
        response: impl Into<String>,
        terms: Vec<Term>,
        intercept: bool,
        offset: Option<Term>,
    ) -> Result<Self, DesignError> {
        let design = Design { response: response.into(), terms, intercept, offset, categories: Vec::new() };
        design.validate()?;
        Ok(design)
    }

    fn validate(&self) -> Result<(), DesignError> {
        if self.terms.is_empty() && !self.intercept {
            return Err(DesignError::NoColumns);
        }
        self.terms.iter().try_for_each(Term::validate).map_err(DesignError::Term)?;
        self.offset.iter().try_for_each(Term::validate).map_err(DesignError::Offset)?;
        if matches!(self.offset, Some(Term::Categorical(_))) {
            return Err(DesignError::CategoricalOffset);
        }
        if let Some(n) = self.offset.as_ref().map(|o| o.names().len()).filter(|n| *n != 1) {
            return Err(DesignError::WideOffset(n));
        }
        self.check_categories()?;
        let reads_response = |t: &Term| t.columns().contains(&self.response.as_str());
        let field = match (self.terms.iter().any(reads_response), self.offset.iter().any(reads_response)) {
            (true, _) => "terms",
            (false, true) => "offset",
            (false, false) => return Ok(()),
        };
        Err(DesignError::Response { field, column: self.response.clone() })
    }

    /// Every column of the design has a name of its own, and learned levels belong to terms.
    fn check_categories(&self) -> Result<(), DesignError> {
        let wanted: Vec<&str> = self.categorical().collect();
        let learned: Vec<&str> = self.categories.iter().map(Categories::column).collect();
        if !learned.is_empty() && learned != wanted {
            return Err(DesignError::Categories(wanted.into_iter().map(String::from).collect()));
        }
        let mut names = self.names();
        if learned.is_empty() {
            names.extend(wanted.iter().map(|x| format!("{x}[…]")));
        }
        let mut seen = HashSet::new();
        match names.iter().find(|name| !seen.insert(*name)) {
            Some(name) => Err(DesignError::Twice(name.clone())),
            None => Ok(()),
        }
    }

    /// The columns that `Categorical` terms name.
    fn categorical(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match term {
            Term::Categorical(x) => Some(x.as_str()),
            _ => None,
        })
    }

    /// The same design with the levels that its `Categorical` terms have in `table`; without such terms, itself.
    ///
    /// # Errors
    /// As [`Categories::learn`], and [`DataError::Unsuited`] where a level makes a name that another column has.
    pub fn learn(&self, table: &Table) -> Result<Design, DataError> {
        let categories = self.categorical().map(|x| Categories::learn(table, x)).collect::<Result<_, _>>()?;
        let learned = Design { categories, ..self.clone() };
        let refuse = |e: DesignError| DataError::Unsuited { table: table.source().name.clone(), why: e.to_string() };
        learned.check_categories().map_err(refuse)?;
        Ok(learned)
    }

    /// The column that is explained.
    pub fn response(&self) -> &str {
        &self.response
    }

    /// The terms that explain it.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether there is a column of ones, the first.
    pub fn intercept(&self) -> bool {
        self.intercept
    }

    /// What is added to the linear predictor.
    pub fn offset(&self) -> Option<&Term> {
        self.offset.as_ref()
    }

    /// The names of the p design columns, in order; without those of `Categorical` terms before their levels are
    /// [learned](Self::learn).
    pub fn names(&self) -> Vec<String> {
        let intercept = self.intercept.then(|| INTERCEPT.to_string());
        intercept.into_iter().chain(self.names_by_term().into_iter().flatten()).collect()
    }

    fn names_by_term(&self) -> Vec<Vec<String>> {
        let mut categories = self.categories.iter();
        let names = |term: &Term| match term {
            Term::Categorical(_) => categories.next().map(Categories::names).unwrap_or_default(),
            _ => term.names(),
        };
        self.terms.iter().map(names).collect()
    }

    /// The design columns that a term of this design gives, numbered as [`names`](Self::names) lists them; none for a term
    /// it has not.
    pub fn columns_of(&self, term: &Term) -> Option<Range<usize>> {
        let at = self.terms.iter().position(|t| t == term)?;
        let names = self.names_by_term();
        let before = names[..at].iter().map(Vec::len).sum::<usize>() + usize::from(self.intercept);
        Some(before..before + names[at].len())
    }

    /// The columns of the table that are read: those of terms explain, as numbers or as levels; the response and those of
    /// the offset are the others. None is listed twice.
    pub fn uses(&self) -> Uses {
        let levels = self.categorical().map(String::from).collect();
        let mut uses = Uses { covariates: Vec::new(), others: vec![self.response.clone()], levels };
        for column in self.terms.iter().flat_map(Term::columns) {
            if !uses.levels.iter().any(|c| c == column) && !uses.covariates.iter().any(|c| c == column) {
                uses.covariates.push(column.into());
            }
        }
        for column in self.offset.iter().flat_map(Term::columns) {
            if !uses.covariates.iter().chain(&uses.others).any(|c| c == column) {
                uses.others.push(column.into());
            }
        }
        uses
    }

    /// The rows of `table` as data; to predict, the response may be missing.
    ///
    /// # Errors
    /// As [`Table::numbers`], [`Term::values`] and [`Categories::values`]; [`DataError::Unsuited`] when the levels of a
    /// `Categorical` term were not [learned](Self::learn), and when the design would fill the memory.
    pub fn encode(&self, table: &Table, purpose: Purpose) -> Result<RegressionData, DataError> {
        self.check_size(table)?;
        let mut columns = if self.intercept { vec![vec![1.0; table.rows()]] } else { Vec::new() };
        let mut categories = self.categories.iter();
        for term in &self.terms {
            let mut more = match term {
                Term::Categorical(x) => categories.next().ok_or_else(|| unlearned(table, x))?.values(table)?,
                _ => term.values(table)?,
            };
            columns.append(&mut more);
        }
        let known = purpose == Purpose::Fit || table.names().any(|n| n == self.response);
        let response = if known { Some(table.numbers(&self.response)?.to_vec()) } else { None };
        self.data(columns, response, table)
    }

    /// The same for a fit, of a table that is not needed any more: columns that are used up are taken out of it, and their
    /// memory is given back while the rows are put together, so that numbers are hardly held twice.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub(crate) fn take_from(&self, table: &mut Table) -> Result<RegressionData, DataError> {
        self.check_size(table)?;
        // Before the first is taken out: messages list the columns that there are.
        let Uses { covariates, others, .. } = self.uses();
        covariates.iter().chain(&others).try_for_each(|name| table.check_numbers(name))?;
        let mut columns = if self.intercept { vec![vec![1.0; table.rows()]] } else { Vec::new() };
        let mut categories = self.categories.iter();
        for (i, term) in self.terms.iter().enumerate() {
            let mut more = match term {
                Term::Column(x) if self.is_last_use(i, x) => table.take_numbers(std::slice::from_ref(x))?,
                Term::Categorical(x) => categories.next().ok_or_else(|| unlearned(table, x))?.values(table)?,
                _ => term.values(table)?,
            };
            columns.append(&mut more);
        }
        let response = table.take_numbers(std::slice::from_ref(&self.response))?.pop();
        self.data(columns, response, table)
    }

    /// Whether no later term reads a column, and the offset neither.
    fn is_last_use(&self, term: usize, column: &str) -> bool {
        let mut later = self.terms[term + 1..].iter().chain(&self.offset);
        !later.any(|term| term.columns().contains(&column))
    }

    fn data(
        &self,
        columns: Vec<Vec<f64>>,
        response: Option<Vec<f64>>,
        table: &Table,
    ) -> Result<RegressionData, DataError> {
        let offset = self.offset.as_ref().map(|o| o.values(table)).transpose()?.and_then(|mut o| o.pop());
        let x = DMatrix::from_vec(columns.len(), table.rows(), row_after_row(columns, table.rows()));
        let weights = table.weights().map(<[f64]>::to_vec);
        Ok(RegressionData::new(x, response, offset, weights).expect("tables hold finite numbers, designs a column"))
    }

    /// Refuses, before anything is made, a design of more numbers than memory should hold.
    fn check_size(&self, table: &Table) -> Result<(), DataError> {
        let (rows, columns) = (table.rows(), self.names().len());
        if rows.saturating_mul(columns) <= MOST_NUMBERS {
            return Ok(());
        }
        let why = format!(
            "{rows} rows by {columns} design columns are more numbers than the limit of {MOST_NUMBERS}; leave terms or rows out"
        );
        Err(DataError::Unsuited { table: table.source().name.clone(), why })
    }

    /// What depends on what among the design columns, which are numbered as [`names`](Self::names) lists them. With an
    /// intercept, a constant column is one that repeats it.
    pub(crate) fn dependences(&self, data: &RegressionData) -> Vec<Dependence> {
        let skip = usize::from(self.intercept);
        let centring = if self.intercept { Centring::Means } else { Centring::Zero };
        let found = check(data.design().rows_range(skip..), data.weights(), centring);
        found.into_iter().map(|d| d.shifted(skip)).collect()
    }
}

fn unlearned(table: &Table, column: &str) -> DataError {
    let why = format!("the levels of column {column:?} are not known; learn the design from a table first");
    DataError::Unsuited { table: table.source().name.clone(), why }
}

impl<M: LatentModel<Data = RegressionData>> Encoding<M> for Design {
    fn encode(&self, table: &Table, purpose: Purpose) -> Result<RegressionData, DataError> {
        Design::encode(self, table, purpose)
    }
    fn columns(&self) -> Vec<String> {
        self.names()
    }
    fn decode(&self, data: &RegressionData) -> Option<NamedColumns> {
        Some(vec![(self.response.clone(), data.response()?.to_vec())])
    }
}

impl Serialize for Design {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Design::serialize(self, serializer) // the derived one, which serde's `remote` makes an inherent function
    }
}

impl<'de> Deserialize<'de> for Design {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let design = Design::deserialize(deserializer)?; // the derived one
        design.validate().map_err(de::Error::custom)?;
        Ok(design)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let columns = [("x", vec![1.0, 2.0, 4.0]), ("e", vec![1.0, 1.0, 2.0]), ("y", vec![0.0, 1.0, 5.0])];
        Table::from_columns("m", columns).unwrap()
    }

    fn design() -> Design {
        let terms = vec!["x".into(), Term::Power("x".into(), 2.0)];
        Design::new("y", terms, true, Some(Term::Log("e".into()))).unwrap()
    }

    #[test]
    fn what_is_taken_out_of_a_table_is_what_is_read_from_it() {
        let column = |by: f64| (1..=7).map(|i| f64::from(i * i % 5) + by).collect::<Vec<f64>>();
        let table = || {
            let columns =
                [("x", column(0.5)), ("z", column(3.0)), ("e", column(1.0)), ("y", column(2.0)), ("w", column(0.0))];
            let mut table = Table::from_columns("m", columns).unwrap();
            table.take_weights("w").unwrap();
            table
        };
        let offset = || Some(Term::Log("e".into()));
        for terms in [vec!["x", "z"], vec!["z"], vec!["e", "x"]] {
            for more in [None, Some(Term::Log("x".into())), Some(Term::Polynomial("z".into(), 2))] {
                let terms: Vec<Term> = terms.iter().map(|t| Term::from(*t)).chain(more).collect();
                let Ok(design) = Design::new("y", terms, true, offset()) else { continue };
                let mut used_up = table();
                assert_eq!(design.take_from(&mut used_up).unwrap(), design.encode(&table(), Purpose::Fit).unwrap());
                assert!(used_up.names().all(|name| name != "y"));
            }
        }
        let missing = Design::new("y", vec!["q".into()], true, None).unwrap();
        assert_eq!(missing.take_from(&mut table()), missing.encode(&table(), Purpose::Fit));
    }

    #[test]
    fn columns_by_hand() {
        let data = design().encode(&table(), Purpose::Fit).unwrap();
        assert_eq!(design().names(), ["intercept", "x", "x^2"]);
        assert_eq!((data.row(2), data.offset(2)), (&[1.0, 4.0, 16.0][..], 2f64.ln()));
        let uses = Uses { covariates: vec!["x".into()], others: vec!["y".into(), "e".into()], levels: vec![] };
        assert_eq!(design().uses(), uses);
        assert_eq!(design().columns_of(&Term::Power("x".into(), 2.0)), Some(2..3));
        assert_eq!(design().columns_of(&Term::Log("x".into())), None);
    }

    #[test]
    fn a_prediction_needs_no_response() {
        let later = table().select(&["e".into(), "x".into()]).unwrap();
        assert_eq!(design().encode(&later, Purpose::Predict).unwrap().response(), None);
        assert!(design().encode(&later, Purpose::Fit).unwrap_err().to_string().contains("no column \"y\""));
        assert!(design().encode(&table(), Purpose::Predict).unwrap().response().is_some());
    }

    #[test]
    fn designs_that_make_no_sense_are_refused_as_they_are_built_and_read() {
        let fault = |terms: Vec<Term>, offset| Design::new("y", terms, false, offset).unwrap_err().to_string();
        assert_eq!(fault(vec![], None), "terms: at least one is needed where `intercept` is false");
        assert!(fault(vec![Term::Polynomial("x".into(), 0)], None).starts_with("terms: the degree"));
        assert!(fault(vec!["x".into()], Some(Term::Power("x".into(), f64::NAN))).starts_with("offset: "));
        assert!(fault(vec!["x".into()], Some(Term::Polynomial("x".into(), 2))).ends_with("this one gives 2"));
        assert!(fault(vec![Term::Log("y".into())], None).starts_with("terms: column \"y\" is the response"));
        let read = serde_json::from_str::<Design>;
        assert!(
            read(r#"{"response": "y", "terms": [], "intercept": false}"#).unwrap_err().to_string().contains("terms")
        );
        assert!(read(r#"{"response": "y", "terms": [], "intercept": true, "offest": null}"#).is_err());
        let json = serde_json::to_string(&design()).unwrap();
        assert_eq!(read(&json).unwrap(), design());
    }

    #[test]
    fn dependences_are_numbered_as_the_names() {
        let terms = vec!["x".into(), "e".into(), Term::Power("x".into(), 1.0), Term::Power("x".into(), 0.0)];
        let with = Design::new("y", terms.clone(), true, None).unwrap();
        let found = with.dependences(&with.encode(&table(), Purpose::Fit).unwrap());
        let constant = Dependence::Constant { column: 4, value: 1.0 };
        assert_eq!(found, [constant, Dependence::Dependent { columns: vec![1, 3], repeated: true }]);
        let without = Design::new("y", terms, false, None).unwrap();
        let found = without.dependences(&without.encode(&table(), Purpose::Fit).unwrap());
        assert_eq!(found, [Dependence::Dependent { columns: vec![0, 2], repeated: true }]);
    }

    fn with_levels() -> (Design, Table) {
        let table = Table::from_columns("m", [("g", vec![2.0, 1.0, 2.0]), ("y", vec![0.0, 1.0, 5.0])]).unwrap();
        (Design::new("y", vec![Term::Categorical("g".into())], true, None).unwrap(), table)
    }

    #[test]
    fn levels_are_learned_before_tables_are_read() {
        let (design, table) = with_levels();
        let e = design.encode(&table, Purpose::Fit).unwrap_err().to_string();
        assert_eq!(e, "m: the levels of column \"g\" are not known; learn the design from a table first");
        let learned = design.learn(&table).unwrap();
        assert_eq!(learned.names(), ["intercept", "g[2]"]);
        let data = learned.encode(&table, Purpose::Fit).unwrap();
        assert_eq!((data.row(0), data.row(1)), (&[1.0, 1.0][..], &[1.0, 0.0][..]));
        assert_eq!(learned.uses(), Uses { covariates: vec![], others: vec!["y".into()], levels: vec!["g".into()] });
        let json = serde_json::to_string(&learned).unwrap();
        assert_eq!(serde_json::from_str::<Design>(&json).unwrap(), learned);
        let foreign = json.replace(r#""column":"g""#, r#""column":"h""#);
        assert!(
            serde_json::from_str::<Design>(&foreign).unwrap_err().to_string().contains("one per `Categorical` term")
        );
    }

    #[test]
    fn designs_too_large_and_names_that_clash_are_refused() {
        let table = Table::from_columns("m", [("x", vec![0.0; 60_000]), ("y", vec![0.0; 60_000])]).unwrap();
        let centers = (0..20_000).map(f64::from).collect();
        let many = Term::GaussianBasis { column: "x".into(), centers, width: 1.0 };
        let e =
            Design::new("y", vec![many], false, None).unwrap().encode(&table, Purpose::Fit).unwrap_err().to_string();
        assert!(e.starts_with("m: 60000 rows by 20000 design columns are more numbers than the limit"), "{e}");
        let table = Table::from_columns("m", [("x[2]", vec![0.0, 1.0]), ("x", vec![1.0, 2.0])]).unwrap();
        let clash = Design::new("y", vec!["x[2]".into(), Term::Categorical("x".into())], false, None).unwrap();
        assert!(clash.learn(&table).unwrap_err().to_string().contains("the column `x[2]` comes twice"));
    }
}
