//! Sums of long lists, and lists weighed.

use super::dispatch::{Kernel, run, totals};

/// The sum of a list.
pub(crate) fn sum(list: &[f64]) -> f64 {
    run(Sum(list))
}

/// The sum of a list, for other kernels as well.
pub(super) struct Sum<'a>(pub(super) &'a [f64]);

impl Kernel for Sum<'_> {
    type Out = f64;

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) -> f64 {
        let (lanes, rest) = self.0.as_chunks::<V>();
        let mut sums = [0.0; V];
        for x in lanes {
            for l in 0..V {
                sums[l] += x[l];
            }
        }
        totals([sums])[0] + rest.iter().sum::<f64>()
    }
}

/// Multiplies each number by its weight, where that is above 0, and takes it for 0 elsewhere, whatever it is; returns the
/// sum.
pub(crate) fn weigh(list: &mut [f64], weights: &[f64]) -> f64 {
    run(Weigh { list, weights })
}

struct Weigh<'a> {
    list: &'a mut [f64],
    weights: &'a [f64],
}

impl Kernel for Weigh<'_> {
    type Out = f64;

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) -> f64 {
        for (x, w) in self.list.iter_mut().zip(self.weights) {
            *x = if *w > 0.0 { *x * w } else { 0.0 };
        }
        Sum(self.list).go::<FUSED, V, R>()
    }
}

/// Whether every number of a list is between −`limit` and `limit`.
pub(crate) fn within(limit: f64, list: &[f64]) -> bool {
    run(Within { limit, list })
}

struct Within<'a> {
    limit: f64,
    list: &'a [f64],
}

impl Kernel for Within<'_> {
    type Out = bool;

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) -> bool {
        let (lanes, rest) = self.list.as_chunks::<V>();
        // A number that is none is nowhere between.
        let mut inside = [true; V];
        for x in lanes {
            for l in 0..V {
                inside[l] &= x[l].abs() <= self.limit;
            }
        }
        inside == [true; V] && rest.iter().all(|x| x.abs() <= self.limit)
    }
}

/// The sum of several lists, number by number, into a list as long as each.
pub(crate) fn add_lists(lists: &[f64], out: &mut [f64]) {
    run(Lists { lists, out })
}

struct Lists<'a> {
    lists: &'a [f64],
    out: &'a mut [f64],
}

impl Kernel for Lists<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        self.out.fill(0.0);
        for list in self.lists.chunks_exact(self.out.len().max(1)) {
            self.out.iter_mut().zip(list).for_each(|(sum, x)| *sum += x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at_every_level, numbers};
    use super::*;

    #[test]
    fn what_is_beyond_is_found_wherever_it_stands() {
        for n in [1, 8, 16, 35] {
            for at in 0..n {
                at_every_level(|level| {
                    let mut list = vec![-3.0; n];
                    assert!(within(3.0, &list), "{level:?} {n}");
                    for beyond in [3.1, -3.1, f64::NAN, f64::INFINITY] {
                        list[at] = beyond;
                        assert!(!within(3.0, &list), "{level:?} {n} {at} {beyond}");
                    }
                });
            }
        }
    }

    #[test]
    fn every_number_counts_with_its_weight() {
        for n in [0, 1, 7, 8, 16, 17, 100] {
            let (x, weights) = (numbers(n, 1), numbers(n, 2).iter().map(|w| w.max(0.0)).collect::<Vec<_>>());
            let weighed: Vec<f64> = x.iter().zip(&weights).map(|(x, w)| x * w).collect();
            at_every_level(|level| {
                assert!((sum(&x) - x.iter().sum::<f64>()).abs() < 1e-12, "{level:?} {n}");
                let mut got = x.clone();
                let total = weigh(&mut got, &weights);
                assert_eq!(got, weighed, "{level:?}");
                assert!((total - weighed.iter().sum::<f64>()).abs() < 1e-12, "{level:?} {n}");
            });
        }
    }

    #[test]
    fn lists_are_added_number_by_number() {
        for (n, k) in [(1, 1), (5, 3), (16, 2), (33, 4)] {
            let lists = numbers(n * k, 1);
            let wanted: Vec<f64> = (0..n).map(|i| (0..k).map(|j| lists[j * n + i]).sum()).collect();
            at_every_level(|level| {
                let mut out = vec![f64::NAN; n];
                add_lists(&lists, &mut out);
                assert_eq!(out, wanted, "{level:?}");
            });
        }
    }

    #[test]
    fn what_has_no_weight_is_zero_even_where_it_is_no_number() {
        at_every_level(|_| {
            let mut list = [f64::NAN, 2.0, f64::INFINITY];
            assert_eq!((weigh(&mut list, &[0.0, 3.0, 0.0]), list), (6.0, [0.0, 6.0, 0.0]));
        });
    }
}
