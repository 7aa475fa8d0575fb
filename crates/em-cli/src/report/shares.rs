//! [`Shares`]: how much of each row belongs to each part.

use em_core::Prediction;

/// The responsibilities of k parts for n rows, or labels as if they were certain.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shares {
    parts: usize,
    of_rows: Vec<f64>,
    /// Whether they are responsibilities, and not mere labels.
    pub uncertain: bool,
}

impl Shares {
    /// Of what a model predicts for `rows` rows; `least` is the number of parts it has at least. None where it does not
    /// label every row.
    pub fn of(prediction: &Prediction, least: usize, rows: usize) -> Option<Self> {
        if let Some((parts, of_rows)) = prediction.responsibilities() {
            return (parts > 0 && of_rows.len() == rows * parts).then(|| Shares {
                parts,
                of_rows: of_rows.to_vec(),
                uncertain: true,
            });
        }
        let labels = prediction.labels()?;
        let parts = labels.iter().map(|label| label + 1).max().unwrap_or(0).max(least);
        let mut of_rows = vec![0.0; labels.len() * parts];
        labels.iter().enumerate().for_each(|(row, label)| of_rows[row * parts + label] = 1.0);
        (parts > 0 && labels.len() == rows).then_some(Shares { parts, of_rows, uncertain: false })
    }

    /// k.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// The k shares of a row, which sum to one.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.of_rows[row * self.parts..][..self.parts]
    }

    /// The part that a row belongs to most, the first among equals.
    pub fn label(&self, row: usize) -> usize {
        let shares = self.row(row);
        (1..self.parts).fold(0, |best, j| if shares[j] > shares[best] { j } else { best })
    }

    /// How much of the variance of a column lies between the parts, from 0 to 1; of a column that does not vary, none.
    pub fn explained(&self, column: &[f64], weights: &[f64]) -> f64 {
        let moments = |share: &dyn Fn(usize) -> f64| {
            let (mut total, mut mean) = (0.0, 0.0);
            for (row, x) in column.iter().enumerate().filter(|(row, _)| weights[*row] > 0.0) {
                let weight = weights[row] * share(row);
                total += weight;
                mean += if weight > 0.0 { (x - mean) * (weight / total) } else { 0.0 };
            }
            (total, mean)
        };
        let (_, mean) = moments(&|_| 1.0);
        let squares: f64 = column.iter().zip(weights).map(|(x, w)| w * (x - mean) * (x - mean)).sum();
        let between = |j: usize| {
            let (total, of_part) = moments(&|row| self.row(row)[j]);
            total * (of_part - mean) * (of_part - mean)
        };
        let between: f64 = (0..self.parts).map(between).sum();
        if squares > 0.0 && between.is_finite() { between / squares } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_certain_shares() {
        let shares = Shares::of(&Prediction::of_labels(vec![1, 0, 1]), 3, 3).unwrap();
        assert_eq!((shares.parts(), shares.row(0), shares.label(2)), (3, &[0.0, 1.0, 0.0][..], 1));
        let soft = Shares::of(&Prediction::of_mixture(2, vec![0.25, 0.75]), 0, 1).unwrap();
        assert_eq!((soft.row(0), soft.label(0), soft.uncertain), (&[0.25, 0.75][..], 1, true));
        assert_eq!(Shares::of(&Prediction::default(), 2, 3), None);
        assert_eq!(Shares::of(&Prediction::of_labels(vec![0; 2]), 1, 3), None);
    }

    #[test]
    fn variance_between_parts_by_hand() {
        // Means 1 and 5 about 3: 4 · 4 of 4 + 4 + 9 + 1 … = 18 squares about the mean, of which 16 lie between.
        let shares = Shares::of(&Prediction::of_labels(vec![0, 0, 1, 1]), 0, 4).unwrap();
        let explained = shares.explained(&[0.0, 2.0, 5.0, 5.0], &[1.0; 4]);
        assert!((explained - 16.0 / 18.0).abs() < 1e-12);
        assert_eq!(shares.explained(&[7.0; 4], &[1.0; 4]), 0.0);
        // A row that weighs nothing says nothing.
        assert_eq!(shares.explained(&[0.0, 2.0, 5.0, 1e9], &[1.0, 1.0, 2.0, 0.0]), explained);
    }
}
