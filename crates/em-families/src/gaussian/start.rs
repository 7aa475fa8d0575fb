//! Starts of Gaussian mixtures.

use super::emission::{FullGaussian, estimate, pooled};
use super::normal::Normal;
use crate::starts::{Spread, responsibilities};
use crate::{Emission, EmissionStart, Moments, Rows};
use em_core::{Dataset, MStepError, Part, Rng, StartKind};

type Begin = (Vec<f64>, Vec<Normal>);

impl EmissionStart for FullGaussian {
    fn kinds(&self) -> &'static [StartKind] {
        &[StartKind::KMeans, StartKind::KMeansPlusPlus, StartKind::Rows, StartKind::Responsibilities]
    }

    fn start(&self, kind: Option<StartKind>, k: usize, data: &Rows, rng: &mut Rng) -> Result<Begin, MStepError> {
        let (whole, spread) = (whole_sample(data), Spread::of(data));
        match kind.unwrap_or(StartKind::KMeans) {
            StartKind::Rows => from_rows(data, &spread.different_rows(k, rng)?, &whole),
            kind => {
                let r = responsibilities(kind, k, &spread, rng)?;
                from_responsibilities(data, k, &whole, |u, j| r[u * k + j])
            }
        }
    }
}

fn whole_sample(data: &Rows) -> Moments {
    let mut whole = Moments::zero(data.features());
    for units in blocks(data, 1) {
        let weights: Vec<f64> = units.clone().map(|u| data.weight(u)).collect();
        whole.add(data.block(units), &weights);
    }
    whole
}

fn blocks(data: &Rows, k: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let (n, size) = (data.units(), FullGaussian.block(data, k));
    (0..n).step_by(size).map(move |begin| begin..(begin + size).min(n))
}

/// One M-step from responsibilities. A group whose own covariance is singular starts with that of the whole sample: a
/// start is a guess, and this one is as good as any.
fn from_responsibilities(
    data: &Rows,
    k: usize,
    whole: &Moments,
    responsibility: impl Fn(usize, usize) -> f64,
) -> Result<Begin, MStepError> {
    let mut stats = vec![Moments::zero(data.features()); k];
    for units in blocks(data, k) {
        for (j, s) in stats.iter_mut().enumerate() {
            let r: Vec<f64> = units.clone().map(|u| data.weight(u) * responsibility(u, j)).collect();
            s.add(data.block(units.clone()), &r);
        }
    }
    let total = pooled(&stats).weight;
    let one = |(j, s): (usize, &Moments)| {
        if s.weight <= 0.0 {
            return Err(MStepError::new(Part::Component(j), "its start holds no row", "use fewer components"));
        }
        let normal = estimate(s, whole).or_else(|_| whole_spread(j, s.mean.as_slice(), whole));
        Ok((s.weight / total, normal?))
    };
    stats.iter().enumerate().map(one).collect()
}

/// These rows as means, each with the covariance of the whole sample and equal weight.
fn from_rows(data: &Rows, rows: &[usize], whole: &Moments) -> Result<Begin, MStepError> {
    let one = |(j, u): (usize, &usize)| Ok((1.0 / rows.len() as f64, whole_spread(j, data.row(*u), whole)?));
    rows.iter().enumerate().map(one).collect()
}

fn whole_spread(component: usize, mean: &[f64], whole: &Moments) -> Result<Normal, MStepError> {
    let advice = "leave out columns that do not vary or that repeat others";
    let normal = estimate(whole, whole).and_then(|n| Normal::new(mean.to_vec().into(), n.covariance().clone()));
    normal.map_err(|e| MStepError::new(Part::Component(component), e, advice))
}
