//! The way to the end: the objective after every iteration of all runs, and where each of them ended.

use super::axis::Axis;
use super::figure::{figure, key, legend, line_key};
use super::markup::Markup;
use super::panel::Panel;
use super::svg::Path;
use super::tables::{folded, table};
use crate::outcome::Outcome;
use crate::summary::{fixed, reason, short};
use em_core::{Cell, MOST_TRACED, RunRecord, Section};

/// A curve of more points than this is thinned out.
const MOST_POINTS: usize = 500;
/// The same of the curves behind it, of which there may be many.
const MOST_POINTS_BEHIND: usize = 60;
/// A drawing of the way begins at what was reached after this part of its iterations.
const FIRST_STEPS: u64 = 20;
/// Half the size of the cross at which a run failed.
const CROSS: f64 = 3.0;
/// A table of more rows than this shows the first and the last of them.
const MOST_ROWS: usize = 200;
const SIZE: (f64, f64) = (345.0, 250.0);

/// The traces and the ends of all runs, drawn and in numbers; `objective` is what it is called.
pub(super) fn trace(outcome: &Outcome, objective: &str) -> Markup {
    let mut drawings = Vec::new();
    if outcome.trace.len() > 1 {
        drawings.extend([climbs(outcome, objective), gains(outcome)]);
    }
    let several = outcome.runs.len() > 1;
    let ended = outcome.runs.iter().filter(|r| r.objective.is_some()).count();
    // Ends that are equal but for rounding make no drawing.
    let differ = outcome.reached_best < ended;
    drawings.extend(differ.then(|| runs(outcome, objective)).flatten());
    let mut words = if outcome.trace.len() > 1 { way_in_words(outcome, objective) } else { Vec::new() };
    if differ {
        words.push("Where each run ended; the best is ringed.".into());
    } else if several {
        words.push(format!("All {ended} runs that ended reached the same objective."));
    }
    let drawn = match drawings.is_empty() {
        true => Markup::default(),
        false => Markup::all([keys(outcome), figure("panels", drawings, &words.join(" "))]),
    };
    let numbers =
        folded("trace", &format!("The trace of run {} in numbers", outcome.run), vec![table(&trace_table(outcome))]);
    let others = match behind(outcome).next().is_some() {
        true => folded("traces", "The traces of all runs in numbers", vec![table(&traces_table(outcome))]),
        false => Markup::default(),
    };
    Markup::all([drawn, if several { table(&runs_table(outcome)) } else { Markup::default() }, numbers, others])
}

/// The runs but for the best whose way is known.
fn behind(outcome: &Outcome) -> impl Iterator<Item = &RunRecord> {
    outcome.runs.iter().filter(|r| r.run != outcome.run && !r.trace.is_empty())
}

/// Iterations and objectives of all runs whose way is known.
fn steps(outcome: &Outcome) -> impl Iterator<Item = (u64, f64)> {
    let best = (0..).zip(outcome.trace.iter().copied());
    best.chain(behind(outcome).flat_map(|r| r.trace.iter().copied()))
}

fn last_iteration(outcome: &Outcome) -> u64 {
    steps(outcome).map(|(iteration, _)| iteration).max().unwrap_or(0)
}

/// Where the drawing of the way begins: the first steps from a random start are so large that nothing else could be seen.
fn lowest_drawn(outcome: &Outcome) -> f64 {
    let first = last_iteration(outcome) / FIRST_STEPS;
    let ends = behind(outcome).filter_map(|r| r.trace.last()).map(|(_, objective)| *objective);
    let later = steps(outcome).filter(|(iteration, _)| *iteration >= first).map(|(_, objective)| objective);
    later.chain(ends).chain(outcome.trace.last().copied()).fold(f64::INFINITY, f64::min)
}

/// What the drawings of the way show, and what they leave out.
fn way_in_words(outcome: &Outcome, objective: &str) -> Vec<String> {
    let (best, runs, others) = (outcome.run, outcome.runs.len(), behind(outcome).count());
    let mut words = match others {
        0 => vec![format!(
            "The {objective} at the start and after each iteration of the best run, run {best}, and what each iteration gained."
        )],
        _ => vec![format!(
            "The {objective} at the start and after each iteration of every run, and what each iteration of the best run, run {best}, gained."
        )],
    };
    if others > 0 && runs as u64 > MOST_TRACED {
        words.push(format!("Of {runs} runs the ways of the first {MOST_TRACED} are known, and that of the best."));
    }
    if lowest_drawn(outcome) > steps(outcome).map(|(_, o)| o).fold(f64::INFINITY, f64::min) {
        words.push("The first iterations go on below the drawing.".into());
    }
    if behind(outcome).any(|r| r.trace.len() as u64 <= r.iterations) {
        words.push("Of long runs not every objective was kept.".into());
    }
    words
}

/// What the lines of the first drawing are.
fn keys(outcome: &Outcome) -> Markup {
    let mut failed = Path::default();
    cross(&mut failed, (12.0, 6.0));
    let mut keys = Vec::new();
    if behind(outcome).next().is_some() {
        keys.push(line_key("curve c0", &format!("run {}, the best", outcome.run)));
        keys.push(line_key("curve behind", "the other runs"));
    }
    if behind(outcome).any(|r| r.error.is_some()) {
        keys.push(key(failed.drawn("failed"), "a run failed here"));
    }
    legend(0, "", keys)
}

/// Which of `count` points are drawn, no more than about `most`, the last among them.
fn thinned(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let every = count.div_ceil(most).max(1);
    (0..count).filter(move |i| i % every == 0 || i + 1 == count)
}

/// All runs, the best on top.
fn climbs(outcome: &Outcome, objective: &str) -> Markup {
    let trace = &outcome.trace;
    let highest = steps(outcome).map(|(_, objective)| objective).fold(f64::NEG_INFINITY, f64::max);
    let x = Axis::around([0.0, last_iteration(outcome) as f64], "iteration").of_counts();
    let mut panel = Panel::new(SIZE, x, Axis::around([lowest_drawn(outcome), highest], objective));
    let (mut lines, mut failed) = (Path::default(), Path::default());
    for run in behind(outcome) {
        let point = |i: usize| panel.at(run.trace[i].0 as f64, run.trace[i].1);
        let points: Vec<(f64, f64)> = thinned(run.trace.len(), MOST_POINTS_BEHIND).map(point).collect();
        lines.move_to(points[0].0, points[0].1);
        points.iter().for_each(|(x, y)| lines.line_to(*x, *y));
        if run.error.is_some() {
            cross(&mut failed, points[points.len() - 1]);
        }
    }
    panel.draw(lines.drawn("curve behind"));
    panel.draw(failed.drawn("failed"));
    let points: Vec<(f64, f64)> = thinned(trace.len(), MOST_POINTS).map(|i| panel.at(i as f64, trace[i])).collect();
    marked(&mut panel, points);
    panel.finish(&format!("{objective} by iteration"))
}

fn cross(path: &mut Path, (x, y): (f64, f64)) {
    for side in [-CROSS, CROSS] {
        path.move_to(x - side, y - CROSS);
        path.line_to(x + side, y + CROSS);
    }
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
    let points: Vec<(f64, f64)> =
        thinned(gains.len(), MOST_POINTS).map(|i| panel.at(gains[i].0 as f64, gains[i].1)).collect();
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

/// The objective of each run after 0, 1, 2, 5, 10, 20, … iterations.
fn traces_table(outcome: &Outcome) -> Section {
    let longest = outcome.runs.iter().map(|r| r.iterations).max().unwrap_or(0);
    let decades = (0..).map_while(|power| 10u64.checked_pow(power));
    let shown: Vec<u64> = std::iter::once(0)
        .chain(decades.flat_map(|ten| [1, 2, 5].map(|by| ten.saturating_mul(by))))
        .take_while(|iteration| *iteration <= longest)
        .collect();
    let cell = |r: &RunRecord, iteration: u64| match r.trace.binary_search_by_key(&iteration, |step| step.0) {
        Ok(at) => Cell::Text(fixed(r.trace[at].1)),
        Err(at) if at < r.trace.len() => Cell::Text("…".into()),
        Err(_) => Cell::Empty,
    };
    let known = outcome.runs.iter().filter(|r| !r.trace.is_empty());
    Section {
        title: "Objective after so many iterations".into(),
        heads: shown.iter().map(u64::to_string).collect(),
        rows: known.map(|r| (named(r, outcome), shown.iter().map(|i| cell(r, *i)).collect())).collect(),
    }
}

fn named(run: &RunRecord, outcome: &Outcome) -> String {
    if run.run == outcome.run { format!("run {} (best)", run.run) } else { format!("run {}", run.run) }
}

fn runs_table(outcome: &Outcome) -> Section {
    let row = |r: &RunRecord| {
        let how = match (&r.stop, &r.error) {
            (Some(stop), _) => reason(stop),
            (None, Some(error)) => format!("failed: {error}"),
            (None, None) => String::new(),
        };
        (
            named(r, outcome),
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
        let kept: Vec<usize> = thinned(1203, MOST_POINTS).collect();
        assert!(kept.len() <= MOST_POINTS + 1 && kept[0] == 0 && kept[kept.len() - 1] == 1202);
        assert_eq!(thinned(3, MOST_POINTS).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(thinned(0, MOST_POINTS).count(), 0);
    }
}
