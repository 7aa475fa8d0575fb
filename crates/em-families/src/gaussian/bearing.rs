//! What a form of covariances cannot bear in the data.

use super::form::Covariance;
use crate::Rows;
use crate::regression::{Centring, Dependence, check};
use em_core::{DataError, Dataset, Table, Warning};

/// Squares of spreads outside these limits overflow or vanish, sums of them sooner.
const SPREADS: std::ops::RangeInclusive<f64> = 1e-150..=1e150;
/// What is said to be done about data that only a prior makes bearable.
const KEPT: &str = "the prior on the covariances keeps them positive definite";

/// Refuses data whose covariances of this form would be singular; a prior of stated numbers on them can bear such data,
/// and turns the refusal into warnings.
///
/// # Errors
/// [`DataError::Scale`], [`DataError::Constant`], [`DataError::Dependent`] and [`DataError::TooFewRows`].
pub(super) fn refuse(
    form: Covariance,
    prior: bool,
    rows: &Rows,
    names: &[String],
    table: &Table,
    warnings: &mut Vec<Warning>,
) -> Result<(), DataError> {
    let name = &table.source().name;
    let spreads = spreads(rows);
    let fixed = matches!(form, Covariance::Fixed(_));
    let unsquarable = |s: &f64| *s > *SPREADS.end() || (!prior && !fixed && *s > 0.0 && s < SPREADS.start());
    if let Some(i) = spreads.iter().position(unsquarable) {
        let (table, column) = (name.clone(), names[i].clone());
        // A spread that is itself beyond all numbers is shown as the largest.
        return Err(DataError::Scale { table, column, spread: spreads[i].min(f64::MAX) });
    }
    let found: Vec<Dependence> = unbearable(form, rows, table);
    let (n, d) = (table.rows_that_count(), rows.features());
    if !prior {
        Dependence::refuse(&found, names, name, advice(form))?;
        if form.correlates() && n <= d {
            let why = "a covariance without restriction needs more rows than columns: use a diagonal form or a prior";
            return Err(DataError::TooFewRows { table: name.clone(), rows: n, why: why.into() });
        }
        return Ok(());
    }
    warnings.extend(found.iter().map(|f| f.warning(names, name, KEPT, "leave out what says nothing new")));
    if form.correlates() && n <= d {
        let message = format!("{n} rows are too few to tell the covariance of {d} columns; {KEPT}");
        warnings.push(Warning::new("few_rows", message, "use a diagonal form, or more rows"));
    }
    Ok(())
}

fn advice(form: Covariance) -> fn(&str) -> String {
    match form.correlates() {
        true => |which| format!("a full covariance would be singular: leave {which} out"),
        false => |which| format!("its variance would be 0: leave {which} out"),
    }
}

/// What is found among the columns that the form cannot bear.
pub(crate) fn unbearable(form: Covariance, rows: &Rows, table: &Table) -> Vec<Dependence> {
    let mut found = check(rows, table.weights(), Centring::Means);
    let constants = found.iter().filter(|f| matches!(f, Dependence::Constant { .. })).count();
    found.retain(|f| match (form, f) {
        (Covariance::Fixed(_), _) => false,
        (form, Dependence::Dependent { .. }) => form.correlates(),
        // One variance for all columns needs only one that varies.
        (form, Dependence::Constant { .. }) => !form.is_spherical() || constants == rows.features(),
    });
    found
}

/// The range of each column in the rows that count.
fn spreads(rows: &Rows) -> Vec<f64> {
    let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); rows.features()];
    rows.for_each(|unit, row| {
        let ranges = ranges.iter_mut().zip(row).filter(|_| rows.weight(unit) > 0.0);
        ranges.for_each(|((low, high), x)| (*low, *high) = (low.min(*x), high.max(*x)));
    });
    ranges.into_iter().map(|(low, high)| if low <= high { high - low } else { 0.0 }).collect()
}
