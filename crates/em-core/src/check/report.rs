//! [`Report`]: every law with what it came to.

use super::law::Law;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::fmt;

/// Words go to the next line here.
const WIDTH: usize = 90;
/// A longer text of data or parameters is cut here.
const LONGEST: usize = 600;

/// What a law came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It held in every case that told anything.
    Passed,
    /// It is broken.
    Failed(Box<Finding>),
    /// It could not be tried: what the model does not offer, or what the data do not show.
    Skipped(String),
}

/// How a law is broken, on the smallest data found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What was compared, or the panic.
    pub what: String,
    /// The two numbers, each with what it is; without numbers these are empty and NaN.
    pub left: (String, f64),
    /// The other one.
    pub right: (String, f64),
    /// How much they may differ.
    pub allowed: f64,
    /// The units that show it, by their places in the data given, and what their weights were multiplied by; none where
    /// the law is not about these data.
    pub units: Option<Vec<(usize, f64)>>,
    /// The number of units that were given.
    pub of: usize,
    /// These units, where the data can show themselves.
    pub data: Option<String>,
    /// The parameters, as JSON.
    pub params: String,
    /// The number of the random case; 0 are the data and the start as they were given.
    pub case: u64,
}

/// One law and what it came to.
pub struct Entry {
    /// The law.
    pub law: &'static Law,
    /// What it came to.
    pub outcome: Outcome,
}

/// Every law with what it came to.
///
/// Printed, it says first what is broken, with the two numbers, the smallest data found and the usual cause, then what
/// holds and what could not be tried.
#[derive(Serialize)]
pub struct Report {
    /// The model.
    pub model: String,
    /// n, the number of units given.
    pub units: usize,
    /// The seed of the random cases.
    pub seed: u64,
    /// Their number.
    pub cases: u64,
    /// The laws in their order.
    pub laws: Vec<Entry>,
}

impl Report {
    /// The laws that are broken.
    pub fn failures(&self) -> impl Iterator<Item = (&'static Law, &Finding)> {
        self.laws.iter().filter_map(|e| match &e.outcome {
            Outcome::Failed(finding) => Some((e.law, &**finding)),
            _ => None,
        })
    }

    /// Whether no law is broken.
    pub fn passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// What the law of this name came to, where it was asked about.
    pub fn outcome(&self, law: &str) -> Option<&Outcome> {
        self.laws.iter().find(|e| e.law.name == law).map(|e| &e.outcome)
    }

    /// Does nothing if no law is broken.
    ///
    /// # Panics
    /// With the whole report if one is.
    #[track_caller]
    pub fn assert_passes(&self) {
        assert!(self.passed(), "{self}");
    }

    fn count(&self, which: impl Fn(&Outcome) -> bool) -> usize {
        self.laws.iter().filter(|e| which(&e.outcome)).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let held = self.count(|o| *o == Outcome::Passed);
        let broken = self.failures().count();
        let skipped = self.laws.len() - held - broken;
        let (n, cases, seed) = (self.units, self.cases, self.seed);
        writeln!(f, "{}: {held} laws hold, {broken} broken, {skipped} not tried", self.model)?;
        writeln!(f, "{n} units, {cases} cases of seed {seed}")?;
        for (law, finding) in self.failures() {
            write!(f, "\nbroken: {} – {}\n{finding}", law.name, law.says)?;
            writeln!(f, "  usually means  {}", wrapped(law.usually))?;
        }
        for (heading, wanted) in [("\nheld\n", true), ("\nnot tried\n", false)] {
            let listed = |e: &&Entry| match e.outcome {
                Outcome::Passed => wanted,
                Outcome::Skipped(_) => !wanted,
                Outcome::Failed(_) => false,
            };
            for (i, e) in self.laws.iter().filter(listed).enumerate() {
                f.write_str(if i == 0 { heading } else { "" })?;
                let reason = if let Outcome::Skipped(reason) = &e.outcome { reason } else { e.law.says };
                writeln!(f, "  {:<14} {reason}", e.law.name)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "  found          {}", wrapped(&self.what))?;
        if !self.left.0.is_empty() {
            let width = [&self.left.0, &self.right.0].map(|name| name.chars().count()).into_iter().fold(13, usize::max);
            for (name, value) in [&self.left, &self.right] {
                writeln!(f, "                 {name:<width$}  {}", number(*value))?;
            }
            writeln!(f, "                 {:<width$}  {:.1e}", "may differ by", self.allowed)?;
        }
        if let Some(chosen) = &self.units {
            writeln!(f, "  smallest data  {}", units(chosen, self.of))?;
        }
        if let Some(data) = &self.data {
            cut(data).lines().try_for_each(|line| writeln!(f, "                 {line}"))?;
        }
        writeln!(f, "  parameters     {}", cut(&self.params))
    }
}

/// `units 3 and 7 (weight × 2) of 60`.
fn units(units: &[(usize, f64)], of: usize) -> String {
    let one = |(unit, weight): &(usize, f64)| match *weight {
        1.0 => unit.to_string(),
        by => format!("{unit} (weight × {by})"),
    };
    match units {
        [] => format!("none of the {of} units"),
        [only] => format!("unit {} of {of}", one(only)),
        all if all.len() == of && all.iter().all(|(_, by)| *by == 1.0) => format!("all {of} units"),
        all => format!("units {} of {of}", all.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}

/// All digits, which may differ in the last ones only.
fn number(x: f64) -> String {
    if x == 0.0 || (1e-5..1e15).contains(&x.abs()) { x.to_string() } else { format!("{x:e}") }
}

/// The words in lines that begin below one another.
fn wrapped(text: &str) -> String {
    let (mut out, mut width) = (String::new(), 0);
    for word in text.split(' ') {
        let length = word.chars().count();
        let gap = match width {
            0 => "",
            _ if width + 1 + length > WIDTH => {
                width = 0;
                "\n                 "
            }
            _ => " ",
        };
        out.push_str(gap);
        out.push_str(word);
        width += length + 1;
    }
    out
}

fn cut(text: &str) -> String {
    let mut kept: String = text.chars().take(LONGEST).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let (word, reason, finding) = match &self.outcome {
            Outcome::Passed => ("passed", None, None),
            Outcome::Failed(finding) => ("failed", None, Some(finding)),
            Outcome::Skipped(reason) => ("skipped", Some(reason), None),
        };
        let mut entry = s.serialize_struct("Entry", 7)?;
        entry.serialize_field("law", self.law.name)?;
        entry.serialize_field("about", self.law.about)?;
        entry.serialize_field("says", self.law.says)?;
        entry.serialize_field("outcome", word)?;
        entry.serialize_field("reason", &reason)?;
        entry.serialize_field("finding", &finding)?;
        entry.serialize_field("usually", &finding.map(|_| self.law.usually))?;
        entry.end()
    }
}
