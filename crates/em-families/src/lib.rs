//! Families of latent-variable models.
//!
//! [`Mixture`] is a model for any [`Emission`] family; the regressions stand beside it. Each family has a typed
//! interface and a spec that is registered by its name.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod bayesian_gaussian;
mod bayesian_linear_regression;
mod bernoulli;
mod component;
mod emission;
mod gaussian;
mod mixture;
mod moments;
mod poisson;
pub mod prior;
mod regression;
mod rows;
mod simplex;
mod starts;

pub use bayesian_gaussian::{
    BayesianGaussianError, BayesianGaussianMixture, BayesianGaussianModel, GaussianPosterior, LearnedPrior,
    NormalWishart, NormalWishartError, PosteriorCovariance, VariationalParams,
};
pub use bayesian_linear_regression::{
    BayesianLinearModel, BayesianLinearRegression, Coefficients, Precisions, PrecisionsError, Products,
};
pub use bernoulli::{BernoulliMixture, BernoulliPrior, BernoulliStats, Bernoullis, BinaryColumns, Probabilities};
#[doc(hidden)]
pub use component::learn;
pub use component::{Component, ComponentCoordinates, Each, Item, Items};
#[doc(hidden)]
pub use em_core;
pub use emission::{Emission, EmissionCoordinates, EmissionOrder, EmissionRepair, EmissionSample, EmissionStart};
pub use gaussian::{Covariance, FullGaussian, GaussianMixture, Normal, NormalError};
pub use mixture::{Mixture, MixtureParams, MixtureStats, Written};
pub use moments::Moments;
pub use poisson::{CountDesign, Newton, PoissonRegressionMixture, PoissonRegressions};
pub use prior::{Beta, Dirichlet};
pub use regression::{Design, DesignError, RegressionData, RegressionDataError, Term, TermError};
pub use rows::{Rows, RowsError};
