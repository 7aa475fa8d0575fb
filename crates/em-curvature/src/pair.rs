//! [`Pair`]: a point ahead and one behind, at a step that suits the coordinate.

use crate::{Landscape, Sight};

/// A step may miss the one wanted by this factor: the error of a difference is flat about its least.
const NEAR: f64 = 8.0;
/// The same of a step that is too short where slopes are differences themselves: the error then grows with its square.
const SHORT: f64 = 2.0;
/// A step that does too little grows by this factor at most.
const GROWTH: f64 = 1024.0;
/// A step that cannot be made shrinks by this factor.
const SHRINK: f64 = 32.0;
/// Looks at the most, two points each.
const TRIES: usize = 24;
/// A coordinate that does nothing within this many times its size does nothing at all.
const FAR: f64 = 1e12;
/// A step that cannot be made longer still tells a curvature where it leads this part of the way.
const FAINT: f64 = 1e-3;

/// The function on both sides of a point along one coordinate.
pub(crate) struct Pair {
    /// h.
    pub step: f64,
    /// At x + h.
    pub ahead: Sight,
    /// At x − h.
    pub behind: Sight,
    /// f″ along the coordinate.
    pub bend: f64,
}

/// How far a step leads.
enum Reach {
    /// Too far: there are no such parameters.
    Nowhere,
    /// So many standard errors, as far as curvature tells.
    Errors(f64),
}

impl Pair {
    fn at(land: &Landscape, here: &Sight, x: &[f64], i: usize, step: f64) -> Option<Pair> {
        let (ahead, behind) = (land.moved(x, &[(i, step)])?, land.moved(x, &[(i, -step)])?);
        let bend = match (&ahead.slope, &behind.slope) {
            (Some(ahead), Some(behind)) => (ahead[i] - behind[i]) / (2.0 * step),
            _ => (ahead.value - 2.0 * here.value + behind.value) / (step * step),
        };
        bend.is_finite().then_some(Pair { step, ahead, behind, bend })
    }

    /// A slope may vanish again far from all data, where the value still tells that they have been left.
    fn reach(&self, here: &Sight, wanted: f64) -> f64 {
        let by_value = (self.ahead.value - 2.0 * here.value + self.behind.value).abs().sqrt();
        let by_bend = self.step * self.bend.abs().sqrt();
        if by_value > NEAR * wanted { by_value.max(by_bend) } else { by_bend }
    }

    /// f′ along the coordinate, by values.
    pub fn tilt(&self) -> f64 {
        (self.ahead.value - self.behind.value) / (2.0 * self.step)
    }

    /// The pair at a step that leads as far as it should; where nothing happens however long the step, at one of the
    /// coordinate's own size, and told so. None where the coordinate cannot be moved.
    pub fn suited(land: &Landscape, here: &Sight, x: &[f64], i: usize) -> Option<(Pair, bool)> {
        let (wanted, size) = (land.step(here), x[i].abs().max(1.0));
        let (usual, short) = (wanted / land.root() * size, if here.slope.is_some() { NEAR } else { SHORT });
        let (mut step, mut too_far) = (usual, f64::INFINITY);
        for _ in 0..TRIES {
            let pair = Pair::at(land, here, x, i, step);
            let reach = pair.as_ref().map_or(Reach::Nowhere, |pair| Reach::Errors(pair.reach(here, wanted)));
            let longest = 0.5 * too_far;
            match (reach, pair) {
                (Reach::Errors(reach), Some(pair)) if reach <= NEAR * wanted => {
                    let longer = step * (wanted / reach).min(GROWTH);
                    if reach * short >= wanted {
                        return Some((pair, false));
                    }
                    if longer > (FAR * size).min(longest) {
                        match reach >= FAINT * wanted {
                            true => return Some((pair, false)),
                            false => break,
                        }
                    }
                    step = longer;
                }
                (Reach::Errors(reach), _) => {
                    too_far = too_far.min(step);
                    step *= (wanted / reach).max(1.0 / GROWTH);
                }
                (Reach::Nowhere, _) => {
                    too_far = too_far.min(step);
                    step /= SHRINK;
                }
            }
        }
        Pair::at(land, here, x, i, usual).map(|pair| (pair, true))
    }
}
