//! What the predictive distribution claims, held against draws.

use super::*;
use em_core::Rng;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

/// Rows of a cubic whose coefficients and noise are drawn by the model: α = 1, β = 4.
fn drawn(rows: usize, rng: &mut Rng) -> RegressionData {
    let mut normal = || -> f64 { StandardNormal.sample(rng) };
    let w: [f64; 4] = std::array::from_fn(|_| normal());
    let x = DMatrix::from_fn(4, rows, |j, i| (2.0 * i as f64 / (rows - 1) as f64 - 1.0).powi(j as i32));
    let t = (0..rows).map(|i| (0..4).map(|j| w[j] * x[(j, i)]).sum::<f64>() + 0.5 * normal()).collect();
    RegressionData::new(x, Some(t), None, None).unwrap()
}

/// Of 600 data sets, each with one row held back: the row lies within the interval as often as that says.
#[test]
fn predictive_intervals_cover_what_they_claim() {
    let (mut rng, sets) = (Rng::seed_from_u64(11), 600);
    let (mut inside, levels) = ([0.0; 3], [(0.5, 0.6745), (0.9, 1.6449), (0.99, 2.5758)]);
    for set in 0..sets {
        let d = drawn(80, &mut rng);
        let held = (set * 7) % 80;
        let rest: Vec<usize> = (0..80).filter(|u| *u != held).collect();
        let model = BayesianLinearModel::new(4).update(EvidenceUpdate::MacKay);
        let fitted = Fit::new(&model, &d.select(&rest)).run().unwrap();
        let predicted = model.predict(&fitted.params, &d, held..held + 1);
        let z =
            (d.response().unwrap()[held] - predicted.numbers("mean").unwrap()[0]) / predicted.numbers("sd").unwrap()[0];
        for (count, (_, half)) in inside.iter_mut().zip(levels) {
            *count += f64::from(z.abs() <= half);
        }
    }
    for (count, (level, _)) in inside.into_iter().zip(levels) {
        // Three standard deviations of a binomial share, and a little for α and β that were estimated: with some 75
        // degrees of freedom Student's interval of 0.9 is one of 0.896 here, and that of 0.99 one of 0.988.
        let allowed = 3.0 * f64::sqrt(level * (1.0 - level) / sets as f64) + 0.005;
        let share = count / sets as f64;
        assert!((share - level).abs() < allowed, "{share} where {level} is claimed");
    }
}
