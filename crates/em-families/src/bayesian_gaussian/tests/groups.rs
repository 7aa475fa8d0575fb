//! Groups of rows as units: labels, concentrations and entropies are of groups, means and precisions of rows.

use super::bound::bound_by_terms;
use super::*;
use crate::{Emission, Grouped, PerGroup};
use em_core::{LabelStart, LabelSymmetry, Predict, Sample};

/// Six groups of one to four rows, not side by side: a, c, e are about (0, 0), b, d, f about (6, 4).
const WHO: [&str; 14] = ["a", "b", "c", "a", "d", "b", "c", "e", "d", "b", "f", "e", "a", "a"];
const X: [[f64; 2]; 14] = [
    [0.3, -0.2],
    [5.2, 4.4],
    [1.9, 0.7],
    [-0.8, 0.1],
    [6.6, 3.1],
    [4.1, 2.9],
    [0.2, -1.1],
    [-0.4, 0.9],
    [7.3, 5.0],
    [3.0, 3.7],
    [5.8, 4.9],
    [1.1, 0.4],
    [3.4, 1.8],
    [0.7, -0.6],
];

fn rows() -> Rows {
    Rows::new(2, X.concat()).unwrap()
}

fn data() -> Grouped<Rows> {
    Grouped::new(rows(), &WHO).unwrap()
}

/// As the spec makes it of these rows in their groups.
fn grouped(spec: &BayesianGaussianMixture) -> (PerGroup<BayesianGaussianModel>, Grouped<Rows>) {
    let column = |j: usize| X.iter().map(|x| x[j]).collect();
    let who = WHO.iter().map(|w| f64::from(w.as_bytes()[0])).collect();
    let mut table = Table::from_columns("m", [("x", column(0)), ("y", column(1)), ("who", who)]).unwrap();
    table.take_groups("who").unwrap();
    let learned = spec.learn(&table, &mut Vec::new()).unwrap();
    assert_eq!((learned.observations, learned.units), (14.0, 6.0));
    let back: LearnedPrior = serde_json::from_str(&serde_json::to_string(&learned).unwrap()).unwrap();
    assert_eq!(back, learned);
    let encoded = learned.encode(&table, Purpose::Fit).unwrap();
    assert_eq!(encoded, data());
    (spec.model(&learned), encoded)
}

/// The first column alone tells the kinds apart.
fn start(model: &PerGroup<BayesianGaussianModel>, data: &Grouped<Rows>) -> VariationalParams {
    model.start_from_labels(data, &[0, 1, 0, 1, 2 % model.0.components(), 1]).unwrap()
}

#[test]
fn the_objective_is_the_bound_term_by_term() {
    for form in FORMS {
        let (model, data) = grouped(&spec(3).with_form(form).unwrap().with_concentration(0.7).unwrap());
        for iterations in [0, 1, 40] {
            let fitted = Fit::new(&model, &data).stop(Rule::MaxIterations(iterations)).from(start(&model, &data));
            let fitted = fitted.unwrap();
            let q = posterior(&fitted.params);
            let r = super::e_step::responsibilities(q, &data, 0..6);
            let wanted = bound_by_terms(&model.0, 0.7, q, &data, &r);
            // Terms of some hundred nats that partly cancel.
            assert_relative_eq!(fitted.objective(), wanted, max_relative = 1e-12);
            // Each group's share of the labels, and each row's of the moments.
            assert_relative_eq!(q.concentrations().iter().sum::<f64>(), 3.0 * 0.7 + 6.0, max_relative = 1e-13);
            let strengths: f64 = q.components().iter().map(NormalWishart::strength).sum();
            assert_relative_eq!(strengths, 3.0 * model.0.prior().strength() + 14.0, max_relative = 1e-13);
        }
    }
}

#[test]
fn the_bound_never_falls_from_any_start() {
    for form in FORMS {
        let (model, data) = grouped(&spec(3).with_form(form).unwrap());
        for kind in model.kinds() {
            let fitted = Fit::new(&model, &data).start(*kind).restarts(3).run().unwrap();
            let fall = fitted.trace.windows(2).map(|w| w[0] - w[1]).fold(0.0, f64::max);
            assert!(fall <= 1e-12 * fitted.objective().abs(), "{form:?} {kind}: {fall:e}");
        }
    }
    let (model, data) = grouped(&spec(7));
    let e = Fit::new(&model, &data).run().unwrap_err().to_string();
    assert!(e.contains("each group is seen as the mean of its rows"), "{e}");
}

/// With one component there is nothing to label, and the bound is the evidence of the rows.
#[test]
fn one_component_has_the_evidence_of_the_rows_for_its_bound() {
    for form in FORMS {
        let (model, data) = grouped(&spec(1).with_form(form).unwrap());
        let (a, b) = (Fit::new(&model, &data).run().unwrap(), Fit::new(&model.0, &rows()).run().unwrap());
        assert_relative_eq!(a.objective(), b.objective(), max_relative = 1e-13);
    }
}

/// ln ρ and the M-step by their definitions.
#[test]
fn a_group_is_labelled_by_all_of_its_rows() {
    let (model, data) = grouped(&spec(2));
    let params = start(&model, &data);
    let q = posterior(&params);
    let log_density = |x: &[f64; 2], j: usize| {
        let c = &q.components()[j];
        c.expected_log_norm() - 0.5 * c.expected().squared_distance(x)
    };
    let whole = digamma(q.concentrations().iter().sum());
    let log_rho = |who: &str, j: usize| {
        let of_rows = X.iter().zip(WHO).filter(|(_, w)| *w == who).map(|(x, _)| log_density(x, j));
        digamma(q.concentrations()[j]) - whole + of_rows.sum::<f64>()
    };
    let log_rho: Vec<[f64; 2]> = ["a", "b", "c", "d", "e", "f"].map(|who| [0, 1].map(|j| log_rho(who, j))).to_vec();
    let r: Vec<f64> = log_rho.iter().map(|l| 1.0 / (1.0 + (l[1] - l[0]).exp())).collect();
    for ((score, l), r) in model.score(&params, &data, 0..6).iter().zip(&log_rho).zip(&r) {
        assert_relative_eq!(*score, l[0] - r.ln(), max_relative = 1e-12);
    }
    let next = Fit::new(&model, &data).stop(Rule::MaxIterations(1)).from(params.clone()).unwrap().params;
    let (next, prior) = (posterior(&next), model.0.prior());
    assert_relative_eq!(next.concentrations()[0], 0.5 + r.iter().sum::<f64>(), max_relative = 1e-12);
    let lengths = [4.0, 3.0, 2.0, 2.0, 2.0, 1.0];
    let count: f64 = r.iter().zip(lengths).map(|(r, n)| r * n).sum();
    assert_relative_eq!(next.components()[0].dof(), prior.dof() + count, max_relative = 1e-12);
    let of_row = |who: &str| r[usize::from(who.as_bytes()[0] - b'a')];
    let sum: f64 = X.iter().zip(WHO).map(|(x, who)| of_row(who) * x[0]).sum();
    let mean = (prior.strength() * prior.mean()[0] + sum) / (prior.strength() + count);
    assert_relative_eq!(next.components()[0].mean()[0], mean, max_relative = 1e-12);

    let labels: Vec<usize> = WHO.iter().map(|who| usize::from(of_row(who) < 0.5)).collect();
    let prediction = model.predict(&params, &data, 0..6);
    assert_eq!(prediction.labels(), Some(&labels[..]));
    assert_eq!(model.predict(&params, &data, 4..6).labels(), Some(&[labels[7], labels[10], labels[11]][..]));
    let (drawn, latent) = model.sample(&params, &data, &mut Rng::seed_from_u64(3));
    assert_eq!((drawn.units(), drawn.rows(), latent.labels().unwrap().len()), (6, 14, 14));
    let latent = latent.labels().unwrap();
    assert!((0..14).all(|i| latent[i] == latent[WHO.iter().position(|w| *w == WHO[i]).unwrap()]));
    let swapped = model.permute(&params, &[1, 0]);
    assert_eq!(posterior(&swapped).components()[0], q.components()[1]);
}

#[test]
fn rows_without_groups_are_the_model_itself_to_the_bit() {
    let names: Vec<usize> = (0..272).rev().collect();
    for form in FORMS {
        let (model, rows) = bound(&spec(3).with_form(form).unwrap(), &faithful());
        let data = Grouped::new(rows.clone(), &names).unwrap();
        for kind in model.kinds() {
            let stop = Rule::MaxIterations(8);
            let wanted = Fit::new(&model, &rows).start(*kind).restarts(1).stop(stop.clone()).run().unwrap();
            let each = PerGroup(model.clone());
            let fitted = Fit::new(&each, &data).start(*kind).restarts(1).stop(stop).run().unwrap();
            assert_eq!((&fitted.trace, &fitted.params), (&wanted.trace, &wanted.params), "{form:?} {kind}");
            assert_eq!(each.predict(&fitted.params, &data, 0..272), model.predict(&wanted.params, &rows, 0..272));
        }
    }
}

#[test]
fn a_weight_of_two_is_two_groups_and_a_row_of_weight_zero_is_absent() {
    let (model, data) = grouped(&spec(2));
    let from = start(&model, &data);
    let run = |data: &Grouped<Rows>| Fit::new(&model, data).stop(Rule::MaxIterations(10)).from(from.clone()).unwrap();
    let (heavy, twice) = (run(&data.reweight(&[2.0, 1.0, 0.0, 1.0, 1.0, 1.0])), run(&data.select(&[0, 1, 0, 3, 4, 5])));
    assert_relative_eq!(heavy.objective(), twice.objective(), max_relative = 1e-12);
    let absent: Vec<usize> = vec![3, 6, 12];
    let kept: Vec<usize> = (0..14).filter(|i| !absent.contains(i)).collect();
    let weights = (0..14).map(|i| if absent.contains(&i) { 0.0 } else { 1.0 }).collect();
    let weighted = Grouped::new(rows().weighted(weights).unwrap(), &WHO).unwrap();
    let names: Vec<&str> = kept.iter().map(|i| WHO[*i]).collect();
    let (a, b) = (run(&weighted), run(&Grouped::new(rows().select(&kept), &names).unwrap()));
    assert_relative_eq!(a.objective(), b.objective(), max_relative = 1e-13);
    assert_eq!(model.predict(&a.params, &weighted, 0..6).labels().unwrap().len(), 14);
}

#[test]
fn a_guess_counts_shares_of_groups_and_of_rows() {
    let (model, data) = grouped(&spec(2).with_concentration(0.5).unwrap());
    let text = r#"{"weights": [0.25, 0.75], "means": [[0, 0], [5, 4]],
        "covariances": [[[1, 0.5], [0.5, 3]], [[2, 1], [1, 4]]]}"#;
    let guess: VariationalParams = serde_json::from_str(text).unwrap();
    let at = Fit::new(&model, &data).stop(Rule::MaxIterations(0)).from(guess).unwrap();
    let q = posterior(&at.params);
    assert_eq!(q.concentrations(), [0.5 + 1.5, 0.5 + 4.5]);
    assert_eq!([0, 1].map(|j| q.components()[j].strength()), [1.0 + 3.5, 1.0 + 10.5]);
}

#[test]
fn a_long_group_is_worked_on_in_pieces() {
    let n = 9000;
    let x: Vec<f64> = (0..n).flat_map(|i| [f64::from(i % 97) / 10.0, f64::from(i % 31) - 12.0]).collect();
    let long = Rows::new(2, x).unwrap();
    assert!(crate::FullGaussian.block(&long, 1) < 5000);
    let keys: Vec<bool> = (0..n).map(|i| i < 6000).collect();
    let long = Grouped::new(long, &keys).unwrap();
    let model = grouped(&spec(1)).0;
    let params = model.start_from_labels(&long, &[0, 0]).unwrap();
    let (q, scores) = (posterior(&params), model.score(&params, &long, 0..2));
    assert_eq!((q.concentrations(), q.components()[0].strength()), (&[3.0][..], 9001.0));
    // With one component ln ρ of a group is the sum of that of its rows.
    let of_rows = model.0.score(&params, long.side_by_side(), 0..9000);
    for (score, of_rows) in scores.iter().zip([&of_rows[..6000], &of_rows[6000..]]) {
        assert_relative_eq!(*score, of_rows.iter().sum::<f64>(), max_relative = 1e-12);
    }
}
