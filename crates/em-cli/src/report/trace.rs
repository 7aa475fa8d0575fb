//! The way to the end: the objective after every iteration, and where each run ended.

use super::axis::Axis;
use super::figure::{figure, key};
use super::markup::Markup;
use super::panel::Panel;
use super::svg::Path;
use super::tables::{folded, table};
use crate::outcome::Outcome;
use crate::summary::{fixed, reason, short};
use em_core::{Cell, Section};

/// A curve of more points than this is thinned out.
const MOST_POINTS: usize = 500;
/// A table of more rows than this shows the first and the last of them.
const MOST_ROWS: usize = 200;
const SIZE: (f64, f64) = (345.0, 250.0);

/// The trace of the best run and the ends of all runs, drawn and in numbers; `objective` is what it is called.
pub(super) fn trace(outcome: &Outcome, objective: &str) -> Markup {
    let mut drawings = Vec::new();
    if outcome.trace.len() > 1 {
        drawings.extend([climb(outcome, objective), gains(outcome)]);
    }
    let several = outcome.runs.len() > 1;
    let ended = outcome.runs.iter().filter(|r| r.objective.is_some()).count();
    // Ends that are equal but for rounding make no drawing.
    let differ = outcome.reached_best < ended;
    drawings.extend(differ.then(|| runs(outcome, objective)).flatten());
    let mut words = Vec::new();
    if outcome.trace.len() > 1 {
        words.push(format!("The {objective} at the start and after each iteration of the best run, run {}, and what each iteration gained.", outcome.run));
    }
    if differ {
        words.push("Where each run ended; the best is ringed.".into());
    } else if several {
        words.push(format!("All {ended} runs that ended reached the same objective."));
    }
    let drawn = if drawings.is_empty() { Markup::default() } else { figure("panels", drawings, &words.join(" ")) };
    let numbers = folded(&format!("The trace of run {} in numbers", outcome.run), vec![table(&trace_table(outcome))]);
    Markup::all([drawn, if several { table(&runs_table(outcome)) } else { Markup::default() }, numbers])
}

/// So many numbers apart that no more than [`MOST_POINTS`] are drawn, the last among them.
fn thinned(count: usize) -> impl Iterator<Item = usize> {
    let every = count.div_ceil(MOST_POINTS).max(1);
    (0..count).filter(move |i| i % every == 0 || i + 1 == count)
}

fn climb(outcome: &Outcome, objective: &str) -> Markup {
    let trace = &outcome.trace;
    let x = Axis::around([0.0, (trace.len() - 1) as f64], "iteration").of_counts();
    let mut panel = Panel::new(SIZE, x, Axis::around(trace.iter().copied(), objective));
    let points: Vec<(f64, f64)> = thinned(trace.len()).map(|i| panel.at(i as f64, trace[i])).collect();
    marked(&mut panel, points);
    panel.finish(&format!("{objective} by iteration"))
}

fn gains(outcome: &Outcome) -> Markup {
    let gains: Vec<(usize, f64)> = outcome
        .trace
        .windows(2)
        .enumerate()
        .filter(|(_, w)| w[1] > w[0])
        .map(|(i, w)| (i + 1, (w[1] - w[0]).log10()))
        .collect();
    let x = Axis::around([0.0, (outcome.trace.len() - 1) as f64], "iteration").of_counts();
    let mut panel = Panel::new(SIZE, x, Axis::around(gains.iter().map(|g| g.1), "log₁₀ of the gain"));
    let points: Vec<(f64, f64)> = thinned(gains.len()).map(|i| panel.at(gains[i].0 as f64, gains[i].1)).collect();
    marked(&mut panel, points);
    panel.finish("gain of each iteration on a logarithmic scale")
}

/// A line with dots where there are few enough to be told apart.
fn marked(panel: &mut Panel, points: Vec<(f64, f64)>) {
    panel.draw(Path::through(points.iter().copied()).drawn("curve c0"));
    if points.len() <= 60 {
        let mut dots = Path::default();
        points.into_iter().for_each(|(x, y)| dots.dot(x, y));
        panel.draw(dots.drawn("dots c0 s5"));
    }
}

fn runs(outcome: &Outcome, objective: &str) -> Option<Markup> {
    let ends: Vec<(u64, f64)> = outcome.runs.iter().filter_map(|r| Some((r.run, r.objective?))).collect();
    if ends.is_empty() {
        return None;
    }
    let x = Axis::around(outcome.runs.iter().map(|r| r.run as f64), "run").of_counts();
    let mut panel = Panel::new(SIZE, x, Axis::around(ends.iter().map(|e| e.1), objective));
    let (mut dots, mut ring) = (Path::default(), Path::default());
    for (run, end) in ends {
        let (x, y) = panel.at(run as f64, end);
        dots.dot(x, y);
        if run == outcome.run {
            ring.dot(x, y);
        }
    }
    panel.draw(ring.drawn("ring"));
    panel.draw(dots.drawn("dots big c0 s5"));
    Some(panel.finish(&format!("{objective} at the end of each run")))
}

fn trace_table(outcome: &Outcome) -> Section {
    let trace = &outcome.trace;
    let gain = |i: usize| if i == 0 { Cell::Empty } else { Cell::Text(format!("{:.2e}", trace[i] - trace[i - 1])) };
    let row = |i: usize| (i.to_string(), vec![Cell::Text(fixed(trace[i])), gain(i)]);
    let half = MOST_ROWS / 2;
    let rows = match trace.len() > MOST_ROWS {
        false => (0..trace.len()).map(row).collect(),
        true => {
            let gap = ("…".to_string(), vec![Cell::Text("…".into()), Cell::Text("…".into())]);
            (0..half).map(row).chain([gap]).chain((trace.len() - half..trace.len()).map(row)).collect()
        }
    };
    Section {
        title: "Objective after each iteration".into(),
        heads: ["objective", "gain"].map(String::from).to_vec(),
        rows,
    }
}

fn runs_table(outcome: &Outcome) -> Section {
    let row = |r: &em_core::RunRecord| {
        let how = match (&r.stop, &r.error) {
            (Some(stop), _) => reason(stop),
            (None, Some(error)) => format!("failed: {error}"),
            (None, None) => String::new(),
        };
        let best = if r.run == outcome.run { "run {} (best)" } else { "run {}" }.replace("{}", &r.run.to_string());
        (
            best,
            vec![r.objective.map_or(Cell::Empty, |o| Cell::Text(fixed(o))), Cell::Count(r.iterations), Cell::Text(how)],
        )
    };
    Section {
        title: format!(
            "Runs: {} of {} reached the best objective, {}",
            outcome.reached_best,
            outcome.runs.len(),
            short(outcome.objective)
        ),
        heads: ["objective", "iterations", "why it stopped"].map(String::from).to_vec(),
        rows: outcome.runs.iter().map(row).collect(),
    }
}

/// The key of a ring.
pub(super) fn ring_key(text: &str) -> Markup {
    let mut ring = Path::default();
    ring.dot(12.0, 6.0);
    key(ring.drawn("ring small"), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_traces_are_thinned_and_keep_their_ends() {
        let kept: Vec<usize> = thinned(1203).collect();
        assert!(kept.len() <= MOST_POINTS + 1 && kept[0] == 0 && kept[kept.len() - 1] == 1202);
        assert_eq!(thinned(3).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(thinned(0).count(), 0);
    }
}
