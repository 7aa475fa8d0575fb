//! `em fit`.

use super::continuation::Continuation;
use super::destination::Destination;
use super::report::{PageTo, subject};
use super::{Answer, document};
use crate::args::{Common, FitArgs};
use crate::experiment::{Outcome as Reached, StartFrom};
use crate::failure::{Failure, Status};
use crate::fit_file;
use crate::outcome::Outcome;
use crate::prepared::{Prepared, check_readable};
use crate::progress::Meter;
use crate::report::page as html;
use crate::signals::Signals;
use crate::summary::summary;
use em_core::registry::{Erased, Params};
use em_core::{Dataset, Degenerate, Fit, FitError, Fitted, Interrupt, ShortRuns};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub(super) fn run(args: &FitArgs, signals: Signals) -> Result<Answer, Failure> {
    let page = PageTo::new(&args.page);
    let (data, limits) = (args.data.as_deref(), args.common.limits());
    let (prepared, table) = Prepared::with_table(&args.spec, data, limits, page.is_wanted())?;
    let output = destination(args, &prepared)?;
    page.check(&prepared)?;
    page.differs_from([output.file(), args.checkpoint.as_deref().map(Path::new)])?;
    page.spares(args.resume.as_deref().map(Path::new))?;
    let continuation = Continuation::new(args, &prepared, &output)?;
    let interrupt = signals.interrupt();
    let fit = continuation.join(set_up(&prepared, args.seed, &args.common).interruptible(&interrupt));
    let fitted = carry_out(&prepared, fit)?;
    let model = prepared.learnt.model();
    let outcome = interrupt.during(|| Outcome::new(model, &prepared.data, &prepared.warnings, &fitted, args.certify));
    check_readable(&prepared.data)?;
    let text = fit_file::render(output.path(), &prepared.made(), &fitted.params, &outcome)?;
    if let Some(table) = &table {
        page.write(|image| html(&subject(&prepared, table, &fitted.params, &outcome), image))?;
    }
    let missed = missed(&prepared, &fitted);
    let out = output.take(text, || match args.common.json {
        true => document(&json_of(&prepared, &fitted.params, &outcome)),
        false => {
            let summary = summary(&prepared, &fitted.params, &fitted.stats, &outcome);
            format!("{summary}\n{}{}", output.told(), page.line())
        }
    })?;
    let status = if outcome.converged && missed.is_empty() { Status::Done } else { Status::Unconverged };
    let mut answer = Answer { out, notes: Vec::new(), status }.with_warnings(&outcome.warnings, &args.common);
    answer.notes.extend(continuation.notes(args, &fitted.stop));
    answer.notes.extend(missed);
    Ok(answer)
}

/// Where the fit goes; never over an input.
fn destination(args: &FitArgs, prepared: &Prepared) -> Result<Destination, Failure> {
    let stem = Path::new(&args.spec).file_stem().unwrap_or_default().to_string_lossy();
    let output = args.output.clone().unwrap_or_else(|| format!("{stem}.fit.ron"));
    let inputs: Vec<PathBuf> = inputs(prepared).chain(args.resume.iter().map(PathBuf::from)).collect();
    Destination::beside_json(&output, inputs.iter().map(PathBuf::as_path), args.common.json)
}

/// The files that a spec reads, itself included.
pub(super) fn inputs(prepared: &Prepared) -> impl Iterator<Item = PathBuf> {
    let spec = PathBuf::from(&prepared.file);
    let start = match &prepared.experiment.fit.start {
        Some(StartFrom::Fit(earlier)) => Some(spec.parent().unwrap_or(Path::new("")).join(earlier)),
        _ => None,
    };
    [Some(spec), prepared.data_path.clone(), start].into_iter().flatten()
}

/// Fits as the spec says, with the seed given or that of the spec, until `interrupt` asks for an end.
pub(super) fn fit(
    prepared: &Prepared,
    seed: Option<u64>,
    common: &Common,
    interrupt: &Interrupt,
) -> Result<Fitted<Erased>, Failure> {
    carry_out(prepared, set_up(prepared, seed, common).interruptible(interrupt))
}

/// The fit that the spec describes, with the seed given or that of the spec.
pub(crate) fn set_up<'a>(prepared: &'a Prepared, seed: Option<u64>, common: &Common) -> Fit<'a, Erased> {
    let (model, settings) = (prepared.learnt.model(), &prepared.experiment.fit);
    let mut fit = Fit::new(model, &prepared.data)
        .algorithm(settings.algorithm.algorithm())
        .stop(settings.stop)
        .seed(seed.unwrap_or(settings.seed))
        .observe(Meter::new(prepared, common.quiet));
    if settings.degenerate != Degenerate::Fail {
        fit = fit.degenerate(settings.degenerate);
    }
    if let Some(hold) = model.hold(settings.fixed.clone()).filter(|_| !settings.fixed.is_empty()) {
        fit = fit.holding(hold);
    }
    if settings.stop.parameter_change > 0.0 {
        fit = fit.follow_parameters();
    }
    if let Some(ShortRuns { starts, iterations }) = settings.short_runs {
        fit = fit.short_runs(starts.get(), iterations);
    }
    fit
}

/// Its result, from where the spec says it starts.
pub(crate) fn carry_out(prepared: &Prepared, fit: Fit<Erased>) -> Result<Fitted<Erased>, Failure> {
    let fitted = match &prepared.start {
        Some(start) => fit.from(start.clone()),
        None => {
            let restarts = prepared.experiment.fit.restarts;
            let fit = restarts.into_iter().fold(fit, |fit, n| fit.restarts(n.get()));
            prepared.kind().into_iter().fold(fit, Fit::start).run()
        }
    };
    fitted.map_err(|cause| {
        let meant = meant_column(&cause, &prepared.learnt.columns()).or_else(|| meant_group(&cause, prepared));
        Failure::Fit { file: prepared.file.clone(), cause: Box::new(cause), meant }
    })
}

/// The name of the column that an error calls by its number.
fn meant_column(error: &FitError, columns: &[String]) -> Option<String> {
    let feature = error.cause.feature()?;
    columns.get(feature).map(|name| format!("feature {feature} is the column {name:?}"))
}

/// The name of the group that an error calls by its number.
fn meant_group(error: &FitError, prepared: &Prepared) -> Option<String> {
    let unit = error.cause.unit()?;
    let group = prepared.groups.as_ref()?.names().get(unit)?;
    Some(format!("observation {unit} is the group {group:?}"))
}

fn missed(prepared: &Prepared, fitted: &Fitted<Erased>) -> Vec<String> {
    let Some(expectation) = &prepared.experiment.expect else { return Vec::new() };
    let params = serde_json::to_value(&fitted.params).unwrap_or(Value::Null);
    let weights = params["weights"].as_array().map(|w| w.iter().filter_map(Value::as_f64));
    expectation.missed(&Reached {
        log_likelihood: fitted.log_likelihood,
        replicated: fitted.reached_best(),
        smallest_component: weights.and_then(|w| w.reduce(f64::min)),
    })
}

fn json_of(prepared: &Prepared, params: &Params, outcome: &Outcome) -> Value {
    let columns = prepared.learnt.columns();
    json!({
        "model": prepared.learnt.model().name,
        "spec": prepared.experiment,
        "data": { "n": prepared.data.units(), "rows": prepared.data.rows(), "d": columns.len(), "columns": columns, "weight": prepared.data.total_weight() },
        "log_likelihood": outcome.log_likelihood,
        "log_prior": outcome.log_prior,
        "objective": outcome.objective,
        "trace": outcome.trace,
        "iterations": outcome.iterations,
        "passes": outcome.passes,
        "converged": outcome.converged,
        "stop": outcome.stop,
        "run": outcome.run,
        "runs": outcome.runs,
        "reached_best": outcome.reached_best,
        "params": params,
        "n_parameters": outcome.criteria.map(|c| c.n_parameters),
        "aic": outcome.criteria.map(|c| c.aic),
        "bic": outcome.criteria.map(|c| c.bic),
        "icl": outcome.icl,
        "seed": outcome.seed,
        "seconds": outcome.seconds,
        "version": env!("CARGO_PKG_VERSION"),
        "warnings": outcome.warnings,
        "events": outcome.events,
        "certificate": outcome.certified.certificate,
        "certificate_left_out": outcome.certified.left_out,
    })
}
