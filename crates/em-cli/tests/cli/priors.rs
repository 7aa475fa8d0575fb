//! Priors and covariance forms of Gaussian mixtures, as people write them.

use crate::common::*;

const PARTS: [&str; 3] = [
    "weights: Dirichlet(2)",
    "means: (center: [5, 5], strength: 0.01)",
    "covariances: InverseWishart(scale: [[2, 0], [0, 2]], dof: 5)",
];

/// Fits, and scores from the fit file, to the same log-likelihood.
fn fits(model: &str, fit: &str) -> serde_json::Value {
    let folder = Folder::with(&spec(model, fit));
    let fitted = folder.json(&["fit", "spec.ron"]);
    let scored = folder.json(&["score", "spec.fit.ron"]);
    assert_eq!(fitted["log_likelihood"], scored["log_likelihood"], "{model}");
    fitted
}

#[test]
fn every_part_of_a_prior_is_optional_and_needs_no_other_name() {
    let all = PARTS.join(", ");
    for parts in PARTS.into_iter().chain([all.as_str()]) {
        let plain = fits(&format!("GaussianMixture(components: 2, prior: ({parts}))"), "seed: 1");
        assert!(plain["log_prior"].as_f64().unwrap() != 0.0, "{parts}");
        let named = fits(&format!("GaussianMixture(components: 2, prior: Stated({parts}))"), "seed: 1");
        assert_eq!(plain["trace"], named["trace"]);
    }
}

#[test]
fn the_data_scale_a_prior_and_the_fit_file_keeps_it() {
    for form in ["Full", "Tied", "Diagonal", "TiedDiagonal()", "Spherical", "TiedSpherical", "Fixed(4)"] {
        let model = |prior| format!("GaussianMixture(components: 2, covariance: {form}, prior: {prior})");
        let fit = fits(&model("DataScaled"), "seed: 1");
        assert_eq!(fit["trace"], fits(&model("DataScaled()"), "seed: 1")["trace"]);
        let (ll, prior) = (fit["log_likelihood"].as_f64().unwrap(), fit["log_prior"].as_f64().unwrap());
        assert!((ll + prior - fit["objective"].as_f64().unwrap()).abs() < 1e-12 * ll.abs(), "{form}");
    }
}

#[test]
fn a_fixed_variance_needs_no_covariances_and_other_forms_do() {
    let start = "start: Params(weights: [0.5, 0.5], means: [[1, 2], [9, 8]])";
    let fit = fits("GaussianMixture(components: 2, covariance: Fixed(4))", start);
    assert_eq!(fit["n_parameters"], 5);
    assert_eq!(fit["params"]["covariances"][1].to_string(), "[[4.0,0.0],[0.0,4.0]]");
    let folder = Folder::with(&spec("GaussianMixture(components: 2)", start));
    let said = refused(&folder, "spec.ron");
    assert!(
        said.ends_with("`covariances`: entry 0 is missing: give whole matrices, as `covariance: Full` asks"),
        "{said}"
    );
}

#[test]
fn a_misspelt_or_unfit_prior_is_refused_where_it_stands() {
    for (prior, wanted) in [
        ("DataScale", "did you mean `DataScaled`?"),
        ("(mean: (center: [1, 2], strength: 1))", "did you mean `means`?"),
        ("(covariances: InverseGamma(shape: 2, scale: 1))", "use InverseWishart(scale: …, dof: …)"),
        ("(covariances: InverseWishart(scale: [[1, 2], [2, 1]], dof: 5))", "not positive definite"),
        ("(means: (center: [1], strength: 1))", "center has 1 entry where the data have 2 columns"),
    ] {
        let folder = Folder::with(&spec(&format!("GaussianMixture(components: 2, prior: {prior})"), ""));
        let said = refused(&folder, "spec.ron");
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn a_prior_bears_a_constant_column_and_says_so() {
    let folder = Folder::with(&spec(&format!("GaussianMixture(components: 2, prior: ({}))", PARTS[2]), "seed: 1"));
    folder.write(
        "points.csv",
        POINTS
            .lines()
            .map(|l| [l.split(',').next().unwrap(), ",7\n"].concat())
            .collect::<String>()
            .replacen("x,7", "x,y", 1),
    );
    let fit = folder.json(&["fit", "spec.ron"]);
    assert_eq!((&fit["warnings"][0]["code"], &fit["warnings"][0]["column"]), (&"constant_column".into(), &"y".into()));
    assert!(fit["params"]["covariances"][0][1][1].as_f64().unwrap() > 0.0);
}
