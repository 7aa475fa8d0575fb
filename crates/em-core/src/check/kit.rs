//! [`Check`]: what is checked, and how.

use super::case::{Case, Subject};
use super::caught::caught;
use super::law::{Breach, Judged, Law, Stop, Tried};
use super::numbers::written;
use super::odd_tables::odd_tables;
use super::report::{Entry, Finding, Outcome, Report};
use super::show::Show;
use super::shrink::smallest;
use super::trial::Trial;
use super::{all_laws, law};
use crate::registry::{Data, Erased, Learnt, Params, nearest};
use crate::{Dataset, LatentModel, Purpose, Streams, Table};

/// Random cases when nothing else is said.
const CASES: u64 = 12;
/// The environment variable that raises them.
const MORE_CASES: &str = "EM_CHECK_CASES";

/// The conformance kit, ready to be run; [`check!`](crate::check!) makes it of typed parts.
///
/// Random cases come from the seed alone: the same seed finds the same fault.
pub struct Check {
    name: String,
    subject: Subject,
    seed: u64,
    cases: u64,
    only: Option<Vec<String>>,
    /// Laws that the model is known not to obey, each with the reason.
    waived: Vec<(String, String)>,
    show: Option<Show>,
    describe: Option<Describe>,
}

/// Panics where there is no law of this name.
#[track_caller]
fn must_be_known(name: &str) {
    if all_laws().all(|law| law.name != name) {
        let known = nearest(name, all_laws().map(|law| law.name));
        panic!("there is no law `{name}`{}", known.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default());
    }
}

/// Words for units of the data.
type Describe = Box<dyn Fn(&[usize]) -> String>;

impl Check {
    /// Of a model on `data` from `start`, with 12 random cases of seed 1; the environment variable `EM_CHECK_CASES` says
    /// another number.
    pub fn new(model: Erased, data: Data, start: Params) -> Self {
        let asked = std::env::var(MORE_CASES).ok().and_then(|n| n.parse().ok());
        let name = short(model.name);
        let subject = Subject { model, data, start, more: Vec::new(), again: None };
        Check {
            name,
            subject,
            seed: 1,
            cases: asked.unwrap_or(CASES),
            only: None,
            waived: Vec::new(),
            show: None,
            describe: None,
        }
    }

    /// Called so in the report.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// With random cases from this seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// With so many random cases, at least one; the first are the data and the start as they are.
    pub fn cases(mut self, cases: u64) -> Self {
        self.cases = cases;
        self
    }

    /// These laws alone, by their names.
    ///
    /// # Panics
    /// Where there is no law of such a name: a test that tries nothing would pass.
    #[track_caller]
    pub fn only<N: Into<String>>(mut self, laws: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = laws.into_iter().map(Into::into).collect();
        names.iter().for_each(|name| must_be_known(name));
        self.only = Some(names);
        self
    }

    /// Without this law, which the model is known not to obey; the report lists it as not tried, with the reason. An M-step
    /// that is a stochastic gradient step, say, may lower the objective.
    ///
    /// # Panics
    /// Where there is no law of such a name.
    #[track_caller]
    pub fn waiving(mut self, law: impl Into<String>, reason: impl Into<String>) -> Self {
        let law = law.into();
        must_be_known(&law);
        self.waived.push((law, reason.into()));
        self
    }

    /// These data, too, must end in an error or in finite results: values that are huge, constant, not a number.
    pub fn survives(mut self, name: impl Into<String>, data: Data) -> Self {
        self.subject.more.push((name.into(), Ok(data)));
        self
    }

    /// So must this table with its numbers made huge, tiny, far away, constant or no numbers, and with no rows, as the
    /// encoding that was learnt takes it up.
    pub fn survives_tables_like(mut self, table: &Table, learnt: &dyn Learnt) -> Self {
        for (name, odd) in odd_tables(table) {
            match caught(|| learnt.encode(&odd, Purpose::Fit)) {
                Ok(Ok(data)) => self.subject.more.push((name.into(), Ok(data))),
                // An error is what such a table should end in.
                Ok(Err(_)) => {}
                Err(panic) => self.subject.more.push((name.into(), Err(panic))),
            }
        }
        self
    }

    /// With the model and the data of a spec that was written and read again, which must give the same fit; or why it
    /// cannot be.
    pub fn reread(mut self, again: Result<(Erased, Data), String>) -> Self {
        self.subject.again = Some(again);
        self
    }

    /// With these words for the units of a finding.
    pub fn describing(mut self, describe: impl Fn(&[usize]) -> String + 'static) -> Self {
        self.describe = Some(Box::new(describe));
        self
    }

    #[doc(hidden)]
    pub fn showing(mut self, show: Option<Show>) -> Self {
        self.show = show;
        self
    }

    /// Tries every law.
    pub fn report(mut self) -> Report {
        let admitted = self.admit();
        let cases = match admitted {
            Ok(()) => Case::all(&self.subject, self.seed, self.cases.max(1)),
            Err(_) => Vec::new(),
        };
        let wanted = |law: &&Law| self.only.as_ref().is_none_or(|names| names.iter().any(|n| n == law.name));
        let entry = |law: &'static Law| {
            let outcome = match &admitted {
                _ if law.name == law::ADMITTED => self.admission(&admitted),
                Ok(()) => match self.waiver(law) {
                    Some(why) => Outcome::Skipped(format!("waived: {why}")),
                    None => self.examine(law, &cases),
                },
                Err(_) => Outcome::Skipped("the start is not admitted".into()),
            };
            Entry { law, outcome }
        };
        let laws = all_laws().filter(wanted).map(entry).collect();
        let (model, units) = (self.name.clone(), caught(|| self.subject.data.units()).unwrap_or(0));
        Report { model, units, seed: self.seed, cases: self.cases.max(1), laws }
    }

    /// Tries every law, and panics with the report where one is broken.
    ///
    /// # Panics
    /// Where a law is broken.
    #[track_caller]
    pub fn assert_passes(self) {
        self.report().assert_passes();
    }

    /// Lets the model admit the start, as a fit does.
    fn admit(&mut self) -> Result<(), String> {
        let subject = &self.subject;
        let admitted = caught(|| subject.model.admit(&subject.start, &subject.data));
        self.subject.start = admitted.unwrap_or_else(|panic| Err(format!("it panics, {panic}")))?;
        Ok(())
    }

    fn admission(&self, admitted: &Result<(), String>) -> Outcome {
        let Err(why) = admitted else { return Outcome::Passed };
        let nothing = || (String::new(), f64::NAN);
        let breach = Breach { what: why.clone(), left: nothing(), right: nothing(), allowed: 0.0 };
        let case = Case { chosen: None, params: self.subject.start.clone(), number: 0 };
        Outcome::Failed(Box::new(Finding { units: None, data: None, ..self.finding(&case, breach) }))
    }

    /// Why a law is not tried, where its author said so.
    fn waiver(&self, law: &Law) -> Option<&str> {
        self.waived.iter().find(|(name, _)| name == law.name).map(|(_, why)| why.as_str())
    }

    fn examine(&self, law: &'static Law, cases: &[Case]) -> Outcome {
        let (mut told, mut reason) = (false, None);
        let most = match law.tried {
            Tried::Always => cases.len(),
            Tried::Twice => 2,
            Tried::Once => 1,
        };
        for case in cases.iter().take(most) {
            match self.judge(law, case) {
                Ok(()) => told = true,
                Err(Stop::Lacks(why)) => return Outcome::Skipped(why),
                Err(Stop::Untold(why)) => reason = reason.or(Some(why)),
                Err(Stop::Broken(breach)) => return Outcome::Failed(Box::new(self.shrunk(law, case, breach))),
            }
        }
        let reason = reason.filter(|_| !told);
        reason.map_or(Outcome::Passed, |why| Outcome::Skipped(format!("no case tells: {why}")))
    }

    /// What a law comes to in a case; a panic breaks it.
    fn judge(&self, law: &Law, case: &Case) -> Judged {
        let judged = caught(|| {
            let part = case.data(&self.subject);
            let data = part.as_ref().unwrap_or(&self.subject.data);
            let streams = Streams { seed: self.seed, run: 1 + case.number };
            let (subject, model, params) = (&self.subject, &self.subject.model, &case.params);
            (law.test)(&Trial { subject, model, data, params, streams })
        });
        judged.unwrap_or_else(|panic| law::broken(format!("the model panics, {panic}")))
    }

    fn shrunk(&self, law: &Law, case: &Case, breach: Breach) -> Finding {
        if law.tried == Tried::Once {
            return Finding { units: None, data: None, ..self.finding(case, breach) };
        }
        let breaks = |case: &Case| match self.judge(law, case) {
            Err(Stop::Broken(breach)) => Some(breach),
            _ => None,
        };
        let (case, breach) = smallest(case.clone(), breach, &breaks);
        self.finding(&case, breach)
    }

    fn finding(&self, case: &Case, breach: Breach) -> Finding {
        let of = caught(|| self.subject.data.units()).unwrap_or(0);
        let units = Some(match &case.chosen {
            Some(chosen) => chosen.units.iter().copied().zip(chosen.weights.iter().copied()).collect(),
            None => (0..of).map(|u| (u, 1.0)).collect(),
        });
        let shown = |show: Show| {
            let part = case.data(&self.subject);
            caught(|| show(part.as_ref().unwrap_or(&self.subject.data))).ok()
        };
        let Breach { what, left, right, allowed } = breach;
        let described = |describe: &Describe| case.chosen.as_ref().map(|chosen| describe(&chosen.units));
        let data = self.describe.as_ref().and_then(described).or_else(|| self.show.and_then(shown));
        let params = written(&case.params);
        Finding { what, left, right, allowed, units, of, data, params, case: case.number }
    }
}

/// A type without the paths of its modules: `Mixture<Gaussian>`.
fn short(name: &str) -> String {
    let mut out = String::new();
    for piece in name.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
        out.push_str(piece.rsplit("::").next().unwrap_or(piece));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn types_lose_their_paths() {
        assert_eq!(short("a::b::Mixture<c::Gaussian, d::W<[f64; 2]>>"), "Mixture<Gaussian, W<[f64; 2]>>");
    }
}
