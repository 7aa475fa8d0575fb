//! ln μ_i = x_i′ b + offset_i, the logarithms of expected counts.

use super::newton::Block;
use crate::{RegressionData, lanes};
use nalgebra::DVector;
use std::ops::Range;

/// Log means above this are taken further along the tangent of the exponential: no count has one, and what is hopeless
/// stays a finite number, from which there is a way back.
pub(super) const HIGHEST: f64 = 500.0;

/// ln μ_i = x_i′ b + offset_i of one unit, as [`log_means`] has it.
pub(super) fn log_mean(b: &DVector<f64>, data: &RegressionData, unit: usize) -> f64 {
    let center = data.center();
    let about_center: f64 = b.iter().zip(data.row(unit)).zip(center).map(|((b, x), c)| b * (x - c)).sum();
    about_center + middle(b, center) + data.offset(unit)
}

fn middle(b: &DVector<f64>, center: &[f64]) -> f64 {
    b.iter().zip(center).map(|(b, c)| b * c).sum()
}

/// Shows the covariates of `units` about the center of the data.
pub(super) fn with_block<R>(data: &RegressionData, units: Range<usize>, show: impl FnOnce(&Block) -> R) -> R {
    let p = data.columns();
    let center = &data.center()[..p];
    let values = &data.design().as_slice()[units.start * p..units.end * p];
    lanes::with_block_about(Some(center), p, values, |rows| show(&Block { rows, center, spread: data.spread() }))
}

/// Writes ln μ_i = x_i′ b + offset_i of `units`. About the center of the data, so that covariates far from 0 all round
/// alike: that is like a change of the intercept, which hardly matters at a maximum.
pub(super) fn log_means(b: &DVector<f64>, block: &Block, data: &RegressionData, units: Range<usize>, out: &mut [f64]) {
    let middle = middle(b, block.center);
    lanes::combine(b.as_slice(), block.rows.columns, lanes::padded(units.len()), out);
    match data.offsets() {
        None => out.iter_mut().for_each(|out| *out += middle),
        Some(offsets) => out.iter_mut().zip(&offsets[units]).for_each(|(out, offset)| *out += middle + offset),
    }
}

/// Writes exp x, and above [`HIGHEST`] its tangent there.
pub(super) fn guarded_exps(list: &mut [f64]) {
    lanes::guarded_exps(HIGHEST, list);
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    #[test]
    fn one_by_one_and_block_by_block_by_hand() {
        let x = DMatrix::from_fn(2, 7, |i, u| if i == 0 { 1.0 } else { 1e6 + u as f64 });
        let data = RegressionData::new(x, None, Some((0..7).map(f64::from).collect()), None).unwrap();
        let b = DVector::from_vec(vec![-2e6, 2.0]);
        let mut out = [0.0; 6];
        with_block(&data, 1..7, |block| log_means(&b, block, &data, 1..7, &mut out));
        for (i, out) in out.into_iter().enumerate() {
            // −2·10⁶ + 2 (10⁶ + u) + u
            assert_eq!((out, log_mean(&b, &data, i + 1)), (3.0 * (i + 1) as f64, 3.0 * (i + 1) as f64));
        }
    }

    #[test]
    fn beyond_measure_the_exponential_is_its_tangent() {
        let mut list = [2.0, 501.0, 1e9];
        guarded_exps(&mut list);
        for (got, wanted) in list.into_iter().zip([2f64.exp(), 2.0 * HIGHEST.exp(), (1e9 - 499.0) * HIGHEST.exp()]) {
            assert!((got / wanted - 1.0).abs() < 1e-14, "{got} {wanted}");
        }
    }
}
