//! Families of latent-variable models.
//!
//! [`Mixture`] is a model for any [`Emission`] family; the regressions stand beside it. Each family has a typed
//! interface and a spec that is registered by its name.

mod bayesian_linear_regression;
mod emission;
mod gaussian;
mod kmeans_start;
mod mixture;
mod moments;
mod poisson;
mod regression;
mod rows;
mod simplex;

pub use bayesian_linear_regression::{
    BayesianLinearModel, BayesianLinearRegression, Coefficients, Precisions, PrecisionsError, Products,
};
pub use emission::{Emission, EmissionCoordinates, EmissionStart};
pub use gaussian::{Covariance, FullGaussian, GaussianMixture, Normal, NormalError};
pub use mixture::{Mixture, MixtureParams, MixtureStats, Written};
pub use moments::Moments;
pub use poisson::{CountDesign, Newton, PoissonRegressionMixture, PoissonRegressions};
pub use regression::{Design, DesignError, RegressionData, RegressionDataError, Term, TermError};
pub use rows::{Rows, RowsError};
