//! What a person should know before writing a spec of a Gaussian mixture.

use em_core::{About, FieldInfo, ParameterInfo};

pub(super) const ABOUT: About = About {
    summary: "A mixture of k normal distributions over numeric columns (McLachlan & Peel 2000, chapter 3).",
    fields: &[
        FieldInfo { name: "components", values: "whole number above 0", default: None, text: "k" },
        FieldInfo {
            name: "covariance",
            values: "Full, Tied, Diagonal, TiedDiagonal, Spherical, TiedSpherical, Fixed(variance)",
            default: Some("Full"),
            text: "the form of the covariances: whole matrices, variances of each column, or one variance; of each \
                   component, or one for all (Tied); Fixed(v) is v in every column, and only means and weights are fitted",
        },
        FieldInfo {
            name: "prior",
            values: "DataScaled, or (weights: Dirichlet(2), means: (center: […], strength: 0.01), covariances: \
                     InverseWishart(scale: [[…]], dof: 5))",
            default: Some("none"),
            text: "means are N(center, covariance / strength); diagonal and spherical forms take covariances: \
                   InverseGamma(shape: 2, scale: 1) (numbers, or lists per column); DataScaled takes the numbers for means \
                   and covariances from the data (Fraley & Raftery 2007)",
        },
    ],
    parameters: &[
        ParameterInfo { name: "weights", shape: "[k]", text: "mixing weights, above 0, summing to 1" },
        ParameterInfo { name: "means", shape: "[k][d]", text: "the mean of each component" },
        ParameterInfo {
            name: "covariances",
            shape: "[k][d][d]",
            text: "the covariance of each component, symmetric and positive definite, in the form that is fitted; a start of \
                   Fixed needs none",
        },
    ],
    example: r#"(
    data: Csv(path: "data/old_faithful.csv", columns: ["eruptions", "waiting"]),
    model: GaussianMixture(components: 2, covariance: Full),
    fit: (start: KMeans, restarts: 10, seed: 1),
)"#,
};
