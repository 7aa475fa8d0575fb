//! `em score`.

use super::used::Used;
use super::{Answer, document};
use crate::args::ScoreArgs;
use crate::failure::Failure;
use crate::prepared::check_readable;
use crate::summary::{csv_field, exact};
use em_core::algorithm::Context;
use em_core::table::Labels;
use em_core::{Dataset, LatentModel, Local, Purpose, Streams};
use serde_json::json;
use std::fmt::Write;

pub(super) fn run(args: &ScoreArgs) -> Result<Answer, Failure> {
    let used = Used::read(&args.fit, args.data.as_deref(), Purpose::Fit, None, args.common.limits())?;
    let (model, params, data) = (used.fit.learnt.model(), &used.fit.params, &used.data);
    // The same pass along the same tree as in the fit, so that the total is the fit's to the bit.
    let local = Local::new(model, data);
    let total = Context::new(model, &local, Streams { seed: 0, run: 1 }).at(params.clone()).log_likelihood;
    let each = model.score(params, data, 0..data.units());
    check_readable(data)?;
    let out = match args.common.json {
        true => document(&json!({ "log_likelihoods": each, "log_likelihood": total })),
        false => {
            let names = used.groups.as_ref().map(Labels::names);
            let unit = if names.is_some() { "group" } else { "row" };
            let mut out = format!("{unit},log_likelihood\n");
            for (unit, score) in each.iter().enumerate() {
                let name = names.map_or_else(|| unit.to_string(), |names| csv_field(&names[unit]));
                // Writing to a string cannot fail.
                let _ = writeln!(out, "{name},{}", exact(*score));
            }
            let _ = writeln!(out, "total,{}", exact(total));
            out
        }
    };
    Ok(Answer::done(out).with_warnings(&used.warnings, &args.common))
}
