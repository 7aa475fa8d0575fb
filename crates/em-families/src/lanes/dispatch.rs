//! The best instructions that the processor has, found at run time.
//!
//! This is the one module of the crate with `unsafe` code: two calls of functions compiled for instructions that were
//! just found to be there, and in [`vector`] those instructions themselves.

#![allow(unsafe_code)]

mod vector;

pub(super) use vector::Vector;

/// Work that is compiled once for each level.
pub(super) trait Kernel {
    /// What it gives.
    type Out;

    /// The work, `V` numbers at a time, or `R` where many sums are open: as many as a register holds. With `FUSED`, a
    /// product may be added without rounding it first. Every implementation is `#[inline(always)]`, so that it takes on the
    /// instructions of the level it is called from.
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) -> Self::Out;
}

/// Work on vectors, where what is open must be registers: what the compiler makes of loops over short arrays is good where
/// lanes have nothing to do with one another and few sums are open, and else hangs on what surrounds them.
pub(super) trait Tiled {
    /// What it gives.
    type Out;

    /// The work, with tiles `N` vectors wide. Every implementation is `#[inline(always)]`, as those of [`Kernel`] are.
    fn go<X: Vector, const N: usize>(self) -> Self::Out;
}

/// Tiled work as a kernel.
struct OfVectors<K>(K);

impl<K: Tiled> Kernel for OfVectors<K> {
    type Out = K::Out;

    #[inline(always)]
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) -> K::Out {
        match R {
            // A half of 32 registers for sums, of four lists each.
            #[cfg(target_arch = "x86_64")]
            8 => self.0.go::<vector::Eight, 4>(),
            // A half of 16.
            #[cfg(target_arch = "x86_64")]
            4 => self.0.go::<vector::Four, 2>(),
            _ => self.0.go::<vector::Two, 2>(),
        }
    }
}

/// Does tiled work at the best level.
#[inline]
pub(super) fn run_tiled<K: Tiled>(kernel: K) -> K::Out {
    run(OfVectors(kernel))
}

/// The most rows that a tile of any level holds.
pub(super) const WIDEST: usize = 32;

/// a · b + c.
#[inline(always)]
pub(super) fn multiply_add<const FUSED: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Adds x · y to a sum, lane by lane.
#[inline(always)]
pub(super) fn add_products<const FUSED: bool, const V: usize>(sum: &mut [f64; V], x: &[f64; V], y: &[f64; V]) {
    for l in 0..V {
        sum[l] = multiply_add::<FUSED>(x[l], y[l], sum[l]);
    }
}

/// The lanes of a list from `begin` on.
#[inline(always)]
pub(super) fn lanes<const V: usize>(list: &[f64], begin: usize) -> &[f64; V] {
    list[begin..].first_chunk().expect("lists are filled up to whole lanes")
}

/// The sum of each list of numbers, taken in halves.
///
/// The lists are copied, and the work is done elsewhere, so that the caller's own may be registers: a list that is reached
/// by an index the compiler does not know has to lie in memory.
#[inline(never)]
pub(super) fn totals<const V: usize, const N: usize>(lists: [[f64; V]; N]) -> [f64; N] {
    lists.map(|mut list| {
        let mut half = V / 2;
        while half > 0 {
            for l in 0..half {
                list[l] += list[l + half];
            }
            half /= 2;
        }
        list[0]
    })
}

/// Whether a product is added without rounding wherever this program runs.
const ALWAYS_FUSED: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));

/// What instructions a processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Those that every processor of the architecture has.
    Portable,
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Usual,
    /// AVX-512 as well.
    #[cfg(target_arch = "x86_64")]
    Wide,
}

impl Level {
    /// The levels of this processor, the best first.
    #[inline]
    fn available() -> impl Iterator<Item = Level> {
        #[cfg(target_arch = "x86_64")]
        let found = {
            let wide = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq");
            let usual = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            [(Level::Wide, wide && usual), (Level::Usual, usual), (Level::Portable, true)]
        };
        #[cfg(not(target_arch = "x86_64"))]
        let found = [(Level::Portable, true)];
        found.into_iter().filter_map(|(level, there)| there.then_some(level))
    }

    /// The best one.
    #[cfg(not(test))]
    #[inline]
    fn chosen() -> Level {
        Level::available().next().unwrap_or(Level::Portable)
    }

    /// The best one, or that which a test asked for.
    #[cfg(test)]
    fn chosen() -> Level {
        let best = Level::available().next().unwrap_or(Level::Portable);
        tests::ASKED.get().unwrap_or(best)
    }
}

/// Does the work at the best level.
#[inline]
pub(super) fn run<K: Kernel>(kernel: K) -> K::Out {
    match Level::chosen() {
        // SAFETY: only a level whose instructions the processor has is ever chosen.
        #[cfg(target_arch = "x86_64")]
        Level::Wide => unsafe { wide(kernel) },
        // SAFETY: the same.
        #[cfg(target_arch = "x86_64")]
        Level::Usual => unsafe { usual(kernel) },
        Level::Portable => kernel.go::<ALWAYS_FUSED, 8, 2>(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
fn wide<K: Kernel>(kernel: K) -> K::Out {
    kernel.go::<true, 16, 8>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn usual<K: Kernel>(kernel: K) -> K::Out {
    kernel.go::<true, 8, 4>()
}

#[cfg(test)]
pub(super) use tests::at_every_level;

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    thread_local! {
        /// One of the available levels.
        pub(super) static ASKED: Cell<Option<Level>> = const { Cell::new(None) };
    }

    /// Does all of it once at every level that this processor has.
    pub(crate) fn at_every_level(mut check: impl FnMut(Level)) {
        for level in Level::available() {
            ASKED.set(Some(level));
            check(level);
        }
        ASKED.set(None);
    }

    /// Tells the lanes it was given.
    struct Lanes;

    impl Kernel for Lanes {
        type Out = usize;
        fn go<const FUSED: bool, const V: usize, const R: usize>(self) -> usize {
            V * R
        }
    }

    #[test]
    fn every_level_is_tried_and_the_best_is_the_rule() {
        let mut seen = Vec::new();
        at_every_level(|level| seen.push((level, run(Lanes))));
        assert_eq!(seen.last(), Some(&(Level::Portable, 16)));
        assert_eq!(run(Lanes), seen[0].1);
        assert!(seen.is_sorted_by(|a, b| a.1 > b.1));
    }
}
