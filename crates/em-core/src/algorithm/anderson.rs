//! Anderson acceleration.

use super::m_step::{INNER_ROUNDS, m_step};
use super::squarem::at_least;
use super::{Algorithm, Context, Memory, State, at_least_one};
use crate::{Cause, Coordinates};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// The damping δ = 1 / (1 + GROWTH^(PATIENCE − s)) rises with the s extrapolations that were taken (Henderson & Varadhan
/// 2019, section 3.2).
const GROWTH: f64 = 1.2;
const PATIENCE: f64 = 25.0;
/// Bisections for the ridge; each halves an interval of exponents.
const BISECTIONS: usize = 60;

/// Damped Anderson acceleration with restarts and an objective gate (Henderson & Varadhan 2019, DAAREM) in free coordinates.
///
/// With M the map of one EM iteration and f(x) = M(x) − x, the last `depth` differences of x and f give
/// x⁺ = M(x) − (ΔX + ΔF) γ, where γ minimises ‖f(x) − ΔF γ‖² + λ‖γ‖² and the ridge λ makes ‖γ‖² the share δ of that
/// without a ridge. After `depth` extrapolations the differences are forgotten. A point whose objective is below that of x
/// is refused for M(x), so that the objective never falls. One iteration takes one pass over the data, two after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Anderson {
    /// Differences that are kept, at least one.
    pub depth: u64,
}

impl Default for Anderson {
    fn default() -> Self {
        Anderson { depth: 5 }
    }
}

impl<M: Coordinates> Algorithm<M> for Anderson {
    fn check(&self) -> Result<(), String> {
        at_least_one("depth", self.depth)
    }

    fn step(&self, cx: &Context<M>, from: &State<M>, memory: &mut Memory) -> Result<State<M>, Cause> {
        let mapped = m_step(cx, from, INNER_ROUNDS)?;
        let x = cx.model.to_free(&from.params);
        let fx = cx.model.to_free(&mapped);
        let f: Vec<f64> = fx.iter().zip(&x).map(|(m, x)| m - x).collect();
        let mut past = Past::take(memory, x, f);
        let next = past.extrapolated(&fx).and_then(|to| at_least(cx, from, &to));
        past.note(next.is_some(), self.depth as usize);
        past.keep(memory);
        Ok(next.unwrap_or_else(|| cx.at(mapped)))
    }
}

/// Where the iterations have been since the last restart.
struct Past {
    /// Extrapolations taken, less those refused; never below zero.
    taken: f64,
    /// Points x and their f, the oldest first, two numbers lists each.
    points: Vec<[Vec<f64>; 2]>,
}

impl Past {
    fn take(memory: &Memory, x: Vec<f64>, f: Vec<f64>) -> Self {
        let taken = memory.number().unwrap_or(0.0);
        let old = memory.numbers.get(1..).unwrap_or_default().chunks_exact(2);
        // Points of another dimension belong to parameters that are no more.
        let same = |pair: &&[Vec<f64>]| pair.iter().all(|numbers| numbers.len() == x.len());
        let same = old.filter(same).map(|pair| [pair[0].clone(), pair[1].clone()]);
        let points = same.chain([[x.clone(), f]]).collect();
        Past { taken, points }
    }

    fn keep(self, memory: &mut Memory) {
        memory.numbers = std::iter::once(vec![self.taken]).chain(self.points.into_iter().flatten()).collect();
    }

    /// x⁺, where there are differences to take it from; `fx` is M(x).
    fn extrapolated(&self, fx: &[f64]) -> Option<Vec<f64>> {
        let m = self.points.len() - 1;
        if m == 0 {
            return None;
        }
        let difference = |which: usize| {
            DMatrix::from_fn(fx.len(), m, |i, j| self.points[j + 1][which][i] - self.points[j][which][i])
        };
        let (dx, df) = (difference(0), difference(1));
        let f = DVector::from_column_slice(&self.points[m][1]);
        let delta = 1.0 / (1.0 + GROWTH.powf(PATIENCE - self.taken));
        let gamma = damped(&df, &f, delta)?;
        let back = (dx + df) * gamma;
        Some(fx.iter().zip(back.iter()).map(|(m, b)| m - b).collect())
    }

    /// What came of an extrapolation; restarts after `depth` differences.
    fn note(&mut self, accepted: bool, depth: usize) {
        if self.points.len() > 1 {
            self.taken = if accepted { self.taken + 1.0 } else { (self.taken - PATIENCE).max(0.0) };
        }
        if self.points.len() > depth {
            self.points.clear();
        }
    }
}

/// argmin ‖f − A γ‖² + λ‖γ‖², with λ such that ‖γ‖² is `share` of what it is without; none where A has not full rank.
fn damped(a: &DMatrix<f64>, f: &DVector<f64>, share: f64) -> Option<DVector<f64>> {
    if a.iter().chain(f.iter()).any(|x| !x.is_finite()) {
        return None;
    }
    let svd = a.clone().svd(true, true);
    let (u, vt, s) = (svd.u?, svd.v_t?, svd.singular_values);
    let (largest, smallest) = (s.max(), s.min());
    if smallest.is_nan() || smallest <= f64::EPSILON * largest * a.nrows().max(a.ncols()) as f64 {
        return None;
    }
    let c = u.tr_mul(f);
    let square = |ridge: f64| -> f64 { s.iter().zip(c.iter()).map(|(s, c)| (s * c / (s * s + ridge)).powi(2)).sum() };
    let wanted = share * square(0.0);
    // ‖γ‖² falls with the ridge; below the first of these it is almost all, above the second almost nothing.
    let (mut low, mut high) = ((smallest * smallest * 1e-12).ln(), (largest * largest * 1e12).ln());
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if square(middle.exp()) > wanted { low = middle } else { high = middle }
    }
    let ridge = (0.5 * (low + high)).exp();
    Some(vt.tr_mul(&DVector::from_iterator(s.len(), s.iter().zip(c.iter()).map(|(s, c)| s * c / (s * s + ridge)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ridge_leaves_the_share_that_is_wanted() {
        let a = DMatrix::from_row_slice(3, 2, &[1.0, 0.5, 0.2, -1.0, 0.0, 3.0]);
        let f = DVector::from_vec(vec![1.0, -2.0, 0.5]);
        let whole = a.clone().svd(true, true).solve(&f, 0.0).unwrap();
        for share in [0.01, 0.3, 0.99] {
            let gamma = damped(&a, &f, share).unwrap();
            assert!((gamma.norm_squared() / whole.norm_squared() - share).abs() < 1e-9);
        }
        let twice = DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 2.0, 4.0]);
        assert!(damped(&twice, &DVector::zeros(2), 0.5).is_none());
    }
}
