//! Zeros and ones, a bit each.

use super::dispatch::{Kernel, run};

/// Numbers in a word.
pub(crate) const WORD: usize = u64::BITS as usize;

/// At most [`WORD`] numbers as a word, the first in its lowest bit; none where one is neither 0 nor 1.
pub(crate) fn packed(numbers: &[f64]) -> Option<u64> {
    let all = numbers.iter().all(|x| *x == 0.0 || *x == 1.0);
    let word = || numbers.iter().enumerate().fold(0, |word, (i, x)| word | (u64::from(*x == 1.0) << i));
    all.then(word)
}

/// The numbers of whole rows of d, each of which begins a word.
pub(crate) fn unpack(words: &[u64], d: usize, out: &mut [f64]) {
    run(Unpacked { words, d, out })
}

struct Unpacked<'a> {
    words: &'a [u64],
    d: usize,
    out: &'a mut [f64],
}

impl Kernel for Unpacked<'_> {
    type Out = ();

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) {
        let Unpacked { words, d, out } = self;
        let rows = words.chunks_exact(d.div_ceil(WORD).max(1)).zip(out.chunks_exact_mut(d.max(1)));
        for (words, row) in rows {
            let (whole, rest) = row.as_chunks_mut::<WORD>();
            for (numbers, word) in whole.iter_mut().zip(words) {
                for i in 0..WORD {
                    numbers[i] = number(word >> i);
                }
            }
            for (i, x) in rest.iter_mut().enumerate() {
                *x = number(words[whole.len()] >> i);
            }
        }
    }
}

/// The lowest bit as a number: the bits of 1, or none.
#[inline(always)]
fn number(word: u64) -> f64 {
    f64::from_bits((word & 1).wrapping_neg() & 1.0f64.to_bits())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at_every_level, numbers};
    use super::*;

    #[test]
    fn what_is_packed_comes_back_for_every_remainder() {
        for (d, m) in [(1, 3), (5, 7), (63, 2), (64, 3), (65, 2), (200, 3)] {
            let x: Vec<f64> = numbers(d * m, 1).iter().map(|x| f64::from(*x > 0.3)).collect();
            let words: Vec<u64> =
                x.chunks(d).flat_map(|row| row.chunks(WORD).map(|few| packed(few).unwrap())).collect();
            at_every_level(|level| {
                let mut out = vec![f64::NAN; d * m];
                unpack(&words, d, &mut out);
                assert_eq!(out, x, "{level:?} {d} {m}");
            });
        }
    }

    #[test]
    fn nothing_but_zeros_and_ones_is_packed() {
        assert_eq!(packed(&[1.0, 0.0, -0.0, 1.0]), Some(0b1001));
        for other in [0.5, 2.0, -1.0, f64::NAN] {
            assert_eq!(packed(&[1.0, other]), None);
        }
    }
}
