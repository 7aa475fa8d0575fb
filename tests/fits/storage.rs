//! Where the numbers are makes no difference to a fit: not to one bit of it.

use em_core::table::{RowStore, StoreFault, StoredRows};
use em_core::{Cause, Dataset, Degenerate, Fit, Fitted, LatentModel, Predict, Repair, Resample, Start, StartKind};
use em_families::*;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// n rows of whole and half numbers in two clouds of d features, as singles.
fn singles(n: usize, d: usize) -> Vec<f32> {
    let number = |i: usize, j: usize| (((i * 7 + j * 13) * (i + 3 * j) % 29) as f32) * 0.5 + 9.0 * ((i % 2) as f32);
    (0..n).flat_map(|i| (0..d).map(move |j| number(i, j))).collect()
}

/// The same rows as doubles, as singles, and as singles that were put in order by a selection.
fn everywhere(d: usize, values: &[f32]) -> [Rows; 3] {
    let doubles = Rows::new(d, values.iter().map(|x| f64::from(*x)).collect()).unwrap();
    let n = doubles.units();
    let backwards: Vec<f32> = values.chunks_exact(d).rev().flatten().copied().collect();
    let turned = Rows::of_singles(d, backwards).unwrap().select(&(0..n).rev().collect::<Vec<_>>());
    let all = [doubles, Rows::of_singles(d, values.to_vec()).unwrap(), turned];
    let weights: Vec<f64> = (0..n).map(|i| (i % 3) as f64 * 0.5).collect();
    all.map(|rows| rows.weighted(weights.clone()).unwrap())
}

/// Fits from every start there is, with a component that begins anew where that is needed.
fn figures<M>(model: &M, data: &M::Data, kinds: &[StartKind]) -> Vec<(Vec<f64>, String)>
where
    M: LatentModel<Data: Sized, Params: std::fmt::Debug> + Start + Predict + Repair,
{
    let of = |kind: &StartKind| {
        let fit = Fit::new(model, data).start(*kind).restarts(2).seed(5).degenerate(Degenerate::Reseed);
        let fitted: Fitted<M> = fit.run().unwrap();
        let prediction = fitted.predict(model, data);
        let scores = model.score(&fitted.params, data, 0..data.units());
        (fitted.trace.clone(), format!("{:?} {prediction:?} {scores:?}", fitted.params))
    };
    kinds.iter().map(of).collect()
}

fn same<M>(name: &str, model: &M, data: [M::Data; 3], kinds: &[StartKind])
where
    M: LatentModel<Data: Sized, Params: std::fmt::Debug> + Start + Predict + Repair,
{
    let [held, stored, turned] = data.map(|data| figures(model, &data, kinds));
    assert!(held == stored && held == turned, "{name}");
}

const MIXTURES: &[StartKind] =
    &[StartKind::KMeans, StartKind::KMeansPlusPlus, StartKind::Rows, StartKind::Responsibilities];

#[test]
fn every_model_of_rows_comes_to_the_same_bits() {
    // More than a block of each model, and rows at their ends.
    let (d, values) = (3, singles(700, 3));
    let rows = || everywhere(d, &values);
    for form in [Covariance::Full, Covariance::Tied, Covariance::Diagonal, Covariance::Spherical] {
        same("Gaussian", &Mixture::of(2, Gaussian::new(form).unwrap()), rows(), MIXTURES);
    }
    let keys: Vec<usize> = (0..700).map(|row| (row * 5) % 240).collect();
    let of_groups = |rows: Rows| rows.reweight(&vec![0.0; 700]).weighted(vec![1.0; 700]).unwrap();
    let groups = || rows().map(|rows| Grouped::new(of_groups(rows), &keys).unwrap());
    same("groups", &Mixture::of(2, PerGroup(FullGaussian)), groups(), MIXTURES);
    let means = KMeansModel::means(3);
    let kinds = &[StartKind::KMeansPlusPlus, StartKind::Rows];
    same("K-means", &means, rows(), kinds);
    same("K-means of groups", &PerGroup(means), groups(), kinds);
    for dissimilarity in [KMeansDissimilarity::Manhattan, KMeansDissimilarity::Hamming] {
        let [held, stored, turned] = rows();
        let levels = Levels::of(&stored);
        assert_eq!(levels, Levels::of(&held));
        same("counts", &KMeansModel::on(2, dissimilarity, levels), [held, stored, turned], kinds);
    }
    let bits: Vec<f32> = values.iter().map(|x| f32::from(*x > 8.0)).collect();
    same("Bernoulli", &Mixture::of(2, Bernoullis::default()), everywhere(d, &bits), MIXTURES);
}

#[test]
fn a_variational_mixture_comes_to_the_same_bits() {
    let values = singles(700, 2);
    let rows = || everywhere(2, &values);
    let center = nalgebra::DVector::from_element(2, 8.0);
    let prior = NormalWishart::new(center, 1.0, nalgebra::DMatrix::identity(2, 2) * 20.0, 2.0).unwrap();
    let model = BayesianGaussianModel::new(2, 0.5, prior, 700.0);
    let of = |data: &Rows| {
        let fitted = Fit::new(&model, data).restarts(1).run().unwrap();
        (fitted.trace.clone(), format!("{:?}", fitted.predict(&model, data)))
    };
    let [held, stored, turned] = rows().map(|data| of(&data));
    assert!(held == stored && held == turned);
}

#[test]
fn rows_are_the_same_wherever_they_are() {
    let [held, stored, turned] = everywhere(2, &singles(50, 2));
    assert!(held == stored && stored == turned && held.select(&[3, 3, 1]) == turned.select(&[3, 3, 1]));
    assert_ne!(stored, turned.select(&(1..50).chain([0]).collect::<Vec<_>>()));
    assert_eq!((stored.row(7), stored.values(7..9)), (held.row(7), held.values(7..9)));
    assert_eq!(stored.block(3..5), held.block(3..5));
    assert!(matches!(Rows::of_singles(2, vec![1.0; 3]), Err(RowsError::Ragged { numbers: 3, features: 2 })));
    let wrong = Rows::of_singles(2, vec![1.0, 2.0, f32::NAN, 1.0]).unwrap_err().to_string();
    assert_eq!(wrong, "row 1, feature 0 (both from 0) is NaN, not a finite number");
}

/// Rows that can be read so many times.
#[derive(Debug)]
struct Failing {
    values: Vec<f32>,
    left: AtomicUsize,
}

impl RowStore for Failing {
    fn rows(&self) -> usize {
        self.values.len()
    }
    fn columns(&self) -> usize {
        1
    }
    fn read(&self, rows: Range<usize>, _: &[usize], out: &mut [f64]) -> Result<(), StoreFault> {
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| StoreFault::Changed { file: "x.npy".into() })?;
        out.iter_mut().zip(&self.values[rows]).for_each(|(out, x)| *out = (*x).into());
        Ok(())
    }
}

#[test]
fn data_that_can_be_read_no_more_end_every_fit_with_the_reason() {
    let fits = |reads: usize| -> Vec<Option<Cause>> {
        let rows = || {
            let store = Failing { values: singles(3000, 1), left: AtomicUsize::new(reads) };
            Rows::stored(StoredRows::of(Arc::new(store)))
        };
        let mixture = Mixture::of(2, FullGaussian);
        let (means, data) = (KMeansModel::means(3), rows());
        let started = Fit::new(&mixture, &data).restarts(3).run().err().map(|e| e.cause);
        let data = rows();
        let short = Fit::new(&mixture, &data).restarts(2).short_runs(3, 2).run().err().map(|e| e.cause);
        let data = rows();
        vec![started, short, Fit::new(&means, &data).restarts(2).run().err().map(|e| e.cause)]
    };
    for reads in [0, 1, 2, 5, 17] {
        for cause in fits(reads) {
            let Some(Cause::Store(StoreFault::Changed { file })) = cause else { panic!("{reads}: {cause:?}") };
            assert_eq!(file, "x.npy");
        }
    }
    assert!(fits(usize::MAX).iter().all(Option::is_none));
}
