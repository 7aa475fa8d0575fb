//! Expectation–maximisation for any model with latent variables.
//!
//! A model author states three things – what an empty statistic looks like, how observations add to it (E-step), and
//! which parameters maximise it (M-step) – and gets the loop, restarts, stopping rules, parallel E-steps whose bits do
//! not depend on the number of threads, prediction, the command line and spec files.
//!
//! This crate is the facade: [`core`] has the contract and the loop, [`families`] the models, [`cli`] the program `em`
//! as a library. Most users need the [`prelude`] alone.
//!
//! ```
//! use em::prelude::*;
//!
//! // Two kinds of eruption of Old Faithful: duration and waiting time, in minutes.
//! let rows = [[3.6, 79.0], [1.8, 54.0], [3.3, 74.0], [2.3, 62.0], [4.5, 85.0], [2.9, 55.0], [4.7, 88.0], [1.9, 51.0]];
//! let data = Rows::new(2, rows.concat())?;
//! let model = Mixture::of(2, FullGaussian);
//! let fitted = Fit::new(&model, &data).restarts(5).seed(1).run()?;
//!
//! println!("log-likelihood {:.2} nats, {:?}", fitted.log_likelihood, fitted.stop);
//! for (weight, normal) in fitted.params.weights().iter().zip(fitted.params.components()) {
//!     println!("{weight:.2} {}", normal.mean().transpose());
//! }
//! assert!(fitted.converged());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "cli")]
pub use em_cli as cli;
pub use em_core as core;
pub use em_families as families;

pub use em_core::{check, rand, register, statistics};
pub use em_families::register_mixture;

/// What most programs need.
pub mod prelude {
    #[cfg(feature = "cli")]
    pub use em_cli::read_csv;
    pub use em_core::rand::{RngExt, SeedableRng};
    pub use em_core::{
        Algorithm, Anderson, Annealed, Certificate, Checkpoint, CompleteLikelihood, Conditionals, Confusion,
        Coordinates, Criteria, Dataset, Degenerate, EStepMode, EStepModes, Ecm, Em, Fit, FitError, Fitted, Fixed, Gem,
        Gradient, GradientEm, HardEm, HeldStep, Hold, Incremental, InnerRounds, LabelStart, LabelSymmetry, LatentModel,
        MStepError, MonteCarloEm, Observer, Part, Predict, Prediction, Progress, Purpose, Repair, Resample, Rng, Rule,
        Sample, Squarem, Start, StartKind, Statistics, Stepwise, StochasticEm, Stop, StopReason, Table, Tabular,
        Verdict, Warning, Weighted,
    };
    pub use em_core::{register, statistics};
    pub use em_families::register_mixture;
    pub use em_families::{
        BayesianLinearModel, BayesianLinearRegression, BernoulliMixture, Bernoullis, Beta, Centers, ComparedRows,
        Component, ComponentCoordinates, ComponentLikelihood, ComponentSample, Covariance, Design, Dirichlet, Each,
        Emission, FullGaussian, Gaussian, GaussianMixture, GaussianPrior, Grouped, KMeansModel, KMedoidsModel,
        LogitCoefficients, MedoidDissimilarity, Mixture, MixtureParams, Moments, Normal, PerGroup,
        PoissonRegressionMixture, PoissonRegressions, Precisions, Probabilities, RegressionData, Rows, Term,
        WithCovariates,
    };
    pub use std::ops::Range;
}

#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// The pages of the book, so that their code is tried.
#[cfg(all(doctest, feature = "cli"))]
mod book {
    #[doc = include_str!("../docs/book/src/tutorial.md")]
    struct Tutorial;
    #[doc = include_str!("../docs/book/src/em.md")]
    struct WhatEmDoes;
    #[doc = include_str!("../docs/book/src/algorithms.md")]
    struct Algorithms;
    #[doc = include_str!("../docs/book/src/own_model.md")]
    struct OwnModel;
    #[doc = include_str!("../docs/book/src/families/README.md")]
    struct Families;
    #[doc = include_str!("../docs/book/src/families/gaussian_mixture.md")]
    struct GaussianMixture;
    #[doc = include_str!("../docs/book/src/families/bayesian_gaussian_mixture.md")]
    struct BayesianGaussianMixture;
    #[doc = include_str!("../docs/book/src/families/bernoulli_mixture.md")]
    struct BernoulliMixture;
    #[doc = include_str!("../docs/book/src/families/poisson_regression_mixture.md")]
    struct PoissonRegressionMixture;
    #[doc = include_str!("../docs/book/src/families/bayesian_linear_regression.md")]
    struct BayesianLinearRegression;
    #[doc = include_str!("../docs/book/src/families/kmeans.md")]
    struct KMeans;
    #[doc = include_str!("../docs/book/src/families/kmedoids.md")]
    struct KMedoids;
}
