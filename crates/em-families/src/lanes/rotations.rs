//! Products of long columns, and rotations of their plane.

use super::dispatch::{Kernel, add_products, multiply_add, run, totals};

/// Σ x y of two lists of one length.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    run(Dot { x, y })
}

struct Dot<'a> {
    x: &'a [f64],
    y: &'a [f64],
}

impl Kernel for Dot<'_> {
    type Out = f64;

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) -> f64 {
        let ((x, x_rest), (y, y_rest)) = (self.x.as_chunks::<V>(), self.y.as_chunks::<V>());
        let mut sums = [0.0; V];
        for (x, y) in x.iter().zip(y) {
            add_products::<FUSED, V>(&mut sums, x, y);
        }
        let rest = x_rest.iter().zip(y_rest).fold(0.0, |sum, (x, y)| multiply_add::<FUSED>(*x, *y, sum));
        totals([sums])[0] + rest
    }
}

/// Turns (x, y) into (c x − s y, s x + c y), number by number, of two lists of one length.
pub(crate) fn rotate(c: f64, s: f64, x: &mut [f64], y: &mut [f64]) {
    run(Rotation { c, s, x, y })
}

struct Rotation<'a> {
    c: f64,
    s: f64,
    x: &'a mut [f64],
    y: &'a mut [f64],
}

impl Kernel for Rotation<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Rotation { c, s, x, y } = self;
        for (x, y) in x.iter_mut().zip(y) {
            (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{agree, at_every_level, numbers};
    use super::*;

    #[test]
    fn products_and_turns_for_every_remainder() {
        for n in [0, 1, 7, 8, 9, 16, 33, 101] {
            let (x, y) = (numbers(n, 1), numbers(n, 2));
            let product: f64 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
            let (c, s) = (0.6, 0.8);
            let turned: Vec<f64> = x.iter().zip(&y).map(|(x, y)| c * x - s * y).collect();
            let other: Vec<f64> = x.iter().zip(&y).map(|(x, y)| s * x + c * y).collect();
            at_every_level(|level| {
                agree(&[dot(&x, &y)], &[product], (level, n));
                let (mut a, mut b) = (x.clone(), y.clone());
                rotate(c, s, &mut a, &mut b);
                agree(&a, &turned, (level, n));
                agree(&b, &other, (level, n));
            });
        }
    }
}
