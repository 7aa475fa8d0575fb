#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| em_cli::untrusted::spec(bytes));
