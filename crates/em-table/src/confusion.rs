//! [`Confusion`]: predicted labels beside known ones.

/// How often each known label met each predicted one.
///
/// ```
/// use em_table::Confusion;
/// let confusion = Confusion::new(&["a", "a", "a", "b", "b", "b"], &[0, 0, 1, 1, 1, 1])?;
/// assert_eq!(confusion.levels, ["a", "b"]);
/// assert_eq!(confusion.counts, [[2, 1], [0, 3]]);
/// // Pairs together in both 1 + 3, by `known` 3 + 3, as predicted 1 + 6, by chance 6 · 7 / 15.
/// assert!((confusion.adjusted_rand_index().unwrap() - (4.0 - 2.8) / (6.5 - 2.8)).abs() < 1e-15);
/// # Ok::<(), em_table::ConfusionError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion<L> {
    /// The known labels that differ, in the order in which they come.
    pub levels: Vec<L>,
    /// Rows of each level and predicted label: levels × k.
    pub counts: Vec<Vec<u64>>,
}

/// Why labels cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{known} known labels, but {predicted} predicted ones; give one of each per row")]
pub struct ConfusionError {
    /// How many known labels there are.
    pub known: usize,
    /// How many predicted ones.
    pub predicted: usize,
}

impl<L: Clone + PartialEq> Confusion<L> {
    /// Of one known label of any kind and one predicted label, counted from 0, per row.
    ///
    /// # Errors
    /// [`ConfusionError`] where there are not as many of both.
    pub fn new(known: &[L], predicted: &[usize]) -> Result<Self, ConfusionError> {
        if known.len() != predicted.len() {
            return Err(ConfusionError { known: known.len(), predicted: predicted.len() });
        }
        let k = predicted.iter().max().map_or(0, |j| j + 1);
        let mut confusion = Confusion { levels: Vec::new(), counts: Vec::new() };
        for (level, label) in known.iter().zip(predicted) {
            let row = confusion.levels.iter().position(|l| l == level).unwrap_or_else(|| {
                confusion.levels.push(level.clone());
                confusion.counts.push(vec![0; k]);
                confusion.levels.len() - 1
            });
            confusion.counts[row][*label] += 1;
        }
        Ok(confusion)
    }
}

impl<L> Confusion<L> {
    /// The adjusted Rand index (Hubert & Arabie 1985, eq. 5): 1 for the same partition, about 0 for one by chance; none
    /// where both partitions are trivial in the same way.
    ///
    /// (Σ_ij C(n_ij) − E) / (½ (Σ_i C(a_i) + Σ_j C(b_j)) − E), with C(n) = n (n − 1) / 2, row sums a, column sums b, and
    /// E = Σ_i C(a_i) Σ_j C(b_j) / C(n).
    pub fn adjusted_rand_index(&self) -> Option<f64> {
        let pairs = |n: u64| n as f64 * (n as f64 - 1.0) / 2.0;
        let k = self.counts.first().map_or(0, Vec::len);
        let together: f64 = self.counts.iter().flatten().map(|n| pairs(*n)).sum();
        let known: f64 = self.counts.iter().map(|row| pairs(row.iter().sum())).sum();
        let predicted: f64 = (0..k).map(|j| pairs(self.counts.iter().map(|row| row[j]).sum())).sum();
        let chance = known * predicted / pairs(self.counts.iter().flatten().sum());
        let index = (together - chance) / (0.5 * (known + predicted) - chance);
        index.is_finite().then_some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(known: &str, predicted: &[usize]) -> Option<f64> {
        Confusion::new(&known.chars().collect::<Vec<_>>(), predicted).unwrap().adjusted_rand_index()
    }

    #[test]
    fn names_of_labels_do_not_matter() {
        assert_eq!(index("aabb", &[1, 1, 0, 0]), Some(1.0));
        assert_eq!(index("aabbc", &[7, 7, 2, 2, 0]), Some(1.0));
        assert_eq!(index("aaabbb", &[0, 0, 1, 1, 1, 1]), index("bbbaaa", &[1, 1, 0, 0, 0, 0]));
    }

    #[test]
    fn crossed_partitions_are_below_chance() {
        // No pair is together in both; chance 2 · 2 / 6, at most 2.
        let expected = (0.0 - 4.0 / 6.0) / (2.0 - 4.0 / 6.0);
        assert!((index("aabb", &[0, 1, 0, 1]).unwrap() - expected).abs() < 1e-15);
    }

    #[test]
    fn partitions_that_say_nothing_have_no_index() {
        assert_eq!(index("aaaa", &[0, 0, 0, 0]), None);
        assert_eq!(index("a", &[0]), None);
        assert_eq!(index("", &[]), None);
    }

    #[test]
    fn every_row_has_both_labels() {
        let error = Confusion::new(&["a", "b"], &[0]).unwrap_err();
        assert_eq!(error.to_string(), "2 known labels, but 1 predicted ones; give one of each per row");
    }
}
