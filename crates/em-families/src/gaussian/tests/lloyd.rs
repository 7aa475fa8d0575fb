//! With a fixed variance towards 0 a Gaussian mixture is K-means.

use super::*;
use crate::Mixture;
use em_core::{Fit, Predict, Rule};

/// Lloyd's iterations (1982) until no label changes: labels and centres.
fn lloyd(points: &[[f64; 2]], mut centres: Vec<[f64; 2]>) -> (Vec<usize>, Vec<[f64; 2]>) {
    let distance = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
    let mut labels = Vec::new();
    loop {
        let nearest = |p: &[f64; 2]| {
            (0..centres.len()).min_by(|a, b| distance(p, &centres[*a]).total_cmp(&distance(p, &centres[*b]))).unwrap()
        };
        let next: Vec<usize> = points.iter().map(nearest).collect();
        if next == labels {
            return (labels, centres);
        }
        labels = next;
        for (j, centre) in centres.iter_mut().enumerate() {
            let own: Vec<&[f64; 2]> = points.iter().zip(&labels).filter(|(_, l)| **l == j).map(|(p, _)| p).collect();
            *centre = [0, 1].map(|i| own.iter().map(|p| p[i]).sum::<f64>() / own.len() as f64);
        }
    }
}

#[test]
fn assignments_and_centres_are_those_of_lloyd_from_the_same_start() {
    for seed in 0..5 {
        let mut rng = Rng::seed_from_u64(seed);
        let points: Vec<[f64; 2]> = (0..200).map(|_| [4.0 * rng.random::<f64>(), rng.random()]).collect();
        let first = points[..4].to_vec();
        let (labels, centres) = lloyd(&points, first.clone());

        let model = Mixture::of(4, Gaussian::new(Covariance::Fixed(1e-8)).unwrap());
        let data = Rows::new(2, points.concat()).unwrap();
        let bare = |m: &[f64; 2]| Normal::unstated(DVector::from_row_slice(m)).unwrap();
        let start = MixtureParams::new(vec![0.25; 4], first.iter().map(bare).collect()).unwrap();
        let stop = Rule::Any(vec![Rule::ParameterChange(1e-13), Rule::MaxIterations(500)]);
        let fit = Fit::new(&model, &data).stop(stop).follow_parameters().from(start).unwrap();

        assert_eq!(model.predict(&fit.params, &data, 0..200).labels().unwrap(), labels, "seed {seed}");
        for (n, centre) in fit.params.components().iter().zip(&centres) {
            assert!((0..2).all(|i| (n.mean()[i] - centre[i]).abs() < 1e-12), "seed {seed}");
        }
    }
}

/// A start without covariances, none taken by any step: the finished parameters have them all the same.
#[test]
fn the_fixed_variance_stands_in_the_result() {
    let model = Mixture::of(1, Gaussian::new(Covariance::Fixed(2.0)).unwrap());
    let data = Rows::new(1, vec![0.0, 1.0]).unwrap();
    let start = MixtureParams::new(vec![1.0], vec![Normal::unstated(DVector::zeros(1)).unwrap()]).unwrap();
    let fit = Fit::new(&model, &data).stop(Rule::MaxIterations(0)).from(start).unwrap();
    assert_eq!(fit.params.components()[0].variances()[0], 2.0);
    let wanted = Normal::diagonal(DVector::zeros(1), DVector::from_element(1, 2.0)).unwrap();
    assert_eq!(fit.log_likelihood, wanted.log_density(&[0.0]) + wanted.log_density(&[1.0]));
}
