//! [`OptionError`]: what is wrong with the options of a data source.

use em_core::DataError;

/// What is wrong with the options of a data source; the message names the field.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OptionError {
    /// The path is empty.
    #[error("`path` is empty; name a file, or \"-\" for standard input")]
    EmptyPath,
    /// The delimiter cannot separate fields of numbers and text.
    #[error(
        "`delimiter` is {0:?}; it must be one ASCII character such as ',', ';' or '\\t', and no quote, line end, letter, digit, sign or point"
    )]
    Delimiter(char),
    /// A list of columns is empty.
    #[error("`columns` is empty; name at least one column, or leave the field out to take all columns of numbers")]
    NoColumns,
    /// Inline data are none.
    #[error("`columns` is empty; give at least one, such as `columns: {{\"x\": [1, 2]}}`")]
    NoInline,
    /// A field lists a name twice.
    #[error("`{field}` lists {name:?} twice; leave one out")]
    Twice {
        /// The field.
        field: &'static str,
        /// The name.
        name: String,
    },
    /// A name is empty.
    #[error("`{field}` holds an empty name; columns have names of at least one character")]
    EmptyName {
        /// The field.
        field: &'static str,
    },
    /// One column is named for weights and groups.
    #[error("`group` and `weights` both name {name:?}; a column can be but one of them")]
    GroupIsWeights {
        /// The name.
        name: String,
    },
    /// Numbers that are to stay in their file, and rows that are to be left out of them.
    #[error(
        "`on_disk: true` reads every row of the file, and `missing: DropRows` would leave some out; save the array without them, or leave out `on_disk`"
    )]
    OnDiskWithGaps,
    /// Numbers that are to stay in a file which is none.
    #[error(
        "`on_disk: true` reads the numbers anew in every pass, and standard input can be read but once; name a file"
    )]
    OnDiskStandard,
    /// Inline columns have no rows.
    #[error("`columns` has no rows; give every column at least one number")]
    NoRows,
    /// Inline columns do not make a table.
    #[error("`columns`: {0}")]
    Table(#[from] DataError),
}
