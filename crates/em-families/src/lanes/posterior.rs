//! Responsibilities from log joints.

use super::dispatch::{Kernel, WIDEST, run};
use super::elementary::{exp, ln};
use em_core::scratch;

/// As [`responsibilities`](crate::mixture::responsibilities).
pub(crate) fn posterior(joint: &mut [f64], log_density: &mut [f64]) {
    let (m, k) = (log_density.len(), joint.len() / log_density.len().max(1));
    if m > 0 {
        scratch::with((k + 1) * WIDEST, |few| run(Posterior { joint, log_density, few }));
    }
}

struct Posterior<'a> {
    joint: &'a mut [f64],
    log_density: &'a mut [f64],
    /// Room for the last units, where they are fewer than the lanes.
    few: &'a mut [f64],
}

impl Kernel for Posterior<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Posterior { joint, log_density, few } = self;
        let m = log_density.len();
        let mut begin = 0;
        while begin < m {
            let n = V.min(m - begin);
            if n == V {
                tile::<FUSED, V>(joint, m, begin, log_density);
            } else {
                part::<FUSED, V>(joint, m, begin, n, log_density, few);
            }
            begin += n;
        }
    }
}

/// The units from `begin` on, as many as there are lanes.
#[inline(always)]
fn tile<const FUSED: bool, const V: usize>(joint: &mut [f64], m: usize, begin: usize, log_density: &mut [f64]) {
    let mut max = [f64::NEG_INFINITY; V];
    for column in joint.chunks_exact(m) {
        let column = &column[begin..begin + V];
        for l in 0..V {
            max[l] = if column[l] > max[l] { column[l] } else { max[l] };
        }
    }
    let mut top = max;
    for l in 0..V {
        // Where nothing explains a unit, −∞ less −∞ would be no number.
        top[l] = if max[l] == f64::NEG_INFINITY { 0.0 } else { max[l] };
    }
    let mut sum = [0.0; V];
    for column in joint.chunks_exact_mut(m) {
        let column = &mut column[begin..begin + V];
        let mut below = [0.0; V];
        for l in 0..V {
            below[l] = column[l] - top[l];
        }
        let exps = exp::<FUSED, V>(below);
        column.copy_from_slice(&exps);
        for l in 0..V {
            sum[l] += exps[l];
        }
    }
    let logs = ln::<FUSED, V>(sum);
    let mut share = [0.0; V];
    for l in 0..V {
        share[l] = if sum[l] > 0.0 { 1.0 / sum[l] } else { 0.0 };
        let unknown = sum[l].is_nan();
        let log = if max[l] == f64::NEG_INFINITY { max[l] } else { max[l] + logs[l] };
        log_density[begin + l] = if unknown { f64::NAN } else { log };
    }
    for column in joint.chunks_exact_mut(m) {
        let column = &mut column[begin..begin + V];
        for l in 0..V {
            column[l] *= share[l];
        }
    }
}

/// The last `n` units, fewer than there are lanes.
#[inline(always)]
fn part<const FUSED: bool, const V: usize>(
    joint: &mut [f64],
    m: usize,
    begin: usize,
    n: usize,
    log_density: &mut [f64],
    few: &mut [f64],
) {
    let k = joint.len() / m;
    let (few, density) = few[..(k + 1) * V].split_at_mut(k * V);
    for (few, column) in few.chunks_exact_mut(V).zip(joint.chunks_exact(m)) {
        few.fill(0.0);
        few[..n].copy_from_slice(&column[begin..begin + n]);
    }
    tile::<FUSED, V>(few, V, 0, density);
    for (few, column) in few.chunks_exact(V).zip(joint.chunks_exact_mut(m)) {
        column[begin..begin + n].copy_from_slice(&few[..n]);
    }
    log_density[begin..begin + n].copy_from_slice(&density[..n]);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SHAPES, agree, at_every_level, numbers};
    use super::*;

    #[test]
    fn shares_and_sums_of_exponentials_for_every_remainder() {
        for (_, m, k) in SHAPES {
            let joint: Vec<f64> = numbers(k * m, 1).iter().map(|x| 40.0 * x - 1000.0).collect();
            let of = |i: usize| (0..k).map(move |j| j * m + i);
            let densities: Vec<f64> = (0..m)
                .map(|i| {
                    let max = of(i).map(|at| joint[at]).fold(f64::NEG_INFINITY, f64::max);
                    max + of(i).map(|at| (joint[at] - max).exp()).sum::<f64>().ln()
                })
                .collect();
            let shares: Vec<f64> = (0..k * m).map(|at| (joint[at] - densities[at % m]).exp()).collect();
            at_every_level(|level| {
                let (mut got, mut log_density) = (joint.clone(), vec![f64::NAN; m]);
                posterior(&mut got, &mut log_density);
                agree(&log_density, &densities, (level, m, k));
                agree(&got, &shares, (level, m, k));
                let sums: Vec<f64> = (0..m).map(|i| of(i).map(|at| got[at]).sum()).collect();
                agree(&sums, &vec![1.0; m], (level, m, k));
            });
        }
    }
}
