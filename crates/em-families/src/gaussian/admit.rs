//! Given parameters against the form of the covariances.

use super::emission::Gaussian;
use super::form::Covariance;
use super::normal::Normal;
use crate::plural::count;

/// Given covariances that should be equal may differ by this much of the larger: the last of ten typed digits.
const EQUAL: f64 = 1e-8;

impl Gaussian {
    /// Checks means for d features, and covariances for the form.
    pub(super) fn admits(&self, params: &[Normal], d: usize) -> Result<(), String> {
        if let Some(j) = params.iter().position(|n| n.mean().len() != d) {
            let (columns, entries) = (count(d, "column", "columns"), count(params[j].mean().len(), "entry", "entries"));
            return Err(format!("the data have {columns}, but `means` has {entries} in row {j}"));
        }
        let form = self.covariance();
        for (j, n) in params.iter().enumerate() {
            self.has_form(n)
                .map_err(|why| format!("`covariances`: entry {j} {why}, as `covariance: {}` asks", form.name()))?;
            if form.is_tied() && !same(n, &params[0]) {
                let name = form.name();
                return Err(format!(
                    "`covariances`: entry {j} differs from entry 0, but `covariance: {name}` has one for all"
                ));
            }
        }
        Ok(())
    }

    fn has_form(&self, n: &Normal) -> Result<(), String> {
        let form = self.covariance();
        match form {
            Covariance::Fixed(_) if !n.is_stated() => return Ok(()),
            _ if !n.is_stated() => return Err("is missing: give whole matrices".into()),
            Covariance::Full | Covariance::Tied => return Ok(()),
            _ => {}
        }
        if !n.is_diagonal() {
            return Err("is not diagonal, with exactly 0 off the diagonal".into());
        }
        let v = n.variances();
        if form.is_spherical() && v.iter().any(|x| !close(*x, v[0])) {
            return Err("has not one variance for all columns".into());
        }
        match form {
            Covariance::Fixed(fixed) if !close(v[0], fixed) => Err(format!("is not {fixed} on the diagonal")),
            _ => Ok(()),
        }
    }
}

fn same(a: &Normal, b: &Normal) -> bool {
    if !(a.is_stated() && b.is_stated()) {
        return a.is_stated() == b.is_stated();
    }
    if a.is_diagonal() && b.is_diagonal() {
        return a.variances().iter().zip(&b.variances()).all(|(a, b)| close(*a, *b));
    }
    let scale = a.variances().map(f64::sqrt);
    let (a, b, d) = (a.covariance(), b.covariance(), scale.len());
    (0..d).all(|i| (0..d).all(|j| (a[(i, j)] - b[(i, j)]).abs() <= EQUAL * scale[i] * scale[j]))
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= EQUAL * a.abs().max(b.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{DMatrix, DVector};

    fn normal(c: [f64; 4]) -> Normal {
        Normal::new(DVector::zeros(2), DMatrix::from_row_slice(2, 2, &c)).unwrap()
    }

    #[test]
    fn every_form_refuses_what_it_is_not() {
        let (full, other) = (normal([2.0, 0.5, 0.5, 1.0]), normal([2.0, 0.6, 0.6, 1.0]));
        let (diagonal, round) = (normal([2.0, 0.0, 0.0, 1.0]), normal([2.0, 0.0, 0.0, 2.0]));
        let say = |form, params: &[&Normal]| {
            let params: Vec<Normal> = params.iter().map(|n| (*n).clone()).collect();
            Gaussian::new(form).unwrap().admits(&params, 2).err()
        };
        assert_eq!(say(Covariance::Full, &[&full, &other]), None);
        assert_eq!(say(Covariance::Tied, &[&full, &full]), None);
        let wanted = "`covariances`: entry 1 differs from entry 0, but `covariance: Tied` has one for all";
        assert_eq!(say(Covariance::Tied, &[&full, &other]).as_deref(), Some(wanted));
        assert_eq!(say(Covariance::Diagonal, &[&diagonal, &round]), None);
        assert!(say(Covariance::Diagonal, &[&diagonal, &full]).unwrap().contains("entry 1 is not diagonal"));
        assert!(say(Covariance::TiedDiagonal, &[&diagonal, &round]).unwrap().contains("entry 1 differs"));
        assert_eq!(say(Covariance::Spherical, &[&round]), None);
        assert!(say(Covariance::Spherical, &[&diagonal]).unwrap().contains("not one variance for all columns"));
        assert!(say(Covariance::TiedSpherical, &[&round, &normal([1.0, 0.0, 0.0, 1.0])]).is_some());
        assert_eq!(say(Covariance::Fixed(2.0), &[&round]), None);
        assert!(say(Covariance::Fixed(3.0), &[&round]).unwrap().contains("entry 0 is not 3 on the diagonal"));
        let bare = Normal::unstated(DVector::zeros(2)).unwrap();
        assert_eq!(say(Covariance::Fixed(2.0), &[&bare, &bare]), None);
        assert!(say(Covariance::Spherical, &[&bare]).unwrap().contains("entry 0 is missing"));
        let e = Gaussian::new(Covariance::Full).unwrap().admits(&[full], 1).unwrap_err();
        assert_eq!(e, "the data have 1 column, but `means` has 2 entries in row 0");
    }
}
