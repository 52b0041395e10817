//! The `ordergate` program.

use std::process::ExitCode;

/// What an answer is put together from is many small pieces, which the system's allocator is slow with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ordergate::cli::run()
}
