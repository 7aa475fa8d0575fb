//! [`Selection`]: models of a sweep, and how their criteria compare.

use super::axis::Axis;
use super::dots::colour;
use super::figure::{figure, legend, line_key};
use super::markup::{Markup, tag};
use super::panel::Panel;
use super::svg::Path;
use super::tables::table;
use super::trace::ring_key;
use em_core::Section;

const SIZE: (f64, f64) = (345.0, 260.0);

/// A model of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The place of its value in the list of each swept field.
    pub choice: Vec<usize>,
    /// These values as the spec writes them.
    pub values: Vec<String>,
    /// ln p(y | θ̂) in nats, AIC, BIC and ICL, where they are known.
    pub figures: [Option<f64>; 4],
    /// Why it could not be fitted.
    pub error: Option<String>,
}

/// All models of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// The swept fields.
    pub fields: Vec<String>,
    /// Their models.
    pub candidates: Vec<Candidate>,
    /// What the log-likelihood is called, with its unit.
    pub objective: String,
    /// The one of smallest BIC.
    pub chosen: Option<usize>,
    /// Their figures as a table.
    pub table: Section,
    /// The verdict in words.
    pub verdict: String,
}

/// The curves of the criteria along the first field, a line for each choice of the others.
pub(super) fn selection(selection: &Selection) -> Markup {
    let lines = lines(selection);
    let names = [selection.objective.as_str(), "AIC", "BIC", "ICL"];
    // The criterion of the choice comes first.
    let panels = [2, 3, 1, 0].into_iter().filter_map(|which| panel(selection, &lines, which, names[which]));
    let named = lines.iter().enumerate().filter(|(_, (name, _))| !name.is_empty());
    let keys = named.map(|(j, (name, _))| line_key(&format!("curve {}", colour(j)), name));
    let ring = selection.chosen.map(|_| ring_key("the chosen model"));
    let legend = legend(0, "", keys.chain(ring).collect());
    let caption = "Smaller is better of AIC, BIC and ICL, which is BIC + 2 × entropy of the responsibilities; the log-likelihood alone \
                   always favours more parameters.";
    let failed = selection.candidates.iter().filter_map(|c| {
        let error = c.error.as_ref()?;
        Some(tag("li").text(&format!("{}: no fit: {error}", label(&selection.fields, &c.values))))
    });
    let failed: Vec<Markup> = failed.collect();
    let failed = if failed.is_empty() { Markup::default() } else { tag("ul").around(failed) };
    let parts = [
        tag("p").text(&selection.verdict),
        legend,
        figure("panels", panels.collect(), caption),
        table(&selection.table),
        failed,
    ];
    tag("section").around(std::iter::once(tag("h2").text("Choice of the model")).chain(parts))
}

/// The candidates that share the choice of all fields but the first, with that choice in words.
fn lines(selection: &Selection) -> Vec<(String, Vec<&Candidate>)> {
    let mut lines: Vec<(String, Vec<&Candidate>)> = Vec::new();
    for candidate in &selection.candidates {
        let rest = |c: &Candidate| c.choice.get(1..).unwrap_or_default().to_vec();
        match lines.iter_mut().find(|(_, line)| rest(line[0]) == rest(candidate)) {
            Some((_, line)) => line.push(candidate),
            None => {
                let fields = selection.fields.get(1..).unwrap_or_default();
                let values = candidate.values.get(1..).unwrap_or_default();
                lines.push((label(fields, values), vec![candidate]));
            }
        }
    }
    lines
}

fn label(fields: &[String], values: &[String]) -> String {
    fields.iter().zip(values).map(|(field, value)| format!("{field}: {value}")).collect::<Vec<_>>().join(", ")
}

/// One figure of all candidates; none where none has it.
fn panel(selection: &Selection, lines: &[(String, Vec<&Candidate>)], which: usize, name: &str) -> Option<Markup> {
    let known: Vec<f64> = selection.candidates.iter().filter_map(|c| c.figures[which]).collect();
    if known.is_empty() {
        return None;
    }
    let mut levels: Vec<(usize, String)> =
        selection.candidates.iter().filter_map(|c| Some((*c.choice.first()?, c.values.first()?.clone()))).collect();
    levels.sort();
    levels.dedup();
    let x =
        Axis::of_levels(levels.into_iter().map(|l| l.1).collect(), selection.fields.first().map_or("", String::as_str));
    let mut panel = Panel::new(SIZE, x, Axis::around(known, name));
    let at = |panel: &Panel, c: &Candidate| Some(panel.at(*c.choice.first()? as f64, c.figures[which]?));
    let chosen = selection.chosen.and_then(|i| at(&panel, selection.candidates.get(i)?));
    let mut ring = Path::default();
    chosen.into_iter().for_each(|(x, y)| ring.dot(x, y));
    panel.draw(ring.drawn("ring"));
    for (j, (_, candidates)) in lines.iter().enumerate() {
        let points: Vec<(f64, f64)> = candidates.iter().filter_map(|c| at(&panel, c)).collect();
        let mut dots = Path::default();
        points.iter().for_each(|(x, y)| dots.dot(*x, *y));
        panel.draw(Path::through(points).drawn(&format!("curve {}", colour(j))));
        panel.draw(dots.drawn(&format!("dots big {} s5", colour(j))));
    }
    Some(panel.finish(&format!("{name} of the models")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_that_differ_in_the_first_field_alone_share_a_line() {
        let candidate = |choice: [usize; 2], values: [&str; 2]| Candidate {
            choice: choice.to_vec(),
            values: values.map(String::from).to_vec(),
            figures: [None; 4],
            error: None,
        };
        let swept = Selection {
            fields: ["components", "covariance"].map(String::from).to_vec(),
            candidates: vec![
                candidate([0, 0], ["1", "Full"]),
                candidate([0, 1], ["1", "Diagonal"]),
                candidate([1, 0], ["2", "Full"]),
            ],
            objective: String::new(),
            chosen: None,
            table: Section { title: String::new(), heads: Vec::new(), rows: Vec::new() },
            verdict: String::new(),
        };
        let lines = lines(&swept);
        let names: Vec<(&str, usize)> = lines.iter().map(|(name, line)| (name.as_str(), line.len())).collect();
        assert_eq!(names, [("covariance: Full", 2), ("covariance: Diagonal", 1)]);
        assert!(panel(&swept, &lines, 2, "BIC").is_none());
    }
}
