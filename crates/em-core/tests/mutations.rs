//! The conformance kit bites: models that are wrong in one place each are caught, every one by the law that is about it.

mod mutants;

use em_core::check::{Outcome, laws};
use mutants::{Mutation, mutations, sound};
use std::collections::BTreeSet;

#[test]
fn the_models_are_sound_without_their_faults() {
    for check in sound() {
        check.assert_passes();
    }
}

/// Each fault with the law that must catch it, alone, and what other laws see of it.
#[test]
fn mutations_are_caught_each_by_its_law() {
    let all = mutations();
    let (count, mut caught) = (all.len(), 0);
    println!("{:<42} {:<14} also seen by", "fault", "caught by");
    for Mutation { fault, law, check } in all {
        let alone = !check().only([law]).report().passed();
        // What others see is for the reader; some cases tell enough.
        let report = check().cases(3).report();
        let others: Vec<&str> = report.failures().map(|(other, _)| other.name).filter(|name| *name != law).collect();
        println!("{fault:<42} {:<14} {}", if alone { law } else { "not caught" }, others.join(", "));
        caught += usize::from(alone);
    }
    println!("mutations caught: {caught} of {count}");
    assert_eq!(caught, count);
}

#[test]
fn every_law_catches_something() {
    let biting: BTreeSet<&str> = mutations().iter().map(|m| m.law).collect();
    let missing: Vec<&str> = laws().iter().map(|law| law.name).filter(|name| !biting.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
#[should_panic(expected = "there is no law `fischer`; did you mean `fisher`?")]
fn a_law_that_is_misspelt_is_not_passed_over() {
    let _ = sound().remove(0).only(["fischer"]);
}

#[test]
fn a_law_that_is_waived_is_told_with_its_reason_and_the_others_still_bite() {
    let Mutation { law, check, .. } = mutations().remove(0);
    let report = check().waiving(law, "it is known").report();
    assert!(matches!(report.outcome(law), Some(Outcome::Skipped(why)) if why == "waived: it is known"));
    assert!(report.to_string().contains("waived: it is known"));
    let other = laws().iter().map(|law| law.name).find(|name| *name != law).unwrap();
    assert!(!check().waiving(other, "it does not matter").only([law]).report().passed());
}
