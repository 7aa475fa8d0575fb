//! What the compiler says when a model lacks what a call needs.

#[test]
#[ignore = "builds the dependencies once more, which takes a minute"]
fn missing_capabilities_are_named() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
