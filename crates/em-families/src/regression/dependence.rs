//! Columns that are constant or determine one another.

use super::PivotedCholesky;
use crate::{Moments, Rows};
use em_core::{DataError, Warning};
use nalgebra::{DMatrix, DMatrixView, DVector};
use std::ops::ControlFlow;

/// A column depends on others when they leave less than this of its sum of squares, 1 − R². Scatter keeps 14 to 15
/// digits, so true dependence leaves less than about 1e-14; and where 1 − R² is above this, coefficients still have
/// digits in double precision.
const DEPENDENT: f64 = 1e-12;
/// A column takes part in a dependency when its share, in units of its own spread, is more than this fraction of the
/// largest: far above the rounding of the coefficients, far below any share that matters.
const TAKES_PART: f64 = 1e-6;
/// A column whose range is below the rounding of its values is constant: a few units in the last place.
const ROUNDING: f64 = 8.0 * f64::EPSILON;
/// Rows per block of moments, as in an E-step.
const BLOCK: usize = 512;

/// What columns are compared about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Centring {
    /// Their means: there is an intercept, or means are fitted.
    Means,
    /// Zero: there is no intercept; a column that is constant but not zero is like any other.
    Zero,
}

/// Columns that cannot be told apart by what the rows say; columns count from 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Dependence {
    /// A column that does not vary.
    Constant {
        /// The column.
        column: usize,
        /// Its value in the first row that counts.
        value: f64,
    },
    /// Columns of which each is a linear function of the others.
    Dependent {
        /// All columns that take part, in ascending order.
        columns: Vec<usize>,
        /// Whether they are two columns with the same values.
        repeated: bool,
    },
}

impl Dependence {
    /// As an error; `names` are those of the columns.
    pub(crate) fn error(&self, names: &[String], table: &str, advice: impl Into<String>) -> DataError {
        let (table, advice) = (table.to_string(), advice.into());
        match self {
            Dependence::Constant { column, value } => {
                DataError::Constant { table, column: names[*column].clone(), value: *value, advice }
            }
            Dependence::Dependent { columns, repeated } => {
                let columns = columns.iter().map(|c| names[*c].clone()).collect();
                DataError::Dependent { table, columns, repeated: *repeated, advice }
            }
        }
    }

    /// Refuses columns of which something was found; every dependency is named, and `advice` is told whether to leave `it`
    /// out or `one`.
    ///
    /// # Errors
    /// [`DataError::Constant`], [`DataError::Dependent`], or several of them.
    pub(crate) fn refuse(
        found: &[Self],
        names: &[String],
        table: &str,
        advice: fn(&str) -> String,
    ) -> Result<(), DataError> {
        let which = |d: &Self| if matches!(d, Dependence::Constant { .. }) { "it" } else { "one" };
        let mut errors: Vec<DataError> = found.iter().map(|d| d.error(names, table, advice(which(d)))).collect();
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(DataError::Several(errors)),
        }
    }

    /// As a warning, code `constant_column` or `dependent_columns`, about the last column that takes part.
    pub(crate) fn warning(&self, names: &[String], table: &str, done: &str, advice: &'static str) -> Warning {
        let (code, last) = match self {
            Dependence::Constant { column, .. } => ("constant_column", *column),
            Dependence::Dependent { columns, .. } => ("dependent_columns", columns[columns.len() - 1]),
        };
        Warning::new(code, self.error(names, table, done).to_string(), advice).of_column(&names[last])
    }

    /// The same with `by` added to the numbers of the columns.
    pub(crate) fn shifted(self, by: usize) -> Self {
        match self {
            Dependence::Constant { column, value } => Dependence::Constant { column: column + by, value },
            Dependence::Dependent { columns, repeated } => {
                Dependence::Dependent { columns: columns.iter().map(|c| c + by).collect(), repeated }
            }
        }
    }
}

/// Finds what depends on what among the d columns of `x` (d × n, one observation per column), in the rows whose weight
/// is above 0: constant columns first, then each linear dependency with every column that takes part.
///
/// Pivoted Cholesky of the correlations, where the diagonal that is left of a column is its 1 − R² given the pivots.
/// Neither location nor units of the columns matter. Without rows that count, nothing is found.
pub(crate) fn check(x: impl Compared, weights: Option<&[f64]>, centring: Centring) -> Vec<Dependence> {
    let counted = Counted { x: &x, weights };
    let Some(ranges) = counted.ranges() else { return Vec::new() };
    let frames: Vec<Frame> = ranges.iter().enumerate().map(|(c, range)| Frame::of(*range, c, centring)).collect();
    let (constant, varying): (Vec<usize>, Vec<usize>) = (0..frames.len()).partition(|c| frames[*c].constant);
    let moments = moments(&counted, &varying.iter().map(|c| frames[*c]).collect::<Vec<_>>());
    let constants = constant.into_iter().map(|column| Dependence::Constant { column, value: ranges[column].first });
    let dependent = groups(correlations(&moments, centring)).into_iter().map(|group| {
        let columns: Vec<usize> = group.into_iter().map(|c| varying[c]).collect();
        let repeated = matches!(columns[..], [a, b] if counted.all(|row| row[a] == row[b]));
        Dependence::Dependent { columns, repeated }
    });
    constants.chain(dependent).collect()
}

/// Columns of numbers that can be gone over, some rows at a time.
pub(crate) trait Compared {
    /// d.
    fn columns(&self) -> usize;

    /// Shows all rows, some at a time: the first of them, and their numbers, row after row.
    fn show(&self, f: &mut dyn FnMut(usize, &[f64]));
}

/// d × n, one observation per column.
impl Compared for DMatrixView<'_, f64> {
    fn columns(&self) -> usize {
        self.nrows()
    }
    fn show(&self, f: &mut dyn FnMut(usize, &[f64])) {
        self.column_iter().enumerate().for_each(|(row, numbers)| f(row, numbers.as_slice()));
    }
}

impl Compared for &Rows {
    fn columns(&self) -> usize {
        self.features()
    }
    fn show(&self, f: &mut dyn FnMut(usize, &[f64])) {
        self.sweep(|first, numbers| {
            f(first, numbers);
            ControlFlow::Continue(())
        });
    }
}

/// The rows whose weight is above 0.
struct Counted<'a, X> {
    x: &'a X,
    weights: Option<&'a [f64]>,
}

/// What a column runs over.
#[derive(Clone, Copy)]
struct ColumnRange {
    first: f64,
    low: f64,
    high: f64,
}

impl<X: Compared> Counted<'_, X> {
    fn for_each(&self, mut f: impl FnMut(f64, &[f64])) {
        self.x.show(&mut |first, numbers| {
            for (i, row) in numbers.chunks_exact(self.x.columns().max(1)).enumerate() {
                let weight = self.weights.map_or(1.0, |w| w[first + i]);
                if weight > 0.0 {
                    f(weight, row);
                }
            }
        });
    }

    fn all(&self, test: impl Fn(&[f64]) -> bool) -> bool {
        let mut all = true;
        self.for_each(|_, row| all &= test(row));
        all
    }

    /// That of each column; none where no row counts.
    fn ranges(&self) -> Option<Vec<ColumnRange>> {
        let mut ranges: Option<Vec<ColumnRange>> = None;
        self.for_each(|_, row| {
            let begin = || row.iter().map(|x| ColumnRange { first: *x, low: *x, high: *x }).collect();
            for (range, x) in ranges.get_or_insert_with(begin).iter_mut().zip(row) {
                (range.low, range.high) = (range.low.min(*x), range.high.max(*x));
            }
        });
        ranges
    }
}

/// Where a column lies: taking off the origin and dividing by the scale brings it to about one, wherever it was.
#[derive(Clone, Copy)]
struct Frame {
    column: usize,
    origin: f64,
    scale: f64,
    constant: bool,
}

impl Frame {
    fn of(range: ColumnRange, column: usize, centring: Centring) -> Self {
        let ColumnRange { low, high, .. } = range;
        let size = low.abs().max(high.abs());
        // Halves first, so that the range of the largest numbers does not overflow.
        let half_range = 0.5 * high - 0.5 * low;
        match centring {
            Centring::Zero => Frame { column, origin: 0.0, scale: size, constant: size == 0.0 },
            Centring::Means => {
                let constant = half_range <= 0.5 * ROUNDING * size;
                Frame { column, origin: 0.5 * high + 0.5 * low, scale: half_range, constant }
            }
        }
    }
}

fn moments(counted: &Counted<impl Compared>, frames: &[Frame]) -> Moments {
    let (mut moments, d) = (Moments::zero(frames.len()), frames.len());
    if d == 0 {
        return moments;
    }
    let (mut weights, mut framed) = (Vec::with_capacity(BLOCK), Vec::with_capacity(d * BLOCK));
    let mut add = |weights: &mut Vec<f64>, framed: &mut Vec<f64>| {
        moments.add(DMatrixView::from_slice(framed, d, weights.len()), weights);
        weights.clear();
        framed.clear();
    };
    counted.for_each(|weight, row| {
        weights.push(weight);
        framed.extend(frames.iter().map(|f| (row[f.column] - f.origin) / f.scale));
        if weights.len() == BLOCK {
            add(&mut weights, &mut framed);
        }
    });
    if !weights.is_empty() {
        add(&mut weights, &mut framed);
    }
    moments
}

fn correlations(moments: &Moments, centring: Centring) -> DMatrix<f64> {
    let mut products = match centring {
        Centring::Means => moments.scatter.clone(),
        Centring::Zero => moments.scatter_about(&DVector::zeros(moments.mean.len())),
    };
    let scale = products.diagonal().map(|v| 1.0 / v.sqrt());
    for (j, mut column) in products.column_iter_mut().enumerate() {
        column.component_mul_assign(&scale);
        column *= scale[j];
    }
    products
}

/// The dependencies that a matrix of correlations shows, each as the columns that take part.
fn groups(correlations: DMatrix<f64>) -> Vec<Vec<usize>> {
    let d = correlations.nrows();
    if correlations.iter().any(|r| !r.is_finite()) {
        return Vec::new(); // weights so far apart that sums lose columns tell nothing of dependence
    }
    let PivotedCholesky { lower, pivots } = PivotedCholesky::new(correlations, DEPENDENT);
    let independent = lower.select_rows(&pivots);
    let group = |column: usize| {
        // column = Σ b_i pivot_i, with L₁′ b = its row of L
        let row = lower.row(column).transpose();
        let b = independent.tr_solve_lower_triangular(&row).expect("pivots are above the tolerance");
        let least = TAKES_PART * b.amax();
        let mut taking_part: Vec<usize> =
            pivots.iter().zip(b.iter()).filter(|(_, b)| b.abs() > least).map(|(p, _)| *p).collect();
        taking_part.push(column);
        taking_part.sort_unstable();
        taking_part
    };
    (0..d).filter(|c| !pivots.contains(c)).map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve rows of columns that nothing ties together.
    fn free(row: usize) -> [f64; 3] {
        let r = row as f64;
        [r, (r * r) % 7.0, (3.0 * r) % 5.0 - r * r * 0.1]
    }

    fn found(d: usize, f: impl Fn(usize) -> Vec<f64>, centring: Centring) -> Vec<Dependence> {
        check(DMatrix::from_fn(d, 12, |i, j| f(j)[i]).as_view(), None, centring)
    }

    fn dependent(columns: &[usize]) -> Dependence {
        Dependence::Dependent { columns: columns.to_vec(), repeated: false }
    }

    #[test]
    fn every_column_of_a_sum_is_named_and_no_other() {
        for (offset, scale) in [(0.0, 1.0), (1e7, 1.0), (-3.0, 1e-9), (0.0, 1e200)] {
            let rows = |j: usize| {
                let [a, b, c] = free(j);
                vec![a * scale + offset, c, b + offset, (a + offset / scale) + (b + offset)]
            };
            assert_eq!(found(4, rows, Centring::Means), [dependent(&[0, 2, 3])], "offset {offset}, scale {scale}");
        }
        assert_eq!(found(3, |j| free(j).to_vec(), Centring::Means), []);
    }

    #[test]
    fn multiples_and_repetitions() {
        let rows = |j: usize| vec![free(j)[1], free(j)[0], 2.0 * free(j)[1] + 5.0];
        assert_eq!(found(3, rows, Centring::Means), [dependent(&[0, 2])]);
        assert_eq!(found(3, rows, Centring::Zero), []);
        let rows = |j: usize| vec![free(j)[1], free(j)[0], free(j)[1]];
        let repeated = Dependence::Dependent { columns: vec![0, 2], repeated: true };
        assert_eq!(found(3, rows, Centring::Means), [repeated]);
    }

    #[test]
    fn constants_are_named_unless_they_serve_as_the_intercept() {
        let rows = |j: usize| vec![free(j)[0], 0.1, 0.0];
        let constant = |column, value| Dependence::Constant { column, value };
        assert_eq!(found(3, rows, Centring::Means), [constant(1, 0.1), constant(2, 0.0)]);
        assert_eq!(found(3, rows, Centring::Zero), [constant(2, 0.0)]);
        let two = |j: usize| vec![0.1, free(j)[0], 0.3];
        assert_eq!(found(3, two, Centring::Zero), [dependent(&[0, 2])]);
    }

    #[test]
    fn nearly_dependent_is_not_dependent() {
        let rows = |j: usize| vec![free(j)[0], free(j)[0] + 1e-4 * free(j)[1]];
        assert_eq!(found(2, rows, Centring::Means), []);
    }

    #[test]
    fn many_rows_far_from_the_origin_lose_nothing() {
        let far = |i: usize, j: usize| {
            let (a, b) = (((j * j) % 101) as f64 + 1e7, ((j * 7) % 13) as f64 - 1e7);
            [a, b, a + b][i]
        };
        let x = DMatrix::from_fn(3, 5000, far);
        assert_eq!(check(x.as_view(), None, Centring::Means), [dependent(&[0, 1, 2])]);
        assert_eq!(check(x.rows(0, 2).as_view(), None, Centring::Means), []);
    }

    #[test]
    fn rows_of_weight_zero_say_nothing() {
        let x = DMatrix::from_row_slice(2, 4, &[1.0, 2.0, 4.0, 9.0, 3.0, 5.0, 9.0, 0.0]);
        assert_eq!(check(x.as_view(), Some(&[1.0, 2.0, 0.5, 0.0]), Centring::Means), [dependent(&[0, 1])]);
        assert_eq!(check(x.as_view(), Some(&[1.0; 4]), Centring::Means), []);
        assert_eq!(check(x.as_view(), Some(&[0.0; 4]), Centring::Means), []);
        let one_row = check(x.as_view(), Some(&[0.0, 1.0, 0.0, 0.0]), Centring::Means);
        assert_eq!(one_row.len(), 2);
        assert_eq!(check(DMatrix::zeros(0, 4).as_view(), None, Centring::Means), []);
        assert_eq!(check(DMatrix::zeros(2, 0).as_view(), None, Centring::Means), []);
    }

    #[test]
    fn words() {
        let names = ["a", "b", "c"].map(String::from);
        let e = dependent(&[0, 2]).shifted(0).error(&names, "t.csv", "leave one out");
        assert_eq!(e.to_string(), "t.csv: the columns \"a\", \"c\" determine one another; leave one out");
        let w = Dependence::Constant { column: 0, value: 2.0 }.shifted(1).warning(&names, "t.csv", "kept", "drop it");
        assert_eq!((&*w.code, w.column.as_deref()), ("constant_column", Some("b")));
        let wanted = "t.csv: column \"b\" is constant (2 in every row that counts); kept; drop it";
        assert_eq!(w.to_string(), wanted);
    }
}
