//! What a fit came to, in sentences and figures.

use super::markup::{Markup, tag};
use super::subject::{Scene, Subject};
use super::tables::facts;
use crate::outcome::Outcome;
pub(super) use crate::summary::count;
use crate::summary::{fixed, in_words, reason, short};
use em_core::table::Cells;
use em_core::{Cell, Dataset, Section, Warning};

impl Scene<'_> {
    /// What a part is called.
    pub fn called(&self) -> &'static str {
        match &self.shares {
            Some(shares) if !shares.uncertain => "cluster",
            _ => "component",
        }
    }
}

impl Subject<'_> {
    /// The model on one line, as a spec would say it.
    pub(super) fn model(&self) -> String {
        in_words(&self.experiment.model).unwrap_or_else(|| self.learnt.model().name.into())
    }

    /// What the objective is called, with its unit.
    pub(super) fn objective(&self) -> String {
        match self.learnt.objective_name() {
            Some(name) => name.into(),
            None if self.outcome.log_prior == 0.0 => "log-likelihood (nats)".into(),
            None => "objective (nats)".into(),
        }
    }

    /// What was fitted, and to how much.
    pub(super) fn data_line(&self) -> String {
        let (units, rows) = (self.data.units(), self.data.rows());
        let units = match self.table.groups() {
            Some(_) => format!("{} of {}", count(units, "group", "groups"), count(rows, "row", "rows")),
            None => count(units, "observation", "observations"),
        };
        let weight = self.data.total_weight();
        let weighing =
            if weight == self.data.units() as f64 { String::new() } else { format!(" weighing {}", short(weight)) };
        format!("{units}{weighing} from {}", self.table.source().name.rsplit(['/', '\\']).next().unwrap_or_default())
    }
}

/// Whether the fit converged and why it stopped, as a sentence.
pub(super) fn verdict(outcome: &Outcome) -> Markup {
    let iterations = count(outcome.iterations as usize, "iteration", "iterations");
    let passes = format!("{} {}", short(outcome.passes), if outcome.passes == 1.0 { "pass" } else { "passes" });
    let after = format!("after {iterations} and {passes} over the data: {}.", reason(&outcome.stop));
    match outcome.converged {
        true => {
            tag("p").class("verdict good").around([tag("strong").text("Converged"), Markup::text(&format!(" {after}"))])
        }
        false => {
            let strong = tag("strong").text("Not converged.");
            tag("p").class("verdict bad").around([strong, Markup::text(&format!(" It stopped {after}"))])
        }
    }
}

/// The figures of a fit.
pub(super) fn figures(subject: &Subject) -> Markup {
    let o = subject.outcome;
    let nats = |x: f64| format!("{} nats", fixed(x));
    let mut pairs = match subject.learnt.objective_name() {
        Some(name) => vec![(name, fixed(o.log_likelihood))],
        None => vec![("log-likelihood", nats(o.log_likelihood))],
    };
    if o.log_prior != 0.0 {
        pairs.extend([("log prior", nats(o.log_prior)), ("objective", nats(o.objective))]);
    }
    if let Some(c) = &o.criteria {
        pairs.extend([("free parameters", c.n_parameters.to_string()), ("AIC", fixed(c.aic)), ("BIC", fixed(c.bic))]);
    }
    pairs.extend(o.icl.map(|icl| ("ICL", fixed(icl))));
    if o.runs.len() > 1 {
        pairs.push(("runs that reached it", format!("{} of {}", o.reached_best, o.runs.len())));
    }
    pairs.extend([("seed", o.seed.to_string()), ("seconds", short(o.seconds))]);
    facts(pairs)
}

/// What deserves suspicion, each with what to try.
pub(super) fn warnings<'a>(warnings: impl IntoIterator<Item = &'a Warning>) -> Markup {
    let item = |w: &Warning| {
        let place = [
            w.component.map(|j| format!("component {j}")),
            w.column.as_ref().map(|c| format!("column {c:?}")),
            w.row.map(|r| format!("row {r}")),
        ];
        let place: Vec<String> = place.into_iter().flatten().collect();
        let place = if place.is_empty() { String::new() } else { format!(" ({})", place.join(", ")) };
        tag("li").around([
            Markup::text(&format!("{}{place}. ", capital(&w.message))),
            tag("em").text(&format!("To try: {}.", w.advice)),
        ])
    };
    let items: Vec<Markup> = warnings.into_iter().map(item).collect();
    if items.is_empty() {
        return Markup::default();
    }
    let title = tag("h2").text(&count(items.len(), "warning", "warnings"));
    tag("section").class("warnings").around([title, tag("ul").around(items)])
}

fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The certificate, or why there is none, and what happened on the way.
pub(super) fn end(outcome: &Outcome) -> Markup {
    let lines = outcome.certified.lines().map(|lines| {
        let mut lines = lines.lines().map(|line| tag("p").text(&format!("{}.", capital(line))));
        Markup::all(lines.by_ref())
    });
    let events = outcome.events.iter().map(|e| tag("li").text(&e.to_string()));
    let events = (!outcome.events.is_empty())
        .then(|| Markup::all([tag("p").text("What happened on the way:"), tag("ul").around(events)]));
    Markup::all(lines.into_iter().chain(events))
}

/// The columns that were read: their mean, spread and ends.
pub(super) fn data_table(scene: &Scene) -> Section {
    let subject = scene.subject;
    let names = subject.experiment.reads(subject.learnt.columns());
    let view = subject.experiment.data.view();
    let apart = |name: &String| Some(name) != view.weights.as_ref() && Some(name) != view.group.as_ref();
    let rows = names.into_iter().filter(apart).filter_map(|name| {
        let column = subject.table.cells(&name).ok()?;
        let cells = moments(column, &scene.weights);
        let shown = if matches!(column, Cells::Text(_)) { format!("{name} (levels)") } else { name.clone() };
        let scaling = subject.scalings.iter().find(|s| s.column == name);
        let scaling =
            scaling.map(|s| [Cell::Number(s.center), Cell::Number(s.scale)]).unwrap_or([Cell::Empty, Cell::Empty]);
        Some((
            shown,
            cells.into_iter().chain((!subject.scalings.is_empty()).then_some(scaling).into_iter().flatten()).collect(),
        ))
    });
    let mut heads: Vec<String> = ["mean", "sd", "smallest", "largest"].map(String::from).to_vec();
    let mut title = "Columns: mean and standard deviation (divisor n), smallest and largest number".to_string();
    if !subject.scalings.is_empty() {
        title +=
            "; standardised columns are shown as the model sees them, less their center and divided by their scale";
        heads.extend(["center", "scale"].map(String::from));
    }
    Section { title, heads, rows: rows.collect() }
}

fn moments(cells: &Cells, weights: &[f64]) -> Vec<Cell> {
    let Cells::Numbers(x) = cells else {
        return vec![Cell::Empty; 4];
    };
    let counted = || x.iter().zip(weights).filter(|(_, w)| **w > 0.0);
    let (mut total, mut mean) = (0.0, 0.0);
    for (x, weight) in counted() {
        total += weight;
        mean += (x - mean) * (weight / total);
    }
    let variance = counted().map(|(x, w)| w * (x - mean) * (x - mean)).sum::<f64>() / total;
    let ends = counted().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (x, _)| (low.min(*x), high.max(*x)));
    let number = |x: f64| if x.is_finite() { Cell::Number(x) } else { Cell::Empty };
    [mean, variance.sqrt(), ends.0, ends.1].map(number).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_by_hand_and_of_rows_that_count() {
        let found = moments(&Cells::Numbers(vec![1.0, 4.0, 99.0]), &[2.0, 1.0, 0.0]);
        assert_eq!(found, [2.0, 2f64.sqrt(), 1.0, 4.0].map(Cell::Number));
        assert_eq!(moments(&Cells::Text(vec!["a".into()]), &[1.0]), vec![Cell::Empty; 4]);
    }

    #[test]
    fn sentences_begin_with_a_capital_letter() {
        assert_eq!([capital("élan vital"), capital("")], ["Élan vital", ""]);
        assert_eq!([count(1, "row", "rows"), count(2, "row", "rows")], ["1 row", "2 rows"]);
    }
}
