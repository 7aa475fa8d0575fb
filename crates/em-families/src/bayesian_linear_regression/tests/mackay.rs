//! MacKay's update, and what becomes of a step that would lower the evidence.

use super::*;
use em_core::{Fitted, Rng, Rule};
use rand::{RngExt, SeedableRng};

/// α = γ / m′m and β = (N − γ) / |t − Φm|² by the formulas, whatever they do to the evidence.
fn raw(d: &RegressionData, p: &Precisions) -> Precisions {
    let products = Products::of(d, d.units());
    let e = products.spectrum().unwrap().at(p.alpha(), p.beta());
    let gamma = e.effective_parameters;
    at(gamma / e.squares, (d.total_weight() - gamma) / e.residual)
}

/// Three rows of weight 5/8, one per direction and one of noise: they weigh hardly more than the γ of the step below, so
/// that it leaves next to nothing for β.
fn light() -> RegressionData {
    data(&[[0.2, 0.0], [0.0, 0.3], [0.0, 0.0]], &[0.07, 0.28, 0.15], Some(&[0.625; 3]))
}

fn fit(d: &RegressionData, update: EvidenceUpdate, from: Precisions) -> Fitted<BayesianLinearModel> {
    let rule = Rule::Any(vec![Rule::RelativeGain(1e-15), Rule::MaxIterations(20_000)]);
    let model = BayesianLinearModel::new(d.columns()).update(update);
    Fit::new(&model, d).stop(rule).from(from).unwrap()
}

#[test]
fn a_step_that_would_lower_the_evidence_gives_way_to_that_of_em() {
    let (d, start) = (light(), at(0.2, 85.0));
    let fall = evidence(&d, &start) - evidence(&d, &raw(&d, &start));
    assert!(fall > 1.0, "{fall}");
    let products = Products::of(&d, 3);
    let em = model().maximize(&products, &start).unwrap();
    assert_eq!(model().update(EvidenceUpdate::MacKay).maximize(&products, &start).unwrap(), em);
    let fitted = Fit::new(&model().update(EvidenceUpdate::MacKay), &d).stop(Rule::MaxIterations(5)).from(start);
    assert!(fitted.unwrap().trace.windows(2).all(|w| w[1] >= w[0] - 1e-14));
}

#[test]
fn a_step_that_raises_it_is_the_textbooks() {
    let (d, start) = (small(), at(1.0, 1.0));
    let step = model().update(EvidenceUpdate::MacKay).maximize(&Products::of(&d, 5), &start).unwrap();
    assert_eq!(step, raw(&d, &start));
    assert!(evidence(&d, &step) > evidence(&d, &start));
}

/// From starts all over the plane, on data of few rows with light weights, where leaps go wrong most often.
#[test]
fn the_evidence_never_falls_and_ends_at_the_maximum_of_em() {
    let mut rng = Rng::seed_from_u64(3);
    for trial in 0..40 {
        let rows: Vec<[f64; 2]> = (0..8).map(|_| [1.0, 4.0 * rng.random::<f64>() - 2.0]).collect();
        let t: Vec<f64> = rows.iter().map(|r| 1.0 + 2.0 * r[1] + rng.random::<f64>() - 0.5).collect();
        let weights: Vec<f64> = (0..8).map(|_| 0.5 + rng.random::<f64>()).collect();
        let d = data(&rows, &t, Some(&weights));
        let mut anywhere = || 10f64.powf(8.0 * rng.random::<f64>() - 4.0);
        let start = at(anywhere(), anywhere());
        let (em, mackay) = (fit(&d, EvidenceUpdate::Em, start.clone()), fit(&d, EvidenceUpdate::MacKay, start));
        for fitted in [&em, &mackay] {
            // The rounding of a sum of some ten terms.
            assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0] - 1e-12 * w[0].abs().max(1.0)), "trial {trial}");
        }
        assert_relative_eq!(em.log_likelihood, mackay.log_likelihood, max_relative = 1e-9, epsilon = 1e-9);
        assert!(mackay.iterations <= em.iterations, "trial {trial}: {} and {}", mackay.iterations, em.iterations);
    }
}

#[test]
fn without_a_signal_and_without_noise_it_ends_as_em_does() {
    let mackay = model().update(EvidenceUpdate::MacKay);
    let rows: Vec<[f64; 2]> = (0..10).map(|j| [1.0, j as f64]).collect();
    let exact = data(&rows, &rows.iter().map(|r| 3.0 - 2.0 * r[1]).collect::<Vec<_>>(), None);
    let e = Fit::new(&mackay, &exact).run().unwrap_err().to_string();
    assert!(e.contains("parameter `beta`") && e.contains("fitted exactly"), "{e}");
    let orthogonal = data(&[[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], &[1.0, 1.0, -1.0, -1.0], None);
    let fitted = Fit::new(&mackay, &orthogonal).run().unwrap();
    assert!(fitted.warnings.iter().any(|w| w.message.contains("alpha grows without bound")), "{:?}", fitted.warnings);
}
