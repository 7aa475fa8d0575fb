//! Specs: what they refuse, and what they learn.

use super::*;
use em_core::{DataError, Spec, Table, Warning};
use std::num::NonZeroUsize;

fn spec(form: Covariance, prior: Option<MixturePrior>) -> GaussianMixture {
    GaussianMixture::new(NonZeroUsize::new(2).unwrap(), form).unwrap().with_prior(prior).unwrap()
}

fn stated(form: Covariance) -> MixturePrior {
    let covariances = match form.correlates() {
        true => InverseWishart::of(DMatrix::identity(3, 3), 5.0).map(CovariancePrior::InverseWishart),
        false => InverseGamma::new(2.0.into(), 1.0.into()).map(CovariancePrior::InverseGamma),
    };
    MixturePrior::Stated { weights: None, means: None, covariances: covariances.ok() }
}

fn table(third: impl Fn(f64) -> f64) -> Table {
    let column = |f: &dyn Fn(f64) -> f64| (0..9).map(|i| f(f64::from(i))).collect::<Vec<_>>();
    Table::from_columns("t", [("x", column(&|i| i)), ("y", column(&|i| i * i % 5.0)), ("z", column(&third))]).unwrap()
}

fn learn(spec: &GaussianMixture, table: &Table) -> (Result<GaussianColumns, DataError>, Vec<Warning>) {
    let mut warnings = Vec::new();
    (spec.learn(table, &mut warnings), warnings)
}

/// Which forms, in the order of `FORMS`, refuse a table; none does under a prior on the covariances.
fn refusing(table: &Table, code: &str) -> Vec<bool> {
    let one = |form: Covariance| {
        let refused = learn(&spec(form, None), table).0.is_err();
        if !matches!(form, Covariance::Fixed(_)) {
            let (learned, warnings) = learn(&spec(form, Some(stated(form))), table);
            assert!(learned.is_ok(), "{form:?}: {learned:?}");
            assert_eq!(warnings.iter().any(|w| w.code == code), refused, "{form:?} {warnings:?}");
        }
        refused
    };
    FORMS.into_iter().map(one).collect()
}

#[test]
fn each_form_refuses_what_it_cannot_bear_and_no_more() {
    let (t, f) = (true, false);
    assert_eq!(refusing(&table(|i| (i * i * i) % 7.0), "none"), [f; 7]);
    assert_eq!(refusing(&table(|_| 4.0), "constant_column"), [t, t, t, t, f, f, f]);
    assert_eq!(refusing(&table(|i| 2.0 * i + 1.0), "dependent_columns"), [t, t, f, f, f, f, f]);
    let few =
        Table::from_columns("t", [("x", vec![0.0, 1.0, 3.0]), ("y", vec![1.0, 0.0, 5.0]), ("z", vec![2.0, 7.0, 1.0])]);
    assert_eq!(refusing(&few.unwrap(), "few_rows"), [t, t, f, f, f, f, f]);
    let constant = Table::from_columns("t", [("x", vec![1.0; 4]), ("y", vec![2.0; 4]), ("z", vec![3.0; 4])]).unwrap();
    assert_eq!(refusing(&constant, "constant_column"), [t, t, t, t, t, t, f]);
}

#[test]
fn spreads_that_cannot_be_squared_are_refused() {
    for (by, bearable) in [(1e160, false), (1e-160, true)] {
        let wild = table(|i| by * (i * i * i % 7.0));
        for form in FORMS {
            let refused = |prior| matches!(learn(&spec(form, prior), &wild).0, Err(DataError::Scale { .. }));
            let fixed = matches!(form, Covariance::Fixed(_));
            assert_eq!(refused(None), !(bearable && fixed), "{form:?} {by}");
            assert!(fixed || refused(Some(stated(form))) != bearable, "{form:?} {by}");
        }
    }
}

#[test]
fn a_prior_scaled_to_the_data_is_learned_in_numbers() {
    // x: 0 to 8, variance 60/9, mean 4.
    let table = table(|i| (i * i * i) % 7.0);
    let learned = |form| learn(&spec(form, Some(MixturePrior::DataScaled)), &table).0.unwrap();
    let share = 2f64.powf(2.0 / 3.0);
    let full = learned(Covariance::Full).prior.unwrap();
    let means = full.means.unwrap();
    assert_eq!((means.center()[0], means.strength()), (4.0, 0.01));
    let Some(CovariancePrior::InverseWishart(p)) = &full.covariances else { panic!() };
    assert!((p.scale()[(0, 0)] - 60.0 / 9.0 / share).abs() < 1e-13 && p.dof() == 5.0);
    let Some(CovariancePrior::InverseGamma(g)) = learned(Covariance::Diagonal).prior.unwrap().covariances else {
        panic!()
    };
    assert_eq!(g.shape(), &PerColumn::Same(2.5));
    assert!((0..3).all(|i| (g.scale().at(i) - 0.5 * p.scale()[(i, i)]).abs() < 1e-13));
    let Some(CovariancePrior::InverseGamma(g)) = learned(Covariance::Spherical).prior.unwrap().covariances else {
        panic!()
    };
    assert!((g.scale().at(0) - 0.5 * p.scale().trace() / 3.0).abs() < 1e-13);
    assert_eq!(learned(Covariance::Fixed(1.0)).prior.unwrap().covariances, None);

    for form in FORMS {
        let encoding = learned(form);
        let text = serde_json::to_string(&encoding).unwrap();
        assert_eq!(serde_json::from_str::<GaussianColumns>(&text).unwrap(), encoding, "{text}");
    }
    let old: GaussianColumns = serde_json::from_str(r#"{"columns":["x"]}"#).unwrap();
    assert_eq!(old.prior, None);
}

#[test]
fn specs_are_checked_when_they_are_read() {
    let read = |t: &str| serde_json::from_str::<GaussianMixture>(t).map_err(|e| e.to_string());
    let full = r#""components":2,"covariance":"Full""#;
    let wishart = r#""covariances":{"InverseWishart":{"scale":[[1]],"dof":5}}"#;
    let gamma = r#""covariances":{"InverseGamma":{"shape":[2],"scale":1}}"#;
    let say = |fields: &str, prior: &str| {
        read(&format!(r#"{{{fields},"prior":{{"Stated":{{{prior}}}}}}}"#)).err().unwrap_or_default()
    };
    assert_eq!(say(full, wishart), "");
    assert_eq!(say(full, r#""weights":[2,2],"means":{"center":[1],"strength":0.01}"#), "");
    let wanted = "InverseGamma does not go with `covariance: Full`; use InverseWishart(scale: …, dof: …)";
    assert!(say(full, gamma).contains(wanted), "{}", say(full, gamma));
    let e = say(r#""components":2,"covariance":"Diagonal""#, wishart);
    assert!(e.contains("InverseWishart does not go with `covariance: Diagonal`; use InverseGamma("), "{e}");
    let e = say(r#""components":2,"covariance":"Spherical""#, gamma);
    assert!(e.contains("one variance for all columns; give InverseGamma numbers, not lists"), "{e}");
    let e = say(r#""components":2,"covariance":{"Fixed":1}"#, gamma);
    assert!(e.contains("leave out `covariances`"), "{e}");
    assert!(say(full, r#""weights":[2,2,2]"#).contains("3 entries where 2 are needed"));
    assert!(read(r#"{"components":2,"covariance":{"Fixed":0}}"#).unwrap_err().contains("must be above 0"));
    assert!(read(r#"{"components":2,"prior":"DataScaled"}"#).is_ok());
    assert!(read(r#"{"components":2,"prior":"DataScale"}"#).is_err());

    let far = spec(
        Covariance::Full,
        Some(MixturePrior::Stated {
            weights: None,
            means: Some(MeanPrior::new(DVector::zeros(1), 1.0).unwrap()),
            covariances: None,
        }),
    );
    let e = learn(&far, &table(|i| (i * i * i) % 7.0)).0.unwrap_err().to_string();
    assert_eq!(e, "t: prior: means: center has 1 entry where the data have 3 columns");
}
