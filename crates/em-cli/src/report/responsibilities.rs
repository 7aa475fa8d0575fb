//! How certainly rows belong to their components.

use super::axis::Axis;
use super::dots::colour;
use super::figure::{figure, legend};
use super::markup::Markup;
use super::panel::Panel;
use super::shares::Shares;
use super::subject::Scene;
use super::svg::Path;
use super::tables::table;
use em_core::{Cell, Section};

/// A row is called uncertain whose largest responsibility is below this.
const CERTAIN: f64 = 0.9;
/// Bins of the largest responsibility.
const BINS: usize = 20;
/// More steps than this cannot be told apart.
const MOST_STEPS: usize = 400;
const SIZE: (f64, f64) = (345.0, 240.0);

/// Responsibilities as drawings and a table; of a model without any, the sizes of its clusters.
pub(super) fn responsibilities(scene: &Scene) -> Markup {
    let Some(shares) = scene.shares.as_ref().filter(|s| s.parts() > 1) else { return Markup::default() };
    let tabled = table(&summary(scene, shares));
    if !shares.uncertain {
        return tabled;
    }
    let caption = format!(
        "First: a column for each row of the data, divided by its responsibilities; rows are in the order of their {0}s, the most \
         certain first. Then: the largest responsibility of each row, as fractions of all rows.",
        scene.called()
    );
    let drawings = vec![strip(scene, shares), largest(scene, shares)];
    Markup::all([legend(shares.parts(), scene.called(), Vec::new()), figure("panels", drawings, &caption), tabled])
}

/// The rows by component, and within it by certainty.
fn ordered(scene: &Scene, shares: &Shares) -> Vec<usize> {
    let mut rows = scene.rows.clone();
    let place = |row: &usize| (shares.label(*row), shares.row(*row)[shares.label(*row)]);
    rows.sort_by(|a, b| place(a).0.cmp(&place(b).0).then(place(b).1.total_cmp(&place(a).1)).then(a.cmp(b)));
    rows
}

fn strip(scene: &Scene, shares: &Shares) -> Markup {
    let rows = ordered(scene, shares);
    let steps = rows.len().clamp(1, MOST_STEPS);
    let (x, y) =
        (Axis::between(0.0, rows.len().max(1) as f64, "rows, in order"), Axis::between(0.0, 1.0, "responsibility"));
    let mut panel = Panel::new(SIZE, x, y);
    let mut below = vec![0.0; steps];
    for j in 0..shares.parts() {
        let mut path = Path::default();
        for (step, below) in below.iter_mut().enumerate() {
            let (from, to) = (step * rows.len() / steps, (step + 1) * rows.len() / steps);
            let share = rows[from..to].iter().map(|row| shares.row(*row)[j]).sum::<f64>() / (to - from).max(1) as f64;
            let ((left, top), (right, base)) = (panel.at(from as f64, *below + share), panel.at(to as f64, *below));
            if base - top >= 0.05 {
                path.rectangle(left, top, right - left + 0.1, base - top);
            }
            *below += share;
        }
        panel.draw(path.drawn(&format!("bars strong {}", colour(j))));
    }
    panel.finish("responsibilities of the rows")
}

fn largest(scene: &Scene, shares: &Shares) -> Markup {
    let low = 1.0 / shares.parts() as f64;
    let mut counts = vec![vec![0.0; BINS]; shares.parts()];
    let total: f64 = scene.weights.iter().sum();
    for (row, weight) in scene.weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
        let label = shares.label(row);
        let bin = ((shares.row(row)[label] - low) / (1.0 - low) * BINS as f64).max(0.0) as usize;
        counts[label][bin.min(BINS - 1)] += weight / total;
    }
    let of_bin = |bin: usize| counts.iter().map(|c| c[bin]).sum::<f64>();
    let y = Axis::from_zero((0..BINS).map(of_bin), "fraction of rows");
    let mut panel = Panel::new(SIZE, Axis::between(low, 1.0, "largest responsibility"), y);
    let (mut below, width) = (vec![0.0; BINS], (1.0 - low) / BINS as f64);
    for (j, counts) in counts.iter().enumerate() {
        let mut path = Path::default();
        for (bin, count) in counts.iter().enumerate().filter(|(_, c)| **c > 0.0) {
            let at = low + bin as f64 * width;
            let ((left, top), (right, base)) = (panel.at(at, below[bin] + count), panel.at(at + width, below[bin]));
            path.rectangle(left, top, right - left, base - top);
        }
        panel.draw(path.drawn(&format!("bars strong {}", colour(j))));
        below.iter_mut().zip(counts).for_each(|(below, count)| *below += count);
    }
    panel.finish("largest responsibility of the rows")
}

/// Of each part: the rows it has, and how certainly.
fn summary(scene: &Scene, shares: &Shares) -> Section {
    let rows: Vec<usize> = (0..scene.weights.len()).filter(|row| scene.weights[*row] > 0.0).collect();
    let of = |j: usize| rows.iter().filter(move |row| shares.label(**row) == j);
    let all = |j: usize| rows.iter().map(|row| scene.weights[*row] * shares.row(*row)[j]).sum::<f64>();
    let mean = |j: usize| {
        let (n, sum) = of(j).fold((0, 0.0), |(n, sum), row| (n + 1, sum + shares.row(*row)[j]));
        if n > 0 { Cell::Number(sum / f64::from(n)) } else { Cell::Empty }
    };
    let uncertain = |j: usize| of(j).filter(|row| shares.row(**row)[j] < CERTAIN).count() as u64;
    let row = |j: usize| {
        let mut cells = vec![Cell::Count(of(j).count() as u64)];
        if shares.uncertain {
            cells.extend([Cell::Number(all(j)), mean(j), Cell::Count(uncertain(j))]);
        }
        (format!("{} {j}", scene.called()), cells)
    };
    let heads: &[&str] = match shares.uncertain {
        true => &["rows", "expected size", "mean responsibility", "rows below 0.9"],
        false => &["rows"],
    };
    Section {
        title: format!("Rows by the {} they belong to most", scene.called()),
        heads: heads.iter().map(|h| (*h).into()).collect(),
        rows: (0..shares.parts()).map(row).collect(),
    }
}
