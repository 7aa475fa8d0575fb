//! The page "is my model right?" quotes a model and its report word for word.

#[path = "kit/zero_inflated.rs"]
mod zero_inflated;

use em::prelude::*;
use zero_inflated::{Excess, ZeroInflated};

const PAGE: &str = include_str!("../docs/is_my_model_right.md");
const MODEL: &str = include_str!("kit/zero_inflated.rs");

/// Asserts that the page holds the text, and shows it where not.
#[track_caller]
fn quoted(text: &str) {
    assert!(PAGE.contains(text.trim()), "the page does not hold this:\n{text}");
}

#[test]
fn the_page_quotes_the_model_and_its_report() {
    quoted(MODEL);
    let counts = vec![0.0, 3.0, 0.0, 1.0, 0.0, 2.0, 4.0, 0.0, 0.0, 2.0];
    let report = em::check!(ZeroInflated, Weighted::from(counts), Excess { share: 0.3, rate: 2.0 }).cases(12).report();
    println!("{report}");
    assert!(!report.passed());
    let text = report.to_string();
    quoted(text.split("\nheld\n").next().unwrap());
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
