//! Families of latent-variable models.
//!
//! [`Mixture`] is a model for any [`Emission`] family; the regressions stand beside it. Each family has a typed
//! interface and a spec that is registered by its name.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod bayesian_gaussian;
mod bayesian_linear_regression;
mod bernoulli;
mod bits;
mod component;
mod concomitant;
mod diagonal_moments;
mod dissimilarity;
mod each;
mod emission;
mod gaussian;
mod grouped;
#[cfg(feature = "kernels")]
#[doc(hidden)]
pub mod kernels;
mod kmeans;
mod kmedoids;
mod lanes;
mod memberships;
mod mixture;
mod moments;
mod plural;
mod poisson;
pub mod prior;
mod quadratic;
mod regression;
mod rows;
mod shown;
mod simplex;
mod singles;
mod spread;
mod starts;

pub use bayesian_gaussian::{
    BayesianGaussianError, BayesianGaussianMixture, BayesianGaussianModel, GaussianPosterior, LearnedPrior,
    NormalWishart, NormalWishartError, PriorScale, VariationalParams,
};
pub use bayesian_linear_regression::{
    BayesianLinearModel, BayesianLinearRegression, BayesianLinearRegressionError, Coefficients, EvidenceError,
    EvidenceUpdate, PrecisionPrior, Precisions, PrecisionsError, Products,
};
pub use bernoulli::{BernoulliMixture, BernoulliPrior, BernoulliStats, Bernoullis, BinaryColumns, Probabilities};
pub use component::{Component, ComponentCoordinates, ComponentLikelihood, ComponentSample, Item, Items};
pub use concomitant::{
    ConcomitantWeights, CovariatesError, LogitCoefficients, LogitError, LogitStats, MixingWeights, WithCovariates,
};
pub use diagonal_moments::DiagonalMoments;
pub use dissimilarity::Dissimilarity;
pub use each::Each;
#[doc(hidden)]
pub use each::learn;
#[doc(hidden)]
pub use em_core;
pub use emission::{
    Emission, EmissionConditionals, EmissionCoordinates, EmissionGradient, EmissionHeldStep, EmissionLikelihood,
    EmissionOrder, EmissionPortrait, EmissionRepair, EmissionSample, EmissionStart,
};
pub use gaussian::{
    CollapseError, Covariance, FullGaussian, Gaussian, GaussianColumns, GaussianError, GaussianMixture,
    GaussianMixtureError, GaussianMoments, GaussianPrior, GaussianStats, MixturePrior, Normal, NormalError,
    PooledMoments, ScalingError,
};
pub use grouped::{Averaged, Grouped, GroupsError, PerGroup};
pub use kmeans::{
    Centers, CentersError, ClusterColumns, KMeans, KMeansDissimilarity, KMeansModel, KMeansStats, Levels,
};
pub use kmedoids::{
    ComparedColumns, ComparedRows, KMedoids, KMedoidsModel, KMedoidsStats, MedoidDissimilarity, MedoidMethod, Medoids,
    MedoidsError,
};
pub use memberships::Memberships;
pub use mixture::{Mixing, MixingParams, Mixture, MixtureParams, MixtureStats, PlainWeights, Written};
pub use moments::Moments;
pub use poisson::{
    CoefficientPrior, CountDesign, Newton, PoissonPrior, PoissonRegressionError, PoissonRegressionMixture,
    PoissonRegressions,
};
pub use prior::{Beta, CovariancePrior, Dirichlet, Gamma, InverseGamma, InverseWishart, MeanPrior, PerColumn};
pub use regression::{
    Categories, CategoriesError, Design, DesignError, RegressionData, RegressionDataError, Term, TermError,
};
pub use rows::{Rows, RowsError};
