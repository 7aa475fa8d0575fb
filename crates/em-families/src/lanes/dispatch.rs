//! The best instructions that the processor has, found at run time.
//!
//! This is the one module of the crate with `unsafe` code: two calls of functions compiled for instructions that were
//! just found to be there.

#![allow(unsafe_code)]

/// Work that is compiled once for each level.
pub(super) trait Kernel {
    /// What it gives.
    type Out;

    /// The work, `V` numbers at a time, or `R` where many sums are open: as many as a register holds. With `FUSED`, a
    /// product may be added without rounding it first. Every implementation is `#[inline(always)]`, so that it takes on the
    /// instructions of the level it is called from.
    fn go<const FUSED: bool, const V: usize, const R: usize>(self) -> Self::Out;
}

/// The lanes of the widest level.
pub(super) const WIDEST: usize = 16;

/// a · b + c.
#[inline(always)]
pub(super) fn multiply_add<const FUSED: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// The sum of each list of numbers, taken in halves, so that lanes stay lanes.
#[inline(always)]
pub(super) fn totals<const V: usize, const N: usize>(lists: &[[f64; V]; N]) -> [f64; N] {
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

/// Does the work at the best level.
#[inline]
pub(super) fn run<K: Kernel>(kernel: K) -> K::Out {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
            // SAFETY: the processor has the instructions that `wide` is compiled for, as was just seen.
            return unsafe { wide(kernel) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has the instructions that `usual` is compiled for, as was just seen.
            return unsafe { usual(kernel) };
        }
    }
    kernel.go::<ALWAYS_FUSED, 8, 2>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
fn wide<K: Kernel>(kernel: K) -> K::Out {
    kernel.go::<true, WIDEST, 8>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn usual<K: Kernel>(kernel: K) -> K::Out {
    kernel.go::<true, 8, 4>()
}

#[cfg(test)]
pub(super) fn at_every_level<K: Kernel + Clone>(kernel: K, mut check: impl FnMut(K::Out)) {
    check(kernel.clone().go::<false, 8, 2>());
    check(kernel.clone().go::<false, WIDEST, 8>());
    check(run(kernel));
}
