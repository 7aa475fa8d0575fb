//! Starts of Poisson-regression mixtures.

use super::emission::PoissonRegressions;
use crate::{Emission, EmissionStart, RegressionData, simplex};
use em_core::{Dataset, MStepError, Part, Rng, StartKind};
use nalgebra::DVector;
use rand::RngExt;

/// Newton steps of a pooled fit; a start need not be exact.
const STEPS: usize = 25;
/// Halvings of a step that lowers the likelihood.
const HALVINGS: i32 = 30;

type Begin = (Vec<f64>, Vec<DVector<f64>>);

impl EmissionStart for PoissonRegressions {
    fn kinds(&self) -> &'static [StartKind] {
        &[StartKind::Responsibilities]
    }

    /// By default: one regression of all observations, then k groups of equal weight along its residuals, shaken so that
    /// every draw gives others.
    fn guess(
        &self,
        kind: Option<StartKind>,
        k: usize,
        data: &RegressionData,
        rng: &mut Rng,
    ) -> Result<Vec<f64>, MStepError> {
        match kind {
            Some(_) => Ok(simplex::uniform(data.units(), k, rng)),
            None => {
                let (y, pooled) = pooled(data)?;
                Ok(along_residuals(data, y, &pooled, k, rng))
            }
        }
    }

    /// One regression of each group.
    fn begin(&self, k: usize, data: &RegressionData, responsibilities: &[f64]) -> Result<Begin, MStepError> {
        let (n, (_, pooled)) = (data.units(), pooled(data)?);
        let one = |j: usize| {
            let r: Vec<f64> = (0..n).map(|u| responsibilities[u * k + j]).collect();
            let size: f64 = r.iter().enumerate().map(|(u, r)| r * data.weight(u)).sum();
            // Where a group alone determines no regression, it starts with that of all.
            (size, regression(data, &pooled, &r).unwrap_or_else(|_| pooled.clone()))
        };
        let (sizes, coefficients): (Vec<f64>, Vec<_>) = (0..k).map(one).unzip();
        let total: f64 = sizes.iter().sum();
        // A group may be empty where there are hardly more observations than components.
        let weights = sizes.iter().map(|s| (s + 1.0) / (total + k as f64)).collect();
        Ok((weights, coefficients))
    }
}

/// The counts, and one regression of all observations.
fn pooled(data: &RegressionData) -> Result<(&[f64], DVector<f64>), MStepError> {
    let Some(y) = data.response() else {
        return Err(MStepError::new(Part::Whole, "the data hold no response", "name the column of counts"));
    };
    Ok((y, regression(data, &mean_only(data, y), &vec![1.0; data.units()])?))
}

/// Coefficients 0, apart from a column of ones, which gets the logarithm of the mean count per exposure.
fn mean_only(data: &RegressionData, y: &[f64]) -> DVector<f64> {
    let counting = || (0..y.len()).filter(|u| data.weight(*u) > 0.0);
    // Half an event, so that no events at all have a logarithm too.
    let events = 0.5 + counting().map(|u| data.weight(u) * y[u]).sum::<f64>();
    // The largest offset is taken out, so that none overflows.
    let largest = counting().map(|u| data.offset(u)).fold(f64::NEG_INFINITY, f64::max);
    let exposure: f64 = counting().map(|u| data.weight(u) * (data.offset(u) - largest).exp()).sum();
    let log_rate = events.ln() - exposure.ln() - largest;
    let ones = (0..data.columns()).find(|j| counting().all(|u| data.row(u)[*j] == 1.0));
    DVector::from_fn(data.columns(), |j, _| if Some(j) == ones && log_rate.is_finite() { log_rate } else { 0.0 })
}

/// One weighted regression by Newton steps from `b`, each halved until the likelihood rises.
fn regression(data: &RegressionData, b: &DVector<f64>, r: &[f64]) -> Result<DVector<f64>, MStepError> {
    let (family, n) = (PoissonRegressions, data.units());
    let weights: Vec<f64> = r.iter().enumerate().map(|(u, r)| r * data.weight(u)).collect();
    let likelihood = |b: &Vec<DVector<f64>>| {
        let mut out = vec![0.0; n];
        family.log_density(b, data, 0..n, &mut out);
        out.iter().zip(&weights).filter(|(_, w)| **w > 0.0).map(|(l, w)| l * w).sum::<f64>()
    };
    let mut at = vec![b.clone()];
    let mut value = likelihood(&at);
    for _ in 0..STEPS {
        let mut stats = family.zero(&at);
        family.accumulate(&at, data, 0..n, &weights, &mut stats);
        let full = family.maximize(&stats, &at)?;
        let shorter = |h: i32| family.between(&at, &full, 0.5f64.powi(h));
        let Some(next) = (0..HALVINGS).map(shorter).find(|b| likelihood(b) > value) else { break };
        value = likelihood(&next);
        at = next;
    }
    Ok(at.remove(0))
}

/// k groups of about equal weight in the order of the shaken Pearson residuals of the pooled fit; n × k.
fn along_residuals(data: &RegressionData, y: &[f64], pooled: &DVector<f64>, k: usize, rng: &mut Rng) -> Vec<f64> {
    let mut residuals: Vec<(f64, usize)> = (0..y.len())
        .map(|u| {
            let eta: f64 = pooled.iter().zip(data.row(u)).map(|(b, x)| b * x).sum::<f64>() + data.offset(u);
            let shake = 2.0 * rng.random::<f64>() - 1.0;
            ((y[u] - eta.exp()) / (0.5 * eta).exp() + shake, u)
        })
        .collect();
    residuals.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let total = data.total_weight();
    let (mut before, mut out) = (0.0, vec![0.0; y.len() * k]);
    for (_, u) in residuals {
        let share = (before + 0.5 * data.weight(u)) / total;
        out[u * k + ((share * k as f64) as usize).min(k - 1)] = 1.0;
        before += data.weight(u);
    }
    out
}
