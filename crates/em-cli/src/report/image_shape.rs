//! [`ImageShape`]: how columns make a picture.

use std::fmt;
use std::str::FromStr;

/// The rows and columns of a picture whose cells, row after row, are the columns of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageShape {
    /// Rows of cells.
    pub rows: usize,
    /// Cells in a row.
    pub columns: usize,
}

impl ImageShape {
    /// Whether `columns` columns fill it.
    ///
    /// # Errors
    /// A sentence that says how many would.
    pub fn check(&self, columns: usize) -> Result<(), String> {
        match self.rows.checked_mul(self.columns) {
            Some(cells) if cells == columns => Ok(()),
            _ => Err(format!(
                "`--image {self}` does not go with {columns} columns, one for each cell; give its rows × its columns"
            )),
        }
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}x{}", self.rows, self.columns)
    }
}

impl FromStr for ImageShape {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let whole = |text: &str| text.parse().ok().filter(|n| *n > 0);
        let (rows, columns) = text.split_once(['x', '×']).unwrap_or_default();
        match (whole(rows), whole(columns)) {
            (Some(rows), Some(columns)) => Ok(ImageShape { rows, columns }),
            _ => Err("two whole numbers are wanted, rows x columns: 28x28".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_rows_by_columns() {
        assert_eq!("2x3".parse(), Ok(ImageShape { rows: 2, columns: 3 }));
        assert_eq!("28×28".parse::<ImageShape>().unwrap().to_string(), "28x28");
        for wrong in ["", "28", "0x3", "ax3", "2x3x4", "-1x2"] {
            assert!(wrong.parse::<ImageShape>().is_err(), "{wrong}");
        }
        let shape = ImageShape { rows: 2, columns: 3 };
        assert_eq!(shape.check(6), Ok(()));
        assert!(shape.check(7).is_err() && ImageShape { rows: usize::MAX, columns: 2 }.check(0).is_err());
    }
}
