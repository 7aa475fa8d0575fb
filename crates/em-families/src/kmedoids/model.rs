//! [`KMedoidsModel`]: K-medoids as a latent-variable model.

use super::assignment::Assignment;
use super::pairs::Pairs;
use super::{ComparedRows, Medoids, alternating, swap};
use crate::plural::count;
use em_core::{
    Dataset, Direct, DirectStep, LabelSymmetry, LatentModel, MStepError, Outline, Portrait, Predict, Prediction,
    statistics,
};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Units per block of an E-step.
const BLOCK: usize = 4096;

/// k clusters around k rows of the data, the medoids: minimises Σ_i w_i min_j δ(x_i, m_j) over medoids m.
///
/// E-step: the nearest medoid of each row, the first among equals. M-step: a search among the rows
/// ([`MedoidMethod`]), which compares them with one another and so looks at the data. It never raises the total, there are
/// finitely many sets of medoids, and so the iterations end. The objective is minus the total dissimilarity; it is no
/// likelihood, and has no information criteria. Rows of weight 0 are no medoids, but have labels.
///
/// The rows of a group, where [`ComparedRows::in_groups`] made any, have one label: that of the medoid which the rows are
/// least unlike in total. Medoids are rows all the same, and the sizes of clusters are numbers of groups.
///
/// ```
/// use em_core::Fit;
/// use em_families::{ComparedRows, KMedoidsModel, MedoidDissimilarity, Rows};
/// let rows = Rows::new(1, vec![1.0, 2.0, 4.0, 90.0, 91.0])?;
/// let data = ComparedRows::new(rows, MedoidDissimilarity::Euclidean);
/// let fitted = Fit::new(&KMedoidsModel::of(2), &data).run()?;
/// assert_eq!(fitted.params.rows(), [1, 3]);
/// assert_eq!(fitted.params.total_dissimilarity(), Some(4.0)); // 1 + 2 + 1
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KMedoidsModel {
    clusters: usize,
    method: MedoidMethod,
}

/// How medoids are searched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MedoidMethod {
    /// Swaps a medoid as soon as a row is found that does better (Schubert & Rousseeuw 2021, algorithm 4): fast, as good
    /// as PAM. An iteration looks at every row once.
    #[default]
    FasterPam,
    /// Makes the best of all swaps in each iteration (Kaufman & Rousseeuw 1990, chapter 2, SWAP).
    Pam,
    /// Labels all rows, then moves each medoid to the best row of its cluster, as K-means does: fast, but stuck sooner.
    Alternating,
}

/// What the E-step adds up.
#[derive(Clone, Debug, PartialEq)]
pub struct KMedoidsStats {
    /// Σ w of each cluster, k numbers.
    pub weights: Vec<f64>,
    /// Σ w δ(x, nearest medoid).
    pub total: f64,
}
statistics!(KMedoidsStats { weights, total });

impl KMedoidsModel {
    /// `clusters` clusters, at least one, by FasterPAM.
    pub fn of(clusters: usize) -> Self {
        KMedoidsModel { clusters: clusters.max(1), method: MedoidMethod::default() }
    }

    /// The same by another method.
    pub fn by(self, method: MedoidMethod) -> Self {
        KMedoidsModel { method, ..self }
    }

    /// k.
    pub fn clusters(&self) -> usize {
        self.clusters
    }
}

/// The medoid nearest to a unit, the first among equals, and how unlike the rows of the unit are to it in total.
fn nearest(medoids: &Medoids, data: &ComparedRows, unit: usize) -> (usize, f64) {
    let all = medoids.centers().iter().map(|center| data.unit_to(unit, center)).enumerate();
    all.fold((0, f64::INFINITY), |best, at| if at.1 < best.1 { at } else { best })
}

impl LatentModel for KMedoidsModel {
    type Data = ComparedRows;
    type Params = Medoids;
    type Stats = KMedoidsStats;

    fn zero(&self, medoids: &Medoids) -> KMedoidsStats {
        KMedoidsStats { weights: vec![0.0; medoids.rows().len()], total: 0.0 }
    }

    fn expect(&self, medoids: &Medoids, data: &ComparedRows, units: Range<usize>, stats: &mut KMedoidsStats) -> f64 {
        let mut total = 0.0;
        for unit in units.filter(|u| data.weight(*u) > 0.0) {
            let (j, dissimilarity) = nearest(medoids, data, unit);
            total += data.weight(unit) * dissimilarity;
            stats.weights[j] += data.weight(unit);
        }
        stats.total += total;
        -total
    }

    /// The medoids as they are: the search needs the data, and is [`DirectStep::maximize_over`].
    fn maximize(&self, _: &KMedoidsStats, medoids: &Medoids) -> Result<Medoids, MStepError> {
        Ok(medoids.clone())
    }

    fn direct(&self) -> Direct<'_, Self> {
        Some(self)
    }

    /// Minus the total dissimilarity.
    fn log_likelihood(&self, _: &Medoids, stats: &KMedoidsStats, _: f64) -> f64 {
        // Not −0 where the total is 0.
        0.0 - stats.total
    }

    /// Minus the dissimilarity of each unit to its medoid.
    fn score(&self, medoids: &Medoids, data: &ComparedRows, units: Range<usize>) -> Vec<f64> {
        units.map(|u| 0.0 - nearest(medoids, data, u).1).collect()
    }

    fn block(&self, _: &ComparedRows) -> usize {
        BLOCK
    }

    fn finish(&self, medoids: &Medoids, stats: &KMedoidsStats) -> Medoids {
        medoids.clone().with_total(stats.total).unwrap_or_else(|_| medoids.clone())
    }

    /// Looks up what stands in the rows.
    fn admit(&self, medoids: &Medoids, data: &ComparedRows) -> Result<Medoids, String> {
        let (k, given) = (self.clusters, medoids.rows().len());
        if given != k {
            return Err(format!("the model has {k} clusters, but `medoids` has {}", count(given, "entry", "entries")));
        }
        let rows = data.rows();
        let absent = |row: &&usize| **row >= rows.units() || rows.weight(**row) <= 0.0;
        if let Some(row) = medoids.rows().iter().find(absent) {
            return Err(format!("`medoids`: {row} is no row of the data (from 0), or one of weight 0"));
        }
        let centers: Vec<Vec<f64>> = medoids.rows().iter().map(|row| rows.row(*row).to_vec()).collect();
        if !medoids.centers().is_empty() && medoids.centers() != centers {
            return Err("`centers` are not what the data have in the rows `medoids`; are these other data?".into());
        }
        Ok(Medoids::found(medoids.rows().to_vec(), centers))
    }
}

impl DirectStep for KMedoidsModel {
    /// One step of the search; the medoids as they are where it finds nothing better.
    fn maximize_over(&self, data: &ComparedRows, _: &KMedoidsStats, medoids: &Medoids) -> Result<Medoids, MStepError> {
        let pairs = Pairs::new(data);
        let place = |row: &usize| pairs.candidates.binary_search(row).expect("a medoid is a row that counts");
        let at = Assignment::of(&pairs, medoids.rows().iter().map(place).collect());
        let next = match self.method {
            MedoidMethod::Alternating => Some(alternating::step(&pairs, &at)).filter(|next| next.total < at.total),
            MedoidMethod::Pam => swap::best_of_all(&pairs, &at),
            MedoidMethod::FasterPam => swap::eager_pass(&pairs, &at),
        };
        let found = next.map_or_else(|| medoids.clone(), |next| pairs.medoids(&next.medoids));
        pairs.checked(found)
    }
}

impl Predict for KMedoidsModel {
    fn predict(&self, medoids: &Medoids, data: &ComparedRows, units: Range<usize>) -> Prediction {
        let labels = units.clone().map(|u| nearest(medoids, data, u).0).collect();
        data.predict_rows(units, &Prediction::of_labels(labels))
    }
}

impl Portrait for KMedoidsModel {
    fn outlines(&self, medoids: &Medoids) -> Vec<Outline> {
        medoids.centers().iter().map(|center| Outline { center: center.clone(), covariance: None }).collect()
    }
}

impl LabelSymmetry for KMedoidsModel {
    fn parts(&self, medoids: &Medoids) -> usize {
        medoids.rows().len()
    }

    fn permute(&self, medoids: &Medoids, order: &[usize]) -> Medoids {
        medoids.permuted(order)
    }
}
