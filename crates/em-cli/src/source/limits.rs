//! [`Limits`]: how much a table may ask for.

use std::str::FromStr;

/// The longest cell, in bytes. Names of levels are short; a longer cell is mostly a quote left open.
const LONGEST_FIELD: usize = 1 << 20;
/// The longest row, in bytes. Room for [`MOST_COLUMNS`] cells of 500 bytes, and the most that is held of a text at once.
const LONGEST_ROW: usize = 1 << 24;
/// The most columns. Tables look columns up one after the other, which is slow beyond this.
const MOST_COLUMNS: usize = 1 << 15;
/// The most cells. As numbers they take 8 bytes each: 8 GiB.
const MOST_CELLS: usize = 1 << 30;

/// The limits within which a table is read, so that a damaged file ends in a message and not in a full memory.
///
/// They are no part of specs, so that a spec cannot fill the memory of whoever runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest cell of a text table, in bytes.
    pub field: usize,
    /// The longest row of a text table, in bytes.
    pub row: usize,
    /// The most columns.
    pub columns: usize,
    /// The most cells of the table, the header apart.
    pub cells: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { field: LONGEST_FIELD, row: LONGEST_ROW, columns: MOST_COLUMNS, cells: MOST_CELLS }
    }
}

impl Limits {
    /// The same limits but for one.
    pub fn with(mut self, limit: Limit) -> Self {
        *limit.of.of(&mut self) = limit.value;
        self
    }
}

/// One limit, as a user sets it: `cells=2000000000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    of: Name,
    value: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Field,
    Row,
    Columns,
    Cells,
}

impl Name {
    fn of(self, limits: &mut Limits) -> &mut usize {
        match self {
            Name::Field => &mut limits.field,
            Name::Row => &mut limits.row,
            Name::Columns => &mut limits.columns,
            Name::Cells => &mut limits.cells,
        }
    }
}

impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or("write it as NAME=N, such as cells=2000000000")?;
        let of = match name {
            "field" => Name::Field,
            "row" => Name::Row,
            "columns" => Name::Columns,
            "cells" => Name::Cells,
            _ => return Err("the limits are field and row (in bytes), columns and cells"),
        };
        match value.parse() {
            Ok(value) if value > 0 => Ok(Limit { of, value }),
            _ => Err("a limit is a whole number above 0"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_set_by_its_name() {
        let set = |text: &str| Limits::default().with(text.parse().unwrap());
        assert_eq!(set("cells=7"), Limits { cells: 7, ..Limits::default() });
        assert_eq!(set("columns=7"), Limits { columns: 7, ..Limits::default() });
        assert_eq!(set("row=7"), Limits { row: 7, ..Limits::default() });
        assert_eq!(set("field=7"), Limits { field: 7, ..Limits::default() });
        for text in ["", "cells", "cells=", "cells=0", "cells=-1", "cells=1e9", "cells=99999999999999999999", "rows=1"]
        {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
