//! [`Gaussian`]: k normal distributions.

use super::form::Covariance;
use super::kernel::log_densities;
use super::normal::Normal;
use super::prior::{GaussianError, GaussianPrior};
use super::stats::GaussianStats;
use crate::{Emission, Rows, lanes};
use em_core::MStepError;
use nalgebra::DVector;
use std::borrow::Cow;
use std::ops::Range;

/// Numbers that the work space of a block should hold, so that it stays in a core's second-level cache (512 KiB).
const BLOCK_NUMBERS: usize = 65_536;
/// The most rows of a block: a thread that has to wait long for the last block of a pass falls asleep, and is slow to wake.
const MOST_ROWS: usize = 1024;

/// Normal distributions with covariances of one form, and a prior or none.
///
/// M-step: μ_j = Σ_i r_ij x_i / Σ_i r_ij, Σ_j = Σ_i r_ij (x_i − μ_j)(x_i − μ_j)′ / Σ_i r_ij, restricted to the form
/// (McLachlan & Peel 2000, eqs. 3.7 and 3.8), or their mode under the prior. Without a prior nothing is added to the
/// diagonal: a component that collapses is an error. Diagonal and spherical forms cost O(d) a row and component.
///
/// ```
/// use em_families::{Covariance, Gaussian, Mixture};
/// let model = Mixture::of(3, Gaussian::new(Covariance::Tied)?);
/// # Ok::<(), em_families::GaussianError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    covariance: Covariance,
    prior: GaussianPrior,
}

/// Each component its own covariance without restriction, and no prior.
pub type FullGaussian = Gaussian;

/// Each component its own covariance without restriction, and no prior: `Mixture::of(2, FullGaussian)`.
#[allow(non_upper_case_globals, reason = "it is read as the name of a family")]
pub const FullGaussian: Gaussian =
    Gaussian { covariance: Covariance::Full, prior: GaussianPrior { means: None, covariances: None } };

impl Default for Gaussian {
    fn default() -> Self {
        FullGaussian
    }
}

impl Gaussian {
    /// Of one form, without a prior.
    ///
    /// # Errors
    /// [`GaussianError::Fixed`].
    pub fn new(covariance: Covariance) -> Result<Self, GaussianError> {
        Gaussian { covariance, prior: GaussianPrior::default() }.with_prior(GaussianPrior::default())
    }

    /// The same under a prior.
    ///
    /// # Errors
    /// [`GaussianError`] when the prior does not go with the form.
    pub fn with_prior(self, prior: GaussianPrior) -> Result<Self, GaussianError> {
        prior.check(self.covariance)?;
        Ok(Gaussian { prior, ..self })
    }

    /// The form of the covariances.
    pub fn covariance(&self) -> Covariance {
        self.covariance
    }

    /// The prior.
    pub fn prior(&self) -> &GaussianPrior {
        &self.prior
    }

    /// The distribution with the covariance that the model fixes, where it was left to the model.
    pub(super) fn stated<'a>(&self, normal: &'a Normal) -> Cow<'a, Normal> {
        match self.covariance {
            Covariance::Fixed(v) if !normal.is_stated() => {
                let mean = normal.mean().clone();
                let variances = DVector::from_element(mean.len(), v);
                Cow::Owned(Normal::diagonal(mean, variances).expect("a checked variance and a checked mean"))
            }
            _ => Cow::Borrowed(normal),
        }
    }

    /// The same of all; nothing is copied where all are stated, which they are after the first M-step.
    pub(super) fn all_stated<'a>(&self, params: &'a [Normal]) -> Cow<'a, [Normal]> {
        match params.iter().all(Normal::is_stated) {
            true => Cow::Borrowed(params),
            false => params.iter().map(|n| self.stated(n).into_owned()).collect(),
        }
    }
}

impl Emission for Gaussian {
    type Data = Rows;
    type Params = Vec<Normal>;
    type Stats = GaussianStats;

    fn components(&self, params: &Vec<Normal>) -> usize {
        params.len()
    }

    fn zero(&self, params: &Vec<Normal>) -> GaussianStats {
        GaussianStats::zero(self.covariance, params.len(), params.first().map_or(0, |n| n.mean().len()))
    }

    fn log_density(&self, params: &Vec<Normal>, data: &Rows, units: Range<usize>, out: &mut [f64]) {
        let normals = self.all_stated(params);
        data.with_block(units, |block| log_densities(&normals, block, out));
    }

    fn accumulate(&self, params: &Vec<Normal>, data: &Rows, units: Range<usize>, r: &[f64], stats: &mut GaussianStats) {
        data.with_block(units, |block| stats.add_near(params, block, r));
    }

    /// The block is transposed once.
    fn expect(
        &self,
        params: &Vec<Normal>,
        data: &Rows,
        units: Range<usize>,
        out: &mut [f64],
        stats: &mut GaussianStats,
        turn: &mut dyn FnMut(&mut [f64]),
    ) {
        let normals = self.all_stated(params);
        data.with_block(units, |block| {
            log_densities(&normals, block, out);
            turn(out);
            stats.add_near(params, block, out);
        });
    }

    fn maximize(&self, stats: &GaussianStats, params: &Vec<Normal>) -> Result<Vec<Normal>, MStepError> {
        self.estimate(stats, params)
    }

    fn log_prior(&self, params: &Vec<Normal>) -> f64 {
        if self.prior == GaussianPrior::default() {
            return 0.0;
        }
        self.prior.log_density(self.covariance, &self.all_stated(params))
    }

    fn block(&self, data: &Rows, components: usize) -> usize {
        let d = data.features();
        // Blocks as large as the statistics that they are merged into, so that merging is no great part of the work.
        let numbers = if self.covariance == Covariance::Full { components * d * d } else { 0 };
        let rows = numbers.clamp(BLOCK_NUMBERS, 2 * BLOCK_NUMBERS) / (2 * d + components);
        lanes::whole_columns(rows.clamp(64, MOST_ROWS))
    }

    fn finish(&self, params: &Vec<Normal>) -> Vec<Normal> {
        self.all_stated(params).into_owned()
    }

    fn admit(&self, params: &Vec<Normal>, data: &Rows) -> Result<(), String> {
        self.prior.check_features(data.features()).map_err(|e| e.to_string())?;
        self.admits(params, data.features())
    }
}
