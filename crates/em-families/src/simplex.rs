//! Random points of the simplex.

use em_core::Rng;
use rand::RngExt;

/// n × k numbers, each row of k uniform on the simplex: the shares of exponential waiting times.
pub(crate) fn uniform(n: usize, k: usize, rng: &mut Rng) -> Vec<f64> {
    let mut rows: Vec<f64> = (0..n * k).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
    for row in rows.chunks_exact_mut(k) {
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|r| *r /= sum);
    }
    rows
}

/// An index drawn with these probabilities, which sum to one.
pub(crate) fn draw(probabilities: &[f64], rng: &mut Rng) -> usize {
    let mut left = rng.random::<f64>();
    for (j, p) in probabilities.iter().enumerate() {
        left -= p;
        if left < 0.0 {
            return j;
        }
    }
    // Rounding may leave a little; the last that can be has it.
    probabilities.iter().rposition(|p| *p > 0.0).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn rows_sum_to_one_and_have_the_moments_of_the_uniform_distribution() {
        let (n, k) = (20_000, 3);
        let rows = uniform(n, k, &mut Rng::seed_from_u64(5));
        assert!(rows.chunks(k).all(|r| (r.iter().sum::<f64>() - 1.0).abs() < 1e-12));
        let first = |f: &dyn Fn(f64) -> f64| rows.chunks(k).map(|r| f(r[0])).sum::<f64>() / n as f64;
        // Beta(1, 2): mean 1/3, variance 1/18; the standard error of the mean is 0.0017.
        assert!((first(&|x| x) - 1.0 / 3.0).abs() < 0.007);
        assert!((first(&|x| (x - 1.0 / 3.0).powi(2)) - 1.0 / 18.0).abs() < 0.003);
    }
}
