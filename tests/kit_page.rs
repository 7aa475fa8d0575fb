//! The page "is my model right?" quotes a model and its report word for word.

#[path = "kit/zero_inflated.rs"]
mod zero_inflated;

use em::prelude::*;
use zero_inflated::{Excess, ZeroInflated};

const PAGE: &str = include_str!("../docs/book/src/is_my_model_right.md");
const MODEL: &str = include_str!("kit/zero_inflated.rs");

fn counts() -> Weighted<f64> {
    Weighted::from(vec![0.0, 3.0, 0.0, 1.0, 0.0, 2.0, 4.0, 0.0, 0.0, 2.0])
}

fn start() -> Excess {
    Excess { share: 0.3, rate: 2.0 }
}

/// Asserts that the page holds the text, and shows it where not.
#[track_caller]
fn quoted(text: &str) {
    assert!(PAGE.contains(text.trim()), "the page does not hold this:\n{text}");
}

#[test]
fn the_page_quotes_the_model_and_its_report() {
    quoted(MODEL);
    let report = em::check!(ZeroInflated, counts(), start()).cases(12).report();
    println!("{report}");
    assert!(!report.passed());
    let text = report.to_string();
    quoted(text.split("\nheld\n").next().unwrap());
}

/// With weights of 1 nothing shows: the mean of zero-inflated counts, (1 − share) · rate, is that of the data.
#[test]
fn the_fit_of_the_page_is_right() {
    let fitted = Fit::new(&ZeroInflated, &counts()).from(start()).unwrap();
    let mean = (1.0 - fitted.params.share) * fitted.params.rate;
    assert!(fitted.converged() && (mean - 1.2).abs() < 1e-12, "{mean}");
}

/// What the page says of the laws stands in the code.
#[test]
fn the_page_names_every_law() {
    for law in em::check::laws() {
        println!("| `{}` | {} |", law.name, law.says);
    }
    for law in em::check::laws() {
        quoted(&format!("| `{}` | {} |", law.name, law.says));
    }
}
