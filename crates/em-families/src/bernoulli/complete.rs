//! Q of Bernoulli mixtures and its slope in free coordinates.

use super::emission::{BernoulliStats, Bernoullis, Probabilities};
use crate::{EmissionGradient, EmissionLikelihood};

impl Bernoullis {
    /// For each probability in turn: p, Σ r x and Σ r (1 − x).
    fn shares<'a>(
        &self,
        p: &'a Probabilities,
        s: &'a BernoulliStats,
    ) -> impl Iterator<Item = (usize, usize, [f64; 3])> + 'a {
        let row = |j: usize| (0..p.rows()[j].len()).map(move |i| (j, i));
        (0..p.rows().len())
            .flat_map(row)
            .map(|(j, i)| (j, i, [p.rows()[j][i], s.ones[(i, j)], s.weights[j] - s.ones[(i, j)]]))
    }
}

/// Σ_ji [n_ji ln p_ji + m_ji ln(1 − p_ji)], with n_ji the expected number of ones and m_ji that of zeros; 0 ln 0 = 0.
impl EmissionLikelihood for Bernoullis {
    fn expected_log_likelihood(&self, params: &Probabilities, stats: &BernoulliStats) -> f64 {
        let times = |n: f64, log: f64| if n == 0.0 { 0.0 } else { n * log };
        self.shares(params, stats).map(|(_, _, [p, n, m])| times(n, p.ln()) + times(m, (-p).ln_1p())).sum()
    }
}

/// (n_ji + a − 1)(1 − p_ji) − (m_ji + b − 1) p_ji for the coordinate ln(p_ji / (1 − p_ji)).
impl EmissionGradient for Bernoullis {
    fn gradient(&self, params: &Probabilities, stats: &BernoulliStats) -> Vec<f64> {
        let pseudo = |j: usize, i: usize| self.prior.as_ref().map_or((0.0, 0.0), |prior| prior.pseudo_counts(j, i));
        let slope = |(j, i, [p, n, m]): (usize, usize, [f64; 3])| {
            let (a, b) = pseudo(j, i);
            (n + a) * (1.0 - p) - (m + b) * p
        };
        self.shares(params, stats).map(slope).collect()
    }
}
