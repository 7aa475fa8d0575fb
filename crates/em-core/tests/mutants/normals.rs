//! A mixture of three normal distributions on the line with a prior, sound but for one fault at a time.

use super::Mutation;
use em_core::rand::RngExt;
use em_core::{
    CompleteLikelihood, Conditionals, Coordinates, EStepMode, EStepModes, Gradient, LabelSymmetry, LatentModel,
    MStepError, Part, Predict, Prediction, Rng, Sample, Start, StartKind, Weighted, statistics,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::f64::consts::TAU;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Components.
const K: usize = 3;
/// The prior: weights ~ Dirichlet(A), variances ~ inverse gamma(SHAPE, SCALE); Γ(3A) / Γ(A)³ is 120 and Γ(SHAPE) is 2.
const A: f64 = 2.0;
const SHAPE: f64 = 3.0;
const SCALE: f64 = 2.0;

/// One fault each; the law that must catch it stands in [`mutations`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    None,
    WeightsIgnored,
    WeightsOnlyInStatistics,
    WeightsOnlyInLikelihood,
    FirstWeightForAll,
    FloorUnderWeights,
    UnitsCountedNotWeighed,
    StatisticsOverwritten,
    MergeForgetsAField,
    MergeAverages,
    ScaleForgetsAField,
    ZeroHoldsThePrior,
    PlaceForUnit,
    NanHiddenByTheSum,
    ScoresWithoutMixingWeights,
    SignOfTheLogDeterminant,
    MissingTwoPi,
    PosteriorNotNormalised,
    ComponentSkipped,
    QWithTheWrongMoment,
    PriorMissingFromObjective,
    PriorMissingFromMStep,
    PriorMissingFromGradient,
    GradientAtTheEStep,
    DivisorLessOne,
    PosteriorMeanForMode,
    ComponentsMadeIdentical,
    SumsMixedUp,
    StepMovesANeighbour,
    HardReturnsTheLikelihood,
    PowerOfTheDensityAlone,
    RedundantCoordinate,
    CoordinateMissing,
    VarianceTakenForDeviation,
    OverflowLetThrough,
    DeviationDrawnAsVariance,
    WeightsNotDrawn,
    OneNoiseForAll,
    LabelsDrawnShifted,
    InverseOrder,
    StartFromAnotherSource,
    IndexBeyondTheEnd,
    NotFiniteAtTheStart,
    StateKeptBetweenCalls,
    HashMapOrder,
    BlocksByThreads,
    ParameterNotWritten,
    StatisticNotShown,
    PredictsPerUnitOnly,
    StartRefused,
    SpecLosesAField,
}
use Fault::*;

/// Each fault with the law that must catch it.
const CAUGHT_BY: [(Fault, &str); 50] = [
    (WeightsIgnored, "copies"),
    (WeightsOnlyInStatistics, "copies"),
    (WeightsOnlyInLikelihood, "copies"),
    (FirstWeightForAll, "copies"),
    (FloorUnderWeights, "absence"),
    (UnitsCountedNotWeighed, "absence"),
    (StatisticsOverwritten, "accumulate"),
    (MergeForgetsAField, "merge"),
    (MergeAverages, "merge"),
    (ScaleForgetsAField, "scale"),
    (ZeroHoldsThePrior, "empty"),
    (PlaceForUnit, "order"),
    (NanHiddenByTheSum, "finite"),
    (ScoresWithoutMixingWeights, "scores"),
    (SignOfTheLogDeterminant, "fisher"),
    (MissingTwoPi, "decomposition"),
    (PosteriorNotNormalised, "posterior"),
    (ComponentSkipped, "relabelling"),
    (QWithTheWrongMoment, "minorant"),
    (PriorMissingFromObjective, "fixed_point"),
    (PriorMissingFromMStep, "q_greatest"),
    (PriorMissingFromGradient, "fisher"),
    (GradientAtTheEStep, "gradient"),
    (DivisorLessOne, "q_greatest"),
    (PosteriorMeanForMode, "q_greatest"),
    (ComponentsMadeIdentical, "q_rises"),
    (SumsMixedUp, "ascent"),
    (StepMovesANeighbour, "conditionals"),
    (HardReturnsTheLikelihood, "modes"),
    (PowerOfTheDensityAlone, "modes"),
    (RedundantCoordinate, "dimension"),
    (CoordinateMissing, "round_trip"),
    (VarianceTakenForDeviation, "round_trip"),
    (OverflowLetThrough, "far"),
    (DeviationDrawnAsVariance, "mean_score"),
    (WeightsNotDrawn, "mean_score"),
    (OneNoiseForAll, "information"),
    (LabelsDrawnShifted, "recovery"),
    (InverseOrder, "relabelling"),
    (StartFromAnotherSource, "starts"),
    (IndexBeyondTheEnd, "world"),
    (NotFiniteAtTheStart, "first_step"),
    (StateKeptBetweenCalls, "repeat"),
    (HashMapOrder, "repeat"),
    (BlocksByThreads, "threads"),
    (ParameterNotWritten, "resume"),
    (StatisticNotShown, "resume"),
    (PredictsPerUnitOnly, "rows"),
    (StartRefused, "admitted"),
    (SpecLosesAField, "reread"),
];

pub fn mutations() -> Vec<Mutation> {
    CAUGHT_BY.iter().map(|(fault, law)| Mutation::new(fault, law, check)).collect()
}

/// The kit on a mixture with this fault: its data have three kinds of numbers.
pub fn check(fault: Fault) -> em_core::check::Check {
    let value = |i: usize| [-4.0, 0.5, 5.0][i % K] + 0.9 * ((i * 7919 % 97) as f64 / 48.0 - 1.0);
    let start = Params {
        weights: vec![0.2, 0.3, 0.5],
        means: vec![-3.0, 0.0, 4.0],
        variances: vec![1.0, 1.5, 2.0],
        hidden: 1.0,
    };
    let data = || Weighted::from((0..90).map(value).collect::<Vec<_>>());
    let check = em_core::check!(Normals::of(fault), data(), start);
    // What is read again has a setting of another value.
    let read = Normals::of(if fault == SpecLosesAField { PriorMissingFromMStep } else { fault });
    let model = em_core::capabilities_of!(Normals).erase("Normals", read);
    check.reread(Ok((model, em_core::registry::Data::new(data()))))
}

/// The model; sound where `fault` is none.
pub struct Normals {
    fault: Fault,
    calls: AtomicU64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Params {
    weights: Vec<f64>,
    means: Vec<f64>,
    variances: Vec<f64>,
    /// Scales the first variance where a parameter is not written; otherwise 1.
    #[serde(skip, default = "one")]
    hidden: f64,
}

fn one() -> f64 {
    1.0
}

/// Σ w r, Σ w r x and Σ w r x² of each component; and units that were seen.
#[derive(Clone)]
pub struct Sums {
    n: Vec<f64>,
    x: Vec<f64>,
    xx: Vec<f64>,
    extra: f64,
    fault: Fault,
}

impl em_core::Statistics for Sums {
    fn merge(&mut self, other: &Self) {
        self.n.merge(&other.n);
        self.x.merge(&other.x);
        match self.fault {
            MergeForgetsAField => {}
            MergeAverages => self.xx.iter_mut().zip(&other.xx).for_each(|(a, b)| *a = 0.5 * (*a + b)),
            _ => self.xx.merge(&other.xx),
        }
        self.extra += other.extra;
    }
    fn scale(&mut self, by: f64) {
        self.n.scale(by);
        self.x.scale(by);
        if self.fault != ScaleForgetsAField {
            self.xx.scale(by);
        }
        self.extra *= by;
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        f(&mut self.n);
        f(&mut self.x);
        f(&mut self.xx);
        if self.fault != StatisticNotShown {
            f(std::slice::from_mut(&mut self.extra));
        }
    }
    fn clear(&mut self) {
        [&mut self.n, &mut self.x, &mut self.xx].into_iter().for_each(|s| s.fill(0.0));
        self.extra = 0.0;
    }
}

impl Normals {
    fn of(fault: Fault) -> Self {
        Normals { fault, calls: AtomicU64::new(0) }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn log_density(&self, x: f64, mean: f64, variance: f64) -> f64 {
        let constant = if self.has(MissingTwoPi) { variance.ln() } else { (TAU * variance).ln() };
        let sign = if self.has(SignOfTheLogDeterminant) { -1.0 } else { 1.0 };
        -0.5 * (sign * constant + (x - mean).powi(2) / variance)
    }

    fn variance(&self, p: &Params, j: usize) -> f64 {
        match self.fault {
            ParameterNotWritten if j == 0 => p.variances[0] * p.hidden,
            // What overflowed is never noticed.
            OverflowLetThrough => p.variances[j].clamp(1e-6, 1e6),
            _ => p.variances[j],
        }
    }

    fn log_joint(&self, p: &Params, x: f64) -> Vec<f64> {
        let one = |j: usize| p.weights[j].ln() + self.log_density(x, p.means[j], self.variance(p, j));
        let mut all: Vec<f64> = (0..K).map(one).collect();
        if self.has(ComponentSkipped) {
            all[K - 1] = f64::NEG_INFINITY;
        }
        all
    }

    /// Responsibilities and log density of a number, each joint to the power β.
    fn posterior(&self, p: &Params, x: f64, beta: f64) -> (Vec<f64>, f64) {
        let mut joint = self.log_joint(p, x);
        for (j, l) in joint.iter_mut().enumerate() {
            *l = match self.has(PowerOfTheDensityAlone) {
                true => p.weights[j].ln() + beta * (*l - p.weights[j].ln()),
                false => beta * *l,
            };
        }
        let top = joint.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total = top + joint.iter().map(|l| (l - top).exp()).sum::<f64>().ln();
        let shift = match self.fault {
            PosteriorNotNormalised => total - 0.01,
            _ => total,
        };
        let mut r: Vec<f64> = joint.iter().map(|l| (l - shift).exp()).collect();
        if self.has(NanHiddenByTheSum) {
            // Without the largest taken out, all of them may be 0.
            let plain: f64 = joint.iter().map(|l| l.exp()).sum();
            r = joint.iter().map(|l| l.exp() / plain).collect();
        }
        (r, total / beta)
    }

    fn weight(&self, data: &Weighted<f64>, u: usize) -> f64 {
        match self.fault {
            WeightsIgnored => 1.0,
            FirstWeightForAll => data.weights[0],
            FloorUnderWeights => data.weights[u].max(0.1),
            _ => data.weights[u],
        }
    }

    fn add(&self, s: &mut Sums, r: &[f64], w: f64, x: f64) {
        let w = if self.has(WeightsOnlyInLikelihood) { 1.0 } else { w };
        for (j, r) in r.iter().enumerate() {
            s.n[j] += w * r;
            s.x[j] += w * r * x;
            s.xx[j] += w * r * x * x;
        }
        s.extra += if self.has(UnitsCountedNotWeighed) { 1.0 } else { w };
    }

    fn expect_in(
        &self,
        p: &Params,
        data: &Weighted<f64>,
        units: Range<usize>,
        s: &mut Sums,
        mut posterior: impl FnMut(f64) -> (Vec<f64>, f64),
    ) -> f64 {
        if self.has(StatisticsOverwritten) {
            *s = self.zero(p);
        }
        let (mut sum, begin) = (0.0, units.start);
        let mut terms = HashMap::new();
        for u in units {
            let (w, x) = (self.weight(data, u), data.items[u]);
            if w == 0.0 && !self.has(UnitsCountedNotWeighed) {
                continue;
            }
            let (r, l) = posterior(if self.has(PlaceForUnit) { x + 0.01 * u as f64 } else { x });
            self.add(s, &r, w, x);
            if self.has(GradientAtTheEStep) {
                // The statistics remember a parameter of the E-step.
                s.extra += w * (p.means[0] - 1.0);
            }
            let term = if self.has(WeightsOnlyInStatistics) { l } else { w * l };
            sum += term;
            terms.insert(u - begin, term);
        }
        match self.fault {
            HashMapOrder => terms.values().sum(),
            StateKeptBetweenCalls => sum + 1e-9 * self.calls.fetch_add(1, Ordering::Relaxed) as f64,
            _ => sum,
        }
    }

    fn squares(&self, s: &Sums, j: usize, mean: f64) -> f64 {
        s.xx[j] - 2.0 * mean * s.x[j] + s.n[j] * mean * mean
    }

    fn new_weights(&self, s: &Sums) -> Vec<f64> {
        let prior = if self.has(PriorMissingFromMStep) { 0.0 } else { A - 1.0 };
        // The sums of responsibilities and of weights are the same but for rounding, or for a fault.
        let weight = if self.has(GradientAtTheEStep) { s.n.iter().sum() } else { s.extra };
        let total = weight + K as f64 * prior;
        s.n.iter().map(|n| (n + prior) / total).collect()
    }

    fn new_means(&self, s: &Sums) -> Vec<f64> {
        let mixed = |j: usize| if self.has(SumsMixedUp) { (j + 1) % K } else { j };
        let all = s.x.iter().sum::<f64>() / s.n.iter().sum::<f64>();
        let one = |j: usize| if self.has(ComponentsMadeIdentical) { all } else { s.x[mixed(j)] / s.n[j] };
        (0..K).map(one).collect()
    }

    fn new_variances(&self, s: &Sums, means: &[f64]) -> Vec<f64> {
        let one = |j: usize| match self.fault {
            PriorMissingFromMStep => self.squares(s, j, means[j]) / s.n[j],
            DivisorLessOne => (self.squares(s, j, means[j]) + 2.0 * SCALE) / (s.n[j] + 2.0 * SHAPE + 1.0),
            PosteriorMeanForMode => (self.squares(s, j, means[j]) + 2.0 * SCALE) / (s.n[j] + 2.0 * SHAPE - 2.0),
            _ => (self.squares(s, j, means[j]) + 2.0 * SCALE) / (s.n[j] + 2.0 * SHAPE + 2.0),
        };
        (0..K).map(one).collect()
    }

    fn supported(&self, s: &Sums) -> Result<(), MStepError> {
        let lacks = s.n.iter().position(|n| *n < 1e-9);
        let fault = |j| Err(MStepError::new(Part::Component(j), "no number belongs to it", "use fewer components"));
        lacks.map_or(Ok(()), fault)
    }
}

impl LatentModel for Normals {
    type Data = Weighted<f64>;
    type Params = Params;
    type Stats = Sums;

    fn zero(&self, _: &Params) -> Sums {
        let n = if self.has(ZeroHoldsThePrior) { A - 1.0 } else { 0.0 };
        Sums { n: vec![n; K], x: vec![0.0; K], xx: vec![0.0; K], extra: 0.0, fault: self.fault }
    }
    fn expect(&self, p: &Params, data: &Weighted<f64>, units: Range<usize>, s: &mut Sums) -> f64 {
        if self.has(IndexBeyondTheEnd) {
            assert!(data.items[0].is_finite());
        }
        if self.has(NotFiniteAtTheStart) {
            return 0.0f64.ln();
        }
        self.expect_in(p, data, units, s, |x| self.posterior(p, x, 1.0))
    }
    fn maximize(&self, s: &Sums, p: &Params) -> Result<Params, MStepError> {
        self.supported(s)?;
        let means = self.new_means(s);
        let mut variances = self.new_variances(s, &means);
        let hidden = if self.has(ParameterNotWritten) { variances[0] / p.variances[0] } else { 1.0 };
        if self.has(ParameterNotWritten) {
            variances[0] = p.variances[0];
        }
        Ok(Params { weights: self.new_weights(s), variances, means, hidden })
    }
    fn log_prior(&self, p: &Params) -> f64 {
        if self.has(PriorMissingFromObjective) {
            return 0.0;
        }
        let weights = 120f64.ln() + (A - 1.0) * p.weights.iter().map(|w| w.ln()).sum::<f64>();
        let constant = SHAPE * SCALE.ln() - 2f64.ln();
        let variance = |j: usize| constant - (SHAPE + 1.0) * self.variance(p, j).ln() - SCALE / self.variance(p, j);
        weights + (0..K).map(variance).sum::<f64>()
    }
    fn score(&self, p: &Params, data: &Weighted<f64>, units: Range<usize>) -> Vec<f64> {
        let plain = Params { weights: vec![1.0; K], ..p.clone() };
        let p = if self.has(ScoresWithoutMixingWeights) { &plain } else { p };
        units.map(|u| self.posterior(p, data.items[u], 1.0).1).collect()
    }
    fn block(&self, _: &Weighted<f64>) -> usize {
        if self.has(BlocksByThreads) { 16 * rayon::current_num_threads() } else { 32 }
    }
    fn admit(&self, p: &Params, _: &Weighted<f64>) -> Result<Params, String> {
        if self.has(StartRefused) { Err("`means` has 3 rows, but the model has 2".into()) } else { Ok(p.clone()) }
    }
}

impl CompleteLikelihood for Normals {
    fn q(&self, p: &Params, s: &Sums) -> f64 {
        let one = |j: usize| {
            let squares = match self.fault {
                // E[x²] without the cross term.
                QWithTheWrongMoment => s.xx[j] + s.n[j] * p.means[j] * p.means[j],
                _ => self.squares(s, j, p.means[j]),
            };
            let variance = self.variance(p, j);
            let labels = if s.n[j] > 0.0 { s.n[j] * p.weights[j].ln() } else { 0.0 };
            labels - 0.5 * (s.n[j] * (TAU * variance).ln() + squares / variance)
        };
        (0..K).map(one).sum()
    }
}

impl Conditionals for Normals {
    fn conditionals(&self) -> usize {
        3
    }
    fn maximize_conditional(&self, i: usize, s: &Sums, p: &Params) -> Result<Params, MStepError> {
        self.supported(s)?;
        let mut next = p.clone();
        match i {
            0 => next.weights = self.new_weights(s),
            1 => next.means = self.new_means(s),
            _ => next.variances = self.new_variances(s, &p.means),
        }
        if self.has(StepMovesANeighbour) && i == 2 {
            next.means = self.new_means(s);
            next.variances = self.new_variances(s, &next.means);
        }
        Ok(next)
    }
}

/// ln π_j − ln π_0, means, ln variances.
impl Coordinates for Normals {
    fn to_free(&self, p: &Params) -> Vec<f64> {
        let first = if self.has(RedundantCoordinate) { 0 } else { 1 };
        let weights = (first..K).map(|j| (p.weights[j] / p.weights[0]).ln());
        let means = p.means.iter().skip(usize::from(self.has(CoordinateMissing))).copied();
        weights.chain(means).chain(p.variances.iter().map(|v| v.ln())).collect()
    }
    fn at_free(&self, like: &Params, x: &[f64]) -> Result<Params, MStepError> {
        let first = if self.has(RedundantCoordinate) { 0 } else { 1 };
        let (weights, rest) = x.split_at(K - first);
        let (means, variances) = rest.split_at(K - usize::from(self.has(CoordinateMissing)));
        let ratios = (0..first).map(|_| 1.0).chain(weights.iter().map(|x| x.exp())).collect::<Vec<_>>();
        let total: f64 = ratios.iter().sum();
        let means = match self.has(CoordinateMissing) {
            true => like.means[..1].iter().chain(means).copied().collect(),
            false => means.to_vec(),
        };
        let power = if self.has(VarianceTakenForDeviation) { 2.0 } else { 1.0 };
        let variances: Vec<f64> = variances.iter().map(|x| (power * x).exp()).collect();
        let weights: Vec<f64> = ratios.iter().map(|r| r / total).collect();
        let all = || weights.iter().chain(&means).chain(&variances);
        let good = all().all(|x| x.is_finite()) && weights.iter().chain(&variances).all(|x| *x > 0.0);
        if self.has(OverflowLetThrough) {
            let weights = if good { weights } else { like.weights.clone() };
            return Ok(Params { weights, means, variances, hidden: like.hidden });
        }
        match good {
            true => Ok(Params { weights, means, variances, hidden: like.hidden }),
            false => Err(MStepError::new(Part::Whole, "a coordinate is too large", "take a shorter step")),
        }
    }
}

impl Gradient for Normals {
    fn gradient(&self, p: &Params, s: &Sums) -> Vec<f64> {
        let prior = if self.has(PriorMissingFromGradient) { 0.0 } else { 1.0 };
        let (a, total) = (prior * (A - 1.0), s.n.iter().sum::<f64>());
        let first = if self.has(RedundantCoordinate) { 0 } else { 1 };
        let weights = (first..K).map(|j| s.n[j] + a - p.weights[j] * (total + K as f64 * a));
        let skipped = usize::from(self.has(CoordinateMissing));
        let mean = |j: usize| match self.fault {
            GradientAtTheEStep if j == 0 => s.extra / total,
            _ => p.means[j],
        };
        let means = (skipped..K).map(|j| (s.x[j] - s.n[j] * mean(j)) / self.variance(p, j));
        let variances = (0..K).map(|j| {
            let (v, squares) = (self.variance(p, j), self.squares(s, j, p.means[j]));
            0.5 * (squares / v - s.n[j]) + prior * (SCALE / v - SHAPE - 1.0)
        });
        weights.chain(means).chain(variances).collect()
    }
}

impl EStepModes for Normals {
    fn expect_as(&self, mode: EStepMode, p: &Params, data: &Weighted<f64>, units: Range<usize>, s: &mut Sums) -> f64 {
        let certain = |label: usize| (0..K).map(|j| f64::from(u8::from(j == label))).collect::<Vec<_>>();
        match mode {
            EStepMode::Tempered(beta) => self.expect_in(p, data, units, s, |x| self.posterior(p, x, beta)),
            EStepMode::Hard => self.expect_in(p, data, units, s, |x| {
                let joint = self.log_joint(p, x);
                let best = (0..K).fold(0, |best, j| if joint[j] > joint[best] { j } else { best });
                let likelihood = self.posterior(p, x, 1.0).1;
                (certain(best), if self.has(HardReturnsTheLikelihood) { likelihood } else { joint[best] })
            }),
            EStepMode::Sampled(rng) => self.expect_in(p, data, units, s, |x| {
                let (r, l) = self.posterior(p, x, 1.0);
                (certain(drawn(&r, rng)), l)
            }),
        }
    }
}

fn drawn(shares: &[f64], rng: &mut Rng) -> usize {
    let mut left = rng.random::<f64>();
    let past = |share: &f64| {
        left -= share;
        left < 0.0
    };
    shares.iter().position(past).unwrap_or(K - 1)
}

fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt() * (TAU * rng.random::<f64>()).cos()
}

impl Sample for Normals {
    fn sample(&self, p: &Params, like: &Weighted<f64>, rng: &mut Rng) -> (Weighted<f64>, Prediction) {
        let shares = if self.has(WeightsNotDrawn) { vec![1.0 / K as f64; K] } else { p.weights.clone() };
        let shared = normal(rng);
        let draw = |_| {
            let label = drawn(&shares, rng);
            let source = if self.has(LabelsDrawnShifted) { (label + 1) % K } else { label };
            let spread = self.variance(p, source);
            let spread = if self.has(DeviationDrawnAsVariance) { spread } else { spread.sqrt() };
            let noise = if self.has(OneNoiseForAll) { shared } else { normal(rng) };
            (p.means[source] + spread * noise, label)
        };
        let (items, labels) = (0..like.items.len()).map(draw).unzip();
        (Weighted { items, weights: like.weights.clone() }, Prediction::of_labels(labels))
    }
}

impl LabelSymmetry for Normals {
    fn parts(&self, _: &Params) -> usize {
        K
    }
    fn permute(&self, p: &Params, order: &[usize]) -> Params {
        let mut order = order.to_vec();
        if self.has(InverseOrder) {
            let forth = order.clone();
            forth.iter().enumerate().for_each(|(j, from)| order[*from] = j);
        }
        let moved = |v: &[f64]| order.iter().map(|from| v[*from]).collect();
        Params { weights: moved(&p.weights), means: moved(&p.means), variances: moved(&p.variances), ..*p }
    }
}

impl Predict for Normals {
    fn predict(&self, p: &Params, data: &Weighted<f64>, units: Range<usize>) -> Prediction {
        let units = if self.has(PredictsPerUnitOnly) { units.start..units.end.min(units.start + 1) } else { units };
        Prediction::of_mixture(K, units.flat_map(|u| self.posterior(p, data.items[u], 1.0).0).collect())
    }
}

impl Start for Normals {
    fn start(&self, data: &Weighted<f64>, rng: &mut Rng) -> Result<Params, MStepError> {
        let none = MStepError::new(Part::Whole, "there are no numbers", "give some");
        let mut pick = || data.items.get((rng.random::<f64>() * data.items.len() as f64) as usize).copied();
        let jitter = self.calls.fetch_add(1, Ordering::Relaxed) as f64;
        let jitter = if self.has(StartFromAnotherSource) { 0.1 * jitter } else { 0.0 };
        let means = (0..K).map(|_| pick().map(|x| x + jitter)).collect::<Option<_>>().ok_or(none)?;
        Ok(Params { weights: vec![1.0 / K as f64; K], means, variances: vec![4.0; K], hidden: 1.0 })
    }
    fn is_random(&self, _: Option<StartKind>) -> bool {
        true
    }
}

/// Used by the other mutants.
#[derive(Clone)]
pub struct Pair {
    pub n: f64,
    pub x: f64,
}
statistics!(Pair { n, x });
