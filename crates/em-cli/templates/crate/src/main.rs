//! The `em` program with `MyModel` in every command: `cargo run -- fit my_model.ron`. Given no command, it fits that spec.

use my_model as _; // links the model, so that it is registered

fn main() -> std::process::ExitCode {
    em::cli::run_or_fit(concat!(env!("CARGO_MANIFEST_DIR"), "/my_model.ron"))
}
