//! `em check --model`: the conformance kit on the model and the data of a spec.

use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::prepared::Prepared;
use crate::visible;
use em_core::check::{Check, Report};
use em_core::registry::{Data, Erased, ModelSpec, Named, Params};
use em_core::{Cause, Dataset, FitError, MStepError, Purpose, Start, Streams, Table};

/// Of the units of a finding, so many rows are shown.
const SHOWN: usize = 12;

/// Every law that the model's capabilities allow, tried on these data from the start of the spec.
pub(super) fn report(prepared: Prepared, table: Table, args: &CheckArgs) -> Result<Report, Failure> {
    let start = start(&prepared, args)?;
    let again = reread(&prepared, &table);
    let Prepared { learnt, data, .. } = prepared;
    let rows_of = rows_of(&data);
    let mut check = Check::new(learnt.model().clone(), data, start)
        .named(learnt.model().name)
        .seed(args.seed)
        .survives_tables_like(&table, &*learnt)
        .reread(again);
    if let Some(cases) = args.cases {
        check = check.cases(cases);
    }
    Ok(check.describing(move |units| rows(&table, &rows_of, units)).report())
}

/// The report as a terminal may show it.
pub(super) fn shown(report: &Report) -> String {
    visible::lines(&report.to_string())
}

/// The start that the spec gives, or the first that a fit would draw.
fn start(prepared: &Prepared, args: &CheckArgs) -> Result<Params, Failure> {
    if let Some(start) = &prepared.start {
        return Ok(start.clone());
    }
    let (model, mut rng) = (prepared.learnt.model(), Streams { seed: args.seed, run: 1 }.start());
    let drawn = match prepared.kind() {
        Some(kind) => model.start_by(kind, &prepared.data, &mut rng),
        None => model.start(&prepared.data, &mut rng),
    };
    drawn.map_err(|e: MStepError| {
        let cause = Box::new(FitError { run: 1, iteration: 0, cause: Cause::from(e), failed: 1 });
        Failure::Fit { file: prepared.file.clone(), cause, meant: None }
    })
}

/// The model and the data by the spec, written and read again, or why that cannot be.
fn reread(prepared: &Prepared, table: &Table) -> Result<(Erased, Data), String> {
    let text = serde_json::to_string(&prepared.experiment.model).map_err(|e| e.to_string())?;
    let spec: Named<dyn ModelSpec> = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let learnt = spec.learn_any(table, &mut Vec::new()).map_err(|e| e.to_string())?;
    let data = learnt.encode(table, Purpose::Fit).map_err(|e| e.to_string())?;
    Ok((learnt.model().clone(), data))
}

/// The rows of every unit.
fn rows_of(data: &Data) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); data.units()];
    (0..data.rows()).for_each(|row| rows[data.unit_of(row)].push(row));
    rows
}

/// The rows of some units, a line each: `row 3: eruptions 3.6, waiting 79`.
fn rows(table: &Table, rows_of: &[Vec<usize>], units: &[usize]) -> String {
    let cell = |row: usize, name: &str| match table.numbers(name) {
        Ok(numbers) => Some(format!("{name} {}", numbers.get(row)?)),
        Err(_) => None,
    };
    let line = |row: &usize| {
        let cells: Vec<String> = table.names().filter_map(|name| cell(*row, name)).collect();
        format!("row {row}: {}", cells.join(", "))
    };
    let mut lines: Vec<String> = units.iter().flat_map(|u| &rows_of[*u]).take(SHOWN).map(line).collect();
    if units.iter().map(|u| rows_of[*u].len()).sum::<usize>() > SHOWN {
        lines.push("…".into());
    }
    lines.join("\n")
}
