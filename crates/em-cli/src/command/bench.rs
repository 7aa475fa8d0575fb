//! `em bench`.

use super::{Answer, document, fit, interrupted};
use crate::args::{BenchArgs, Common};
use crate::failure::{Failure, Status};
use crate::prepared::Prepared;
use crate::signals::Signals;
use crate::summary::{data_line, fixed, in_words, model_line, reason, render_section, short};
use em_core::algorithm::Memory;
use em_core::registry::{AlgorithmSpec, Erased, Named, algorithms, nearest};
use em_core::{Ascent, Cell, Em, Fitted, Interrupt, Section};
use serde_json::{Value, json};
use std::num::NonZeroU64;

/// An algorithm and what became of it.
struct Trial {
    name: &'static str,
    /// As a spec writes it, with its settings.
    settings: String,
    /// Whether they are those of the spec.
    of_spec: bool,
    ended: Ended,
}

enum Ended {
    /// The model lacks this capability.
    Illegal(&'static str),
    Failed(Failure),
    Ran(Reached),
}

/// Where a run came to.
struct Reached {
    iterations: u64,
    passes: f64,
    seconds: f64,
    objective: f64,
    log_likelihood: f64,
    converged: bool,
    /// Why it stopped, in words.
    stop: String,
    climbs: Ascent,
}

/// The algorithms with one of these names, all where there are none, in the order of documentation.
fn wanted(only: &[String]) -> Result<Vec<Box<dyn AlgorithmSpec>>, Failure> {
    let all = algorithms();
    let names: Vec<&str> = all.iter().map(|algorithm| algorithm.name()).collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(&name.as_str())) {
        let near = nearest(unknown, names.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
        return Err(Failure::Usage(format!(
            "there is no algorithm `{}`{} (known: {})",
            unknown.escape_debug(),
            near.unwrap_or_default(),
            names.join(", ")
        )));
    }
    let named = |name: &str| only.is_empty() || only.iter().any(|wanted| wanted == name);
    Ok(all.into_iter().filter(|algorithm| named(algorithm.name())).collect())
}

pub(super) fn run(args: &BenchArgs, signals: Signals) -> Result<Answer, Failure> {
    let all = wanted(&args.only)?;
    let mut prepared = Prepared::read(&args.spec, args.data.as_deref(), args.common.limits())?;
    // One run each, so that all have the start of run 1.
    prepared.experiment.fit.restarts = Some(NonZeroU64::MIN);
    let seed = args.seed.unwrap_or(prepared.experiment.fit.seed);
    let own = std::mem::replace(&mut prepared.experiment.fit.algorithm, Named(Box::new(Em)));
    let own_name = own.name();
    let mut own = Some(own.0);
    let mut trials: Vec<Trial> = Vec::new();
    let (wanted, interrupt) = (all.len(), signals.interrupt());
    for algorithm in all {
        let of_spec = algorithm.name() == own_name;
        let algorithm = own.take_if(|_| of_spec).unwrap_or(algorithm);
        trials.push(Trial::of(algorithm, of_spec, &mut prepared, seed, &args.common, &interrupt));
        if interrupt.is_raised() {
            break;
        }
    }
    if !trials.iter().any(|t| matches!(t.ended, Ended::Ran(_))) {
        return Err(none_ran(trials, &prepared));
    }
    let out = match args.common.json {
        true => document(&trials.iter().map(|t| t.json()).collect()),
        false => table(&trials, &prepared, seed),
    };
    let mut answer = Answer::done(out).with_warnings(&prepared.warnings, &args.common);
    if interrupt.is_raised() {
        answer.status = Status::Unconverged;
        answer.notes.push(interrupted(trials.len(), wanted, "algorithms"));
    }
    Ok(answer)
}

/// The first failure; the first capability that is missing, where nothing was tried.
fn none_ran(trials: Vec<Trial>, prepared: &Prepared) -> Failure {
    let why = |trial: Trial| match trial.ended {
        Ended::Failed(failure) => Some(failure),
        Ended::Illegal(capability) => Some(Failure::Capability {
            file: prepared.file.clone(),
            asked: format!("`{}`", trial.name),
            capability,
            model: prepared.learnt.model().name,
            advice: "take another algorithm, such as `Em`".into(),
        }),
        Ended::Ran(_) => None,
    };
    // An algorithm that failed says more than one that could not be tried.
    let (failed, other): (Vec<_>, Vec<_>) = trials.into_iter().partition(|t| matches!(t.ended, Ended::Failed(_)));
    let mut all = failed.into_iter().chain(other).filter_map(why);
    all.next().unwrap_or_else(|| Failure::Usage("no algorithm was run".into()))
}

impl Trial {
    /// Runs one algorithm, if the model has what it needs.
    fn of(
        algorithm: Box<dyn AlgorithmSpec>,
        of_spec: bool,
        prepared: &mut Prepared,
        seed: u64,
        common: &Common,
        interrupt: &Interrupt,
    ) -> Self {
        let (name, algorithm) = (algorithm.name(), Named(algorithm));
        let settings = in_words(&algorithm).unwrap_or_else(|| name.into());
        if let Some(capability) = algorithm.lacks(prepared.learnt.model()) {
            return Trial { name, settings, of_spec, ended: Ended::Illegal(capability) };
        }
        prepared.experiment.fit.algorithm = algorithm;
        let ended = match fit::fit(prepared, Some(seed), common, interrupt) {
            Ok(fitted) => Ended::Ran(Reached::new(&fitted, &*prepared.experiment.fit.algorithm)),
            Err(failure) => Ended::Failed(failure),
        };
        Trial { name, settings, of_spec, ended }
    }

    fn remark(&self, spec: &str) -> String {
        let own = self.of_spec.then(|| "as in the spec".to_string());
        let what = match &self.ended {
            Ended::Illegal(capability) => {
                vec![format!("not run: it needs `{capability}`, which the model does not offer")]
            }
            Ended::Failed(failure) => vec![format!("failed: {}", failure.reason(spec))],
            Ended::Ran(reached) => reached.remarks(),
        };
        own.into_iter().chain(what).collect::<Vec<_>>().join("; ")
    }

    fn json(&self) -> Value {
        let reached = if let Ended::Ran(reached) = &self.ended { Some(reached) } else { None };
        json!({
            "algorithm": self.name,
            "settings": self.settings,
            "iterations": reached.map(|r| r.iterations),
            "passes": reached.map(|r| r.passes),
            "seconds": reached.map(|r| r.seconds),
            "objective": reached.map(|r| r.objective),
            "log_likelihood": reached.map(|r| r.log_likelihood),
            "converged": reached.map(|r| r.converged),
            "climbs": reached.map(|r| match r.climbs {
                Ascent::Monotone => "objective",
                Ascent::Bound => "bound",
                Ascent::Classification => "classification",
                Ascent::Noisy => "noisy",
            }),
            "lacks": if let Ended::Illegal(capability) = self.ended { Some(capability) } else { None },
            "error": if let Ended::Failed(failure) = &self.ended { Some(failure.to_string()) } else { None },
        })
    }
}

impl Reached {
    fn new(fitted: &Fitted<Erased>, algorithm: &dyn AlgorithmSpec) -> Self {
        // An algorithm may climb something else at the end than at the start.
        let memory = Memory { iteration: fitted.iterations, ..Memory::default() };
        Reached {
            iterations: fitted.iterations,
            passes: fitted.passes,
            seconds: fitted.seconds,
            objective: fitted.objective(),
            log_likelihood: fitted.log_likelihood,
            converged: fitted.converged(),
            stop: reason(&fitted.stop),
            climbs: algorithm.algorithm().ascent(&memory),
        }
    }

    fn remarks(&self) -> Vec<String> {
        let climbs = match self.climbs {
            Ascent::Classification => {
                format!("objective is the classification likelihood, log-likelihood {}", fixed(self.log_likelihood))
            }
            Ascent::Noisy => return vec![format!("noisy, so not tested for convergence; {}", self.stop)],
            Ascent::Monotone | Ascent::Bound => String::new(),
        };
        let stopped = if self.converged { String::new() } else { format!("NOT CONVERGED: {}", self.stop) };
        [climbs, stopped].into_iter().filter(|remark| !remark.is_empty()).collect()
    }
}

/// Rows that begin with the algorithm's name and end with remarks.
fn table(trials: &[Trial], prepared: &Prepared, seed: u64) -> String {
    let figures = |trial: &Trial| match &trial.ended {
        Ended::Ran(r) => {
            vec![
                Cell::Count(r.iterations),
                Cell::Text(short(r.passes)),
                Cell::Number(r.seconds),
                Cell::Text(fixed(r.objective)),
            ]
        }
        _ => vec![Cell::Empty; 4],
    };
    let section = Section {
        title: String::new(),
        heads: ["iterations", "passes", "seconds", "objective"].map(String::from).to_vec(),
        rows: trials.iter().map(|t| (t.name.to_string(), figures(t))).collect(),
    };
    let text = render_section(&section);
    let lines: Vec<&str> = text.lines().skip(1).map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let remarks = std::iter::once(String::new()).chain(trials.iter().map(|t| t.remark(&prepared.file)));
    let rows = lines
        .iter()
        .zip(remarks)
        .map(|(line, remark)| format!("{line:width$}  {remark}").trim_end().to_string() + "\n");
    let head =
        format!("{}\n{}\none run each from the same start, seed {seed}\n\n", model_line(prepared), data_line(prepared));
    std::iter::once(head).chain(rows).collect()
}
