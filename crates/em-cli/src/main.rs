//! The `em` program.
fn main() -> std::process::ExitCode {
    em_cli::run()
}
