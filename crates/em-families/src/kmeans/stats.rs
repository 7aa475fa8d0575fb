//! [`KMeansStats`]: what the E-step of K-means adds up.

use super::centers::Centers;
use em_core::Statistics;

/// Sizes, inertia and sums of k clusters.
///
/// The sums of means are taken relative to an origin, the center that the rows were nearest to when they were seen, so that
/// nothing cancels. Statistics taken at other centers have other origins, and merge all the same.
#[derive(Clone, Debug, PartialEq)]
pub struct KMeansStats {
    /// Σ w of each cluster, k numbers.
    pub weights: Vec<f64>,
    /// Σ w δ(x, o) over all clusters, with o the origin, or for medians and modes the center when the row was seen.
    pub inertia: f64,
    /// o, k × d cluster after cluster; zeros where a cluster is empty. Medians and modes have none.
    pub origins: Vec<f64>,
    /// Cluster after cluster: for means the d sums Σ w (x_i − o_i); for medians and modes the weight of every level.
    pub sums: Vec<f64>,
}

impl KMeansStats {
    /// Of no rows: k clusters of `width` sums each, `origins` says whether they are relative.
    pub(super) fn zero(k: usize, width: usize, origins: bool) -> Self {
        let origins = if origins { vec![0.0; k * width] } else { Vec::new() };
        KMeansStats { weights: vec![0.0; k], inertia: 0.0, origins, sums: vec![0.0; k * width] }
    }

    /// Counts a row of cluster j, whose sums are those of differences from its center.
    pub(super) fn count(&mut self, j: usize, weight: f64, centers: &Centers) {
        if self.weights[j] == 0.0 {
            let (center, width) = (&centers.rows()[j], self.origins.len() / self.weights.len());
            self.origins[j * width..][..width].copy_from_slice(center);
        }
        self.weights[j] += weight;
    }

    /// The sums of cluster j.
    pub(super) fn sums_of(&self, j: usize) -> &[f64] {
        let width = self.sums.len() / self.weights.len();
        &self.sums[j * width..][..width]
    }

    /// The origin of cluster j.
    pub(super) fn origin_of(&self, j: usize) -> &[f64] {
        let width = self.origins.len() / self.weights.len();
        &self.origins[j * width..][..width]
    }

    /// Σ w |x − c|² of cluster j about c, less the part of it that is in the inertia.
    pub(super) fn moved(&self, j: usize, center: &[f64]) -> f64 {
        let steps = center.iter().zip(self.origin_of(j)).zip(self.sums_of(j));
        steps.map(|((c, o), s)| (c - o) * (self.weights[j] * (c - o) - 2.0 * s)).sum()
    }

    /// Takes the sums of cluster j relative to another origin.
    fn about(&mut self, j: usize, origin: &[f64]) {
        self.inertia += self.moved(j, origin);
        let (width, weight) = (origin.len(), self.weights[j]);
        let places = j * width..(j + 1) * width;
        for ((sum, old), new) in self.sums[places.clone()].iter_mut().zip(&mut self.origins[places]).zip(origin) {
            *sum += weight * (*old - new);
            *old = *new;
        }
    }
}

impl Statistics for KMeansStats {
    fn merge(&mut self, other: &Self) {
        let relative = !self.origins.is_empty();
        for j in (0..self.weights.len()).filter(|j| relative && other.weights[*j] > 0.0) {
            if self.origin_of(j) != other.origin_of(j) {
                self.about(j, other.origin_of(j));
            }
        }
        self.weights.merge(&other.weights);
        self.inertia.merge(&other.inertia);
        self.sums.merge(&other.sums);
    }

    fn scale(&mut self, by: f64) {
        if by == 0.0 {
            return self.clear();
        }
        self.weights.scale(by);
        self.inertia.scale(by);
        self.sums.scale(by);
    }

    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        self.weights.visit(f);
        self.inertia.visit(f);
        self.origins.visit(f);
        self.sums.visit(f);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One cluster of rows seen from an origin.
    fn seen(rows: &[f64], origin: f64) -> KMeansStats {
        let gaps = rows.iter().map(|x| x - origin);
        let inertia = gaps.clone().map(|g| g * g).sum();
        KMeansStats { weights: vec![rows.len() as f64], inertia, origins: vec![origin], sums: vec![gaps.sum()] }
    }

    #[test]
    fn what_was_seen_from_different_centers_merges() {
        let mut all = seen(&[1.0, 2.0], 4.0);
        all.merge(&seen(&[6.0, 9.0, 0.5], -1.0));
        assert_eq!(all, seen(&[1.0, 2.0, 6.0, 9.0, 0.5], -1.0));
        let mut none = KMeansStats::zero(1, 1, true);
        none.merge(&seen(&[3.0], 1.0));
        assert_eq!(none, seen(&[3.0], 1.0));
        none.merge(&KMeansStats::zero(1, 1, true));
        assert_eq!(none, seen(&[3.0], 1.0));
        none.scale(0.0);
        assert_eq!(none, KMeansStats::zero(1, 1, true));
    }
}
