//! [`KMedoids::fit`]: a search from start to result.

use super::assignment::Assignment;
use super::pairs::Pairs;
use super::settings::{KMedoids, MedoidDissimilarity, MedoidMethod, MedoidOptions, MedoidStart};
use super::{alternating, build, swap};
use crate::starts::Spread;
use crate::{Dissimilarity, Rows};
use em_core::{Dataset, Streams};

/// The result of a search: the best of its runs.
#[derive(Clone, Debug, PartialEq)]
pub struct MedoidFit {
    /// The k medoids, rows of the data counted from 0, in the order of the start.
    pub medoids: Vec<usize>,
    /// The same rows, d numbers each.
    pub centers: Vec<Vec<f64>>,
    /// The cluster of each of the n rows, counted from 0: that of the nearest medoid, the first among equals.
    pub labels: Vec<usize>,
    /// Σ w δ(x, nearest medoid), in units of the dissimilarity.
    pub total_dissimilarity: f64,
    /// The total at the start and after every iteration of the best run.
    pub trace: Vec<f64>,
    /// Whether the best run ended because nothing was left to improve.
    pub converged: bool,
    /// The totals that the runs reached, in order.
    pub runs: Vec<f64>,
}

/// Why there are no medoids.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum KMedoidsError {
    /// Fewer rows that count differ than there are clusters.
    #[error(
        "only {different} of the rows with a weight above 0 differ, and {clusters} clusters need as many; use fewer"
    )]
    TooFewRows {
        /// How many differ.
        different: usize,
        /// k.
        clusters: usize,
    },
    /// The start has more or fewer medoids than there are clusters.
    #[error("the model has {wanted} clusters, but `medoids` has {got} entries")]
    Medoids {
        /// k.
        wanted: usize,
        /// How many there are.
        got: usize,
    },
    /// A medoid of the start cannot be one.
    #[error("`medoids`: {row} is listed twice, no row of the data, or a row of weight 0 (rows count from 0)")]
    Medoid {
        /// What stands there.
        row: usize,
    },
    /// The cosine of a row of zeros is not defined.
    #[error(
        "row {row} (from 0) is all zeros, and has no cosine with any other; leave it out, or use another dissimilarity"
    )]
    ZeroRow {
        /// The row, counted from 0.
        row: usize,
    },
    /// A dissimilarity is negative or not finite.
    #[error("the dissimilarity of rows {a} and {b} (from 0) is {value}, not a finite number, 0 or above")]
    Dissimilarity {
        /// A row, counted from 0.
        a: usize,
        /// Another.
        b: usize,
        /// What it is.
        value: f64,
    },
}

impl MedoidFit {
    /// The label of each of `rows`, which need not be those of the fit, by the dissimilarity of the fit.
    pub fn predict(&self, rows: &Rows, dissimilarity: &impl Dissimilarity) -> Vec<usize> {
        labels(&self.centers, rows, dissimilarity)
    }
}

impl KMedoids {
    /// Searches by the dissimilarity that was named.
    ///
    /// # Errors
    /// [`KMedoidsError`]: too few rows that differ, a start that does not fit, a row of zeros under cosine, a
    /// dissimilarity that overflows.
    pub fn fit(&self, rows: &Rows, options: &MedoidOptions) -> Result<MedoidFit, KMedoidsError> {
        let zero = |u: &usize| rows.row(*u).iter().all(|x| *x == 0.0);
        if let (MedoidDissimilarity::Cosine, Some(row)) = (self.dissimilarity, (0..rows.units()).find(zero)) {
            return Err(KMedoidsError::ZeroRow { row });
        }
        self.fit_by(rows, &self.dissimilarity, options)
    }

    /// Searches by another dissimilarity, which is symmetric, in place of the named one.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_by<D: Dissimilarity>(
        &self,
        rows: &Rows,
        dissimilarity: &D,
        options: &MedoidOptions,
    ) -> Result<MedoidFit, KMedoidsError> {
        let clusters = self.clusters.get();
        let different = crate::kmeans::count_different(rows, clusters);
        if different < clusters {
            return Err(KMedoidsError::TooFewRows { different, clusters });
        }
        self.search(&Pairs::new(rows, dissimilarity), rows, dissimilarity, options)
    }

    pub(super) fn search<D: Dissimilarity>(
        &self,
        pairs: &Pairs<D>,
        rows: &Rows,
        dissimilarity: &D,
        options: &MedoidOptions,
    ) -> Result<MedoidFit, KMedoidsError> {
        let restarts = if options.start == MedoidStart::Rows { options.restarts.max(1) } else { 1 };
        let (mut best, mut runs): (Option<Ended>, _) = (None, Vec::new());
        for run in 1..=restarts {
            let start = self.start(pairs, rows, options, Streams { seed: options.seed, run })?;
            let ended = self.climb(pairs, start, options.max_iterations);
            pairs.check()?;
            runs.push(ended.at.total);
            if best.as_ref().is_none_or(|best| ended.at.total < best.at.total) {
                best = Some(ended);
            }
        }
        let Ended { at, trace, converged } = best.expect("there is at least one run");
        let medoids: Vec<usize> = at.medoids.iter().map(|row| pairs.units[*row]).collect();
        let centers: Vec<Vec<f64>> = medoids.iter().map(|u| rows.row(*u).to_vec()).collect();
        let labels = labels(&centers, rows, dissimilarity);
        Ok(MedoidFit { medoids, centers, labels, total_dissimilarity: at.total, trace, converged, runs })
    }

    /// Medoids to start from, as rows that count.
    fn start<D: Dissimilarity>(
        &self,
        pairs: &Pairs<D>,
        rows: &Rows,
        options: &MedoidOptions,
        streams: Streams,
    ) -> Result<Vec<usize>, KMedoidsError> {
        let k = self.clusters.get();
        match &options.start {
            MedoidStart::Build => Ok(build::build(pairs, k)),
            MedoidStart::Medoids(given) => admitted(pairs, k, given),
            MedoidStart::Rows => {
                let drawn = Spread::raw(rows).different_rows(k, &mut streams.start());
                admitted(pairs, k, &drawn.expect("as many rows differ, which was counted"))
            }
        }
    }

    /// Iterations until one improves nothing, or there have been enough.
    fn climb<D: Dissimilarity>(&self, pairs: &Pairs<D>, start: Vec<usize>, most: u64) -> Ended {
        let mut at = Assignment::of(pairs, start);
        let (mut trace, mut idle) = (vec![at.total], 0);
        for _ in 0..most {
            let next = match self.method {
                MedoidMethod::Alternating => Some(alternating::step(pairs, &at)),
                MedoidMethod::Pam => swap::best_of_all(pairs, &at),
                MedoidMethod::FasterPam => swap::eager_pass(pairs, &at, &mut idle),
            };
            let Some(next) = next.filter(|next| next.total < at.total) else {
                trace.push(at.total);
                return Ended { at, trace, converged: true };
            };
            at = next;
            trace.push(at.total);
        }
        Ended { at, trace, converged: false }
    }
}

/// A finished run.
struct Ended {
    at: Assignment,
    trace: Vec<f64>,
    converged: bool,
}

/// Rows of the data as rows that count, each once.
fn admitted<D>(pairs: &Pairs<D>, wanted: usize, given: &[usize]) -> Result<Vec<usize>, KMedoidsError> {
    if given.len() != wanted {
        return Err(KMedoidsError::Medoids { wanted, got: given.len() });
    }
    let one = |(i, row): (usize, &usize)| match pairs.units.binary_search(row) {
        Ok(place) if !given[..i].contains(row) => Ok(place),
        _ => Err(KMedoidsError::Medoid { row: *row }),
    };
    given.iter().enumerate().map(one).collect()
}

fn labels(centers: &[Vec<f64>], rows: &Rows, dissimilarity: &impl Dissimilarity) -> Vec<usize> {
    let label = |u: usize| {
        let all = centers.iter().map(|c| dissimilarity.between(rows.row(u), c)).enumerate();
        all.fold((0, f64::INFINITY), |best, at| if at.1 < best.1 { at } else { best }).0
    };
    (0..rows.units()).map(label).collect()
}
