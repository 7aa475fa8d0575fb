//! [`KMeansModel`]: Lloyd's iterations as a latent-variable model.

use super::capabilities::ADVICE;
use super::centers::Centers;
use super::levels::{Levels, median, mode};
use super::stats::KMeansStats;
use crate::Rows;
use crate::dissimilarity::{hamming, manhattan, squared_euclidean};
use crate::lanes;
use crate::plural::count;
use em_core::{CompleteLikelihood, Dataset, LatentModel, MStepError, Part, Warning, scratch};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Units per block of an E-step on sums.
const BLOCK: usize = 4096;
/// Numbers of rows whose distances are taken together, so that they stay in a core's first-level cache.
const TOGETHER: usize = 4096;
/// Blocks of an E-step on counts, at most: each of them holds a count per cluster and level.
const COUNTING_BLOCKS: usize = 64;
/// The counts of a column may miss the weight of their cluster by this fraction: the rounding of long sums.
const ROUNDING: f64 = 1e-9;

/// How unlike a row and a center are, and with it which center is best for the rows of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KMeansDissimilarity {
    /// Σ (x_i − c_i)²; the best center is the mean.
    #[default]
    SquaredEuclidean,
    /// Σ |x_i − c_i|; the best center is the median of each feature.
    Manhattan,
    /// The number of features that differ; the best center is the mode of each feature.
    Hamming,
}

impl KMeansDissimilarity {
    /// Between two rows of d features.
    pub fn between(self, a: &[f64], b: &[f64]) -> f64 {
        match self {
            KMeansDissimilarity::SquaredEuclidean => squared_euclidean(a, b),
            KMeansDissimilarity::Manhattan => manhattan(a, b),
            KMeansDissimilarity::Hamming => hamming(a, b),
        }
    }

    /// Whether the M-step works on counts of values rather than on sums.
    pub(super) fn counts(self) -> bool {
        self != KMeansDissimilarity::SquaredEuclidean
    }
}

/// k clusters around centers: minimises the inertia Σ_i w_i δ(x_i, c_{z_i}) over centers c and labels z.
///
/// E-step: z_i = argmin_j δ(x_i, c_j), the lowest j among equals. M-step: c_j = argmin_c Σ_{z_i = j} w_i δ(x_i, c): means
/// (Lloyd 1982), medians or modes (Huang 1998). Neither raises the inertia, and there are finitely many labellings, so the
/// iterations end. The objective is minus the inertia; it is no likelihood, and has no information criteria.
///
/// A center that no row is nearest to stays where it is; if that is so at the end of a fit, a warning says it. Under
/// [`Degenerate::Reseed`](em_core::Degenerate::Reseed) its cluster begins anew at the row farthest from its center, under
/// [`Degenerate::Drop`](em_core::Degenerate::Drop) it is left out, and an event tells.
///
/// It draws no samples: K-means states no distribution of the rows. A mixture of spherical normal distributions of one
/// variance does, and becomes K-means as that variance goes to 0.
///
/// ```
/// use em_core::Fit;
/// use em_families::{KMeansModel, Rows};
/// let rows = Rows::new(1, vec![1.0, 2.0, 9.0, 12.0])?;
/// let fitted = Fit::new(&KMeansModel::means(2), &rows).restarts(3).run()?;
/// assert_eq!(fitted.params.inertia(), Some(5.0)); // 2 · 0.5² + 2 · 1.5²
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct KMeansModel {
    clusters: usize,
    dissimilarity: KMeansDissimilarity,
    levels: Levels,
}

impl KMeansModel {
    /// `clusters` clusters, at least one, around means.
    pub fn means(clusters: usize) -> Self {
        KMeansModel::on(clusters, KMeansDissimilarity::SquaredEuclidean, Levels::default())
    }

    /// `clusters` clusters, at least one, by a dissimilarity, for data whose values are among `levels`; means need none.
    ///
    /// Medians and modes are counted on the levels: a model without them can label rows, but not be fitted.
    pub fn on(clusters: usize, dissimilarity: KMeansDissimilarity, levels: Levels) -> Self {
        KMeansModel { clusters: clusters.max(1), dissimilarity, levels }
    }

    /// k.
    pub fn clusters(&self) -> usize {
        self.clusters
    }

    /// The dissimilarity.
    pub fn dissimilarity(&self) -> KMeansDissimilarity {
        self.dissimilarity
    }

    /// The center nearest to a row, the first among equals, and its dissimilarity.
    pub(super) fn nearest(&self, centers: &Centers, row: &[f64]) -> (usize, f64) {
        let all = centers.rows().iter().map(|c| self.dissimilarity.between(row, c)).enumerate();
        all.fold((0, f64::INFINITY), |best, at| if at.1 < best.1 { at } else { best })
    }

    /// Tells of every unit its row, the center nearest to it, the first among equals, and its dissimilarity.
    pub(super) fn label(
        &self,
        centers: &Centers,
        data: &Rows,
        units: Range<usize>,
        mut tell: impl FnMut(usize, &[f64], usize, f64),
    ) {
        if self.dissimilarity != KMeansDissimilarity::SquaredEuclidean {
            let d = data.features().max(1);
            return data.with(units.clone(), |values| {
                for (unit, row) in units.zip(values.chunks_exact(d)) {
                    let (j, dissimilarity) = self.nearest(centers, row);
                    tell(unit, row, j, dissimilarity);
                }
            });
        }
        self.label_some(centers, data, units, |rows, values, labels, distances| {
            let each = rows.zip(values.chunks_exact(data.features().max(1)));
            let told = each.zip(labels.iter().zip(distances));
            told.for_each(|((unit, row), (label, distance))| tell(unit, row, *label as usize, *distance));
        });
    }

    /// Tells of some units at a time, with their numbers, the center nearest to each, the first among equals, and its
    /// squared distance.
    fn label_some(
        &self,
        centers: &Centers,
        data: &Rows,
        units: Range<usize>,
        mut tell: impl FnMut(Range<usize>, &[f64], &[f64], &[f64]),
    ) {
        let (d, all) = (data.features().max(1), centers.rows());
        let together = lanes::whole_columns((TOGETHER / d).min(256));
        lanes::with_centers(all, |ready| {
            for begin in units.clone().step_by(together) {
                let rows = begin..(begin + together).min(units.end);
                let m = rows.len();
                data.with(rows.clone(), |values| {
                    scratch::with(lanes::padded(m) + m, |room| {
                        let (labels, distances) = room.split_at_mut(lanes::padded(m));
                        lanes::with_block(d, values, |block| ready.label(block.columns, labels));
                        let open = values.chunks_exact(d).zip(&mut *labels).filter(|(_, label)| **label < 0.0);
                        open.for_each(|(row, label)| *label = self.nearest(centers, row).0 as f64);
                        lanes::own_squared_distances(all, d, values, &labels[..m], distances);
                        tell(rows, values, &labels[..m], distances);
                    });
                });
            }
        });
    }

    /// The E-step of means, many rows at a time.
    fn expect_means(&self, centers: &Centers, data: &Rows, units: Range<usize>, stats: &mut KMeansStats) -> f64 {
        let (d, mut inertia) = (data.features(), 0.0);
        self.label_some(centers, data, units, |rows, values, labels, distances| {
            scratch::with(rows.len(), |weights| {
                for (((weight, unit), label), distance) in weights.iter_mut().zip(rows).zip(labels).zip(distances) {
                    *weight = data.weight(unit);
                    if *weight > 0.0 {
                        inertia += *weight * distance;
                        stats.count(*label as usize, *weight, centers);
                    }
                }
                lanes::add_own_gaps(centers.rows(), d, values, labels, weights, &mut stats.sums);
            });
        });
        stats.inertia += inertia;
        -inertia
    }

    /// Numbers per cluster in the statistics.
    fn width(&self, centers: &Centers) -> usize {
        if self.dissimilarity.counts() { self.levels.total() } else { centers.rows()[0].len() }
    }

    /// Adds a row to the statistics of cluster j.
    pub(super) fn add_to(&self, stats: &mut KMeansStats, centers: &Centers, j: usize, row: &[f64], weight: f64) {
        let (width, center) = (self.width(centers), &centers.rows()[j]);
        if self.dissimilarity.counts() {
            let sums = &mut stats.sums[j * width..][..width];
            let places = row.iter().enumerate().filter_map(|(i, x)| self.levels.position(i, *x));
            places.for_each(|at| sums[at] += weight);
            stats.weights[j] += weight;
        } else {
            stats.count(j, weight, centers);
            let sums = &mut stats.sums[j * width..][..width];
            sums.iter_mut().zip(row.iter().zip(center)).for_each(|(s, (x, c))| *s += weight * (x - c));
        }
    }

    /// The center that minimises the summed dissimilarity of the rows of a cluster.
    fn prototype(&self, j: usize, features: usize, stats: &KMeansStats) -> Result<Vec<f64>, MStepError> {
        let (sums, weight) = (stats.sums_of(j), stats.weights[j]);
        if !self.dissimilarity.counts() {
            return Ok(stats.origin_of(j).iter().zip(sums).map(|(o, s)| o + s / weight).collect());
        }
        (0..features).map(|feature| self.counted(feature, sums, weight)).collect()
    }

    fn counted(&self, feature: usize, sums: &[f64], weight: f64) -> Result<f64, MStepError> {
        let counts = self.levels.range(feature).map_or(&[][..], |range| &sums[range]);
        if (counts.iter().sum::<f64>() - weight).abs() > ROUNDING * weight {
            let cause = format!("feature {feature} of the data has values that are none of the model's levels");
            return Err(MStepError::new(Part::Whole, cause, "make the model with the levels of these data"));
        }
        let best = if self.dissimilarity == KMeansDissimilarity::Manhattan { median } else { mode };
        Ok(best(self.levels.column(feature), counts))
    }
}

impl LatentModel for KMeansModel {
    type Data = Rows;
    type Params = Centers;
    type Stats = KMeansStats;

    fn zero(&self, centers: &Centers) -> KMeansStats {
        KMeansStats::zero(centers.rows().len(), self.width(centers), !self.dissimilarity.counts())
    }

    fn expect(&self, centers: &Centers, data: &Rows, units: Range<usize>, stats: &mut KMeansStats) -> f64 {
        if !self.dissimilarity.counts() {
            return self.expect_means(centers, data, units, stats);
        }
        let mut inertia = 0.0;
        self.label(centers, data, units, |unit, row, j, dissimilarity| {
            let weight = data.weight(unit);
            if weight > 0.0 {
                inertia += weight * dissimilarity;
                self.add_to(stats, centers, j, row, weight);
            }
        });
        stats.inertia += inertia;
        -inertia
    }

    fn maximize(&self, stats: &KMeansStats, centers: &Centers) -> Result<Centers, MStepError> {
        if stats.weights.iter().sum::<f64>() <= 0.0 {
            return Err(MStepError::new(Part::Whole, "no row counts", "give rows with a weight above 0"));
        }
        let one = |(j, center): (usize, &Vec<f64>)| match stats.weights[j] {
            // An empty cluster keeps its center.
            0.0 => Ok(center.clone()),
            _ => self.prototype(j, center.len(), stats),
        };
        let rows = centers.rows().iter().enumerate().map(one).collect::<Result<_, _>>()?;
        Centers::new(rows).map_err(|e| MStepError::new(Part::Whole, e, "standardize the columns"))
    }

    /// Minus the inertia.
    fn log_likelihood(&self, _: &Centers, _: &KMeansStats, sum: f64) -> f64 {
        // Not −0 where the inertia is 0.
        sum + 0.0
    }

    /// Minus the dissimilarity of each row to its center.
    fn score(&self, centers: &Centers, data: &Rows, units: Range<usize>) -> Vec<f64> {
        let mut scores = Vec::with_capacity(units.len());
        self.label(centers, data, units, |_, _, _, dissimilarity| scores.push(0.0 - dissimilarity));
        scores
    }

    fn block(&self, data: &Rows) -> usize {
        if self.dissimilarity.counts() { BLOCK.max(data.units().div_ceil(COUNTING_BLOCKS)) } else { BLOCK }
    }

    fn finish(&self, centers: &Centers, stats: &KMeansStats) -> Centers {
        centers.clone().with_inertia(stats.inertia).unwrap_or_else(|_| centers.clone())
    }

    fn warnings(&self, _: &Centers, stats: &KMeansStats) -> Vec<Warning> {
        let empty = stats.weights.iter().enumerate().filter(|(_, w)| **w == 0.0);
        let warning = |(j, _)| {
            let message = format!("cluster {j} is empty: no row is nearest to its center, which stays where it was");
            Warning::new("empty_cluster", message, format!("{ADVICE}, or `degenerate: Reseed`")).of_component(j)
        };
        empty.map(warning).collect()
    }

    fn admit(&self, centers: &Centers, data: &Rows) -> Result<Centers, String> {
        let (k, given) = (self.clusters, centers.rows().len());
        if given != k {
            return Err(format!("the model has {k} clusters, but `centers` has {}", count(given, "entry", "entries")));
        }
        let (d, got) = (data.features(), centers.rows()[0].len());
        if got != d {
            return Err(format!(
                "the data have {d} columns, but `centers` has {} a row",
                count(got, "number", "numbers")
            ));
        }
        Ok(centers.clone())
    }
}

/// Minus the inertia about other centers, with the labels held: incremental and online K-means.
impl CompleteLikelihood for KMeansModel {
    fn q(&self, centers: &Centers, stats: &KMeansStats) -> f64 {
        let clusters = || centers.rows().iter().enumerate();
        if !self.dissimilarity.counts() {
            return -(stats.inertia + clusters().map(|(j, center)| stats.moved(j, center)).sum::<f64>());
        }
        let of_feature = |sums: &[f64], (feature, c): (usize, &f64)| {
            let counts = self.levels.range(feature).map_or(&[][..], |range| &sums[range]);
            let unlike = |(level, n): (&f64, &f64)| n * self.dissimilarity.between(&[*level], &[*c]);
            self.levels.column(feature).iter().zip(counts).map(unlike).sum::<f64>()
        };
        let of_cluster = |(j, center): (usize, &Vec<f64>)| {
            center.iter().enumerate().map(|at| of_feature(stats.sums_of(j), at)).sum::<f64>()
        };
        -clusters().map(of_cluster).sum::<f64>()
    }
}
