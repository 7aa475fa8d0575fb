//! Laws of statistics: they add up, whatever is split, shuffled, weighted or repeated.

use super::case::shuffle;
use super::law::{Judged, Law, Tried, agree, agree_all, broken, same_bits, untold};
use super::trial::{Trial, flat};
use crate::registry::{Data, Stats};
use crate::{Dataset, LatentModel, Statistics};
use rand::RngExt;

const ABOUT: &str = "statistics";
/// Sums of some hundred terms in another order differ by 1e-14 of their size or so.
const ROUNDING: f64 = 1e-9;

pub(super) static LAWS: &[Law] = &[
    Law {
        name: "empty",
        about: ABOUT,
        says: "a statistic of no data is all zeros, and no units add nothing",
        usually: "`zero` begins with a prior or a constant, or `expect` adds something per call and not per unit",
        tried: Tried::Always,
        test: empty,
    },
    Law {
        name: "merge",
        about: ABOUT,
        says: "statistics of parts, merged in any order, are those of the whole",
        usually: "`merge` leaves out a field, averages where it should add, or depends on which part comes first",
        tried: Tried::Always,
        test: merge,
    },
    Law {
        name: "accumulate",
        about: ABOUT,
        says: "the E-step adds to the statistics it is given",
        usually: "`expect` writes over the statistics (`=` in place of `+=`), so that only the last block or sequence counts",
        tried: Tried::Always,
        test: accumulate,
    },
    Law {
        name: "scale",
        about: ABOUT,
        says: "a scaled statistic is that of scaled weights",
        usually: "`scale` leaves out a field or scales a mean; `clear` leaves something behind; or weights enter some sums only",
        tried: Tried::Always,
        test: scale,
    },
    Law {
        name: "copies",
        about: ABOUT,
        says: "a unit of weight 2 counts as two copies of it",
        usually: "weights are ignored, by the statistics or by the log-likelihood, or only the first is looked at",
        tried: Tried::Always,
        test: copies,
    },
    Law {
        name: "absence",
        about: ABOUT,
        says: "a unit of weight 0 counts as absent",
        usually: "units are counted and not their weights; or 0 · ln 0 became NaN: pass over units of weight 0",
        tried: Tried::Always,
        test: absence,
    },
    Law {
        name: "order",
        about: ABOUT,
        says: "the order of units does not matter",
        usually: "`expect` carries something over from one unit to the next, or looks at the place of a unit and not at the unit",
        tried: Tried::Always,
        test: order,
    },
    Law {
        name: "rows",
        about: ABOUT,
        says: "every row belongs to a unit, every unit has rows, and the rows of a unit share one prediction of labels",
        usually: "`rows` and `unit_of` disagree, or `predict` answers per unit where it should per row",
        tried: Tried::Always,
        test: rows,
    },
    Law {
        name: "finite",
        about: ABOUT,
        says: "where the E-step returns a finite number, its statistics are finite",
        usually: "a responsibility or a moment became NaN or infinite while the log-likelihood hid it",
        tried: Tried::Always,
        test: finite,
    },
];

fn empty(t: &Trial) -> Judged {
    let zero = flat(&t.model.zero(t.params));
    same_bits("the empty statistic", ("zero(params)", &zero), ("zeros", &vec![0.0; zero.len()]))?;
    let (mut whole, _) = t.part(t.data, t.all());
    let before = flat(&whole);
    let sum = t.model.expect(t.params, t.data, 0..0, &mut whole);
    agree("what the E-step returns for no units", ("expect", sum), ("wanted", 0.0), 0.0)?;
    same_bits("the statistics", ("after no units more", &flat(&whole)), ("before", &before))
}

fn merge(t: &Trial) -> Judged {
    let (whole, sum) = t.part(t.data, t.all());
    let mut rng = t.rng(2);
    let n = t.data.units();
    let mut cuts: Vec<usize> = (0..3).map(|_| rng.random_range(0..=n)).chain([0, n]).collect();
    cuts.sort_unstable();
    let mut parts: Vec<_> = cuts.windows(2).map(|c| t.part(t.data, c[0]..c[1])).collect();
    for _ in 0..2 {
        let mut merged = t.model.zero(t.params);
        parts.iter().for_each(|(part, _)| merged.merge(part));
        agree_all("the statistics", ("parts merged", &flat(&merged)), ("one pass", &flat(&whole)), ROUNDING)?;
        shuffle(&mut parts, &mut rng);
    }
    let (of_parts, size) = (parts.iter().map(|(_, s)| s).sum::<f64>(), parts.iter().map(|(_, s)| s.abs()).sum::<f64>());
    agree("what the E-step returns", ("parts added up", of_parts), ("one pass", sum), ROUNDING * (1.0 + size))
}

fn accumulate(t: &Trial) -> Judged {
    let (whole, _) = t.part(t.data, t.all());
    let cut = t.rng(3).random_range(0..=t.data.units());
    let (mut both, _) = t.part(t.data, 0..cut);
    t.model.expect(t.params, t.data, cut..t.data.units(), &mut both);
    agree_all("the statistics", ("one part after the other", &flat(&both)), ("one pass", &flat(&whole)), ROUNDING)
}

fn scale(t: &Trial) -> Judged {
    let (whole, sum) = t.part(t.data, t.all());
    for by in [1.0, 2.0, 0.25 + 3.0 * t.rng(4).random::<f64>()] {
        let weighted = t.taken(&t.all().collect::<Vec<_>>(), Some(&vec![by; t.data.units()]))?;
        let (of_weights, of_weights_sum) = t.part(&weighted, t.all());
        let mut scaled = whole.clone();
        scaled.scale(by);
        let what = format!("the statistics times {by}");
        agree_all(&what, ("scaled", &flat(&scaled)), ("of scaled weights", &flat(&of_weights)), ROUNDING)?;
        let (a, b) = (("times the factor", by * sum), ("of scaled weights", of_weights_sum));
        agree("what the E-step returns", a, b, ROUNDING * (1.0 + a.1.abs()))?;
    }
    for clear in [|s: &mut Stats| s.clear(), |s: &mut Stats| s.scale(0.0)] {
        let mut again = whole.clone();
        clear(&mut again);
        again.merge(&whole);
        same_bits("the statistics", ("cleared and merged", &flat(&again)), ("as they were", &flat(&whole)))?;
    }
    Ok(())
}

/// The same by two kinds of data: statistics, log-likelihood, and what the M-step makes of them.
fn alike(t: &Trial, left: (&str, &Data), right: (&str, &Data)) -> Judged {
    let (a, b) = (t.sweep(left.1, t.params), t.sweep(right.1, t.params));
    let (before, after) = (flat(&a.stats), flat(&b.stats));
    agree_all("the statistics", (left.0, &before), (right.0, &after), ROUNDING)?;
    let size = t.size(&a);
    let (one, other) = ((left.0, a.log_likelihood), (right.0, b.log_likelihood));
    agree("the log-likelihood", one, other, ROUNDING * size)?;
    if t.model.direct().is_some() {
        return Ok(());
    }
    // At the edge of what can be, rounding decides whether there is an M-step.
    let ((one, slack), (other, more)) = (t.stepped(left.1, &a)?, t.stepped(left.1, &b)?);
    agree("the objective after an M-step", (left.0, one), (right.0, other), slack + more)
}

fn copies(t: &Trial) -> Judged {
    let mut rng = t.rng(5);
    let times: Vec<usize> = t.all().map(|_| rng.random_range(1..=3)).collect();
    let weights: Vec<f64> = times.iter().map(|n| *n as f64).collect();
    let units: Vec<usize> = t.all().flat_map(|u| vec![u; times[u]]).collect();
    let weighted = t.taken(&t.all().collect::<Vec<_>>(), Some(&weights))?;
    alike(t, ("weighted", &weighted), ("copied", &t.taken(&units, None)?))
}

fn absence(t: &Trial) -> Judged {
    let mut rng = t.rng(6);
    let kept: Vec<bool> = t.all().map(|_| rng.random::<f64>() < 0.7).collect();
    let weights: Vec<f64> = kept.iter().map(|k| f64::from(*k)).collect();
    let units: Vec<usize> = t.all().filter(|u| kept[*u]).collect();
    let weighted = t.taken(&t.all().collect::<Vec<_>>(), Some(&weights))?;
    let left_out = t.taken(&units, None)?;
    let (one, other) = (weighted.total_weight(), left_out.total_weight());
    agree("the total weight", ("weights of 0", one), ("left out", other), ROUNDING * (1.0 + other))?;
    alike(t, ("weights of 0", &weighted), ("left out", &left_out))
}

fn order(t: &Trial) -> Judged {
    let mut units: Vec<usize> = t.all().collect();
    shuffle(&mut units, &mut t.rng(7));
    alike(t, ("as given", t.data), ("in another order", &t.taken(&units, None)?))
}

fn rows(t: &Trial) -> Judged {
    let (n, rows) = (t.data.units(), t.data.rows());
    let mut seen = vec![false; n];
    for row in 0..rows {
        let unit = t.data.unit_of(row);
        match seen.get_mut(unit) {
            Some(seen) => *seen = true,
            None => return broken(format!("row {row} belongs to unit {unit}, but there are {n} units")),
        }
    }
    if let Some(unit) = seen.iter().position(|seen| !seen) {
        return broken(format!("unit {unit} has no rows"));
    }
    let Some(predict) = &t.model.predict else { return Ok(()) };
    let state = t.sweep(t.data, t.params);
    if !state.objective().is_finite() {
        return untold("the objective is not finite there");
    }
    let prediction = predict.predict(&t.model.finish(t.params, &state.stats), t.data, t.all());
    for column in prediction.columns.iter().filter(|_| n > 0) {
        let entries = column.values.len();
        let (found, wanted) = (("predicted", entries as f64), ("rows", rows as f64));
        agree(format!("how many entries `{}` has", column.plural), found, wanted, 0.0)?;
    }
    let Some(labels) = prediction.labels() else { return Ok(()) };
    let mut of_unit = vec![None; n];
    for (row, label) in labels.iter().enumerate() {
        let unit = t.data.unit_of(row);
        let first = *of_unit[unit].get_or_insert(*label);
        let what = format!("the label of row {row}, of unit {unit}");
        agree(what, ("predicted", *label as f64), ("of its first row", first as f64), 0.0)?;
    }
    Ok(())
}

fn finite(t: &Trial) -> Judged {
    let mut tried = vec![t.params.clone()];
    if let Ok(x) = t.free(t.params) {
        let mut rng = t.rng(8);
        for far in [1.0, 5.0, 30.0] {
            let moved: Vec<f64> = x.iter().map(|x| x + far * super::case::normal(&mut rng)).collect();
            tried.extend(t.at_free(t.params, &moved));
        }
    }
    for params in tried {
        let mut stats = t.model.zero(&params);
        let sum = t.model.expect(&params, t.data, t.all(), &mut stats);
        let odd = flat(&stats).into_iter().enumerate().find(|(_, x)| !x.is_finite());
        if let Some((i, value)) = odd.filter(|_| sum.is_finite()) {
            return broken(format!("number {i} of the statistics is {value}, while the E-step returns {sum}"));
        }
    }
    Ok(())
}
