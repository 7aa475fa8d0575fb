//! Two kinds of sequences, each around a mean of its own; values may be missing. A unit is a sequence, its kind the latent
//! variable. Sound but for one fault at a time, each known from other libraries.

use super::Mutation;
use super::normals::Pair;
use em_core::{Coordinates, LatentModel, MStepError, Part, Weighted};
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    None,
    OnlyTheLastSequenceCounts,
    OnlyTheLastValueOfASequence,
    MaskIgnored,
    MeansPulledTogetherByAPriorOfTheStepAlone,
    ZeroOverZero,
}
use Fault::*;

const CAUGHT_BY: [(Fault, &str); 5] = [
    (OnlyTheLastSequenceCounts, "merge"),
    (OnlyTheLastValueOfASequence, "fixed_point"),
    (MaskIgnored, "fixed_point"),
    (MeansPulledTogetherByAPriorOfTheStepAlone, "ascent"),
    (ZeroOverZero, "world"),
];

pub fn mutations() -> Vec<Mutation> {
    CAUGHT_BY.iter().map(|(fault, law)| Mutation::new(fault, law, check)).collect()
}

pub fn check(fault: Fault) -> em_core::check::Check {
    let value = |i: usize, t: usize| {
        let missing = (i + 3 * t).is_multiple_of(5);
        let noise = ((i * 31 + t * 17) % 23) as f64 / 6.0 - 1.8;
        (!missing).then_some(if i.is_multiple_of(3) { noise } else { 2.0 + noise })
    };
    let sequences = (0..40).map(|i| (0..2 + i % 3).map(|t| value(i, t)).collect()).collect::<Vec<Vec<_>>>();
    em_core::check!(Sequences { fault }, Weighted::from(sequences), [-0.5, 1.5])
}

pub struct Sequences {
    fault: Fault,
}

impl Sequences {
    /// Half the squared distances of the values that are there, or of all.
    fn log_density(sequence: &[Option<f64>], mean: f64) -> f64 {
        sequence.iter().flatten().map(|x| -0.5 * ((x - mean).powi(2) + std::f64::consts::TAU.ln())).sum()
    }
}

impl LatentModel for Sequences {
    type Data = Weighted<Vec<Option<f64>>>;
    type Params = [f64; 2];
    type Stats = [Pair; 2];

    fn zero(&self, _: &[f64; 2]) -> [Pair; 2] {
        [Pair { n: 0.0, x: 0.0 }, Pair { n: 0.0, x: 0.0 }]
    }
    fn expect(&self, means: &[f64; 2], data: &Self::Data, units: Range<usize>, s: &mut [Pair; 2]) -> f64 {
        let (mut sum, last) = (0.0, units.end);
        for u in units {
            let (sequence, w) = (&data.items[u], data.weights[u]);
            let joint = means.map(|m| 0.5f64.ln() + Sequences::log_density(sequence, m));
            let top = joint[0].max(joint[1]);
            let total = top + joint.iter().map(|l| (l - top).exp()).sum::<f64>().ln();
            sum += w * total;
            if self.fault == OnlyTheLastSequenceCounts && u + 1 < last {
                continue;
            }
            let skipped = if self.fault == OnlyTheLastValueOfASequence { sequence.len().saturating_sub(1) } else { 0 };
            let missing = (self.fault == MaskIgnored).then_some(0.0);
            for x in sequence.iter().skip(skipped).filter_map(|x| x.or(missing)) {
                for (s, l) in s.iter_mut().zip(joint) {
                    s.n += w * (l - total).exp();
                    s.x += w * (l - total).exp() * x;
                }
            }
        }
        sum
    }
    fn maximize(&self, s: &[Pair; 2], _: &[f64; 2]) -> Result<[f64; 2], MStepError> {
        let empty = s.iter().position(|s| s.n < 1e-9);
        if let Some(j) = empty.filter(|_| self.fault != ZeroOverZero) {
            return Err(MStepError::new(Part::Component(j), "no value belongs to it", "use one kind"));
        }
        let pulled = if self.fault == MeansPulledTogetherByAPriorOfTheStepAlone { 2.0 } else { 0.0 };
        let one = |j: usize| s[j].x / (s[j].n + pulled);
        Ok([one(0), one(1)])
    }
}

impl Coordinates for Sequences {
    fn to_free(&self, means: &[f64; 2]) -> Vec<f64> {
        means.to_vec()
    }
    fn at_free(&self, _: &[f64; 2], x: &[f64]) -> Result<[f64; 2], MStepError> {
        Ok([x[0], x[1]])
    }
}
