//! The smallest data at hand on which a law is still broken.

use super::case::{Case, Chosen};

/// A law is tried on fewer data at most this often.
const MOST: usize = 300;

/// Leaves out units, then makes weights simple, as long as the law stays broken; `breaks` tries it.
pub(super) fn smallest<B>(case: Case, first: B, breaks: &dyn Fn(&Case) -> Option<B>) -> (Case, B) {
    let mut smaller = Smaller { case, breach: first, left: MOST, breaks };
    smaller.fewer_units();
    smaller.simpler_weights();
    (smaller.case, smaller.breach)
}

struct Smaller<'a, B> {
    case: Case,
    breach: B,
    left: usize,
    breaks: &'a dyn Fn(&Case) -> Option<B>,
}

impl<B> Smaller<'_, B> {
    /// Goes over to these data if the law is broken on them, too.
    fn accept(&mut self, chosen: Chosen) -> bool {
        if self.left == 0 || self.case.chosen.as_ref() == Some(&chosen) {
            return false;
        }
        self.left -= 1;
        let case = Case { chosen: Some(chosen), ..self.case.clone() };
        let Some(breach) = (self.breaks)(&case) else { return false };
        (self.case, self.breach) = (case, breach);
        true
    }

    /// Leaves out halves, quarters, …, single units (Zeller & Hildebrandt 2002).
    fn fewer_units(&mut self) {
        let Some(mut size) = self.case.chosen.as_ref().map(|c| c.units.len().div_ceil(2)) else { return };
        while size > 0 {
            let mut begin = 0;
            while let Some(chosen) = self.case.chosen.as_ref().filter(|c| begin < c.units.len()) {
                if !self.accept(without(chosen, begin, size)) {
                    begin += size;
                }
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }

    /// All weights as they were, or else one after the other.
    fn simpler_weights(&mut self) {
        let Some(chosen) = self.case.chosen.clone() else { return };
        if self.accept(Chosen { weights: vec![1.0; chosen.units.len()], ..chosen.clone() }) {
            return;
        }
        for i in 0..chosen.units.len() {
            let Some(mut simpler) = self.case.chosen.clone() else { return };
            simpler.weights[i] = 1.0;
            self.accept(simpler);
        }
    }
}

fn without(chosen: &Chosen, begin: usize, size: usize) -> Chosen {
    let kept = |i: &usize| *i < begin || *i >= begin + size;
    let all = || (0..chosen.units.len()).filter(kept);
    Chosen { units: all().map(|i| chosen.units[i]).collect(), weights: all().map(|i| chosen.weights[i]).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Params;

    #[test]
    fn two_units_that_break_a_law_together_are_all_that_is_left() {
        let chosen = Chosen { units: (0..200).collect(), weights: (0..200).map(|i| 1.0 + f64::from(i % 3)).collect() };
        let case = Case { chosen: Some(chosen), params: Params::new(0.0), number: 0 };
        let weight = |case: &Case, unit: usize| {
            let c = case.chosen.as_ref().unwrap();
            c.units.iter().position(|u| *u == unit).map(|at| c.weights[at])
        };
        let breaks = |case: &Case| (weight(case, 41).is_some() && weight(case, 170)? > 1.5).then_some("broken");
        let (small, breach) = smallest(case, "broken", &breaks);
        assert_eq!(breach, "broken");
        assert_eq!(small.chosen.unwrap(), Chosen { units: vec![41, 170], weights: vec![1.0, 3.0] });
    }
}
