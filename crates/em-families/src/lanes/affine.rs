//! Lists, scaled and shifted.

use super::dispatch::{Kernel, multiply_add, run};

/// Turns each x into a + b x.
pub(crate) fn affine(a: f64, b: f64, list: &mut [f64]) {
    run(Affine { a, b, least: f64::NEG_INFINITY, list })
}

/// Adds a to each x above `least`, and takes others for −∞.
pub(crate) fn shift_above(least: f64, a: f64, list: &mut [f64]) {
    run(Affine { a, b: 1.0, least, list })
}

struct Affine<'a> {
    a: f64,
    b: f64,
    least: f64,
    list: &'a mut [f64],
}

impl Kernel for Affine<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Affine { a, b, least, list } = self;
        for x in list {
            let moved = multiply_add::<FUSED>(b, *x, a);
            *x = if *x <= least { f64::NEG_INFINITY } else { moved };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{agree, at_every_level, numbers};
    use super::*;

    #[test]
    fn every_number_is_moved_for_every_remainder() {
        for n in [0, 1, 7, 8, 17, 50] {
            let x = numbers(n, 1);
            at_every_level(|level| {
                let mut got = x.clone();
                affine(0.75, -0.5, &mut got);
                agree(&got, &x.iter().map(|x| 0.75 - 0.5 * x).collect::<Vec<_>>(), (level, n));
            });
        }
    }

    #[test]
    fn what_is_at_the_bound_or_below_cannot_be_and_what_is_no_number_stays_so() {
        at_every_level(|_| {
            let mut list = [-2.0, -1.0, 0.5, f64::NAN, f64::NEG_INFINITY];
            shift_above(-1.0, 0.25, &mut list);
            assert_eq!(
                (list[..3].to_vec(), list[4]),
                (vec![f64::NEG_INFINITY, f64::NEG_INFINITY, 0.75], f64::NEG_INFINITY)
            );
            assert!(list[3].is_nan());
        });
    }
}
