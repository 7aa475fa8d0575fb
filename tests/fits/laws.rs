//! Laws that every model obeys, whatever it is, beyond those that the conformance kit tries (`kit.rs`): to the bit, and
//! to the end of a fit.

use crate::common::models::{Law, Lawful, binary, every_model, forms};
use crate::common::*;
use em_core::registry::ModelSpec;
use em_core::{
    Coordinates, Dataset, Encoding, Fit, Fitted, LatentModel, Predict, Purpose, Resample, Rule, Spec, Start,
    Statistics, Stop, Table,
};
use em_families::{
    BayesianGaussianMixture, BayesianLinearRegression, BernoulliMixture, BernoulliPrior, Beta, Covariance, Design,
    GaussianMixture, KMeans, KMeansDissimilarity, MixturePrior, PoissonRegressionMixture, Rows, Term,
};
use std::fmt::Debug;
use std::num::NonZeroUsize;

/// Makes a test of each law: it is tried on every model, with so many units and components.
macro_rules! laws {
    ($($test:ident = $law:ident($n:expr, $k:expr);)*) => { $(#[test]
    fn $test() {
        struct This;
        impl Law for This {
            fn model<M: Lawful>(&self, case: &Case<M>) {
                println!("{}", case.name);
                $law(case);
            }
        }
        every_model($n, $k, &This);
    })* };
}

laws! {
    work_space_holds_no_particular_value = dirty_work_space(3000, 2);
    the_objective_never_falls = ascent(500, 2);
    at_a_fixed_point_the_gradient_is_zero = fixed_point(300, 2);
    coordinates_come_back = coordinates(10, 2);
    no_rows_are_no_panic = nothing(20, 2);
    parts_change_places_without_a_trace = exchange(200, 3);
}

/// Where a model says which parts may change places, all k! orders have the same objective, and lead to the same one.
fn exchange<M: Lawful>(case: &Case<M>) {
    let (Some(order), (model, data)) = (&case.order, (&case.model, &case.data)) else { return };
    let (k, all) = ((order.parts)(model, &case.start), 0..data.units());
    assert_eq!(k, 3);
    let at = sweep(model, data, &case.start);
    let scores = model.score(&case.start, data, all.clone());
    let next = fit(model, data, &case.start, 1);
    for places in permutations(k) {
        let moved = (order.permute)(model, &case.start, &places);
        let there = sweep(model, data, &moved);
        // Sums of three terms in another order, 200 of them.
        assert_close(&[at.log_likelihood, at.log_prior], &[there.log_likelihood, there.log_prior], 1e-13);
        assert_close(&scores, &model.score(&moved, data, all.clone()), 1e-13);
        let moved = fit(model, data, &moved, 1);
        assert_close(&next.trace, &moved.trace, 1e-12);
        let expected = (order.permute)(model, &next.params, &places);
        assert_close(&numbers(&expected), &numbers(&moved.params), 1e-11);
    }
}

fn fit<M: LatentModel>(model: &M, data: &M::Data, start: &M::Params, iterations: u64) -> Fitted<M> {
    Fit::new(model, data).stop(Rule::MaxIterations(iterations)).from(start.clone()).unwrap()
}

fn in_threads<R: Send>(threads: usize, f: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(f)
}

fn assert_same_bits<M: Lawful>(a: &Fitted<M>, b: &Fitted<M>) {
    assert_eq!(bits(&a.trace), bits(&b.trace));
    assert_eq!(bits(&a.stats.flatten()), bits(&b.stats.flatten()));
    assert_eq!(a.params, b.params);
    assert_eq!(a.passes, b.passes);
}

fn dirty_work_space<M: Lawful>(case: &Case<M>) {
    let run = || fit(&case.model, &case.data, &case.start, 3);
    let clean = in_threads(1, run);
    let dirty = in_threads(1, || {
        fill_work_space(6);
        run()
    });
    assert_same_bits(&clean, &dirty);
}

/// Leaves so many buffers behind that hold nothing but NaN.
fn fill_work_space(deep: usize) {
    em_core::scratch::with(1 << 17, |buffer| {
        buffer.fill(f64::NAN);
        if deep > 1 {
            fill_work_space(deep - 1);
        }
    });
}

fn ascent<M: Lawful>(case: &Case<M>) {
    let stop = Stop { relative_gain: 1e-9, max_iterations: 5000, ..Stop::default() };
    let fitted = Fit::new(&case.model, &case.data).stop(stop).from(case.start.clone()).unwrap();
    assert!(fitted.converged() && fitted.iterations > 1);
    assert!(fitted.trace.iter().all(|o| o.is_finite()));
    assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0] - 1e-11 * w[0].abs()));
    let last = sweep(&case.model, &case.data, &fitted.params);
    assert_eq!(last.objective().to_bits(), fitted.objective().to_bits());
    assert_eq!(fitted.trace.last().unwrap().to_bits(), fitted.objective().to_bits());
}

/// The gradient of the objective in free coordinates, by central differences.
fn gradient<M: Lawful>(case: &Case<M>, free: &Free<M>, at: &M::Params) -> Vec<f64> {
    // The error of a difference is about h² n, that of its rounding 1e-16 · 1000 / h: both below 1e-6.
    let (h, x) = (3e-6, (free.to)(&case.model, at));
    let moved = |j: usize, by: f64| {
        let mut x = x.clone();
        x[j] += by;
        sweep(&case.model, &case.data, &(free.at)(&case.model, at, &x).unwrap()).objective()
    };
    (0..x.len()).map(|j| (moved(j, h) - moved(j, -h)) / (2.0 * h)).collect()
}

/// The parameters at which a hundred iterations more change no coordinate by 1e-9.
fn at_rest<M: Lawful>(case: &Case<M>, free: &Free<M>) -> M::Params {
    let mut at = case.start.clone();
    for _ in 0..200 {
        let next = fit(&case.model, &case.data, &at, 100).params;
        let both = (free.to)(&case.model, &at).into_iter().zip((free.to)(&case.model, &next));
        let moved = both.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        at = next;
        if moved < 1e-9 {
            return at;
        }
    }
    panic!("20,000 iterations do not come to rest");
}

/// Where EM stands still, so does the objective (Dempster, Laird & Rubin 1977, theorem 2): a prior that the M-step knows
/// and the objective does not, or the other way round, shows here.
fn fixed_point<M: Lawful>(case: &Case<M>) {
    let Some(free) = &case.free else { return };
    let largest = |g: Vec<f64>| g.iter().fold(0.0, |m: f64, g| m.max(g.abs()));
    let (end, begin) = (gradient(case, free, &at_rest(case, free)), gradient(case, free, &case.start));
    let (end, begin) = (largest(end), largest(begin));
    // A change of 1e-9 in a hundred iterations leaves 1e-8 at a rate of 0.999; the curvature is about n = 300.
    assert!(end < 1e-4 && begin > 1.0, "{end} at the end, {begin} at the start");
}

fn coordinates<M: Lawful>(case: &Case<M>) {
    let (Some(free), model) = (&case.free, &case.model) else { return };
    let x = (free.to)(model, &case.start);
    assert!(x.iter().all(|x| x.is_finite()));
    let back = (free.at)(model, &case.start, &x).unwrap();
    // To the bit, so that what is held fixed never drifts.
    assert_eq!(numbers(&case.start), numbers(&back));
    each_coordinate_moves_what_its_name_says(case, free, &x);
    for bad in [f64::NAN, 1e4] {
        let at = (free.at)(model, &case.start, &vec![bad; x.len()]);
        // Either an error or parameters that have coordinates again, if at the border of what can be.
        assert!(at.is_err() || at.is_ok_and(|p| (free.to)(model, &p).iter().all(|x| !x.is_nan())));
    }
}

/// `means[0][1]` moves entry 1 of row 0 of `means`; `covariances[1]` something of row 1; `coefficients[..][2]` entry 2 of any
/// row; nothing else moves.
fn each_coordinate_moves_what_its_name_says<M: Lawful>(case: &Case<M>, free: &Free<M>, x: &[f64]) {
    let written = |p: &M::Params| serde_json::to_value(p).unwrap();
    let (names, before) = ((free.names)(&case.model, &case.start), written(&case.start));
    assert_eq!(names.len(), x.len(), "{names:?}");
    for (i, name) in names.iter().enumerate() {
        let mut x = x.to_vec();
        x[i] += 0.01;
        let after = written(&(free.at)(&case.model, &case.start, &x).unwrap());
        let (mut moved, mut others) = (Vec::new(), Vec::new());
        changes("", &before, &after, &mut |path, change| {
            let of_name = steps(name).zip(steps(path)).all(|(a, b)| a == ".." || a == b)
                && steps(path).count() >= steps(name).count();
            if of_name { moved.push(change) } else { others.push(change) }
        });
        assert!(!moved.is_empty() && moved.iter().any(|change| *change > 1e-4), "{name}: {after} from {before}");
        assert!(others.iter().all(|change| *change == 0.0), "{name}: {after} from {before}");
    }
}

/// The names and indices of a path, `covariances`, `1`, `0`.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split(['[', ']'])
        .flat_map(|part| if part == ".." { vec![part] } else { part.split('.').collect() })
        .filter(|step| !step.is_empty())
}

/// By how much each number differs, with its path.
fn changes(path: &str, a: &serde_json::Value, b: &serde_json::Value, tell: &mut dyn FnMut(&str, f64)) {
    use serde_json::Value::{Array, Number, Object};
    match (a, b) {
        (Array(a), Array(b)) => {
            a.iter().zip(b).enumerate().for_each(|(i, (a, b))| changes(&format!("{path}[{i}]"), a, b, tell));
        }
        (Object(a), Object(b)) => a.iter().for_each(|(name, a)| changes(&format!("{path}.{name}"), a, &b[name], tell)),
        (Number(a), Number(b)) => tell(path, (a.as_f64().unwrap() - b.as_f64().unwrap()).abs()),
        (a, b) => assert_eq!(a, b),
    }
}

fn nothing<M: Lawful>(case: &Case<M>) {
    for data in [case.data.select(&[]), case.data.reweight(&[0.0; 20])] {
        match Fit::new(&case.model, &data).from(case.start.clone()) {
            Err(e) => assert_eq!((e.run, e.iteration), (1, 1), "{e}"),
            Ok(fitted) => assert!(case.informed && fitted.objective().is_finite()),
        }
    }
    // One row is either fitted or refused.
    let _ = Fit::new(&case.model, &case.data.select(&[0])).from(case.start.clone());
}

/// Information criteria by both faces, typed and erased.
fn same_criteria<S: Spec + ModelSpec>(spec: &S, table: &Table)
where
    S::Model: Start + Coordinates,
{
    let encoding = spec.learn(table, &mut Vec::new()).unwrap();
    let (model, data) = (spec.model(&encoding), encoding.encode(table, Purpose::Fit).unwrap());
    let learnt = spec.learn_any(table, &mut Vec::new()).unwrap();
    let hidden = learnt.encode(table, Purpose::Fit).unwrap();
    let typed = Fit::new(&model, &data).restarts(1).run().unwrap().criteria(&model, &data);
    assert_eq!(typed, Fit::new(learnt.model(), &hidden).restarts(1).run().unwrap().criteria(learnt.model(), &hidden));
}

/// A fit by a registered spec is the fit by its type, to the bit.
fn two_faces<S: Spec + ModelSpec>(spec: &S, table: &Table)
where
    S::Model: Start + Predict + LatentModel<Params: PartialEq + Debug>,
{
    let encoding = spec.learn(table, &mut Vec::new()).unwrap();
    let (model, data) = (spec.model(&encoding), encoding.encode(table, Purpose::Fit).unwrap());
    let typed = Fit::new(&model, &data).restarts(3).seed(4).run().unwrap();

    let learnt = spec.learn_any(table, &mut Vec::new()).unwrap();
    let hidden = learnt.encode(table, Purpose::Fit).unwrap();
    let erased = Fit::new(learnt.model(), &hidden).restarts(3).seed(4).run().unwrap();

    assert_eq!(bits(&typed.trace), bits(&erased.trace));
    assert_eq!(&typed.params, erased.params.downcast::<<S::Model as LatentModel>::Params>());
    assert_eq!(bits(&typed.stats.flatten()), bits(&erased.stats.flatten()));
    assert_eq!((&typed.runs, &typed.events, &typed.warnings), (&erased.runs, &erased.events, &erased.warnings));
    assert_eq!((&typed.stop, typed.passes), (&erased.stop, erased.passes));
    assert_eq!(typed.predict(&model, &data), erased.predict(learnt.model(), &hidden));
    let all = 0..data.units();
    let scores = model.score(&typed.params, &data, all.clone());
    assert_eq!(bits(&scores), bits(&learnt.model().score(&erased.params, &hidden, all)));
}

fn both<S: Spec + ModelSpec>(spec: &S, table: &Table)
where
    S::Model: Start + Coordinates + Predict + LatentModel<Params: PartialEq + Debug>,
{
    two_faces(spec, table);
    same_criteria(spec, table);
}

const TWO: NonZeroUsize = NonZeroUsize::new(2).unwrap();

fn table_of(rows: &Rows) -> Table {
    let names = ["x", "y", "z", "v"].into_iter().take(rows.features());
    let column = |j: usize| (0..rows.units()).map(|u| rows.row(u)[j]).collect::<Vec<f64>>();
    Table::from_columns("m", names.enumerate().map(|(j, name)| (name, column(j)))).unwrap()
}

#[test]
fn the_face_behind_spec_files_gives_the_same_bits() {
    let table = table_of(&two_groups(500, 6, 1.0));
    for form in forms() {
        let spec = GaussianMixture::new(TWO, form).unwrap();
        both(&spec, &table);
        both(&spec.with_prior(Some(MixturePrior::DataScaled)).unwrap(), &table);
    }
    for form in Covariance::FITTED {
        two_faces(&BayesianGaussianMixture::of(TWO).with_form(form).unwrap(), &table);
    }
    use KMeansDissimilarity::{Manhattan, SquaredEuclidean};
    for dissimilarity in [SquaredEuclidean, Manhattan] {
        two_faces(&KMeans { clusters: TWO, dissimilarity }, &table);
    }
    both(&BayesianLinearRegression::new("y", vec![Term::Polynomial("x".into(), 2)], true).unwrap(), &table);
    let beta = BernoulliPrior { probabilities: Some(Beta(1.5.into(), 1.5.into())), weights: None };
    for prior in [BernoulliPrior::default(), beta] {
        both(&BernoulliMixture::new(TWO, prior).unwrap(), &table_of(&binary(500, 8)));
    }
}

#[test]
fn so_it_does_for_regressions_with_exposures_and_weights() {
    let (data, n) = (counts(500, 7), 500);
    let x = (0..n).map(|u| data.row(u)[1]).collect::<Vec<f64>>();
    let exposure = (0..n).map(|u| data.offset(u).exp()).collect();
    let weights = (0..n).map(|u| (u % 3) as f64).collect();
    let y = data.response().unwrap().to_vec();
    let mut table = Table::from_columns("m", [("x", x), ("e", exposure), ("y", y), ("w", weights)]).unwrap();
    table.take_weights("w").unwrap();
    let design = Design::new("y", vec!["x".into()], true, Some(Term::Log("e".into()))).unwrap();
    both(&PoissonRegressionMixture::new(TWO, design), &table);
}
