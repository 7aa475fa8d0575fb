//! [`Prediction`]: what a model says of each row.

/// The values of one predicted column, one entry per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Labels, counted from 0.
    Labels(Vec<usize>),
    /// Numbers.
    Numbers(Vec<f64>),
    /// `width` numbers per row, row after row: n × width.
    Rows {
        /// Numbers per row.
        width: usize,
        /// n·width numbers.
        values: Vec<f64>,
    },
}

impl Values {
    /// The number of entries, one per row.
    pub fn len(&self) -> usize {
        match self {
            Values::Labels(labels) => labels.len(),
            Values::Numbers(numbers) => numbers.len(),
            Values::Rows { width, values } => values.len() / (*width).max(1),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A named column of a prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name in the singular, as in the header of a table: `label`, `responsibility`, `mean`.
    pub name: &'static str,
    /// Its name as a whole: `labels`, `responsibilities`, `mean`.
    pub plural: &'static str,
    /// One entry per row.
    pub values: Values,
}

/// What a model says of the rows of a table: named columns, an entry per row.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Prediction {
    /// The columns in the order in which they are shown.
    pub columns: Vec<Column>,
}

impl Prediction {
    /// The labels and responsibilities of a mixture of k components; `responsibilities` is n × k, unit after unit, each
    /// row summing to one. A label is the component of largest responsibility, the first among equals.
    pub fn of_mixture(k: usize, responsibilities: Vec<f64>) -> Self {
        let first_largest = |r: &[f64]| (1..r.len()).fold(0, |best, j| if r[j] > r[best] { j } else { best });
        let labels = responsibilities.chunks_exact(k.max(1)).map(first_largest).collect();
        let responsibilities = Values::Rows { width: k, values: responsibilities };
        Prediction {
            columns: vec![
                Column { name: "label", plural: "labels", values: Values::Labels(labels) },
                Column { name: "responsibility", plural: "responsibilities", values: responsibilities },
            ],
        }
    }

    /// Labels counted from 0, of a model whose labels are certain.
    pub fn of_labels(labels: Vec<usize>) -> Self {
        Prediction { columns: vec![Column { name: "label", plural: "labels", values: Values::Labels(labels) }] }
    }

    /// The entries listed, in that order; one that is listed twice comes twice.
    pub fn select(&self, entries: &[usize]) -> Self {
        let values = |values: &Values| match values {
            Values::Labels(labels) => Values::Labels(entries.iter().map(|i| labels[*i]).collect()),
            Values::Numbers(numbers) => Values::Numbers(entries.iter().map(|i| numbers[*i]).collect()),
            Values::Rows { width, values } => {
                let rows = entries.iter().flat_map(|i| &values[i * width..][..*width]);
                Values::Rows { width: *width, values: rows.copied().collect() }
            }
        };
        Prediction { columns: self.columns.iter().map(|c| Column { values: values(&c.values), ..*c }).collect() }
    }

    /// Adds a column of numbers.
    pub fn with(mut self, name: &'static str, values: Vec<f64>) -> Self {
        self.columns.push(Column { name, plural: name, values: Values::Numbers(values) });
        self
    }

    /// The labels, where the model has any.
    pub fn labels(&self) -> Option<&[usize]> {
        self.columns.iter().find_map(|c| match &c.values {
            Values::Labels(l) => Some(l.as_slice()),
            _ => None,
        })
    }

    /// The responsibilities, n × k unit after unit, where the model has any.
    pub fn responsibilities(&self) -> Option<(usize, &[f64])> {
        self.columns.iter().find_map(|c| match &c.values {
            Values::Rows { width, values } if c.name == "responsibility" => Some((*width, values.as_slice())),
            _ => None,
        })
    }

    /// The numbers of a column, by its name.
    pub fn numbers(&self, name: &str) -> Option<&[f64]> {
        self.columns.iter().find_map(|c| match &c.values {
            Values::Numbers(v) if c.name == name => Some(v.as_slice()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_picked_from_every_column() {
        let p = Prediction::of_mixture(2, vec![0.9, 0.1, 0.2, 0.8]).with("mean", vec![5.0, 6.0]).select(&[1, 0, 1]);
        assert_eq!(p.labels(), Some(&[1, 0, 1][..]));
        assert_eq!(p.responsibilities(), Some((2, &[0.2, 0.8, 0.9, 0.1, 0.2, 0.8][..])));
        assert_eq!(p.numbers("mean"), Some(&[6.0, 5.0, 6.0][..]));
    }
}
