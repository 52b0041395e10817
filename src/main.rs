//! The `ordergate` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ordergate::cli::run()
}
