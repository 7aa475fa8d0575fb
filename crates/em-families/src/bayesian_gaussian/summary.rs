//! What people read: the description of the model, and a fit as tables.

use super::normal_wishart::NormalWishart;
use super::params::GaussianPosterior;
use em_core::{About, Cell, FieldInfo, ParameterInfo, Section};

/// A component that answers for less weight than this is called unused: less than one observation.
const UNUSED: f64 = 1.0;

/// The tables of a fit; `sizes` are the weights of the units that the components answer for.
pub(super) fn sections(columns: &[String], q: &GaussianPosterior, sizes: &[f64]) -> Vec<Section> {
    vec![components(columns, q, sizes), deviations(columns, q)]
}

fn components(columns: &[String], q: &GaussianPosterior, sizes: &[f64]) -> Section {
    let used = |j: usize| sizes[j] >= UNUSED;
    let unused = (0..sizes.len()).filter(|j| !used(*j)).count();
    let row = |(j, (weight, component)): (usize, (f64, &NormalWishart))| {
        let head = [Cell::Number(weight), Cell::Number(sizes[j])];
        let means = component.mean().iter().map(|m| Cell::Number(*m));
        let note = (unused > 0).then(|| if used(j) { Cell::Empty } else { Cell::Text("unused".into()) });
        (format!("component {j}"), head.into_iter().chain(means).chain(note).collect())
    };
    let note = (unused > 0).then(String::new);
    Section {
        title: format!(
            "Components, {unused} of {} unused: expected weight, expected number of observations, means",
            sizes.len()
        ),
        heads: ["weight", "size"].map(String::from).into_iter().chain(columns.iter().cloned()).chain(note).collect(),
        rows: q.weights().into_iter().zip(q.components()).enumerate().map(row).collect(),
    }
}

fn deviations(columns: &[String], q: &GaussianPosterior) -> Section {
    let (tied, all) = (q.covariance().is_tied(), q.components());
    let row = |(j, component): (usize, &NormalWishart)| {
        let whose = if tied { "all components".into() } else { format!("component {j}") };
        (whose, component.expected().variances().iter().map(|v| Cell::Number(v.sqrt())).collect())
    };
    Section {
        title: "Standard deviations at the expected precisions".into(),
        heads: columns.to_vec(),
        rows: all[..if tied { 1 } else { all.len() }].iter().enumerate().map(row).collect(),
    }
}

/// What a person should know before writing a spec.
pub(super) const ABOUT: About = About {
    summary: "A mixture of k normal distributions by variational Bayes, which leaves components unused that the data do \
              not call for (Bishop 2006, section 10.2). The objective is the lower bound on the log evidence; \
              `log_likelihood` is its part Σ ln Σ ρ, and `log_prior` is −KL(q ‖ prior). A group of rows counts once in α, \
              and each of its rows in β and ν.",
    fields: &[
        FieldInfo {
            name: "components",
            values: "whole number above 0",
            default: None,
            text: "k, the most there may be",
        },
        FieldInfo {
            name: "covariance",
            values: "Full, Tied, Diagonal, TiedDiagonal, Spherical, TiedSpherical",
            default: Some("Full"),
            text: "the form of the precisions, as of a GaussianMixture: Wishart distributions, or where they are restricted \
                   gamma distributions",
        },
        FieldInfo {
            name: "concentration",
            values: "number above 0",
            default: Some("1/k"),
            text: "α₀ of the Dirichlet prior on the weights; the smaller, the fewer components are used",
        },
        FieldInfo {
            name: "center",
            values: "d numbers",
            default: Some("the means of the data"),
            text: "m₀, where the means of components are expected",
        },
        FieldInfo {
            name: "strength",
            values: "number above 0",
            default: Some("1"),
            text: "β₀, how many observations `center` is worth",
        },
        FieldInfo {
            name: "dof",
            values: "number above d − 1, or above 0 where precisions are diagonal or spherical",
            default: Some("d"),
            text: "ν₀ of the prior on the precisions, in observations: Wishart(W₀, ν₀), for diagonal forms Gamma(ν₀/2, s/2) \
                   each, for spherical ones Gamma(d ν₀/2, d s/2) (shape, rate)",
        },
        FieldInfo {
            name: "scale",
            values: "d rows of d numbers, symmetric and positive definite; or d numbers, or one, on the diagonal",
            default: Some("the covariance of the data, with divisor n − 1, or its diagonal, or the average of that"),
            text: "W₀⁻¹ of the prior on the precisions, scikit-learn's covariance_prior",
        },
    ],
    parameters: &[
        ParameterInfo { name: "weights", shape: "[k]", text: "E[π], the expected mixing weights, summing to 1" },
        ParameterInfo { name: "means", shape: "[k][d]", text: "m, the expected mean of each component" },
        ParameterInfo {
            name: "covariances",
            shape: "[k][d][d]",
            text: "W⁻¹/ν, the inverse of the expected precision; as a start, weights, means and covariances are enough",
        },
        ParameterInfo { name: "concentrations", shape: "[k]", text: "α of the Dirichlet posterior, above 0" },
        ParameterInfo { name: "strengths", shape: "[k]", text: "β, above 0" },
        ParameterInfo { name: "dof", shape: "[k]", text: "ν, above d − 1; where precisions are restricted above 0" },
        ParameterInfo {
            name: "scales", shape: "[k][d][d]", text: "W⁻¹, symmetric and positive definite, in the form"
        },
        ParameterInfo { name: "covariance", shape: "", text: "the form of the parameters of q, where it is not Full" },
    ],
    example: r#"(
    data: Csv(path: "data/old_faithful.csv", columns: ["eruptions", "waiting"]),
    model: BayesianGaussianMixture(components: 6, concentration: 0.001),
    fit: (restarts: 10, seed: 1, stop: (relative_gain: 1e-13, max_iterations: 5000)),
)"#,
};
