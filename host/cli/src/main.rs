//! The `doverb` command. See the crate `doverb` for the library under it.

mod cli;

use std::process::ExitCode;

/// Gives memory of one thread back to another, and less of it to fragments, than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
