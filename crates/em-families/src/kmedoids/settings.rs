//! [`KMedoids`]: what is asked for.

use crate::Dissimilarity;
use crate::dissimilarity::{cosine, euclidean, hamming, manhattan, squared_euclidean};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// k clusters around k rows of the data, the medoids: minimises Σ_i w_i min_j δ(x_i, m_j) over medoids m.
///
/// Its M-step compares rows with one another and has no additive statistics, so this is no latent-variable model; it
/// has a search of its own ([`fit`](KMedoids::fit)). Rows of weight 0 are no medoids, but have labels.
///
/// ```
/// use em_families::{KMedoids, MedoidOptions, Rows};
/// let rows = Rows::new(1, vec![1.0, 2.0, 4.0, 90.0, 91.0])?;
/// let fit = KMedoids::of(2).fit(&rows, &MedoidOptions::default())?;
/// assert_eq!((fit.medoids, fit.total_dissimilarity), (vec![1, 3], 4.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KMedoids {
    /// k, the number of clusters.
    pub clusters: NonZeroUsize,
    /// How unlike two rows are.
    #[serde(default)]
    pub dissimilarity: MedoidDissimilarity,
    /// How medoids are searched for.
    #[serde(default)]
    pub method: MedoidMethod,
}

impl KMedoids {
    /// `clusters` clusters, at least one, by Euclidean distance and FasterPAM.
    pub fn of(clusters: usize) -> Self {
        let clusters = NonZeroUsize::new(clusters).unwrap_or(NonZeroUsize::MIN);
        KMedoids { clusters, dissimilarity: MedoidDissimilarity::default(), method: MedoidMethod::default() }
    }
}

/// The dissimilarities that have a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MedoidDissimilarity {
    /// √ Σ (a_i − b_i)².
    #[default]
    Euclidean,
    /// Σ (a_i − b_i)².
    SquaredEuclidean,
    /// Σ |a_i − b_i|.
    Manhattan,
    /// 1 − a·b / (|a| |b|); refuses rows of zeros.
    Cosine,
    /// The number of features that differ.
    Hamming,
}

impl Dissimilarity for MedoidDissimilarity {
    fn between(&self, a: &[f64], b: &[f64]) -> f64 {
        match self {
            MedoidDissimilarity::Euclidean => euclidean(a, b),
            MedoidDissimilarity::SquaredEuclidean => squared_euclidean(a, b),
            MedoidDissimilarity::Manhattan => manhattan(a, b),
            MedoidDissimilarity::Cosine => cosine(a, b),
            MedoidDissimilarity::Hamming => hamming(a, b),
        }
    }
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

/// Where a search starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MedoidStart {
    /// One medoid after the other, each the row that helps most (Kaufman & Rousseeuw 1990, BUILD). Needs no chance.
    #[default]
    Build,
    /// Random rows that differ.
    Rows,
    /// These rows, counted from 0.
    Medoids(Vec<usize>),
}

/// How a search is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MedoidOptions {
    /// Where it starts.
    pub start: MedoidStart,
    /// The best of this many searches, where the start is random.
    pub restarts: u64,
    /// The seed of random starts.
    pub seed: u64,
    /// At most this many iterations each.
    pub max_iterations: u64,
}

impl Default for MedoidOptions {
    fn default() -> Self {
        MedoidOptions { start: MedoidStart::Build, restarts: 10, seed: 1, max_iterations: 1000 }
    }
}
