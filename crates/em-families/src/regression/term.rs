//! [`Term`]: what a column of a table contributes to a design.

use super::Categories;
use em_core::{DataError, Table};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Powers beyond this are a slip of the pen: x^100 of any x but 1 spans more digits than a number has.
const MAX_DEGREE: u32 = 100;

/// One or several columns of a design, made from one column of a table.
///
/// ```
/// use em_core::Table;
/// use em_families::Term;
/// let table = Table::from_columns("m", [("x", vec![2.0, 3.0])])?;
/// let term = Term::Polynomial("x".into(), 2);
/// assert_eq!(term.names(), ["x", "x^2"]);
/// assert_eq!(term.values(&table)?, [[2.0, 3.0], [4.0, 9.0]]);
/// # Ok::<(), em_core::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub enum Term {
    /// The column itself.
    Column(String),
    /// ln x, for x above 0.
    Log(String),
    /// x to a power; a power that is no whole number wants x not below 0.
    Power(String, f64),
    /// x, x², …, up to the degree, one column each.
    Polynomial(String, u32),
    /// exp(−(x − c)² / (2 w²)), one column per centre c.
    GaussianBasis {
        /// The column x.
        column: String,
        /// The centres c, finite.
        centers: Vec<f64>,
        /// The width w, finite and above 0.
        width: f64,
    },
    /// One column per level of x but the first, which is the reference: 1 in the rows of that level, 0 in all others.
    ///
    /// The levels are learned from a table, as [`Categories`] says.
    Categorical(String),
}

/// What is wrong with a term.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum TermError {
    /// An exponent is infinite or not a number.
    #[error("the exponent of `Power` is {0}, not a finite number")]
    Exponent(f64),
    /// A degree is 0 or beyond what makes sense.
    #[error("the degree of `Polynomial` is {0}; it is a whole number from 1 to {MAX_DEGREE}")]
    Degree(u32),
    /// A basis of no functions.
    #[error("centers: `GaussianBasis` needs at least one")]
    NoCenters,
    /// A centre is infinite or not a number.
    #[error("centers: {0} is not a finite number")]
    Center(f64),
    /// A width is not above 0, or not finite.
    #[error("width: {0} is not a finite number above 0")]
    Width(f64),
}

/// A function of one number, and in words the numbers for which its value is one.
type Function<'a> = (&'static str, Box<dyn Fn(f64) -> f64 + 'a>);

impl Term {
    /// The forms of terms, as specs write them.
    pub const FORMS: &str = "a list of \"x\", Log(\"x\"), Power(\"x\", 2), Polynomial(\"x\", 9), GaussianBasis(\"x\", centers: [0, 1], width: 0.5), Categorical(\"x\")";

    /// Whether the numbers in the term make sense; what is read from files has been checked.
    ///
    /// # Errors
    /// The variant of [`TermError`] that names the number.
    pub fn validate(&self) -> Result<(), TermError> {
        match self {
            Term::Power(_, exponent) if !exponent.is_finite() => Err(TermError::Exponent(*exponent)),
            Term::Polynomial(_, degree) if !(1..=MAX_DEGREE).contains(degree) => Err(TermError::Degree(*degree)),
            Term::GaussianBasis { centers, .. } if centers.is_empty() => Err(TermError::NoCenters),
            Term::GaussianBasis { centers, width, .. } => match centers.iter().find(|c| !c.is_finite()) {
                Some(center) => Err(TermError::Center(*center)),
                None if width.is_finite() && *width > 0.0 => Ok(()),
                None => Err(TermError::Width(*width)),
            },
            _ => Ok(()),
        }
    }

    /// The columns of the table that it is made from.
    pub fn columns(&self) -> Vec<&str> {
        vec![self.column()]
    }

    /// The names of the columns of the design, one per function: `x`, `log(x)`, `x^2`. Those of a `Categorical` are not
    /// known before its levels are.
    pub fn names(&self) -> Vec<String> {
        match self {
            Term::Column(x) => vec![x.clone()],
            Term::Log(x) => vec![format!("log({x})")],
            Term::Power(x, exponent) => vec![format!("{x}^{exponent}")],
            Term::Polynomial(x, degree) => {
                (1..=*degree).map(|j| if j == 1 { x.clone() } else { format!("{x}^{j}") }).collect()
            }
            Term::GaussianBasis { column, centers, width } => {
                let minus = |c: f64| if c < 0.0 { format!("+ {}", -c) } else { format!("- {c}") };
                centers.iter().map(|c| format!("exp(-({column} {})^2 / (2 * {width}^2))", minus(*c))).collect()
            }
            Term::Categorical(_) => Vec::new(),
        }
    }

    /// The columns of the design, each as long as the table. A `Categorical` has the levels of this very table; to
    /// apply those of another, learn [`Categories`].
    ///
    /// # Errors
    /// As [`Table::numbers`] and [`Categories::learn`], and [`DataError::Domain`] with the place where a value is outside the domain of the
    /// function, or its result too large for a number.
    pub fn values(&self, table: &Table) -> Result<Vec<Vec<f64>>, DataError> {
        if let Term::Categorical(x) = self {
            return Categories::learn(table, x)?.values(table);
        }
        let values = |(wanted, function): Function| {
            let values = table.numbers_that(self.column(), wanted, |x| function(x).is_finite())?;
            Ok(values.iter().map(|x| function(*x)).collect())
        };
        self.functions().into_iter().map(values).collect()
    }

    fn column(&self) -> &str {
        match self {
            Term::Column(x) | Term::Log(x) | Term::Power(x, _) | Term::Polynomial(x, _) | Term::Categorical(x) => x,
            Term::GaussianBasis { column, .. } => column,
        }
    }

    fn functions(&self) -> Vec<Function<'_>> {
        match self {
            Term::Column(_) => vec![("a finite number", Box::new(|x| x))],
            Term::Log(_) => vec![("above 0, as `Log` needs", Box::new(f64::ln))],
            Term::Power(_, exponent) => vec![power(*exponent)],
            Term::Polynomial(_, degree) => (1..=*degree).map(|j| power(f64::from(j))).collect(),
            Term::GaussianBasis { centers, width, .. } => centers.iter().map(|c| bump(*c, *width)).collect(),
            Term::Categorical(_) => Vec::new(),
        }
    }
}

/// x^e; whole powers by multiplication, which takes negative numbers and is exact where the products are.
fn power<'a>(e: f64) -> Function<'a> {
    let whole = e.fract() == 0.0 && e.abs() <= f64::from(i32::MAX);
    let wanted = match (whole, e < 0.0) {
        (true, false) => "small enough for its power to be a finite number",
        (true, true) => "far enough from 0, as a negative `Power` needs",
        (false, false) => "0 or above and small enough, as a fractional `Power` needs",
        (false, true) => "far enough above 0, as a negative fractional `Power` needs",
    };
    (wanted, if whole { Box::new(move |x| x.powi(e as i32)) } else { Box::new(move |x| x.powf(e)) })
}

/// exp(−((x − c)/w)²/2); divided before it is squared, so that no square of a width vanishes.
fn bump<'a>(center: f64, width: f64) -> Function<'a> {
    ("a finite number", Box::new(move |x| (-0.5 * ((x - center) / width).powi(2)).exp()))
}

impl From<&str> for Term {
    /// The column of this name itself.
    fn from(column: &str) -> Self {
        Term::Column(column.into())
    }
}

impl Serialize for Term {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Term::serialize(self, serializer) // the derived one, which serde's `remote` makes an inherent function
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let term = Term::deserialize(deserializer)?; // the derived one
        term.validate().map_err(de::Error::custom)?;
        Ok(term)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table::from_columns("m", [("x", vec![0.5, 2.0]), ("z", vec![-2.0, 0.0]), ("huge", vec![1.0, 1e200])]).unwrap()
    }

    #[test]
    fn every_kind_by_hand() {
        let basis = Term::GaussianBasis { column: "x".into(), centers: vec![0.5, -1.0], width: 2.0 };
        assert_eq!(basis.names(), ["exp(-(x - 0.5)^2 / (2 * 2^2))", "exp(-(x + 1)^2 / (2 * 2^2))"]);
        let values = basis.values(&table()).unwrap();
        assert_eq!(values[0][0], 1.0);
        approx::assert_relative_eq!(values[1][1], (-9.0f64 / 8.0).exp());
        let values = |t: Term| t.values(&table()).unwrap();
        assert_eq!(values("z".into()), [[-2.0, 0.0]]);
        assert_eq!(values(Term::Log("x".into())), [[0.5f64.ln(), 2f64.ln()]]);
        assert_eq!(values(Term::Power("x".into(), -2.0)), [[4.0, 0.25]]);
        assert_eq!(values(Term::Power("x".into(), 0.5)), [[0.5f64.sqrt(), 2f64.sqrt()]]);
        assert_eq!(values(Term::Polynomial("z".into(), 3)), [[-2.0, 0.0], [4.0, 0.0], [-8.0, 0.0]]);
        assert_eq!(Term::Power("x".into(), 0.5).names(), ["x^0.5"]);
        assert_eq!(values(Term::Categorical("z".into())), [[0.0, 1.0]]);
    }

    #[test]
    fn outside_the_domain_the_place_is_told() {
        let fault = |t: Term| t.values(&table()).unwrap_err().to_string();
        assert_eq!(fault(Term::Log("z".into())), "m: row 0, column \"z\": -2 is not above 0, as `Log` needs");
        assert!(fault(Term::Power("z".into(), -1.0)).contains("row 1, column \"z\": 0 is not far enough from 0"));
        assert!(fault(Term::Power("z".into(), 0.5)).contains("row 0, column \"z\": -2 is not 0 or above"));
        assert!(fault(Term::Power("z".into(), -0.5)).contains("row 0"));
        assert!(fault(Term::Polynomial("huge".into(), 2)).contains("row 1, column \"huge\""));
        assert!(fault("y".into()).contains("no column \"y\""));
    }

    #[test]
    fn a_term_that_makes_no_sense_is_refused_as_it_is_read() {
        let fault = |json: &str| serde_json::from_str::<Term>(json).unwrap_err().to_string();
        assert!(fault(r#"{"Polynomial": ["x", 0]}"#).contains("from 1 to 100"));
        assert!(fault(r#"{"Polynomial": ["x", 101]}"#).contains("degree"));
        let basis = |centers: &str, width: &str| {
            fault(&format!(r#"{{"GaussianBasis": {{"column": "x", "centers": {centers}, "width": {width}}}}}"#))
        };
        assert!(basis("[]", "1").contains("centers"));
        assert!(basis("[1]", "0").contains("width: 0 is not"));
        assert!(basis("[1]", "-1").contains("width: -1 is not"));
        assert!(basis("[1]", "1, \"widht\": 2").contains("widht"));
        let e = Term::Power("x".into(), f64::NAN).validate().unwrap_err();
        assert_eq!(e.to_string(), "the exponent of `Power` is NaN, not a finite number");
    }

    #[test]
    fn terms_read_back_as_they_were_written() {
        let basis = Term::GaussianBasis { column: "x".into(), centers: vec![0.1], width: 0.3 };
        for term in [
            basis,
            "x".into(),
            Term::Categorical("x".into()),
            Term::Power("x".into(), 2.0),
            Term::Polynomial("x".into(), 9),
        ] {
            let json = serde_json::to_string(&term).unwrap();
            assert_eq!(serde_json::from_str::<Term>(&json).unwrap(), term, "{json}");
        }
        assert_eq!(serde_json::from_str::<Term>(r#"{"Power": ["x", 2]}"#).unwrap(), Term::Power("x".into(), 2.0));
    }
}
