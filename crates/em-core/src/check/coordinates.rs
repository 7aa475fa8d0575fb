//! Laws of free coordinates.

use super::law::{Judged, Law, Tried, agree, agree_all, broken, clash, offered, untold};
use super::numbers::{numbers, read_again};
use super::trial::Trial;
use crate::LatentModel;
use nalgebra::DMatrix;

const ABOUT: &str = "coordinates";
/// There and back is some operations; logarithms of small numbers lose a little.
const ROUNDING: f64 = 1e-9;
/// A direction along which scores change by less than this of what they do along the best one is none: differences are
/// right to about 1e-10.
const FLAT: f64 = 1e-7;

pub(super) static LAWS: &[Law] = &[
    Law {
        name: "round_trip",
        about: ABOUT,
        says: "coordinates lead back to the parameters, and parameters to the coordinates",
        usually: "`to_free` and `at_free` use different maps or orders, or a parameter has no coordinate",
        tried: Tried::Always,
        test: round_trip,
    },
    Law {
        name: "dimension",
        about: ABOUT,
        says: "there are as many coordinates as directions along which the log-likelihood of single units changes",
        usually: "a coordinate too many (k weights that sum to one are k − 1 numbers), so that information criteria count too \
                  many; or columns of the data that depend on one another",
        tried: Tried::Always,
        test: dimension,
    },
    Law {
        name: "far",
        about: ABOUT,
        says: "coordinates that are huge give an error, or parameters as good as any, or no finite objective",
        usually: "`at_free` lets an overflow through that the E-step does not notice",
        tried: Tried::Always,
        test: far,
    },
];

fn round_trip(t: &Trial) -> Judged {
    let coordinates = offered(&t.model.coordinates, "Coordinates")?;
    let x = t.free(t.params)?;
    // Other parameters give the shape, so that what has no coordinate comes back changed.
    let like = t.at(t.params).and_then(|state| t.maximize(&state)).unwrap_or_else(|_| t.params.clone());
    let back = match coordinates.at_free(&like, &x) {
        Ok(back) => back,
        Err(e) => return broken(format!("`at_free` refuses what `to_free` gave: {e}")),
    };
    let (given, found) = (numbers(t.params), numbers(&back));
    agree_all("the parameters", ("there and back", &found), ("given", &given), ROUNDING)?;
    let (here, again) = (t.sweep(t.data, t.params), t.sweep(t.data, &back));
    let (left, right) = (("there and back", again.objective()), ("given", here.objective()));
    if here.objective().is_finite() {
        agree("the objective", left, right, ROUNDING * t.size(&here))?;
    }
    agree_all("the coordinates", ("there and back", &coordinates.to_free(&back)), ("given", &x), ROUNDING)?;
    let names = coordinates.coordinate_names(t.params).len() as f64;
    agree("how many there are", ("names", names), ("coordinates", x.len() as f64), 0.0)
}

/// How the log-likelihood of every unit changes along each coordinate, units × coordinates, each column of length one.
fn scores(t: &Trial, x: &[f64]) -> Judged<DMatrix<f64>> {
    let n = t.all().len();
    let mut all = DMatrix::zeros(n, x.len());
    for j in 0..x.len() {
        let h = 1e-5 * x[j].abs().max(1.0);
        let at = |by: f64| -> Judged<Vec<f64>> {
            let mut x = x.to_vec();
            x[j] += by;
            Ok(t.model.score(&t.at_free(t.params, &x)?, t.data, t.all()))
        };
        let (up, down) = (at(h)?, at(-h)?);
        all.column_mut(j).iter_mut().zip(up.iter().zip(&down)).for_each(|(s, (a, b))| *s = (a - b) / (2.0 * h));
    }
    if all.iter().any(|s| !s.is_finite()) {
        return untold("the log-likelihood of a unit is not finite");
    }
    let longest = all.column_iter().map(|c| c.norm()).fold(0.0, f64::max);
    for mut column in all.column_iter_mut() {
        let length = column.norm();
        // A column of nothing but rounding stays as short as it is beside the others.
        if length > FLAT * longest {
            column /= length;
        } else if longest > 0.0 {
            column /= longest;
        }
    }
    Ok(all)
}

/// Rows that differ by more than rounding.
fn distinct(scores: &DMatrix<f64>) -> usize {
    let mut seen: Vec<Vec<i64>> =
        scores.row_iter().map(|row| row.iter().map(|s| (s * 1e6).round() as i64).collect()).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}

fn dimension(t: &Trial) -> Judged {
    let coordinates = offered(&t.model.coordinates, "Coordinates")?;
    let x = t.free(t.params)?;
    let scores = scores(t, &x)?;
    // Few kinds of unit cannot tell many parameters apart, however right the coordinates are.
    if distinct(&scores) < 2 * x.len() {
        return untold("too few units differ");
    }
    let decomposed = scores.svd(false, true);
    let largest = decomposed.singular_values.max();
    let flat: Vec<usize> = (0..x.len()).filter(|j| decomposed.singular_values[*j] <= FLAT * largest).collect();
    let (Some(&worst), Some(directions)) = (flat.first(), decomposed.v_t) else { return Ok(()) };
    let names = coordinates.coordinate_names(t.params);
    let direction = directions.row(worst);
    let taking_part = direction.iter().zip(names).filter(|(v, _)| v.abs() > 0.1).map(|(_, name)| name);
    let taking_part: Vec<String> = taking_part.collect();
    let what = format!(
        "how many numbers the likelihood depends on; it is flat where {} change together",
        taking_part.join(", ")
    );
    clash(what, ("directions", (x.len() - flat.len()) as f64), ("coordinates", x.len() as f64), 0.0)
}

fn far(t: &Trial) -> Judged {
    let coordinates = offered(&t.model.coordinates, "Coordinates")?;
    let x = t.free(t.params)?;
    if t.counting().next().is_none() || read_again(t.model, t.params).is_err() {
        return untold("no unit counts, or the parameters cannot be written and read");
    }
    for odd in [1e4, -1e4] {
        for all in [true, false] {
            let moved = x.iter().enumerate().map(|(j, x)| if all || j == 0 { odd } else { *x });
            let Ok(at) = coordinates.at_free(t.params, &moved.collect::<Vec<_>>()) else { continue };
            // Parameters that no E-step can use are found out there.
            if !t.sweep(t.data, &at).objective().is_finite() {
                continue;
            }
            if let Err(why) = read_again(t.model, &at) {
                return broken(format!("parameters at coordinates of {odd} cannot be written and read: {why}"));
            }
            if coordinates.to_free(&at).iter().any(|x| x.is_nan()) {
                return broken(format!("parameters at coordinates of {odd} have coordinates that are not a number"));
            }
        }
    }
    Ok(())
}
