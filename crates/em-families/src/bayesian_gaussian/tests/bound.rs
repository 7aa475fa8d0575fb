//! The bound, term by term, for every form of precisions.

use super::*;
use crate::Grouped;

/// ln C(α), ln B(W, ν) as in Bishop (2006), eqs. B.23 and B.79.
fn log_c(alpha: &[f64]) -> f64 {
    ln_gamma(alpha.iter().sum()) - alpha.iter().map(|a| ln_gamma(*a)).sum::<f64>()
}

fn log_b(w: &DMatrix<f64>, nu: f64) -> f64 {
    let d = w.nrows() as f64;
    let gammas: f64 = (1..=w.nrows()).map(|i| ln_gamma(0.5 * (nu + 1.0 - i as f64))).sum();
    -0.5 * nu * w.determinant().ln() - (0.5 * nu * d * 2f64.ln() + d * (d - 1.0) / 4.0 * PI.ln() + gammas)
}

fn inverse(m: &DMatrix<f64>) -> DMatrix<f64> {
    m.clone().try_inverse().unwrap()
}

/// The gamma distributions that q(Λ) is made of where Λ is restricted: shape and rate of each, and how many features it
/// serves.
fn gammas(c: &NormalWishart) -> Vec<(f64, f64, f64)> {
    let (d, nu, s) = (c.scale().nrows(), c.dof(), c.scale().diagonal());
    match c.covariance().is_spherical() {
        true => vec![(0.5 * d as f64 * nu, 0.5 * d as f64 * s[0], d as f64)],
        false => s.iter().map(|s| (0.5 * nu, 0.5 * s, 1.0)).collect(),
    }
}

/// E\[ln |Λ|\] under q.
fn log_lambda(c: &NormalWishart) -> f64 {
    let d = c.scale().nrows();
    if c.covariance().correlates() {
        let digammas: f64 = (1..=d).map(|i| digamma(0.5 * (c.dof() + 1.0 - i as f64))).sum();
        return digammas + d as f64 * 2f64.ln() + inverse(c.scale()).determinant().ln();
    }
    gammas(c).iter().map(|(a, b, times)| times * (digamma(*a) - b.ln())).sum()
}

/// E\[ln p(Λ)\] under q: the part of eq. 10.74 (Bishop 2006) that is of Λ; with q itself for p, that of eq. 10.77.
fn log_density_of_precision(p: &NormalWishart, q: &NormalWishart) -> f64 {
    if q.covariance().correlates() {
        let (d, w, w0) = (p.scale().nrows() as f64, inverse(q.scale()), inverse(p.scale()));
        return log_b(&w0, p.dof()) + 0.5 * (p.dof() - d - 1.0) * log_lambda(q)
            - 0.5 * q.dof() * (inverse(&w0) * &w).trace();
    }
    let one = |((a0, b0, _), (a, b, _)): (&(f64, f64, f64), &(f64, f64, f64))| {
        a0 * b0.ln() - ln_gamma(*a0) + (a0 - 1.0) * (digamma(*a) - b.ln()) - b0 * a / b
    };
    gammas(p).iter().zip(&gammas(q)).map(one).sum()
}

/// Eqs. 10.70–10.77 of Bishop (2006) as they stand, with α₀ = `a0` and responsibilities `r` of units, n × k; a precision
/// that is shared is counted once. Labels are of units, and the density of the data given them, 10.71, is of rows.
pub(super) fn bound_by_terms(
    model: &BayesianGaussianModel,
    a0: f64,
    q: &GaussianPosterior,
    data: &Grouped<Rows>,
    r: &[f64],
) -> f64 {
    let (rows, units, k) = (data.side_by_side(), data.units(), q.components().len());
    let (n, df) = (rows.units(), rows.features() as f64);
    let (prior, alpha) = (model.prior(), q.concentrations());
    let (m0, b0) = (prior.mean(), prior.strength());
    let log_pi: Vec<f64> = alpha.iter().map(|a| digamma(*a) - digamma(alpha.iter().sum())).collect();
    let mut terms = [0.0; 8]; // 10.70 + i
    terms[3] = log_c(&vec![a0; k]);
    terms[6] = log_c(alpha);
    for j in 0..k {
        let (c, row) = (&q.components()[j], |i: usize| DVector::from_row_slice(rows.row(i)));
        let (m, b, nu, w) = (c.mean(), c.strength(), c.dof(), inverse(c.scale()));
        let (of_unit, of_row) = (|u: usize| r[u * k + j], |i: usize| r[data.owner(i) * k + j]);
        let count: f64 = (0..n).map(of_row).sum();
        let mean = (0..n).map(|i| row(i) * of_row(i)).sum::<DVector<f64>>() / count;
        let gap = |i: usize| row(i) - &mean;
        let s = (0..n).map(|i| gap(i) * gap(i).transpose() * of_row(i)).sum::<DMatrix<f64>>() / count;
        let log_lambda = log_lambda(c);
        let quadratic = |v: &DVector<f64>| (v.transpose() * &w * v)[(0, 0)];
        terms[1] +=
            0.5 * count * (log_lambda - df / b - nu * (&s * &w).trace() - nu * quadratic(&(&mean - m)) - df * TAU.ln());
        terms[2] += (0..units).map(of_unit).sum::<f64>() * log_pi[j];
        terms[3] += (a0 - 1.0) * log_pi[j];
        terms[4] += 0.5 * (df * (b0 / TAU).ln() + log_lambda - df * b0 / b - b0 * nu * quadratic(&(m - m0)));
        terms[5] += (0..units).map(of_unit).filter(|r| *r > 0.0).map(|r| r * r.ln()).sum::<f64>();
        terms[6] += (alpha[j] - 1.0) * log_pi[j];
        terms[7] += 0.5 * log_lambda + 0.5 * df * (b / TAU).ln() - 0.5 * df;
    }
    let different = if q.covariance().is_tied() { 1 } else { k };
    for c in &q.components()[..different] {
        terms[4] += log_density_of_precision(prior, c);
        terms[7] += log_density_of_precision(c, c);
    }
    terms[1] + terms[2] + terms[3] + terms[4] - terms[5] - terms[6] - terms[7]
}

/// A q that no M-step on these data makes.
fn q_of_another_fit(model: &BayesianGaussianModel) -> VariationalParams {
    let form = model.covariance();
    let one = |j: usize| {
        let (x, y) = (j as f64, if form.is_tied() { 0.0 } else { j as f64 });
        let scale = match form {
            form if form.correlates() => DMatrix::from_row_slice(2, 2, &[20.0 + y, 30.0, 30.0, 900.0 - 50.0 * y]),
            form if form.is_spherical() => DMatrix::identity(2, 2) * (90.0 + y),
            _ => DMatrix::from_row_slice(2, 2, &[20.0 + y, 0.0, 0.0, 900.0 - 50.0 * y]),
        };
        let mean = DVector::from_vec(vec![2.0 + x, 55.0 + 12.0 * x]);
        NormalWishart::of(form, mean, 3.0 + x, scale, 7.5 * (y + 1.0)).unwrap()
    };
    let components = (0..model.components()).map(one).collect();
    VariationalParams::Posterior(GaussianPosterior::new(vec![2.0, 5.5, 0.3], components).unwrap())
}

#[test]
fn the_objective_is_the_bound_term_by_term_at_the_start_and_at_the_end() {
    for form in FORMS {
        let spec = spec(3).with_form(form).unwrap().with_concentration(0.7).unwrap();
        let (model, data) = bound(&spec, &faithful());
        let start = from_labels(&model, &data, |x| if x[0] < 3.0 { 0 } else { 1 + usize::from(x[1] > 80.0) });
        let end = Fit::new(&model, &data).stop(Rule::MaxIterations(100)).from(start.clone()).unwrap();
        for params in [start, q_of_another_fit(&model), end.params] {
            let at = Fit::new(&model, &data).stop(Rule::MaxIterations(0)).from(params).unwrap();
            let q = posterior(&at.params);
            let r = model.responsibilities(q, &data, 0..272);
            // Terms of up to 2000 nats each that nearly cancel.
            let wanted = bound_by_terms(&model, 0.7, q, &data.clone().into(), &r);
            assert_relative_eq!(at.objective(), wanted, max_relative = 1e-12);
        }
    }
}

#[test]
fn the_bound_never_falls_in_any_form_from_any_start() {
    for form in FORMS {
        let (model, data) = bound(&spec(4).with_form(form).unwrap(), &faithful());
        for kind in model.kinds() {
            let fitted = Fit::new(&model, &data).start(*kind).stop(Rule::MaxIterations(60)).restarts(1).run().unwrap();
            let fall = fitted.trace.windows(2).map(|w| w[0] - w[1]).fold(0.0, f64::max);
            assert!(fall <= 1e-12 * fitted.objective().abs(), "{form:?} {kind}: {fall:e}");
            assert!(fitted.trace[0] < fitted.objective(), "{form:?} {kind}");
        }
    }
}

/// With one component q is the posterior itself, and the bound ln p(X): the marginal likelihood of a normal–gamma prior
/// with a₀, b₀ (Murphy 2007, eq. 95), for `features` features that share one λ.
fn normal_gamma_evidence(columns: &[Vec<f64>], m0: &[f64], b0: f64, shape: f64, rate: f64) -> f64 {
    let (n, features) = (columns[0].len() as f64, columns.len() as f64);
    let gained = |(x, m0): (&Vec<f64>, &f64)| {
        let mean = x.iter().sum::<f64>() / n;
        let squares: f64 = x.iter().map(|x| (x - mean).powi(2)).sum();
        0.5 * squares + 0.5 * b0 * n * (mean - m0).powi(2) / (b0 + n)
    };
    let (a, b) = (shape + 0.5 * n * features, rate + columns.iter().zip(m0).map(gained).sum::<f64>());
    ln_gamma(a) - ln_gamma(shape) + shape * rate.ln() - a * b.ln() + 0.5 * features * (b0 / (b0 + n)).ln()
        - 0.5 * n * features * TAU.ln()
}

#[test]
fn one_component_of_any_form_has_the_evidence_for_its_bound() {
    let table = faithful();
    let column = |name: &str| table.numbers(name).unwrap().to_vec();
    let columns = [column("eruptions"), column("waiting")];
    let evidence = |spec: &BayesianGaussianMixture| {
        let (model, data) = bound(&spec.clone().with_means(vec![3.0, 65.0], 2.5).unwrap(), &table);
        Fit::new(&model, &data).run().unwrap().objective()
    };
    let of = |form| spec(1).with_form(form).unwrap();
    for form in [Covariance::Diagonal, Covariance::TiedDiagonal] {
        let by_feature =
            |i: usize, s: f64| normal_gamma_evidence(&columns[i..=i], &[[3.0, 65.0][i]], 2.5, 1.7, 0.5 * s);
        let wanted = by_feature(0, 0.6) + by_feature(1, 50.0);
        let found = evidence(&of(form).with_covariances(vec![0.6, 50.0], 3.4).unwrap());
        assert_relative_eq!(found, wanted, max_relative = 1e-13);
    }
    for form in [Covariance::Spherical, Covariance::TiedSpherical] {
        // dof 3.4 and scale 20 are shape and rate d · 3.4/2 and d · 20/2.
        let wanted = normal_gamma_evidence(&columns, &[3.0, 65.0], 2.5, 3.4, 20.0);
        assert_relative_eq!(evidence(&of(form).with_covariances(20.0, 3.4).unwrap()), wanted, max_relative = 1e-13);
    }
    // One component has no one to share its precision with.
    assert_relative_eq!(evidence(&of(Covariance::Tied)), evidence(&of(Covariance::Full)), max_relative = 1e-15);
}
