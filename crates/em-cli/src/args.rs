//! What the user typed.

use crate::report::ImageShape;
use crate::source::{Limit, Limits};
use clap::{Args, Parser, Subcommand};
use std::time::Duration;

/// Fits models with latent variables by expectation–maximisation.
#[derive(Debug, Parser)]
#[command(name = "em", version, about, long_about = None, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 done and converged; 1 done, not converged; 2 bad usage, spec or data; 3 the fit failed."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the experiment that a spec file describes and write the fit
    #[command(after_help = "Examples: em fit models/old_faithful.ron -o geyser.fit.ron
          em fit models/old_faithful.ron -o - | em predict -
          em fit models/iris.ron --report iris.html")]
    Fit(FitArgs),
    /// Label and weigh observations by a fit; CSV on standard output
    #[command(after_help = "Example: em predict geyser.fit.ron --data new.csv -o labels.csv")]
    Predict(PredictArgs),
    /// Log-likelihood per observation and in total
    #[command(after_help = "Example: em score geyser.fit.ron --data new.csv")]
    Score(ScoreArgs),
    /// Read spec and data, say what would run, and fit nothing
    #[command(after_help = "Examples: em check models/old_faithful.ron; em check models/old_faithful.ron --model")]
    Check(CheckArgs),
    /// List the models, or describe one
    #[command(after_help = "Example: em models GaussianMixture")]
    Models(ModelsArgs),
    /// Run every algorithm of the EM family from one start and compare them
    #[command(after_help = "Examples: em bench models/old_faithful.ron
          em bench models/times_deaths.ron --only Em --only Squarem --only Anderson")]
    Bench(BenchArgs),
    /// Fit every model of the spec's `sweep` and choose the one of smallest BIC
    #[command(
        after_help = "Examples: em select models/old_faithful.ron -o chosen.fit.ron; em select models/old_faithful.ron --report choice.html"
    )]
    Select(SelectArgs),
    /// Draw new data by a fit; CSV on standard output
    #[command(after_help = "Examples: em sample geyser.fit.ron -n 500 --seed 7 --latent > new.csv
          em sample faults.fit.ron --data rolls.csv    (a regression: a response for each row)")]
    Sample(SampleArgs),
    /// Show fits side by side
    #[command(after_help = "Example: em compare two.fit.ron three.fit.ron")]
    Compare(CompareArgs),
    /// Make a page of a fit for people: data and model drawn, parameters, how it ended
    #[command(after_help = "Examples: em report geyser.fit.ron -o geyser.html
          em report digits.fit.ron -o digits.html --image 8x8    (columns that are the cells of a picture)")]
    Report(ReportArgs),
    /// Make a crate with a model of your own and a program that has every command
    #[command(after_help = "Example: em new zero-inflated && cd zero-inflated && cargo test && cargo run")]
    New(NewArgs),
    /// Print a script that lets a shell complete commands and options
    #[command(after_help = "Example: em completions bash > ~/.local/share/bash-completion/completions/em")]
    Completions(CompletionsArgs),
}

/// Options that all commands share.
#[derive(Debug, Default, Args)]
pub struct Common {
    /// Print one JSON document on standard output and nothing else there
    #[arg(long)]
    pub json: bool,
    /// Threads to use; the result does not depend on it [default: one per core]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<1, { u16::MAX as u64 }, u16>)]
    pub threads: Option<u16>,
    /// Print no warnings
    #[arg(long)]
    pub quiet: bool,
    /// Read tables beyond a limit: field or row (bytes of text), columns, cells [default: 1 MiB, 16 MiB, 2^15, 2^30]
    #[arg(long, value_name = "NAME=N")]
    pub limit: Vec<Limit>,
}

impl Common {
    /// Within what tables are read.
    pub fn limits(&self) -> Limits {
        self.limit.iter().fold(Limits::default(), |limits, limit| limits.with(*limit))
    }
}

/// `em fit`.
#[derive(Debug, Args)]
pub struct FitArgs {
    /// The spec file
    pub spec: String,
    /// Where to write the fit; JSON where the name ends so, and `-` is standard output, with nothing else there [default:
    /// SPEC's stem + .fit.ron, here]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// Fit this file instead of the spec's data; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub data: Option<String>,
    /// Use this seed instead of the spec's
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<0, { u64::MAX }, u64>)]
    pub seed: Option<u64>,
    /// Write every so often, and at the end, from where the fit can go on
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<String>,
    /// Seconds between checkpoints; 0 is after every iteration
    #[arg(long, value_name = "SECONDS", default_value = "10", requires = "checkpoint", allow_negative_numbers = true, value_parser = seconds)]
    pub checkpoint_every: Duration,
    /// Go on from a checkpoint of the same fit, to the same bits; its limits may be raised
    #[arg(long, value_name = "FILE")]
    pub resume: Option<String>,
    /// Say whether the end is a maximum, a saddle or not identified, even where that takes long
    #[arg(long)]
    pub certify: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub page: PageArgs,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// A whole number in digits, from `LEAST` to `MOST`.
fn whole<const LEAST: u64, const MOST: u64, T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|n| digits && (LEAST..=MOST).contains(n));
    let wanted = || match MOST {
        // So large a bound is the machine's, and nobody's question.
        u64::MAX if text.len() < 20 => format!("a whole number, {LEAST} or above, is wanted"),
        _ => format!("a whole number from {LEAST} to {MOST} is wanted"),
    };
    number.and_then(|n| T::try_from(n).ok()).ok_or_else(wanted)
}

/// A time in seconds, 0 or above.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "this is not a number of seconds".to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "a finite number of seconds is wanted, 0 or above".into())
}

/// `em predict`.
#[derive(Debug, Args)]
pub struct PredictArgs {
    /// The fit file; `-` is standard input
    pub fit: String,
    /// Predict for this file instead of the data of the fit; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub data: Option<String>,
    /// Compare the labels with this column: confusion table and adjusted Rand index
    #[arg(long, value_name = "COLUMN")]
    pub truth: Option<String>,
    /// Where to write the CSV [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// `em score`.
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// The fit file; `-` is standard input
    pub fit: String,
    /// Score this file instead of the data of the fit; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub data: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// `em check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The spec file
    pub spec: String,
    /// Check this file instead of the spec's data; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub data: Option<String>,
    /// Try the laws that every right model obeys on this model and these data; exit status 1 if one is broken
    #[arg(long)]
    pub model: bool,
    /// The seed of the random cases of `--model`
    #[arg(long, value_name = "N", default_value = "1", requires = "model", allow_negative_numbers = true, value_parser = whole::<0, { u64::MAX }, u64>)]
    pub seed: u64,
    /// The number of random cases of `--model` [default: 12]
    #[arg(long, value_name = "N", requires = "model", allow_negative_numbers = true, value_parser = whole::<1, { u64::MAX }, u64>)]
    pub cases: Option<u64>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// `em models`.
#[derive(Debug, Args)]
pub struct ModelsArgs {
    /// The model to describe
    pub name: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// `em bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// The spec file; the algorithm it names runs with the settings given there, all others with their defaults
    pub spec: String,
    /// Fit this file instead of the spec's data; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub data: Option<String>,
    /// Use this seed instead of the spec's
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<0, { u64::MAX }, u64>)]
    pub seed: Option<u64>,
    /// Run this algorithm and no others but those that are named like it: where EM is slow, those that are noisy run to the
    /// limit of iterations, and may take long
    #[arg(long, value_name = "ALGORITHM")]
    pub only: Vec<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// `em select`.
#[derive(Debug, Args)]
pub struct SelectArgs {
    /// The spec file, with a `sweep` over fields of its model
    pub spec: String,
    /// Where to write the chosen fit; JSON where the name ends so, and `-` is standard output, with nothing else there
    /// [default: nowhere]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// Fit this file instead of the spec's data; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub data: Option<String>,
    /// Use this seed instead of the spec's
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<0, { u64::MAX }, u64>)]
    pub seed: Option<u64>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub page: PageArgs,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// A page beside the result of a command.
#[derive(Debug, Args)]
pub struct PageArgs {
    /// Write a page for people too, with drawings of data and model; HTML that stands by itself
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<String>,
    /// In the page, draw the columns as the cells of a picture, row after row
    #[arg(long, value_name = "ROWSxCOLUMNS", requires = "report")]
    pub image: Option<ImageShape>,
}

/// `em report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The fit file
    pub fit: String,
    /// Where to write the page: HTML that stands by itself
    #[arg(short, long, value_name = "FILE.html")]
    pub output: String,
    /// Draw this file instead of the data of the fit; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub data: Option<String>,
    /// Draw the columns as the cells of a picture, row after row
    #[arg(long, value_name = "ROWSxCOLUMNS")]
    pub image: Option<ImageShape>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// `em sample`.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// The fit file; `-` is standard input
    pub fit: String,
    /// How many rows to draw; not needed where a draw is made for each row of a table
    #[arg(short = 'n', value_name = "N", allow_negative_numbers = true, value_parser = whole::<1, { usize::MAX as u64 }, usize>)]
    pub rows: Option<usize>,
    /// Use this seed instead of that of the fit
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<0, { u64::MAX }, u64>)]
    pub seed: Option<u64>,
    /// Append the latent values: the component of each row, the noiseless mean of a linear regression
    #[arg(long)]
    pub latent: bool,
    /// Draw for the rows of this file; `-` is standard input [default: the data of the fit, where rows are needed]
    #[arg(long, value_name = "FILE")]
    pub data: Option<String>,
    /// Where to write the CSV [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// `em compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The fit files; `-` is standard input
    #[arg(required = true, value_name = "FIT")]
    pub fits: Vec<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// `em new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The folder to make; its name is that of the crate
    pub name: String,
    /// The folder with the sources of `em` to depend on [default: those this program was built from]
    #[arg(long, value_name = "FOLDER")]
    pub em: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub common: Common,
}

/// `em completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_plain_digits_within_bounds() {
        assert_eq!(whole::<1, 9, u16>("007"), Ok(7));
        for text in ["", "0", "10", "-1", "+1", "1.0", "1e0", "x", "99999999999999999999"] {
            assert_eq!(whole::<1, 9, u16>(text), Err("a whole number from 1 to 9 is wanted".into()), "{text:?}");
        }
        type Seed = Result<u64, String>;
        let seed: fn(&str) -> Seed = whole::<0, { u64::MAX }, u64>;
        assert_eq!(seed("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(seed("-1"), Err("a whole number, 0 or above, is wanted".into()));
        let bounded = "a whole number from 0 to 18446744073709551615 is wanted";
        assert_eq!(seed("18446744073709551616"), Err(bounded.into()));
    }
}
