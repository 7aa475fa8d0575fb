//! Starts of Bernoulli mixtures.

use super::emission::{Bernoullis, Probabilities};
use crate::spread::Spread;
use crate::starts::memberships;
use crate::{Emission, EmissionOrder, EmissionRepair, EmissionSample, EmissionStart, Memberships, Rows};
use em_core::{Dataset, MStepError, Part, Rng, StartKind};
use nalgebra::DVector;
use rand::RngExt;

type Begin = (Vec<f64>, Probabilities);

impl EmissionStart for Bernoullis {
    fn kinds(&self) -> &'static [StartKind] {
        &[StartKind::KMeans, StartKind::KMeansPlusPlus, StartKind::Rows, StartKind::Responsibilities]
    }

    fn guess(&self, kind: Option<StartKind>, k: usize, data: &Rows, rng: &mut Rng) -> Result<Memberships, MStepError> {
        // The features are on one scale: all are 0 or 1.
        memberships(kind.unwrap_or(StartKind::KMeans), k, &Spread::raw(data), rng)
    }

    /// Half a success and half a failure are added: a start at exactly 0 or 1 could never be left again.
    fn begin(&self, k: usize, data: &Rows, memberships: &Memberships) -> Result<Begin, MStepError> {
        let n = data.units();
        let even = Probabilities::new(vec![DVector::from_element(data.features(), 0.5); k]).map_err(fault)?;
        let (mut stats, size) = (self.zero(&even), self.block(data, k));
        for begin in (0..n).step_by(size) {
            let units = begin..(begin + size).min(n);
            let cells = (0..k).flat_map(|j| units.clone().map(move |u| (u, j)));
            let r: Vec<f64> = cells.map(|(u, j)| data.weight(u) * memberships.share(u, j)).collect();
            self.accumulate(&even, data, units, &r, &mut stats);
        }
        let total = stats.weights.sum();
        let row = |j: usize| stats.ones.column(j).map(|s| (s + 0.5) / (stats.weights[j] + 1.0));
        let weights = stats.weights.iter().map(|w| (w + 1.0) / (total + k as f64)).collect();
        Ok((weights, Probabilities::new((0..k).map(row).collect()).map_err(fault)?))
    }

    fn start(&self, kind: Option<StartKind>, k: usize, data: &Rows, rng: &mut Rng) -> Result<Begin, MStepError> {
        match kind {
            Some(StartKind::Rows) => from_rows(data, &Spread::raw(data).different_rows(k, rng)?),
            kind => self.begin(k, data, &self.guess(kind, k, data, rng)?),
        }
    }
}

/// These rows, each as likely ones and unlikely zeros, with equal weights.
fn from_rows(data: &Rows, rows: &[usize]) -> Result<Begin, MStepError> {
    Ok((
        vec![1.0 / rows.len() as f64; rows.len()],
        Probabilities::new(rows.iter().map(|u| likely(&data.copy_of(*u))).collect()).map_err(fault)?,
    ))
}

/// A component begins anew at a row as one that makes its ones likely.
impl EmissionRepair for Bernoullis {
    fn reseed(
        &self,
        p: &Probabilities,
        component: usize,
        data: &Rows,
        unit: usize,
    ) -> Result<Probabilities, MStepError> {
        let mut rows = p.rows().to_vec();
        rows[component] = likely(&data.copy_of(unit));
        Probabilities::new(rows).map_err(fault)
    }

    fn without(&self, p: &Probabilities, component: usize) -> Probabilities {
        let mut rows = p.rows().to_vec();
        rows.remove(component);
        Probabilities::new(rows).expect("rows of valid probabilities")
    }
}

impl EmissionOrder for Bernoullis {
    fn permute(&self, p: &Probabilities, order: &[usize]) -> Probabilities {
        Probabilities::new(order.iter().map(|j| p.rows()[*j].clone()).collect()).expect("rows of valid probabilities")
    }
}

impl EmissionSample for Bernoullis {
    fn sample(&self, p: &Probabilities, _: &Rows, labels: &[usize], rng: &mut Rng) -> Rows {
        let d = p.rows().first().map_or(1, DVector::len);
        let mut toss = |p: &f64| f64::from(rng.random::<f64>() < *p);
        let values = labels.iter().flat_map(|j| p.rows()[*j].iter().map(&mut toss).collect::<Vec<_>>()).collect();
        Rows::new(d, values).expect("d zeros and ones for every label")
    }
}

fn likely(row: &[f64]) -> DVector<f64> {
    DVector::from_iterator(row.len(), row.iter().map(|x| 0.25 + 0.5 * x))
}

fn fault(message: String) -> MStepError {
    MStepError::new(Part::Whole, message, "this is a fault of the program")
}
