//! The M-step gives the mode, and a fit ends in one.

use super::*;
use crate::prior::Dirichlet;
use crate::{Emission, EmissionCoordinates, Mixture};
use em_core::{Coordinates, Dataset, Fit, LatentModel, MStepError, Part, Rule};

/// Weighted responsibilities of two components, 60 × 2, component after component.
fn responsibilities(rows: &Rows) -> Vec<f64> {
    let share = |u: usize| 0.1 + 0.8 * ((u * 7) % 10) as f64 / 10.0;
    let of = |j: usize, u: usize| rows.weight(u) * if j == 0 { share(u) } else { 1.0 - share(u) };
    (0..2).flat_map(|j| (0..rows.units()).map(move |u| (j, u))).map(|(j, u)| of(j, u)).collect()
}

/// Σ r ln p(x | θ) + ln p(θ).
fn q(emission: &Gaussian, params: &Vec<Normal>, rows: &Rows, r: &[f64]) -> f64 {
    let mut log = vec![0.0; r.len()];
    emission.log_density(params, rows, 0..rows.units(), &mut log);
    r.iter().zip(&log).map(|(r, l)| r * l).sum::<f64>() + emission.log_prior(params)
}

fn m_step(emission: &Gaussian, rows: &Rows, r: &[f64]) -> Vec<Normal> {
    let at = emission.covariance().convert(&start()).components().clone();
    let mut stats = emission.zero(&at);
    emission.accumulate(&at, rows, 0..rows.units(), r, &mut stats);
    emission.maximize(&stats, &at).unwrap()
}

/// Central differences in free coordinates: the gradient is 0 where Q is greatest, and 1 to 100 elsewhere.
#[test]
fn the_m_step_is_the_greatest_of_q_for_every_form_and_prior() {
    let (rows, h) = (rows(), 1e-4);
    let r = responsibilities(&rows);
    for (form, prior) in FORMS.into_iter().flat_map(|f| priors(f).into_iter().map(move |p| (f, p))) {
        let emission = gaussian(form, prior);
        let best = m_step(&emission, &rows, &r);
        emission.admit(&best, &rows).unwrap();
        let (x, top) = (emission.to_free(&best), q(&emission, &best, &rows, &r));
        let moved = |i: usize, by: f64| {
            let mut x = x.clone();
            x[i] += by;
            q(&emission, &emission.at_free(&best, &x).unwrap(), &rows, &r)
        };
        for i in 0..x.len() {
            let (up, down) = (moved(i, h), moved(i, -h));
            // Third derivatives are about 100: h² · 100 = 1e-6; rounding 1e-13 / h = 1e-9.
            let slope = (up - down) / (2.0 * h);
            assert!(slope.abs() < 1e-5, "{form:?}, {:?}: slope {slope} in {i}", emission.prior());
            assert!(up < top && down < top, "{form:?}: coordinate {i}");
        }
    }
}

#[test]
fn a_fit_ends_where_no_perturbation_raises_the_objective() {
    let (rows, mut rng) = (rows(), Rng::seed_from_u64(5));
    let alpha = Dirichlet(crate::prior::Hyper::PerComponent(vec![2.0, 3.5]));
    for (form, prior) in FORMS.into_iter().flat_map(|f| priors(f).into_iter().map(move |p| (f, p))) {
        let model = Mixture::of(2, gaussian(form, prior)).with_prior(Some(alpha.clone()));
        let stop = Rule::Any(vec![Rule::ParameterChange(1e-9), Rule::MaxIterations(20_000)]);
        let fit = Fit::new(&model, &rows).stop(stop).follow_parameters().from(form.convert(&start())).unwrap();
        assert!(fit.converged(), "{form:?}");
        let objective = |params: &MixtureParams<Vec<Normal>>| {
            let mut stats = model.zero(params);
            model.expect(params, &rows, 0..rows.units(), &mut stats) + model.log_prior(params)
        };
        let (x, top) = (model.to_free(&fit.params), objective(&fit.params));
        for _ in 0..50 {
            let moved: Vec<f64> = x.iter().map(|x| x + 2e-3 * (rng.random::<f64>() - 0.5)).collect();
            // The slope at the end is below 1e-6, a step 1e-3 long.
            assert!(objective(&model.at_free(&fit.params, &moved).unwrap()) < top + 1e-8, "{form:?}");
        }
    }
}

#[test]
fn diagonal_statistics_give_the_variances_of_full_ones() {
    let rows = rows();
    let r = responsibilities(&rows);
    let of = |form| m_step(&Gaussian::new(form).unwrap(), &rows, &r);
    let (full, diagonal, spherical) = (of(Covariance::Full), of(Covariance::Diagonal), of(Covariance::Spherical));
    for j in 0..2 {
        assert!((full[j].variances() - diagonal[j].variances()).amax() < 1e-13);
        assert!((full[j].variances().mean() - spherical[j].variances()[0]).abs() < 1e-13);
        assert!((full[j].mean() - diagonal[j].mean()).amax() < 1e-14);
    }
    let (tied, weight) = (of(Covariance::Tied), |j: usize| r[60 * j..60 * (j + 1)].iter().sum::<f64>());
    let pooled = (full[0].covariance() * weight(0) + full[1].covariance() * weight(1)) / (weight(0) + weight(1));
    assert!((pooled - tied[0].covariance()).amax() < 1e-13 && tied[0].covariance() == tied[1].covariance());
}

#[test]
fn the_estimate_by_hand() {
    let at = vec![Normal::diagonal(DVector::zeros(1), DVector::from_element(1, 1.0)).unwrap()];
    let data = Rows::new(1, vec![1.0, 2.0, 6.0]).unwrap();
    let estimate = |emission: Gaussian| {
        let mut stats = emission.zero(&at);
        emission.accumulate(&at, &data, 0..3, &[1.0, 1.0, 2.0], &mut stats);
        let n = emission.maximize(&stats, &at).unwrap().remove(0);
        (n.mean()[0], n.variances()[0])
    };
    // Mean 15/4; Σ w (x − mean)² = 77 − 225/4 = 83/4.
    let (mean, variance) = estimate(FullGaussian);
    assert!((mean - 3.75).abs() < 1e-15 && (variance - 83.0 / 16.0).abs() < 1e-14);
    let means = Some(MeanPrior::new(DVector::zeros(1), 1.0).unwrap());
    let wishart = Some(CovariancePrior::InverseWishart(InverseWishart::new(vec![vec![2.0]], 3.0).unwrap()));
    // Mean 4 · 3.75 / 5 = 3; scatter 83/4 + 4/5 (15/4)² + 2 = 34; count 4 + 1 + 3 + 1 + 1 = 10.
    let (mean, variance) = estimate(gaussian(Covariance::Full, GaussianPrior { means, covariances: wishart }));
    assert!((mean - 3.0).abs() < 1e-15 && (variance - 3.4).abs() < 1e-14);
}

/// The moments of two groups of rows of two features.
fn moments_of(emission: &Gaussian, groups: [&[f64]; 2]) -> GaussianStats {
    let mut stats = vec![emission.covariance().zero(2); 2];
    for (s, group) in stats.iter_mut().zip(groups) {
        s.add(DMatrix::from_column_slice(2, group.len() / 2, group).as_view(), &vec![1.0; group.len() / 2]);
    }
    GaussianStats::Own(stats)
}

fn m_step_of(form: Covariance, groups: [&[f64]; 2]) -> Result<Vec<Normal>, MStepError> {
    let emission = Gaussian::new(form).unwrap();
    emission.maximize(&moments_of(&emission, groups), &Vec::new())
}

fn collapse(form: Covariance, groups: [&[f64]; 2]) -> MStepError {
    m_step_of(form, groups).unwrap_err()
}

#[test]
fn a_component_on_one_value_has_collapsed() {
    for form in [Covariance::Full, Covariance::Diagonal] {
        let e = collapse(form, [&[1.0, 2.0, 3.0, 1.0, 2.0, 2.0], &[5.0, 5.0, 6.0, 5.0, 7.0, 5.0]]);
        assert_eq!((&e.part, e.feature), (&Part::Component(1), Some(1)));
        let words = "component 1: the variance of feature 1 (from 0) is 0; it must be above 0; ";
        assert_eq!(e.to_string(), format!("{words}{}", m_step::ADVICE));
    }
    let e = collapse(Covariance::Spherical, [&[1.0, 2.0, 3.0, 1.0], &[5.0, 6.0, 5.0, 6.0]]);
    // The variance is one of all features: none of them is to blame.
    assert_eq!((&e.part, e.feature), (&Part::Component(1), None));
    let words = "component 1: its variance, one for all features, is 0; it must be above 0; ";
    assert_eq!(e.to_string(), format!("{words}{}", m_step::ADVICE));
    let e = collapse(Covariance::Full, [&[1.0, 2.0, 3.0, 1.0, 2.0, 2.0], &[]]);
    assert!(e.to_string().starts_with("component 1: no observation is left in it"), "{e}");
}

/// A covariance that all share collapses only where the rows of every component agree: no component is to blame.
#[test]
fn a_shared_covariance_that_collapses_blames_no_component_and_says_what_to_try() {
    // In the second feature each group has one value; only the first group has one in both.
    let (flat, point): ([&[f64]; 2], [&[f64]; 2]) =
        ([&[1.0, 2.0, 3.0, 2.0, 4.0, 2.0], &[5.0, 5.0, 6.0, 5.0]], [&[1.0, 2.0, 1.0, 2.0], &[5.0, 5.0, 5.0, 5.0]]);
    // The second feature is the first but for a shift of each group's own.
    let line: [&[f64]; 2] = [&[1.0, 2.0, 3.0, 4.0, 4.0, 5.0], &[5.0, 5.0, 6.0, 6.0]];
    let shared = "as all components share it, none can begin anew or be left out for it: use fewer components, ";
    let cases = [
        (Covariance::Tied, flat, Some(1), "within all components, the variance of feature 1 (from 0) is 0"),
        (Covariance::Tied, line, Some(1), "within all components, the covariance is singular: feature 1 (from 0)"),
        (Covariance::TiedDiagonal, flat, Some(1), "within all components, the variance of feature 1 (from 0) is 0"),
        (
            Covariance::TiedSpherical,
            point,
            None,
            "the variance within components, one for all of them and all features",
        ),
    ];
    for (form, groups, feature, words) in cases {
        let e = collapse(form, groups);
        assert_eq!((&e.part, e.feature), (&Part::Parameter("covariances"), feature), "{form:?}");
        assert!(e.to_string().starts_with(&format!("parameter `covariances`: {words}")), "{form:?}: {e}");
        assert!(e.to_string().contains(shared), "{form:?}: {e}");
        // One component with a spread is enough for all.
        let spread = [groups[0], &[5.0, 5.0, 6.0, 7.0, 9.0, 5.0]];
        assert!(m_step_of(form, spread).is_ok(), "{form:?}");
        // A stated prior keeps it from collapsing, as the advice says.
        let covariances = match form.correlates() {
            true => InverseWishart::of(DMatrix::identity(2, 2), 4.0).map(CovariancePrior::InverseWishart),
            false => InverseGamma::new(2.0.into(), 1.0.into()).map(CovariancePrior::InverseGamma),
        };
        let emission = gaussian(form, GaussianPrior { means: None, covariances: covariances.ok() });
        assert!(emission.maximize(&moments_of(&emission, groups), &Vec::new()).is_ok(), "{form:?}");
    }
}

#[test]
fn without_observations_a_prior_says_it_all() {
    for form in FORMS {
        let emission = gaussian(form, priors(form).pop().unwrap());
        let at = form.convert(&start()).components().clone();
        let n = emission.maximize(&emission.zero(&at), &at).unwrap().remove(1);
        assert_eq!(n.mean(), emission.prior().means.as_ref().unwrap().center());
    }
    // Without one a component keeps its place, as long as others have a spread.
    let fixed = Gaussian::new(Covariance::Fixed(1.0)).unwrap();
    let at = Covariance::Fixed(1.0).convert(&start()).components().clone();
    assert_eq!(fixed.maximize(&fixed.zero(&at), &at).unwrap(), at);
}
