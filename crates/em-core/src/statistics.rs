//! What E-steps add up.

use nalgebra::{DMatrix, DVector};

/// Expected statistics: a commutative monoid that can be scaled.
///
/// `merge` is the type's own affair: plain sums add, centred moments use the pairwise update. Shapes that differ are a
/// fault of the program and panic; nothing is ever cut to fit.
///
/// Numbers, arrays, `Vec`s, tuples and nalgebra's dense types have it; [`statistics!`](crate::statistics!) gives it to
/// a struct of such fields.
///
/// ```
/// use em_core::Statistics;
/// #[derive(Clone)]
/// struct Coins { heads: f64, tosses: Vec<f64> }
/// em_core::statistics!(Coins { heads, tosses });
///
/// let mut a = Coins { heads: 1.0, tosses: vec![2.0, 3.0] };
/// a.merge(&a.clone());
/// a.scale(0.5);
/// assert_eq!(a.flatten(), [1.0, 2.0, 3.0]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be added up as a statistic",
    label = "this needs `Statistics`",
    note = "for a struct of numbers, arrays, `Vec`s or matrices write `em_core::statistics!({Self} {{ every, field }});`"
)]
pub trait Statistics: Clone + Send + Sync {
    /// Adds another statistic, as if its units had been seen here.
    fn merge(&mut self, other: &Self);

    /// As if the weight of every unit were multiplied by `by`, which is not negative.
    fn scale(&mut self, by: f64);

    /// Shows all numbers in one fixed order, slice by slice; they may be changed.
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64]));

    /// Makes this the statistic of no data: all numbers zero.
    fn clear(&mut self) {
        self.visit(&mut |s| s.fill(0.0));
    }

    /// All numbers in the order of [`visit`](Self::visit).
    fn flatten(&self) -> Vec<f64> {
        let mut out = Vec::new();
        self.clone().visit(&mut |s| out.extend_from_slice(s));
        out
    }

    /// Takes all numbers from a flat list, as [`flatten`](Self::flatten) gave it.
    ///
    /// # Panics
    /// When the list is longer or shorter than this statistic.
    fn unflatten(&mut self, mut from: &[f64]) {
        self.visit(&mut |s| {
            let (head, tail) = from.split_at(s.len());
            s.copy_from_slice(head);
            from = tail;
        });
        assert!(from.is_empty(), "more numbers than the statistic holds");
    }
}

impl Statistics for f64 {
    fn merge(&mut self, other: &f64) {
        *self += other;
    }
    fn scale(&mut self, by: f64) {
        *self *= by;
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        f(std::slice::from_mut(self));
    }
}

impl<T: Statistics, const N: usize> Statistics for [T; N] {
    fn merge(&mut self, other: &Self) {
        self.iter_mut().zip(other).for_each(|(a, b)| a.merge(b));
    }
    fn scale(&mut self, by: f64) {
        self.iter_mut().for_each(|a| a.scale(by));
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        self.iter_mut().for_each(|a| a.visit(f));
    }
}

impl<T: Statistics> Statistics for Vec<T> {
    fn merge(&mut self, other: &Self) {
        assert_eq!(self.len(), other.len(), "statistics of different shape");
        self.iter_mut().zip(other).for_each(|(a, b)| a.merge(b));
    }
    fn scale(&mut self, by: f64) {
        self.iter_mut().for_each(|a| a.scale(by));
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        self.iter_mut().for_each(|a| a.visit(f));
    }
}

macro_rules! dense {
    ($($t:ty),*) => { $(impl Statistics for $t {
        fn merge(&mut self, other: &Self) {
            *self += other; // nalgebra panics where shapes differ
        }
        fn scale(&mut self, by: f64) {
            *self *= by;
        }
        fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
            f(self.as_mut_slice());
        }
    })* };
}
dense!(DVector<f64>, DMatrix<f64>);

macro_rules! tuples {
    ($($t:ident $i:tt),*) => { impl<$($t: Statistics),*> Statistics for ($($t,)*) {
        fn merge(&mut self, other: &Self) { $(self.$i.merge(&other.$i);)* }
        fn scale(&mut self, by: f64) { $(self.$i.scale(by);)* }
        fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) { $(self.$i.visit(f);)* }
    } };
}
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);

/// Gives [`Statistics`](crate::Statistics) to a struct, field by field.
///
/// `statistics!(Coins { heads, tosses })`, or with type parameters `statistics!([S: Statistics] Mixed<S> { counts, parts })`.
/// Name every field: one that is left out is neither merged nor scaled.
#[macro_export]
macro_rules! statistics {
    ($t:ident { $($f:ident),* $(,)? }) => { $crate::statistics!([] $t { $($f),* }); };
    ([$($g:tt)*] $t:ty { $($f:ident),* $(,)? }) => {
        impl<$($g)*> $crate::Statistics for $t {
            fn merge(&mut self, other: &Self) { $($crate::Statistics::merge(&mut self.$f, &other.$f);)* }
            fn scale(&mut self, by: f64) { $($crate::Statistics::scale(&mut self.$f, by);)* }
            fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) { $($crate::Statistics::visit(&mut self.$f, f);)* }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_numbers_come_back() {
        let mut s = (1.0, vec![[2.0, 3.0]; 2], DMatrix::from_row_slice(1, 2, &[4.0, 5.0]));
        let flat = s.flatten();
        assert_eq!(flat, [1.0, 2.0, 3.0, 2.0, 3.0, 4.0, 5.0]);
        s.clear();
        assert_eq!(s.flatten(), [0.0; 7]);
        s.unflatten(&flat);
        assert_eq!(s.flatten(), flat);
    }

    #[test]
    #[should_panic(expected = "statistics of different shape")]
    fn shapes_that_differ_are_refused() {
        vec![0.0; 2].merge(&vec![0.0; 3]);
    }
}
