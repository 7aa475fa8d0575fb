//! exp and ln of several numbers at once.

use super::dispatch::multiply_add;
use std::f64::consts::{LN_2, LOG2_E};

/// exp of less is taken for 0: it is below the smallest normal number.
const LEAST_EXPONENT: f64 = -708.0;
/// Added to a number below 2⁵¹, it leaves the nearest whole number in the last bits.
const ROUNDING: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts; the first has so few bits that its products with exponents are exact.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// exp(x) for x up to 700, each within 2 units in the last place: exp(n ln 2 + r) = 2ⁿ exp(r) with |r| ≤ ½ ln 2, by Taylor's series.
#[inline(always)]
pub(super) fn exp<const FUSED: bool, const V: usize>(x: [f64; V]) -> [f64; V] {
    // 1/n! from n = 13 down to 2.
    const SERIES: [f64; 12] = [
        1.605_904_383_682_161_3e-10,
        2.087_675_698_786_81e-9,
        2.505_210_838_544_172e-8,
        2.755_731_922_398_589e-7,
        2.755_731_922_398_589_3e-6,
        2.480_158_730_158_73e-5,
        1.984_126_984_126_984e-4,
        1.388_888_888_888_889e-3,
        8.333_333_333_333_333e-3,
        4.166_666_666_666_666_4e-2,
        1.666_666_666_666_666_6e-1,
        0.5,
    ];
    let mut out = [0.0; V];
    for l in 0..V {
        let shifted = multiply_add::<FUSED>(x[l], LOG2_E, ROUNDING);
        let n = shifted - ROUNDING;
        let r = multiply_add::<FUSED>(n, -LN_2_LOW, multiply_add::<FUSED>(n, -LN_2_HIGH, x[l]));
        let mut sum = SERIES[0];
        for term in &SERIES[1..] {
            sum = multiply_add::<FUSED>(sum, r, *term);
        }
        // 1 + r + r² · sum; the last bits of `shifted` are n, which moves into the exponent.
        let mantissa = 1.0 + multiply_add::<FUSED>(sum * r, r, r);
        let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0f64.to_bits()));
        out[l] = if x[l] < LEAST_EXPONENT { 0.0 } else { mantissa * power };
    }
    out
}

/// ln x for normal numbers above 0, each within 2 units in the last place or 1e-16: x = 2ⁿ m with m between √½ and √2, and
/// ln m = 2 artanh f, f = (m − 1) / (m + 1), by its series.
#[inline(always)]
pub(super) fn ln<const FUSED: bool, const V: usize>(x: [f64; V]) -> [f64; V] {
    /// The bits of √½.
    const ROOT: u64 = 0x3fe6_a09e_667f_3bcd;
    let mut out = [0.0; V];
    for l in 0..V {
        let above = x[l].to_bits().wrapping_sub(ROOT);
        // The exponent, as a number: its bits are put below those of 2⁵², which is then taken away.
        let biased = (above >> 52) & 0xfff;
        let n = f64::from_bits((biased ^ 0x800) | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 2048.0);
        let m = f64::from_bits((above & 0x000f_ffff_ffff_ffff).wrapping_add(ROOT));
        let f = (m - 1.0) / (m + 1.0);
        let square = f * f;
        let mut sum = 1.0 / 23.0;
        for odd in [21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
            sum = multiply_add::<FUSED>(sum, square, 1.0 / odd);
        }
        let twice = f + f;
        out[l] = multiply_add::<FUSED>(n, LN_2, multiply_add::<FUSED>(twice * square, sum, twice));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::dispatch::{Kernel, at_every_level, run};
    use super::*;

    struct Each<'a>(&'a [f64]);

    impl Kernel for Each<'_> {
        type Out = Vec<[f64; 2]>;
        fn go<const FUSED: bool, const V: usize, const R: usize>(self) -> Vec<[f64; 2]> {
            let both = |x: &[f64]| {
                let mut lanes = [-1.0; V];
                lanes[..x.len()].copy_from_slice(x);
                let (exps, logs) = (exp::<FUSED, V>(lanes), ln::<FUSED, V>(lanes.map(|x| -x)));
                (0..x.len()).map(move |l| [exps[l], logs[l]]).collect::<Vec<_>>()
            };
            self.0.chunks(V).flat_map(both).collect()
        }
    }

    #[test]
    fn both_are_right_to_the_last_digits() {
        let x: Vec<f64> = (0..40_000).map(|i| -1e-9 * 1.0007f64.powi(i)).filter(|x| *x > -707.0).collect();
        assert!(x.last().unwrap() < &-700.0);
        at_every_level(|_| {
            for (x, [e, l]) in x.iter().zip(run(Each(&x))) {
                assert!((e / x.exp() - 1.0).abs() < 5e-16, "exp {x}: {e}");
                assert!((l - (-x).ln()).abs() <= 5e-16 * l.abs() + 1e-16, "ln {}: {l}", -x);
            }
        });
    }

    #[test]
    fn zero_one_infinities_and_what_is_no_number() {
        at_every_level(|_| {
            let both = run(Each(&[-0.0, f64::NEG_INFINITY, -800.0, f64::NAN, -1.0]));
            let [zero, infinite, far, unknown, one] = both[..] else { panic!() };
            assert_eq!((zero[0], infinite[0], far[0], one[1]), (1.0, 0.0, 0.0, 0.0));
            assert!(unknown[0].is_nan());
        });
    }
}
