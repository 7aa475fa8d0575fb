//! Parameters held fixed, in real models and by every algorithm.

use crate::common::models::{bernoullis, components, concomitant_counts, forms, gaussian_prior, gaussians};
use crate::common::*;
use em_core::{
    Algorithm, Anderson, Annealed, Certificate, CompleteLikelihood, Conditionals, Coordinates, Dataset, EStepModes,
    Ecm, Em, Fit, Fitted, Fixed, Gem, Gradient, GradientEm, HardEm, Hold, Incremental, LatentModel, MonteCarloEm, Rule,
    Squarem, Stepwise, StochasticEm, Stop, Verdict,
};
use em_families::*;
use nalgebra::{DMatrix, DVector};
use serde::Serialize;
use serde_json::Value;

fn long() -> Stop {
    Stop { relative_gain: 1e-12, max_iterations: 3000, ..Stop::default() }
}

/// The ways a model has of holding parameters, the best first.
type Ways<M> = Vec<fn(Fixed) -> Hold<M>>;

fn by_q<M: Gradient + CompleteLikelihood>() -> Ways<M> {
    vec![|fixed| Hold::new(fixed).by_gradient(), Hold::new]
}

fn by_all<M: Gradient + CompleteLikelihood + Conditionals>() -> Ways<M> {
    vec![|fixed| Hold::new(fixed).by_gradient().by_conditionals(), |fixed| Hold::new(fixed).by_gradient(), Hold::new]
}

fn held<M>(case: &Case<M>, algorithm: &dyn Algorithm<M>, hold: Hold<M>, stop: impl Into<Rule>) -> Fitted<M>
where
    M: LatentModel<Data: Sized>,
{
    let fit = Fit::new(&case.model, &case.data).algorithm(algorithm).stop(stop).holding(hold);
    fit.from(case.start.clone()).unwrap_or_else(|e| panic!("{}: {e}", case.name))
}

/// The numbers that a name stands for, as they are written; `[..]` is every entry.
fn written<P: Serialize>(params: &P, name: &str) -> Vec<Value> {
    let mut found = vec![serde_json::to_value(params).unwrap()];
    for step in name.replace("[..]", "[every]").split(['[', ']', '.']).filter(|step| !step.is_empty()) {
        found = match (step, step.parse::<usize>()) {
            ("every", _) => found.iter().flat_map(|at| at.as_array().unwrap().clone()).collect(),
            (_, Ok(i)) => found.iter().map(|at| at[i].clone()).collect(),
            (field, _) => found.iter().map(|at| at[field].clone()).collect(),
        };
    }
    found
}

/// The end of a held fit is a strict maximum over what is free, whatever the way, and what is held is as it was, to the bit.
fn is_a_maximum<M>(case: &Case<M>, names: &[&str], ways: Ways<M>) -> Fitted<M>
where
    M: Gradient<Data: Sized, Params: Serialize>,
{
    let fit = |way: &fn(Fixed) -> Hold<M>| held(case, &Em, way(Fixed::of(names.iter().copied())), long());
    let fitted: Vec<Fitted<M>> = ways.iter().map(fit).collect();
    for (i, fitted) in fitted.iter().enumerate() {
        let what = format!("{}, {names:?} held, way {i}", case.name);
        for name in names {
            assert_eq!(written(&fitted.params, name), written(&case.start, name), "{what}");
        }
        let certificate = Certificate::by_gradient(&case.model, &case.data, fitted);
        assert_eq!(certificate.verdict, Verdict::StrictMaximum, "{what}: {certificate:?}");
        assert!(certificate.to_gain.unwrap() < 1e-6, "{what}: {certificate:?}");
        assert_eq!(fitted.n_free(&case.model), certificate.coordinates);
    }
    let best = fitted[0].objective();
    for other in &fitted {
        assert!(
            (other.objective() - best).abs() < 1e-8 * best.abs(),
            "{}, {names:?}: {}",
            case.name,
            other.objective()
        );
    }
    fitted.into_iter().next().unwrap()
}

#[test]
fn of_gaussian_mixtures_every_part_can_be_held() {
    for form in forms() {
        let none = GaussianPrior::default();
        for prior in [none.clone(), gaussian_prior(form)] {
            let all = form == Covariance::Full && prior == none;
            let case = gaussians(100, 2, form, prior);
            let ways = || by_all().into_iter().take(if all { 3 } else { 1 }).collect();
            let spread = match form {
                Covariance::Fixed(_) => "weights",
                form if form.is_tied() => "covariances",
                _ => "covariances[1]",
            };
            for names in
                [&["weights"][..], &["means[0]"], &["means"], &["means[1][0]"], &[spread], &["weights", "means[1]"]]
            {
                is_a_maximum(&case, names, ways());
            }
        }
    }
    is_a_maximum(
        &gaussians(200, 3, Covariance::Full, GaussianPrior::default()),
        &["means[0]", "covariances[2]"],
        by_all(),
    );
}

#[test]
fn of_other_mixtures_too() {
    let case = bernoullis(200, 2, Some(Beta(2.0.into(), 1.5.into())));
    for names in [&["weights"][..], &["probabilities[0]"], &["probabilities[1][2]", "weights"]] {
        is_a_maximum(&case, names, by_q());
    }
    let case = components(200, 2);
    for names in [&["weights"][..], &["components[0]"], &["components[1].p"]] {
        is_a_maximum(&case, names, by_q());
    }
}

#[test]
fn models_without_q_hold_by_a_step_of_their_own() {
    let own = || -> Ways<_> { vec![Hold::by_held_step] };
    let case = poisson_mixture(300, 2);
    for names in [&["weights"][..], &["coefficients[0]"], &["coefficients[0][0]"], &["coefficients[1][1]", "weights"]] {
        is_a_maximum(&case, names, own());
    }
    // A slope that is shared, and a level that is.
    for shared in [0, 1] {
        let case = poisson_mixture(300, 2);
        let mut b = [[0.7, 0.4], [1.5, -0.3]].map(|b| DVector::from_row_slice(&b)).to_vec();
        b[1][shared] = b[0][shared];
        let family = PoissonRegressions::default().sharing([shared]);
        let start = MixtureParams::new(case.start.weights().to_vec(), b).unwrap();
        let case = Case::new(format!("{shared} shared"), Mixture::of(2, family), case.data, start);
        is_a_maximum(&case, &[&format!("coefficients[..][{shared}]")], own());
        is_a_maximum(&case, &[&format!("coefficients[1][{}]", 1 - shared)], own());
    }
    let case = concomitant_counts(300, 2);
    for names in [&["concomitant[1][0]"][..], &["concomitant[1][1]"], &["coefficients[0][1]", "concomitant"]] {
        is_a_maximum(&case, names, vec![Hold::by_held_step]);
    }
    for shrink in [true, false] {
        let case = bayesian(100, shrink);
        for name in ["alpha", "beta"] {
            is_a_maximum(&case, &[name], vec![Hold::by_held_step]);
        }
    }
}

#[test]
fn one_normal_distribution_about_a_held_mean_by_hand() {
    let data = two_groups(50, 1, 1.0);
    let mean = DVector::from_vec(vec![1.0, -2.0]);
    let start =
        MixtureParams::new(vec![1.0], vec![Normal::new(mean.clone(), DMatrix::identity(2, 2)).unwrap()]).unwrap();
    let model = Mixture::of(1, FullGaussian);
    let fit = |fit: Fit<Mixture<FullGaussian>>| fit.from(start.clone()).unwrap();
    for fitted in [
        fit(Fit::new(&model, &data).fixed(["means"])),
        fit(Fit::new(&model, &data).holding(Hold::new(Fixed::of(["means"])).by_conditionals())),
    ] {
        let gaps = (0..50).map(|u| DVector::from_row_slice(data.row(u)) - &mean);
        let wanted = gaps.map(|gap| &gap * gap.transpose()).sum::<DMatrix<f64>>() / 50.0;
        let found = fitted.params.components()[0].covariance();
        // √ of the rounding of Q.
        assert!((found - &wanted).amax() < 1e-6 * wanted.amax());
        assert_eq!(fitted.criteria(&model, &data).n_parameters, 3);
    }
    // Nothing of a held covariance reaches the mean.
    let fitted = fit(Fit::new(&model, &data).fixed(["covariances[0]"]));
    let plain = fit(Fit::new(&model, &data));
    assert!((fitted.params.components()[0].mean() - plain.params.components()[0].mean()).amax() < 1e-12);
    assert_eq!(fitted.params.components()[0].covariance(), DMatrix::identity(2, 2));
}

/// The highest objective that a search along the coordinates finds from the start: one step each way, half the step where
/// none rises. It knows nothing of EM, of derivatives, or of Q.
fn searched<M: Coordinates<Data: Sized>>(case: &Case<M>, fixed: &Fixed) -> f64 {
    let (model, start, all) = (&case.model, &case.start, 0..case.data.units());
    let objective = |x: &[f64]| {
        let p = model.at_free(start, x).ok()?;
        Some(model.expect(&p, &case.data, all.clone(), &mut model.zero(&p)) + model.log_prior(&p))
    };
    let held = fixed.mask(&model.coordinate_names(start));
    let (mut x, mut step) = (model.to_free(start), 0.5);
    let mut best = objective(&x).unwrap();
    while step > 1e-5 {
        let before = best;
        for i in (0..x.len()).filter(|i| !held[*i]) {
            for by in [step, -step] {
                let mut to = x.clone();
                to[i] += by;
                if let Some(there) = objective(&to).filter(|there| *there > best) {
                    (x, best) = (to, there);
                }
            }
        }
        step *= if best > before { 1.0 } else { 0.5 };
    }
    best
}

#[test]
fn a_search_that_knows_nothing_of_em_ends_at_the_same_height() {
    fn same<M: Gradient + CompleteLikelihood<Data: Sized>>(case: &Case<M>, names: &[&str]) {
        let fixed = Fixed::of(names.iter().copied());
        let (wanted, fitted) = (searched(case, &fixed), held(case, &Em, Hold::new(fixed), long()));
        // Where the last steps of 10⁻⁵ find nothing, 10⁻¹⁰ of curvatures of some hundreds is left, and more along ridges.
        assert!(
            (fitted.objective() - wanted).abs() < 1e-4,
            "{}, {names:?}: {} {wanted}",
            case.name,
            fitted.objective()
        );
    }
    let case = bernoullis(100, 2, Some(Beta(2.0.into(), 1.5.into())));
    same(&case, &["probabilities[0]"]);
    same(&case, &["weights", "probabilities[1]"]);
    let case = gaussians(100, 2, Covariance::Spherical, GaussianPrior::default());
    same(&case, &["means[0]", "weights"]);
    same(&case, &["means[0][1]", "covariances[1]"]);
    same(&gaussians(100, 2, Covariance::Full, GaussianPrior::default()), &["means", "covariances[0]"]);
}

/// Every algorithm ends where EM does, those of noise near it, and none moves what is held by a bit.
fn every_algorithm<M>(case: &Case<M>, name: &str, hold: fn(Fixed) -> Hold<M>, others: &[(&dyn Algorithm<M>, f64)])
where
    M: Gradient + EStepModes<Data: Sized, Params: Serialize>,
{
    let fit = |algorithm: &dyn Algorithm<M>, stop: Stop| held(case, algorithm, hold(Fixed::of([name])), stop);
    let best = fit(&Em, long()).objective();
    let noisy = || Stop { max_iterations: 30, ..Stop::default() };
    let monotone: [(&dyn Algorithm<M>, f64); 5] = [
        (&Gem::default(), 1e-8),
        (&GradientEm::default(), 1e-5),
        (&Squarem, 1e-8),
        (&Anderson::default(), 1e-8),
        (&Em, 1e-12),
    ];
    for (algorithm, near) in monotone.iter().chain(others) {
        let fitted = fit(*algorithm, long());
        let (what, far) = (format!("{}: {name}", case.name), (fitted.objective() - best).abs());
        assert!(far < near * best.abs(), "{what}: {} {best}", fitted.objective());
        assert_eq!(written(&fitted.params, name), written(&case.start, name), "{what}");
    }
    // Annealing may change the places of components, which are not alike where something of one is held.
    for algorithm in [&HardEm as &dyn Algorithm<M>, &StochasticEm, &MonteCarloEm::default(), &Annealed::default()] {
        let fitted = fit(algorithm, noisy());
        let objective = fitted.log_likelihood + fitted.log_prior;
        assert!(objective > best - 0.1 * best.abs(), "{objective} {best}");
        assert_eq!(written(&fitted.params, name), written(&case.start, name));
    }
}

#[test]
fn every_algorithm_holds_what_is_held() {
    let case = gaussians(100, 2, Covariance::Full, GaussianPrior::default());
    for name in ["weights", "means[0]", "covariances[1]"] {
        let others: [(&dyn Algorithm<_>, f64); 4] = [
            (&Ecm { multicycle: false }, 1e-8),
            (&Ecm { multicycle: true }, 1e-8),
            (&Incremental, 1e-8),
            (&Stepwise { power: 1.0, batch: 1 }, 1e-2),
        ];
        every_algorithm(&case, name, |fixed| Hold::new(fixed).by_gradient().by_conditionals(), &others);
    }
    let case = bernoullis(200, 2, Some(Beta(2.0.into(), 1.5.into())));
    for name in ["weights", "probabilities[0]"] {
        let others: [(&dyn Algorithm<_>, f64); 2] = [(&Incremental, 1e-8), (&Stepwise::default(), 1e-2)];
        every_algorithm(&case, name, |fixed| Hold::new(fixed).by_gradient(), &others);
    }
    let case = poisson_mixture(200, 2);
    for name in ["weights", "coefficients[0][0]", "coefficients[1][1]"] {
        every_algorithm(&case, name, Hold::by_held_step, &[]);
    }
}

#[test]
fn an_m_step_makes_no_pass_over_the_data_more() {
    let case = gaussians(200, 2, Covariance::Full, GaussianPrior::default());
    let fitted = held(&case, &Em, Hold::new(Fixed::of(["means[0]"])), Rule::MaxIterations(7));
    assert_eq!(fitted.passes, 8.0);
    assert!(fitted.trace.windows(2).all(|pair| pair[1] >= pair[0] - 1e-11 * pair[0].abs()));
}
