//! Families of latent-variable models.
//!
//! [`Mixture`] is a model for any [`Emission`] family; the regressions stand beside it. Each family has a typed
//! interface and a spec that is registered by its name.

mod bayesian_linear_regression;
mod bernoulli;
mod component;
mod dissimilarity;
mod emission;
mod gaussian;
mod kmeans;
mod kmedoids;
mod mixture;
mod moments;
mod poisson;
pub mod prior;
mod regression;
mod rows;
mod simplex;
mod starts;

pub use bayesian_linear_regression::{
    BayesianLinearModel, BayesianLinearRegression, Coefficients, Precisions, PrecisionsError, Products,
};
pub use bernoulli::{BernoulliMixture, BernoulliPrior, BernoulliStats, Bernoullis, BinaryColumns, Probabilities};
pub use component::{Component, ComponentCoordinates, Each, Item, Items};
pub use dissimilarity::Dissimilarity;
pub use emission::{Emission, EmissionCoordinates, EmissionStart};
pub use gaussian::{Covariance, FullGaussian, GaussianMixture, Normal, NormalError};
pub use kmeans::{
    Centers, CentersError, ClusterColumns, KMeans, KMeansDissimilarity, KMeansModel, KMeansStats, Levels,
};
pub use kmedoids::{KMedoids, KMedoidsError, MedoidDissimilarity, MedoidFit, MedoidMethod, MedoidOptions, MedoidStart};
pub use mixture::{Mixture, MixtureParams, MixtureStats, Written};
pub use moments::Moments;
pub use poisson::{CountDesign, Newton, PoissonRegressionMixture, PoissonRegressions};
pub use prior::{Beta, Dirichlet};
pub use regression::{Design, DesignError, RegressionData, RegressionDataError, Term, TermError};
pub use rows::{Rows, RowsError};
