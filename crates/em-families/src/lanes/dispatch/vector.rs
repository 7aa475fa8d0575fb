//! [`Vector`]: as many numbers as a register holds.

use super::{ALWAYS_FUSED, multiply_add};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Numbers in a register. Those of a level are made by [tiled work](super::Tiled) that runs at it, and by nothing else.
pub(crate) trait Vector: Copy {
    /// As many numbers in memory.
    type Lanes;
    /// How many.
    const LANES: usize;

    /// A list as whole vectors, and what is left over.
    fn split(list: &[f64]) -> (&[Self::Lanes], &[f64]);
    /// The same number in every lane.
    fn splat(x: f64) -> Self;
    /// From memory.
    fn load(lanes: &Self::Lanes) -> Self;
    /// The first numbers of a list, which has as many.
    fn first(list: &[f64]) -> Self;
    /// To the first places of a list, which has as many.
    fn store(self, list: &mut [f64]);
    /// Turns as many rows of as many numbers, `d` places from one to the next, into columns `stride` places apart.
    fn transpose(rows: &[f64], d: usize, columns: &mut [f64], stride: usize);
    /// a + b.
    fn plus(self, b: Self) -> Self;
    /// a − b.
    fn minus(self, b: Self) -> Self;
    /// a · b.
    fn times(self, b: Self) -> Self;
    /// a · b + c, rounded once where the level can.
    fn times_plus(self, b: Self, c: Self) -> Self;
    /// `yes` where a < b, `no` elsewhere.
    fn where_less(self, b: Self, yes: Self, no: Self) -> Self;
    /// The sum of the lanes.
    fn total(self) -> f64;
}

/// The first numbers of a list.
#[inline(always)]
fn begin<const L: usize>(list: &[f64]) -> &[f64; L] {
    list.first_chunk().expect("lists are filled up to whole vectors")
}

/// Implements [`Vector`] by the instructions of a level.
#[cfg(target_arch = "x86_64")]
macro_rules! vector {
    ($(#[$doc:meta])* $name:ident($register:ty), $lanes:literal: $set:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $fma:ident, $less:ident, $total:ident, $transposed:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) struct $name($register);

        // SAFETY, of every block: work on these vectors runs only at a level whose instructions the processor has, and what is
        // loaded or stored is an array of as many numbers.
        impl Vector for $name {
            type Lanes = [f64; $lanes];
            const LANES: usize = $lanes;

            #[inline(always)]
            fn split(list: &[f64]) -> (&[Self::Lanes], &[f64]) {
                list.as_chunks()
            }
            #[inline(always)]
            fn splat(x: f64) -> Self {
                $name(unsafe { $set(x) })
            }
            #[inline(always)]
            fn load(lanes: &Self::Lanes) -> Self {
                $name(unsafe { $load(lanes.as_ptr()) })
            }
            #[inline(always)]
            fn first(list: &[f64]) -> Self {
                Self::load(begin(list))
            }
            #[inline(always)]
            fn store(self, list: &mut [f64]) {
                let places: &mut Self::Lanes = list.first_chunk_mut().expect("there is room for whole vectors");
                unsafe { $store(places.as_mut_ptr(), self.0) }
            }
            #[inline(always)]
            fn transpose(rows: &[f64], d: usize, columns: &mut [f64], stride: usize) {
                let mut tile = [Self::splat(0.0).0; $lanes];
                for i in 0..$lanes {
                    tile[i] = Self::first(&rows[i * d..]).0;
                }
                let tile = unsafe { $transposed(tile) };
                for i in 0..$lanes {
                    $name(tile[i]).store(&mut columns[i * stride..]);
                }
            }
            #[inline(always)]
            fn plus(self, b: Self) -> Self {
                $name(unsafe { $add(self.0, b.0) })
            }
            #[inline(always)]
            fn minus(self, b: Self) -> Self {
                $name(unsafe { $sub(self.0, b.0) })
            }
            #[inline(always)]
            fn times(self, b: Self) -> Self {
                $name(unsafe { $mul(self.0, b.0) })
            }
            #[inline(always)]
            fn times_plus(self, b: Self, c: Self) -> Self {
                $name(unsafe { $fma(self.0, b.0, c.0) })
            }
            #[inline(always)]
            fn where_less(self, b: Self, yes: Self, no: Self) -> Self {
                $name(unsafe { $less(self.0, b.0, yes.0, no.0) })
            }
            #[inline(always)]
            fn total(self) -> f64 {
                unsafe { $total(self.0) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
vector!(
    /// Of AVX-512.
    Eight(__m512d), 8: _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_add_pd, _mm512_sub_pd, _mm512_mul_pd, _mm512_fmadd_pd, eight_where_less, _mm512_reduce_add_pd, eight_transposed
);

#[cfg(target_arch = "x86_64")]
vector!(
    /// Of AVX2 and FMA.
    Four(__m256d), 4: _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_add_pd, _mm256_sub_pd, _mm256_mul_pd, _mm256_fmadd_pd, four_where_less, total_of_four, four_transposed
);

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn eight_where_less(a: __m512d, b: __m512d, yes: __m512d, no: __m512d) -> __m512d {
    _mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_LT_OQ>(a, b), no, yes)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn four_where_less(a: __m256d, b: __m256d, yes: __m256d, no: __m256d) -> __m256d {
    _mm256_blendv_pd(no, yes, _mm256_cmp_pd::<_CMP_LT_OQ>(a, b))
}

/// Pairs of rows by pairs of numbers, then fours of each, then eights.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn eight_transposed(x: [__m512d; 8]) -> [__m512d; 8] {
    let (mut twos, mut fours, mut eights) = (x, x, x);
    for i in 0..4 {
        twos[2 * i] = _mm512_unpacklo_pd(x[2 * i], x[2 * i + 1]);
        twos[2 * i + 1] = _mm512_unpackhi_pd(x[2 * i], x[2 * i + 1]);
    }
    for i in 0..2 {
        for j in 0..2 {
            let (a, b) = (twos[4 * i + j], twos[4 * i + j + 2]);
            fours[4 * i + j] = _mm512_shuffle_f64x2::<0b10_00_10_00>(a, b);
            fours[4 * i + j + 2] = _mm512_shuffle_f64x2::<0b11_01_11_01>(a, b);
        }
    }
    for j in 0..4 {
        eights[j] = _mm512_shuffle_f64x2::<0b10_00_10_00>(fours[j], fours[j + 4]);
        eights[j + 4] = _mm512_shuffle_f64x2::<0b11_01_11_01>(fours[j], fours[j + 4]);
    }
    eights
}

/// Pairs of rows by pairs of numbers, then fours of each.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn four_transposed(x: [__m256d; 4]) -> [__m256d; 4] {
    let (mut twos, mut fours) = (x, x);
    for i in 0..2 {
        twos[2 * i] = _mm256_unpacklo_pd(x[2 * i], x[2 * i + 1]);
        twos[2 * i + 1] = _mm256_unpackhi_pd(x[2 * i], x[2 * i + 1]);
    }
    for j in 0..2 {
        fours[j] = _mm256_permute2f128_pd::<0x20>(twos[j], twos[j + 2]);
        fours[j + 2] = _mm256_permute2f128_pd::<0x31>(twos[j], twos[j + 2]);
    }
    fours
}

/// In halves.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn total_of_four(x: __m256d) -> f64 {
    let two = _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd::<1>(x));
    _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
}

/// Of any processor.
#[derive(Clone, Copy)]
pub(super) struct Two([f64; 2]);

impl Vector for Two {
    type Lanes = [f64; 2];
    const LANES: usize = 2;

    #[inline(always)]
    fn split(list: &[f64]) -> (&[Self::Lanes], &[f64]) {
        list.as_chunks()
    }
    #[inline(always)]
    fn splat(x: f64) -> Self {
        Two([x; 2])
    }
    #[inline(always)]
    fn load(lanes: &Self::Lanes) -> Self {
        Two(*lanes)
    }
    #[inline(always)]
    fn first(list: &[f64]) -> Self {
        Two(*begin(list))
    }
    #[inline(always)]
    fn store(self, list: &mut [f64]) {
        list[..2].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn transpose(rows: &[f64], d: usize, columns: &mut [f64], stride: usize) {
        for i in 0..2 {
            columns[i * stride..][..2].copy_from_slice(&[rows[i], rows[d + i]]);
        }
    }
    #[inline(always)]
    fn plus(self, b: Self) -> Self {
        Two([self.0[0] + b.0[0], self.0[1] + b.0[1]])
    }
    #[inline(always)]
    fn minus(self, b: Self) -> Self {
        Two([self.0[0] - b.0[0], self.0[1] - b.0[1]])
    }
    #[inline(always)]
    fn times(self, b: Self) -> Self {
        Two([self.0[0] * b.0[0], self.0[1] * b.0[1]])
    }
    #[inline(always)]
    fn times_plus(self, b: Self, c: Self) -> Self {
        let one = |l: usize| multiply_add::<ALWAYS_FUSED>(self.0[l], b.0[l], c.0[l]);
        Two([one(0), one(1)])
    }
    #[inline(always)]
    fn where_less(self, b: Self, yes: Self, no: Self) -> Self {
        let one = |l: usize| if self.0[l] < b.0[l] { yes.0[l] } else { no.0[l] };
        Two([one(0), one(1)])
    }
    #[inline(always)]
    fn total(self) -> f64 {
        self.0[0] + self.0[1]
    }
}
