//! Starts of every form.

use super::*;
use crate::{Emission, EmissionStart};
use em_core::StartKind;

#[test]
fn every_start_has_the_form_and_takes_no_harm_from_singular_groups() {
    // Four far rows: with six clusters, groups of one row have no spread of their own.
    let mut values: Vec<f64> = (0..10).flat_map(|i| [f64::from(i % 4), f64::from(i * i % 7)]).collect();
    values.extend([100.0, 0.0, 0.0, 200.0, -300.0, 10.0, 50.0, -400.0]);
    let data = Rows::new(2, values).unwrap();
    for form in FORMS {
        for prior in [GaussianPrior::default(), GaussianPrior::data_scaled(form, 6, &data).unwrap()] {
            let emission = gaussian(form, prior);
            for (kind, seed) in emission.kinds().iter().flat_map(|k| (0..3).map(move |s| (*k, s))) {
                let (weights, normals) = emission.start(Some(kind), 6, &data, &mut Rng::seed_from_u64(seed)).unwrap();
                assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                emission.admit(&normals, &data).unwrap();
            }
        }
    }
}

#[test]
fn data_without_spread_give_no_start_but_where_the_variance_is_known() {
    let data = Rows::new(2, vec![1.0, 5.0, 2.0, 5.0, 3.0, 5.0]).unwrap();
    for form in FORMS {
        let start = Gaussian::new(form).unwrap().start(Some(StartKind::Rows), 2, &data, &mut Rng::seed_from_u64(1));
        assert_eq!(start.is_ok(), form.is_spherical(), "{form:?}");
    }
    let e = Gaussian::default().start(None, 2, &data, &mut Rng::seed_from_u64(1)).unwrap_err();
    assert_eq!(e.feature, Some(1));
    assert!(e.to_string().ends_with("leave out columns that do not vary or that repeat others"), "{e}");
}
