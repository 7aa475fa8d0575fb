//! Rows and clusters to start a mixture from: k-means++ and draws.

use crate::spread::Spread;
use crate::{Items, Memberships, simplex};
use em_core::{MStepError, Part, Rng, StartKind};
use rand::RngExt;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// Numbers of rows that are compared with a new centre at a time, and the most of these rows.
const NUMBERS: usize = 1 << 16;
const MOST_ROWS: usize = 1 << 10;

/// The components that units belong to as a mixture begins: clusters, or chance.
///
/// # Errors
/// When fewer than k of the rows that count differ.
pub(crate) fn memberships<D: Items>(
    kind: StartKind,
    k: usize,
    spread: &Spread<D>,
    rng: &mut Rng,
) -> Result<Memberships, MStepError> {
    let labels = match kind {
        StartKind::KMeans => spread.lloyd(spread.plus_plus(k, rng)?),
        StartKind::KMeansPlusPlus => spread.labels(&spread.plus_plus(k, rng)?),
        StartKind::Rows => {
            let rows = spread.different_rows(k, rng)?;
            let centres: Vec<Vec<f64>> = rows.iter().map(|u| spread.copy_of(*u)).collect();
            spread.labels(&centres)
        }
        StartKind::Responsibilities => {
            return Ok(Memberships::Shared { components: k, shares: simplex::uniform(spread.units(), k, rng) });
        }
        StartKind::Build => {
            let cause = "`Build` chooses medoids, which it has none of";
            return Err(MStepError::new(Part::Whole, cause, "start by one of the kinds that the model names"));
        }
    };
    Ok(Memberships::Whole { components: k, labels })
}

/// The numbers of a unit.
pub(crate) fn copy_of<D: Items>(rows: &D, unit: usize) -> Vec<f64> {
    let mut copy = Vec::new();
    rows.visit(unit..unit + 1, &mut |_, numbers| copy = numbers.to_vec());
    copy
}

/// k of the rows as centres, each drawn with probability proportional to its weight times its dissimilarity to the
/// nearest centre so far: k-means++ where that is a squared distance (Arthur & Vassilvitskii 2007).
///
/// # Errors
/// When fewer than k of the rows that count differ.
pub(crate) fn plus_plus<D: Items>(
    data: &D,
    k: usize,
    between: impl Fn(&[f64], &[f64]) -> f64 + Sync,
    rng: &mut Rng,
) -> Result<Vec<Vec<f64>>, MStepError> {
    let n = data.units();
    let mut nearest = vec![f64::INFINITY; n];
    let mut centres: Vec<Vec<f64>> = Vec::with_capacity(k);
    while centres.len() < k {
        let chance = |u: usize| if centres.is_empty() { data.weight(u) } else { data.weight(u) * nearest[u] };
        let Some(centre) = draw(n, chance, rng) else {
            let cause = format!("only {} of the rows that count differ", centres.len());
            return Err(MStepError::new(Part::Component(centres.len()), cause, "use fewer components"));
        };
        let centre = copy_of(data, centre);
        let together = (NUMBERS / centre.len().max(1)).clamp(1, MOST_ROWS);
        nearest.par_chunks_mut(together).enumerate().for_each(|(part, nearest)| {
            let begin = part * together;
            let units = begin..begin + nearest.len();
            data.visit(units, &mut |u, row| nearest[u - begin] = nearest[u - begin].min(between(row, &centre)));
        });
        centres.push(centre);
    }
    Ok(centres)
}

/// A unit drawn with probability proportional to `chance`; none when all chances are 0.
pub(crate) fn draw(n: usize, chance: impl Fn(usize) -> f64, rng: &mut Rng) -> Option<usize> {
    let total: f64 = (0..n).map(&chance).sum();
    let mut left = rng.random::<f64>() * total;
    let mut last = None;
    for u in (0..n).filter(|u| chance(*u) > 0.0) {
        last = Some(u);
        left -= chance(u);
        if left < 0.0 {
            break;
        }
    }
    last
}
