//! The command line: each subcommand has a module of its own.

mod arrangement;
mod browser;
mod build;
mod check;
mod compile;
mod componentize;
mod config;
mod doctor;
mod elsewhere;
mod environment;
mod failure;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod grant_report;
mod grants;
mod kept_back;
mod keys;
mod limit_args;
mod listen_args;
mod live;
mod loader;
mod log_args;
mod machine_limits;
mod made;
mod manual;
mod mounts_args;
mod new;
mod operator;
mod outgoing;
mod plan;
mod powers;
mod progress;
mod serve;
mod served_files;
mod server_plan;
mod signals;
mod source_args;
mod status;
mod systemd;
mod templates;
mod tend;
mod values;
mod watchers;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use doverb::capability::Capability;
use doverb::compile::CompileOptions;
use doverb::engine::Engine;
use doverb::limits::Limits;

use failure::Failure;

const AFTER_HELP: &str = "\
Examples:
  doverb serve hello.wasm             serve a handler on http://127.0.0.1:8000/
  doverb serve app.py                 build a handler, serve it, reload it when you save
  doverb build app.py                 only build it, to app.wasm
  doverb new hello --lang python      begin one
  doverb doctor                       which languages can be built here

Exit status: 0 good, 1 failed, 2 wrong usage, 128 + N ended by signal N.";

/// Serves HTTP with WebAssembly components that are written like Python's BaseHTTPRequestHandler: a
/// do-GET, a do-POST, a function for each method.
#[derive(Parser)]
#[command(name = "doverb", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(Box<serve::Serve>),
    New(new::New),
    Build(build::Build),
    Check(Box<check::Check>),
    Compile(compile::Compile),
    Doctor(doctor::Doctor),
    Completions(manual::Completions),
    Man(manual::Man),
    Componentize(componentize::Componentize),
    Tend(tend::Tend),
}

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    survive_large_files();
    let matches = shown().try_get_matches().unwrap_or_else(|error| elsewhere::told(error).exit());
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let result = match cli.command {
        Command::Serve(serve) => serve.run(),
        Command::New(new) => new.run(),
        Command::Build(build) => build.run(),
        Command::Check(check) => check.run(),
        Command::Compile(compile) => compile.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Completions(completions) => completions.run(shown()),
        Command::Man(man) => man.run(shown()),
        Command::Componentize(componentize) => componentize.run(),
        Command::Tend(tend) => tend.run().map(|never| match never {}),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// An engine whose components can be given all that there is.
fn engine(limits: &Limits) -> Result<Engine, Failure> {
    let capabilities: Vec<Arc<dyn Capability>> = vec![Arc::new(outgoing::capability())];
    Engine::with_capabilities(limits, capabilities).map_err(|error| Failure::Failed(error.to_string()))
}

/// The command as people see it.
fn shown() -> clap::Command {
    environment::of_flags(Cli::command())
}

/// Where the system bounds the size of files (ulimit -f), a write over it is to fail, not to end the process: what is written
/// may be a handler's.
fn survive_large_files() {
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// This same executable, for child processes. Under Linux it is found even when a newer version has been
/// installed in its place.
fn own_executable() -> Result<PathBuf, Failure> {
    let running = PathBuf::from("/proc/self/exe");
    let found = if running.exists() { Ok(running) } else { std::env::current_exe() };
    found.map_err(|error| Failure::failed("doverb's own executable is not found", error))
}

/// The folder of what a package has brought along with this executable: `share/doverb` beside its `bin`.
fn shipped() -> Option<PathBuf> {
    let executable = std::env::current_exe().ok()?;
    Some(executable.parent()?.parent()?.join("share/doverb")).filter(|folder| folder.is_dir())
}

/// Components are compiled by this same executable, in a child process.
fn compile_options() -> Result<CompileOptions, Failure> {
    // SAFETY: this is doverb.
    Ok(unsafe { CompileOptions::default().compiler(own_executable()?) })
}

/// A line on standard output; whoever closed that does not want it.
fn print(line: &str) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn the_definition_of_the_arguments_is_sound() {
        shown().debug_assert();
    }
}
