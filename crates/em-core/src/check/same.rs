//! Laws of repetition: the same question has the same answer, to the bit.

use super::law::{Judged, Law, Stop, Tried, agree, broken, same_bits, untold};
use super::numbers::{numbers, read_again};
use super::trial::{Trial, flat};
use crate::algorithm::{Context, State};
use crate::registry::{Data, Erased, Params};
use crate::{Dataset, Em, Fit, Fitted, LatentModel, Local, Rule, Run, Statistics};

const ABOUT: &str = "repetition";
/// Iterations of a run that is repeated.
const ITERATIONS: u64 = 4;
/// Data for several blocks have no more units than this.
const MOST_UNITS: usize = 60_000;

pub(super) static LAWS: &[Law] = &[
    Law {
        name: "repeat",
        about: ABOUT,
        says: "the same call gives the same bits, whatever was asked in between",
        usually: "the model keeps something from call to call, draws random numbers of its own, or goes over a hash map",
        tried: Tried::Always,
        test: repeat,
    },
    Law {
        name: "threads",
        about: ABOUT,
        says: "a fit has the same bits for any number of threads",
        usually: "blocks are cut by the number of threads, or units share something that changes",
        tried: Tried::Once,
        test: threads,
    },
    Law {
        name: "resume",
        about: ABOUT,
        says: "a run that is written down, read again and continued ends in the bits of one never interrupted",
        usually: "parameters do not write all they hold (`#[serde(skip)]`), or `visit` shows statistics only in part",
        tried: Tried::Twice,
        test: resume,
    },
    Law {
        name: "reread",
        about: ABOUT,
        says: "a spec that is written and read again gives the same fit",
        usually: "a field of the spec is not written, or is read into another value",
        tried: Tried::Once,
        test: reread,
    },
];

fn repeat(t: &Trial) -> Judged {
    let once = t.sweep(t.data, t.params);
    let step = t.maximize(&once);
    let elsewhere = t.elsewhere(&once);
    if let Ok(other) = &elsewhere {
        t.sweep(t.data, other);
    }
    let twice = t.sweep(t.data, t.params);
    let values = |s: &State<Erased>| [s.log_likelihood, s.log_prior];
    same_bits("log-likelihood and log prior", ("at first", &values(&once)), ("again", &values(&twice)))?;
    same_bits("the statistics", ("at first", &flat(&once.stats)), ("again", &flat(&twice.stats)))?;
    let score = || t.model.score(t.params, t.data, t.all());
    same_bits("the scores", ("at first", &score()), ("again", &score()))?;
    match (step, t.maximize(&twice)) {
        (Ok(a), Ok(b)) => same_bits("the M-step", ("at first", &numbers(&a)), ("again", &numbers(&b)))?,
        (Err(_), Err(_)) => {}
        _ => return broken("the M-step fails once and not another time"),
    }
    let Some(sampler) = &t.model.sample else { return Ok(()) };
    let draw = || {
        let (data, _) = sampler.sample(t.params, t.data, &mut t.rng(19));
        t.model.score(t.params, &data, 0..data.units())
    };
    same_bits("the scores of a draw", ("at first", &draw()), ("with the same random numbers", &draw()))
}

fn fit(model: &Erased, data: &Data, start: &Params) -> Judged<Fitted<Erased>> {
    let fitted = Fit::new(model, data).stop(Rule::MaxIterations(ITERATIONS)).from(start.clone());
    fitted.or_else(|e| untold(format!("the fit fails: {e}")))
}

fn same_fit(left: (&str, &Fitted<Erased>), right: (&str, &Fitted<Erased>)) -> Judged {
    same_bits("the trace", (left.0, &left.1.trace), (right.0, &right.1.trace))?;
    let (a, b) = (flat(&left.1.stats), flat(&right.1.stats));
    same_bits("the statistics", (left.0, &a), (right.0, &b))?;
    same_bits("the parameters", (left.0, &numbers(&left.1.params)), (right.0, &numbers(&right.1.params)))
}

fn threads(t: &Trial) -> Judged {
    let n = t.all().len();
    let wanted = 3 * t.model.block(t.data).max(1) + 1;
    if n == 0 || wanted > MOST_UNITS {
        return untold("several blocks would take too many units");
    }
    let many = match n >= wanted {
        true => None,
        // A block may be larger where there are more units.
        false => Some(t.taken(&(0..wanted).map(|i| i % n).collect::<Vec<_>>(), None)?),
    };
    let data = many.as_ref().unwrap_or(t.data);
    let on = |threads: usize| -> Judged<(Fitted<Erased>, usize)> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let Ok(pool) = pool else { return untold("no threads can be started") };
        pool.install(|| Ok((fit(t.model, data, t.params)?, t.model.block(data))))
    };
    let (one, block) = on(1)?;
    for threads in [2, 3] {
        let (more, its_block) = on(threads)?;
        let name = format!("{threads} threads");
        agree("units per block", ("one thread", block as f64), (&name, its_block as f64), 0.0)?;
        same_fit(("one thread", &one), (&name, &more))?;
    }
    Ok(())
}

/// A state that was written down: parameters as text, statistics as plain numbers.
fn read_state(t: &Trial, state: &State<Erased>) -> Judged<State<Erased>> {
    let params = match read_again(t.model, &state.params) {
        Ok(params) => params,
        Err(why) => return broken(format!("the parameters cannot be written and read: {why}")),
    };
    let (mut stats, flat) = (t.model.zero(&params), flat(&state.stats));
    stats.unflatten(&flat);
    Ok(State { params, stats, log_likelihood: state.log_likelihood, log_prior: state.log_prior })
}

fn resume(t: &Trial) -> Judged {
    let local = Local::new(t.model, t.data);
    let cx = || Context::new(t.model, &local, t.streams);
    let mut run = Run::new(cx(), &Em, t.params.clone()).or_else(|e| untold(e.to_string()))?;
    for _ in 0..2 {
        let read = read_state(t, run.state())?;
        let (here, there) = (t.sweep(t.data, &run.state().params), t.sweep(t.data, &read.params));
        same_bits("the objective", ("written", &[here.objective()]), ("read again", &[there.objective()]))?;
        same_bits("the statistics", ("written", &flat(&here.stats)), ("read again", &flat(&there.stats)))?;
        let (next, other) = (t.maximize(run.state()), t.maximize(&read));
        match (next, other) {
            (Ok(a), Ok(b)) => {
                let (a, b) = (t.sweep(t.data, &a), t.sweep(t.data, &b));
                let (left, right) = ([a.objective()], [b.objective()]);
                same_bits("the objective after an M-step", ("uninterrupted", &left), ("read again", &right))?;
                let (left, right) = (numbers(&a.params), numbers(&b.params));
                same_bits("the parameters after an M-step", ("uninterrupted", &left), ("read again", &right))?;
            }
            (Err(_), Err(_)) => return untold("the M-step fails"),
            _ => return broken("the M-step fails on what was read again, or only there does not"),
        }
        if run.advance().is_err() {
            break;
        }
    }
    Ok(())
}

fn reread(t: &Trial) -> Judged {
    let (model, data) = match &t.subject.again {
        Some(Ok(again)) => again,
        Some(Err(why)) => return broken(format!("the spec cannot be written and read again: {why}")),
        None => return Err(Stop::Lacks("the model was not made by a spec".into())),
    };
    match (fit(t.model, &t.subject.data, &t.subject.start), fit(model, data, &t.subject.start)) {
        (Ok(one), Ok(two)) => same_fit(("by the spec", &one), ("by what was read again", &two)),
        (Err(why), Err(_)) => Err(why),
        _ => broken("the fit fails by one of the spec and what was read again, and not by the other"),
    }
}
