//! Predicted labels against known ones: the confusion table and the adjusted Rand index.

use crate::summary::{exact, render_section};
use em_core::table::{Cells, DataError, Table};
use em_core::{Cell, Section};
use serde_json::{Value, json};

/// How often each known label met each predicted one.
pub(super) struct Confusion {
    /// The known labels in the order in which they come.
    levels: Vec<String>,
    /// levels × k counts.
    counts: Vec<Vec<u64>>,
}

/// The known labels of the rows, as text.
///
/// # Errors
/// As [`Table::cells`], and the fault of a column that only begins with numbers.
pub(super) fn known_labels(table: &Table, column: &str) -> Result<Vec<String>, DataError> {
    match table.cells(column)? {
        Cells::Text(text) => Ok(text.clone()),
        _ => Ok(table.numbers(column)?.iter().map(|x| exact(*x)).collect()),
    }
}

impl Confusion {
    /// Of as many known labels as predicted ones, which are below k.
    pub(super) fn new(known: &[String], predicted: &[usize]) -> Self {
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
        confusion
    }

    /// The adjusted Rand index (Hubert & Arabie 1985, eq. 5): 1 for the same partition, about 0 for one by chance; none
    /// where both partitions are trivial in the same way.
    ///
    /// (Σ_ij C(n_ij) − E) / (½ (Σ_i C(a_i) + Σ_j C(b_j)) − E), with C(n) = n (n − 1) / 2, row sums a, column sums b, and
    /// E = Σ_i C(a_i) Σ_j C(b_j) / C(n).
    pub(super) fn adjusted_rand_index(&self) -> Option<f64> {
        let pairs = |n: u64| n as f64 * (n as f64 - 1.0) / 2.0;
        let k = self.counts.first().map_or(0, Vec::len);
        let together: f64 = self.counts.iter().flatten().map(|n| pairs(*n)).sum();
        let known: f64 = self.counts.iter().map(|row| pairs(row.iter().sum())).sum();
        let predicted: f64 = (0..k).map(|j| pairs(self.counts.iter().map(|row| row[j]).sum())).sum();
        let chance = known * predicted / pairs(self.counts.iter().flatten().sum());
        let index = (together - chance) / (0.5 * (known + predicted) - chance);
        index.is_finite().then_some(index)
    }

    /// For people.
    pub(super) fn render(&self, column: &str) -> String {
        let k = self.counts.first().map_or(0, Vec::len);
        let row =
            |(level, counts): (&String, &Vec<u64>)| (level.clone(), counts.iter().map(|n| Cell::Count(*n)).collect());
        let table = Section {
            title: format!("Rows by {column} and predicted label"),
            heads: (0..k).map(|j| j.to_string()).collect(),
            rows: self.levels.iter().zip(&self.counts).map(row).collect(),
        };
        let index = self.adjusted_rand_index().map_or("not defined".into(), |i| format!("{i:.4}"));
        format!("{}adjusted Rand index  {index}\n", render_section(&table))
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        json!({ "levels": self.levels, "counts": self.counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confusion(known: &str, predicted: &[usize]) -> Confusion {
        Confusion::new(&known.chars().map(String::from).collect::<Vec<_>>(), predicted)
    }

    #[test]
    fn the_index_by_hand() {
        // a: 2 with label 0, 1 with label 1; b: 3 with label 1.
        let c = confusion("aaabbb", &[0, 0, 1, 1, 1, 1]);
        assert_eq!((c.levels.len(), &c.counts), (2, &vec![vec![2, 1], vec![0, 3]]));
        // Together 1 + 3 = 4; known 3 + 3 = 6; predicted 1 + 6 = 7; chance 42/15 = 2.8.
        assert!((c.adjusted_rand_index().unwrap() - (4.0 - 2.8) / (6.5 - 2.8)).abs() < 1e-15);
        assert_eq!(confusion("aabb", &[1, 1, 0, 0]).adjusted_rand_index(), Some(1.0));
        assert_eq!(confusion("aaaa", &[0, 0, 0, 0]).adjusted_rand_index(), None);
        assert!(c.render("kind").contains("adjusted Rand index  0.3243"));
    }
}
