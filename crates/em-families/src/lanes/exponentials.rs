//! Exponentials of whole lists.

use super::dispatch::{Kernel, run};
use super::elementary::exp;

/// Numbers above this are taken for it: their exponentials overflow soon.
const MOST: f64 = 700.0;

/// Turns each x into exp x, and above `highest`, 700 at most, into its tangent there.
pub(crate) fn guarded_exps(highest: f64, list: &mut [f64]) {
    run(Guarded { highest, list })
}

struct Guarded<'a> {
    highest: f64,
    list: &'a mut [f64],
}

impl Kernel for Guarded<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Guarded { highest, list } = self;
        each::<V>(list, |x| {
            let below = exp::<FUSED, V>(x.map(|x| if x > highest { highest } else { x }));
            let mut out = x.map(|x| if x > highest { 1.0 + (x - highest) } else { 1.0 });
            for l in 0..V {
                out[l] *= below[l];
            }
            out
        });
    }
}

/// Turns each x into w exp(x − shift) with its weight w, and into 0 where that is 0, whatever x is.
pub(crate) fn weighted_exps(shift: f64, weights: &[f64], list: &mut [f64]) {
    run(Weighted { shift, weights, list })
}

struct Weighted<'a> {
    shift: f64,
    weights: &'a [f64],
    list: &'a mut [f64],
}

impl Kernel for Weighted<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Weighted { shift, weights, list } = self;
        each::<V>(list, |x| exp::<FUSED, V>(x.map(|x| if x - shift > MOST { MOST } else { x - shift })));
        for (x, w) in list.iter_mut().zip(weights) {
            *x = if *w > 0.0 { *x * w } else { 0.0 };
        }
    }
}

/// Changes a list, so many numbers at a time; zeros fill up the last of them.
#[inline(always)]
fn each<const V: usize>(list: &mut [f64], f: impl Fn([f64; V]) -> [f64; V]) {
    let (whole, rest) = list.as_chunks_mut::<V>();
    whole.iter_mut().for_each(|x| *x = f(*x));
    let mut few = [0.0; V];
    few[..rest.len()].copy_from_slice(rest);
    rest.copy_from_slice(&f(few)[..rest.len()]);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at_every_level, numbers};
    use super::*;

    #[test]
    fn they_are_those_of_the_standard_library_for_every_remainder() {
        for n in [0, 1, 8, 15, 16, 17, 50] {
            let x: Vec<f64> = numbers(n, 1).iter().map(|x| 300.0 * x).collect();
            let weights: Vec<f64> = numbers(n, 2).iter().map(|w| w.max(0.0)).collect();
            at_every_level(|level| {
                let (mut guarded, mut weighted) = (x.clone(), x.clone());
                guarded_exps(500.0, &mut guarded);
                weighted_exps(450.0, &weights, &mut weighted);
                for i in 0..n {
                    let top = x[i].min(500.0).exp() * (1.0 + (x[i] - 500.0).max(0.0));
                    assert!((guarded[i] / top - 1.0).abs() < 1e-15, "{level:?} {}: {}", x[i], guarded[i]);
                    let wanted = weights[i] * (x[i] - 450.0).exp();
                    // Below the least normal number is 0.
                    assert!((weighted[i] - wanted).abs() <= 1e-15 * wanted + 1e-300, "{level:?} {}", x[i]);
                }
            });
        }
    }

    #[test]
    fn what_overflows_has_no_part_where_it_has_no_weight_and_what_is_no_number_stays_so() {
        at_every_level(|_| {
            let mut list = [f64::INFINITY, f64::NAN, 1e300, f64::NAN];
            weighted_exps(0.0, &[0.0, 0.0, 0.0, 1.0], &mut list);
            assert!(list[..3] == [0.0; 3] && list[3].is_nan());
            let mut list = [1e9, f64::NAN, f64::NEG_INFINITY];
            guarded_exps(500.0, &mut list);
            assert!(list[0].is_finite() && list[1].is_nan() && list[2] == 0.0);
        });
    }
}
