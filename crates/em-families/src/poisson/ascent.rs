//! [`Ascent`]: one step up for the coefficients of all components at once.

use super::level::Level;
use super::newton::Newton;
use crate::quadratic::Quadratic;
use nalgebra::{DMatrix, DVector};

/// A step may change log means by this much, root mean square, and by half of what they vary by now: far from the
/// maximum the curvature tells little of what comes.
const RADIUS: f64 = 1.0;
/// A level further up than this is taken for it, so that no matrix overflows; the direction is the same.
const HIGHEST: f64 = 600.0;

/// Why there is no step.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("its covariates or coefficients are too large: sums of their squares overflow")]
pub struct Overflow {
    /// The first of the components that were to step together.
    pub component: usize,
}

/// A Newton step in coordinates that suit it, in three parts.
///
/// 1. The level of the rates is set to the best for the slopes there are ([`Level`]), in closed form; so intercepts may be
///    as far off as they like.
/// 2. From there, a Newton step about the mean covariates m of the expected events, where level and slopes do not
///    disturb each other: b_c changes by δ_c − Σ_l δ_l m_l / m_c as each other b_l changes by δ_l.
/// 3. It is shortened to what the curvature can be trusted for ([`Quadratic::step`]).
///
/// Each part goes up, so that halving the whole step often enough raises the objective.
///
/// Shared coefficients make one system of all components: their own coefficients, and once the shared ones. With a shared
/// intercept there is no level of one's own, and parts 1 and 2 do with the common one and with covariates as they are.
pub(super) struct Ascent<'a> {
    /// Of the k components at `params`.
    stats: &'a [Newton],
    /// b, k times p numbers.
    params: &'a [DVector<f64>],
    /// The columns whose coefficients all components share, ascending.
    shared: &'a [usize],
    /// τ of the normal prior on every coefficient; 0 without one.
    precision: f64,
    /// Of each coordinate, whether it is held where it is; of none where this is empty.
    held: &'a [bool],
    /// The column that is constant wherever something is expected, and its value: as a rule the column of ones.
    constant: Option<(usize, f64)>,
}

impl<'a> Ascent<'a> {
    /// From `params` with the statistics taken there; `shared` columns are in ascending order.
    pub(super) fn new(stats: &'a [Newton], params: &'a [DVector<f64>], shared: &'a [usize], precision: f64) -> Self {
        Ascent { stats, params, shared, precision, held: &[], constant: constant_column(stats) }
    }

    /// The same with some of the coordinates held, the shared ones first.
    pub(super) fn holding(self, held: &'a [bool]) -> Self {
        Ascent { held, ..self }
    }

    /// The coefficients after the step.
    ///
    /// # Errors
    /// [`Overflow`].
    pub(super) fn step(&self) -> Result<Vec<DVector<f64>>, Overflow> {
        let k = self.params.len();
        let mut next = self.at_best_level();
        let groups: Vec<Vec<usize>> =
            if self.shared.is_empty() { (0..k).map(|j| vec![j]).collect() } else { vec![(0..k).collect()] };
        for group in groups {
            let (mut joint, radius) = self.joint(&group, &next);
            for (place, j) in group.iter().enumerate() {
                let held = (0..next[*j].len()).filter(|l| self.is_held(*j, *l));
                held.for_each(|l| joint.hold(self.coordinate(place, l)));
            }
            let step = joint.step(radius).ok_or(Overflow { component: group[0] })?;
            for (place, j) in group.into_iter().enumerate() {
                let own = DVector::from_fn(next[j].len(), |l, _| step[self.coordinate(place, l)]);
                next[j] += self.frame(j) * own;
            }
        }
        match next.iter().position(|b| b.iter().any(|b| !b.is_finite())) {
            None => Ok(next),
            Some(component) => Err(Overflow { component }),
        }
    }

    /// The constant column of component j, where its coefficient is the component's own and may move.
    fn own_level(&self, j: usize) -> Option<usize> {
        let (column, _) = self.constant?;
        let own = !self.shared.contains(&column) && !self.is_held(j, column);
        (self.stats[j].expected.weight > 0.0 && own).then_some(column)
    }

    /// Whether coefficient l of component j is held.
    fn is_held(&self, j: usize, l: usize) -> bool {
        !self.held.is_empty() && self.held[self.coordinate(j, l)]
    }

    /// The coefficients with the best level for each component, or for all where they share it.
    fn at_best_level(&self) -> Vec<DVector<f64>> {
        let mut next = self.params.to_vec();
        let Some((column, value)) = self.constant else { return next };
        let best = |level: Level, b: f64| match self.precision > 0.0 {
            true => level.best_under(self.precision, b, value),
            false => level.best(),
        };
        let together = Level::of(self.stats.iter());
        let may_move = |(j, _): &(usize, _)| !self.is_held(*j, column);
        for (_, (b, s)) in next.iter_mut().zip(self.stats).enumerate().filter(may_move) {
            let level = if self.shared.contains(&column) { together } else { Level::of(std::iter::once(s)) };
            b[column] += best(level, b[column]) / value;
        }
        next
    }

    /// Turns a step about the mean covariates into one of the coefficients, p × p.
    fn frame(&self, j: usize) -> DMatrix<f64> {
        let mean = &self.stats[j].expected.mean;
        let mut frame = DMatrix::identity(mean.len(), mean.len());
        if let Some(c) = self.own_level(j) {
            (0..mean.len()).filter(|l| *l != c).for_each(|l| frame[(c, l)] = -mean[l] / mean[c]);
        }
        frame
    }

    /// Where coefficient l of the component at `place` in its group stands among the coordinates of the group: the
    /// shared ones first.
    fn coordinate(&self, place: usize, l: usize) -> usize {
        let (h, p) = (self.shared.len(), self.params[0].len());
        match self.shared.binary_search(&l) {
            Ok(among_shared) => among_shared,
            Err(shared_before) => h + place * (p - h) + l - shared_before,
        }
    }

    /// The model of a group at its best level, and how far it can be trusted.
    fn joint(&self, group: &[usize], at: &[DVector<f64>]) -> (Quadratic, f64) {
        let (h, p) = (self.shared.len(), self.params[0].len());
        let mut joint = Quadratic::zero(h + group.len() * (p - h));
        let mut varies = 0.0;
        for (place, j) in group.iter().enumerate() {
            let mut part = self.part(*j, &at[*j]);
            varies += (0..p).map(|l| self.stats[*j].spread[l] * at[*j][l] * at[*j][l]).sum::<f64>();
            if self.precision > 0.0 {
                let frame = self.frame(*j);
                // What is shared counts once.
                let counted = (0..p).filter(|l| place == 0 || !self.shared.contains(l));
                counted.for_each(|l| part.add_penalty(self.precision, at[*j][l], &frame.row(l).transpose()));
            }
            joint.add(&part, |l| self.coordinate(place, l));
        }
        let radius = RADIUS * joint.weight.sqrt() + 0.5 * varies.sqrt();
        (joint, radius)
    }

    /// The model of component j, without prior: g and K about the mean covariates, or about 0 without a level of its own.
    fn part(&self, j: usize, at: &DVector<f64>) -> Quadratic {
        let (s, c) = (&self.stats[j], self.own_level(j));
        let raised = self.constant.map_or(0.0, |(c, value)| (at[c] - self.params[j][c]) * value);
        let expected = (s.log_expected_events() + raised).min(HIGHEST).exp();
        let share = if s.expected.weight > 0.0 { expected / s.expected.weight } else { 0.0 };
        let mean = &s.expected.mean;
        let mut part = Quadratic {
            gradient: &s.event_mean * s.events - mean * if c.is_some() { s.events } else { expected },
            curvature: &s.expected.scatter * share,
            metric: s.spread.clone(),
            weight: s.weight,
            events: expected.max(s.events),
        };
        match c {
            Some(c) => {
                part.gradient[c] = (s.events - expected) * mean[c];
                part.curvature[(c, c)] = expected * mean[c] * mean[c];
                part.metric[c] = s.weight * mean[c] * mean[c];
            }
            None => {
                part.curvature.ger(expected, mean, mean, 1.0);
                part.metric += mean.component_mul(mean) * s.weight;
            }
        }
        part
    }

    /// The model of component j where it stands, for what it says of the coefficients.
    pub(super) fn here(&self, j: usize) -> Quadratic {
        self.part(j, &self.params[j])
    }
}

fn constant_column(stats: &[Newton]) -> Option<(usize, f64)> {
    let expecting = || stats.iter().map(|s| &s.expected).filter(|e| e.weight > 0.0);
    let mean = &expecting().next()?.mean;
    let constant = |c: &usize| expecting().all(|e| e.scatter[(*c, *c)] == 0.0 && e.mean[*c] == mean[*c]);
    let column = (0..mean.len()).find(|c| mean[*c] != 0.0 && constant(c))?;
    Some((column, mean[column]))
}
