//! Restricted precisions: figures of scikit-learn, the statistics that are shared, and what specs and files say.

use super::*;
use em_core::{LabelSymmetry, Predict, Sample};

fn three(x: &[f64]) -> usize {
    if x[0] > 3.0 { 1 + usize::from(x[1] > 82.0) } else { 0 }
}

/// Every hyperparameter stated, as `hyper` below.
fn stated(form: Covariance, scale: impl Into<PriorScale>, dof: f64) -> BayesianGaussianMixture {
    let spec = spec(3).with_form(form).unwrap().with_concentration(0.5).unwrap();
    spec.with_means(vec![3.0, 70.0], 2.5).unwrap().with_covariances(scale, dof).unwrap()
}

/// The means of columns and variances of a fit against figures; covariances as \[var, cov, var\].
fn assert_fit(spec: &BayesianGaussianMixture, label: fn(&[f64]) -> usize, figures: &[([f64; 3], [f64; 3])]) {
    let (model, data) = bound(spec, &faithful());
    let fitted = to_the_end(&model, &data, from_labels(&model, &data, label));
    let q = posterior(&fitted.params);
    for (j, ([weight, a, b], covariance)) in figures.iter().enumerate() {
        let (found, c) = (&q.components()[j], q.components()[j].expected().covariance());
        assert_relative_eq!(q.weights()[j], *weight, max_relative = FIGURES);
        assert_relative_eq!(found.mean().as_slice(), &[*a, *b][..], max_relative = FIGURES);
        assert_relative_eq!([c[(0, 0)], c[(0, 1)], c[(1, 1)]][..], covariance[..], max_relative = FIGURES);
    }
}

/// scikit-learn 1.9.1, numpy 2.4.6, Python 3.11, on tests/reference/data/faithful.csv, 3000 iterations from labels as in
/// `Started` of the parent module, with tol=0 and reg_covar=0, and
///
/// ```text
/// hyper = dict(weight_concentration_prior=0.5, mean_prior=[3, 70], mean_precision_prior=2.5, degrees_of_freedom_prior=4.5)
/// ```
///
/// As in the parent module each step is rounded differently, and EM amplifies that by 1/(1 − its rate).
const FIGURES: f64 = 1e-10;

/// scikit-learn divides what the components add to dof and scale by k, so that its priors count k-fold: 4.5 and
/// [[0.5, 1], [1, 40]] there are 13.5 and three times the scale here.
#[test]
fn scikit_learn_tied() {
    assert_fit(
        &stated(Covariance::Tied, vec![vec![1.5, 3.0], vec![3.0, 120.0]], 13.5),
        three,
        &[
            ([0.35903715241390394, 2.070449514946466, 54.97767499279103], TIED),
            ([0.6382401538727912, 4.278807689853884, 79.9081853685057], TIED),
            ([0.0027226937133047464, 3.0110231073196516, 69.9310144886263], TIED),
        ],
    );
}

const TIED: [f64; 3] = [0.15392371282659434, 0.9588241157534898, 36.712568542584116];

/// scikit-learn takes E[ln |Λ|] of a Wishart distribution in d dimensions for every form. Figures are of a subclass that
/// puts d ψ(ν/2) for 'diag' and d ψ(d ν/2) − d ln d for 'spherical' in its place, and changes nothing else:
///
/// ```text
/// def _estimate_log_prob(self, X, xp=None):
///     nu = self.degrees_of_freedom_
///     logs = {'diag': d * digamma(nu / 2), 'spherical': d * digamma(d * nu / 2) - d * np.log(d)}[self.covariance_type]
///     g = _estimate_log_gaussian_prob(X, self.means_, self.precisions_cholesky_, self.covariance_type)
///     return g - 0.5 * d * np.log(nu) + 0.5 * (d * np.log(2.) + logs - d / self.mean_precision_)
/// ```
///
/// As it is, it ends at weights that differ in the fifth digit with its defaults, and in the third with `hyper`.
#[test]
fn scikit_learn_diagonal_and_spherical_with_its_defaults() {
    let eruptions = |x: &[f64]| usize::from(x[0] > 3.0);
    assert_fit(
        &spec(2).with_form(Covariance::Diagonal).unwrap(),
        eruptions,
        &[
            (
                [0.3575577609286545, 2.054176777980614, 54.67872408984787],
                [0.10445366817605069, 0.0, 37.819380191219025],
            ),
            ([0.6424422390713455, 4.287478438551348, 79.94398250377634], [0.17618764180422483, 0.0, 36.77736490761512]),
        ],
    );
    let (a, b) = (19.50200482795744, 16.466309773073675);
    assert_fit(
        &spec(2).with_form(Covariance::Spherical).unwrap(),
        eruptions,
        &[
            ([0.36907910315997716, 2.116390389727176, 54.9589232859096], [a, 0.0, a]),
            ([0.6309208968400228, 4.291674304692937, 80.23977092877993], [b, 0.0, b]),
        ],
    );
}

#[test]
fn scikit_learn_diagonal_and_spherical_with_every_hyperparameter() {
    assert_fit(
        &stated(Covariance::Diagonal, vec![0.5, 40.0], 4.5),
        three,
        &[
            (
                [0.35086444699619623, 2.0521468581228595, 54.7280362776385],
                [0.08868881962200954, 0.0, 37.34063166949031],
            ),
            (
                [0.03227067865547902, 3.2399101837776016, 67.63818764169204],
                [0.14410737364351378, 0.0, 10.352772098775297],
            ),
            (
                [0.6168648743483248, 4.305895668650407, 80.34272214805233],
                [0.16664733551028674, 0.0, 31.213323091544588],
            ),
        ],
    );
    let (a, b, c) = (19.899753857978002, 4.642811041121067, 10.157362969911608);
    assert_fit(
        &stated(Covariance::Spherical, 12.0, 4.5),
        three,
        &[
            ([0.3701963795815682, 2.126927341263671, 55.220661454859695], [a, 0.0, a]),
            ([0.24920793872166752, 4.1646503310197245, 74.92433638402679], [b, 0.0, b]),
            ([0.3805956816967643, 4.3300666689664205, 83.42657201581068], [c, 0.0, c]),
        ],
    );
}

/// What all components add to one precision is what a single one would see of rows taken from their own means.
#[test]
fn tied_forms_have_one_precision_for_all_components() {
    for form in FORMS.into_iter().filter(|f| f.is_tied()) {
        let (model, data) = bound(&spec(3).with_form(form).unwrap(), &faithful());
        let start = from_labels(&model, &data, three);
        let q = posterior(&start);
        let dof = model.prior().dof() + 272.0;
        assert!(q.components().iter().all(|c| c.dof() == dof && c.scale() == q.components()[0].scale()));
        let own: f64 = (0..3)
            .map(|j| {
                let rows = (0..272).filter(|u| three(data.row(*u)) == j).map(|u| data.row(u)[1]).collect::<Vec<_>>();
                let (n, m0) = (rows.len() as f64, model.prior().mean()[1]);
                let mean = rows.iter().sum::<f64>() / n;
                rows.iter().map(|x| (x - mean).powi(2)).sum::<f64>() + n / (n + 1.0) * (mean - m0).powi(2)
            })
            .sum();
        if !form.is_spherical() {
            let scale = model.prior().scale()[(1, 1)] + own;
            assert_relative_eq!(q.components()[0].scale()[(1, 1)], scale, max_relative = 1e-12);
        }
    }
}

#[test]
fn parameters_of_every_form_come_back_to_the_bit_and_go_with_their_model_alone() {
    for form in FORMS {
        let (model, data) = bound(&spec(3).with_form(form).unwrap(), &faithful());
        let params = Fit::new(&model, &data).restarts(1).run().unwrap().params;
        let text = serde_json::to_string(&params).unwrap();
        assert_eq!(serde_json::from_str::<VariationalParams>(&text).unwrap(), params);
        assert_eq!(text.contains(&format!("\"covariance\":\"{}\"", form.name())), form != Covariance::Full, "{text}");
        let (other, _) = bound(&spec(3).with_form(FORMS[usize::from(form == FORMS[0])]).unwrap(), &faithful());
        let e = other.admit(&params, &data).unwrap_err();
        assert!(e.contains(&format!("the parameters of q have `covariance: {}`", form.name())), "{e}");

        let learned = spec(2).with_form(form).unwrap().learn(&faithful(), &mut Vec::new()).unwrap();
        let back: LearnedPrior = serde_json::from_str(&serde_json::to_string(&learned).unwrap()).unwrap();
        assert_eq!(back, learned);
    }
    let read = |t: &str| serde_json::from_str::<VariationalParams>(t).unwrap_err().to_string();
    let q = r#""means": [[0], [1]], "concentrations": [1, 1], "strengths": [1, 1], "scales": [[[1]], [[1]]]"#;
    let e = read(&format!(r#"{{{q}, "dof": [5, 6], "covariance": "Tied"}}"#));
    assert!(e.contains("entry 1 differs from entry 0, but `covariance: Tied` has one for all"), "{e}");
    let e = read(r#"{"covariance": "Tied", "means": [[0]], "weights": [1], "covariances": [[[1]]]}"#);
    assert!(e.contains("leave it out"), "{e}");
}

#[test]
fn each_form_takes_the_scales_it_can_and_no_others() {
    let (number, list) = (PriorScale::from(2.0), PriorScale::from(vec![1.0, 2.0]));
    let matrix = PriorScale::from(vec![vec![1.0, 0.5], vec![0.5, 2.0]]);
    for form in FORMS {
        let takes = |scale: &PriorScale| spec(2).with_form(form).unwrap().with_covariances(scale.clone(), 3.0);
        assert!(takes(&number).is_ok(), "{form:?}");
        assert_eq!(takes(&list).is_ok(), !form.is_spherical(), "{form:?}");
        assert_eq!(takes(&matrix).is_ok(), form.correlates(), "{form:?}");
    }
    let read = |fields: &str| serde_json::from_str::<BayesianGaussianMixture>(fields).map_err(|e| e.to_string());
    for text in [
        r#"{"components":2,"covariance":"Diagonal","dof":0.5,"scale":[1.0,2.0]}"#,
        r#"{"components":2,"covariance":"TiedSpherical","scale":3.0}"#,
    ] {
        assert_eq!(serde_json::to_string(&read(text).unwrap()).unwrap(), text);
    }
    let e = read(r#"{"components":2,"covariance":{"Fixed":1}}"#).unwrap_err();
    assert!(e.contains("leaves no precision to learn; use another form, or a GaussianMixture"), "{e}");
    let e = read(r#"{"components":2,"covariance":"Spherical","scale":[1,2]}"#).unwrap_err();
    assert!(e.contains("its scale has not one value for all columns, as `covariance: Spherical` asks"), "{e}");
    let three = read(r#"{"components":2,"covariance":"Diagonal","scale":[1,2,3]}"#).unwrap();
    let e = three.learn(&faithful(), &mut Vec::new()).unwrap_err().to_string();
    assert!(e.contains("`scale` has 3 entries where the data have 2 columns"), "{e}");
}

#[test]
fn each_form_bears_the_data_it_can() {
    let column = |f: fn(f64) -> f64| (0..9).map(|i| f(f64::from(i))).collect::<Vec<_>>();
    let refused = |y: fn(f64) -> f64| {
        let table = Table::from_columns("t", [("x", column(|i| i)), ("y", column(y))]).unwrap();
        FORMS.map(|form| spec(2).with_form(form).unwrap().learn(&table, &mut Vec::new()).is_err())
    };
    let (t, f) = (true, false);
    assert_eq!(refused(|i| i * i % 5.0), [f; 6]);
    assert_eq!(refused(|_| 4.0), [t, t, t, t, f, f]);
    assert_eq!(refused(|i| 2.0 * i), [t, t, f, f, f, f]);
}

#[test]
fn draws_are_of_the_mixture_that_is_reported() {
    for form in FORMS {
        let (model, data) = bound(&spec(3).with_form(form).unwrap(), &faithful());
        let params = from_labels(&model, &data, three);
        let mixture = posterior(&params).expected();
        let n = 20_000;
        let like = Rows::new(2, vec![0.0; 2 * n]).unwrap();
        let (drawn, latent) = model.sample(&params, &like, &mut Rng::seed_from_u64(3));
        let labels = latent.labels().unwrap();
        for (j, (weight, normal)) in mixture.weights().iter().zip(mixture.components()).enumerate() {
            let own: Vec<usize> = (0..n).filter(|u| labels[*u] == j).collect();
            // Four standard errors of a share, and of a mean.
            let share = own.len() as f64 / n as f64;
            assert!((share - weight).abs() < 4.0 * (weight * (1.0 - weight) / n as f64).sqrt(), "{form:?}: {share}");
            for i in 0..2 {
                let mean = own.iter().map(|u| drawn.row(*u)[i]).sum::<f64>() / own.len() as f64;
                let error = (normal.variances()[i] / own.len() as f64).sqrt();
                assert!((mean - normal.mean()[i]).abs() < 4.0 * error, "{form:?}: {mean}");
            }
        }
    }
}

#[test]
fn components_change_places_without_a_trace() {
    for form in FORMS {
        let (model, data) = bound(&spec(3).with_form(form).unwrap(), &faithful());
        let params = from_labels(&model, &data, three);
        let moved = model.permute(&params, &[2, 0, 1]);
        assert_eq!(model.parts(&moved), 3);
        assert_eq!(posterior(&moved).components()[0], posterior(&params).components()[2]);
        assert_relative_eq!(model.log_prior(&moved), model.log_prior(&params), max_relative = 1e-13);
        let (a, b) = (model.score(&params, &data, 0..272), model.score(&moved, &data, 0..272));
        assert_relative_eq!(a[..], b[..], max_relative = 1e-13);
        let labels = |p| model.predict(p, &data, 0..272).labels().unwrap().to_vec();
        let back: Vec<usize> = labels(&moved).iter().map(|j| [2, 0, 1][*j]).collect();
        assert_eq!(labels(&params), back);
    }
}
