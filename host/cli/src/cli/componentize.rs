//! `doverb componentize`: the child process in which the code of JavaScript's modules runs while a handler is built.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;
use doverb::source::{SNAPSHOT_CPU_TIME, SNAPSHOT_MEMORY, snapshot};
use rustix::process::Resource;

use super::compile::{lower, stand_back};
use super::failure::Failure;

/// Make a component of modules of JavaScript, within limits of memory and time. `doverb build` runs this itself.
#[derive(Args)]
#[command(hide = true)]
pub(super) struct Componentize {
    /// A folder as `doverb build` lays it out, with wit/ and modules/entry.js.
    folder: PathBuf,
}

impl Componentize {
    pub(super) fn run(self) -> Result<(), Failure> {
        if io::stdout().is_terminal() {
            let hint = "a component is not written to a terminal. Use doverb build";
            return Err(Failure::failed("standard output", hint));
        }
        confine().map_err(|error| Failure::failed("the limits cannot be set", error))?;
        let component = snapshot(&self.folder).map_err(Failure::Told)?;
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(&component).and_then(|()| stdout.flush());
        written.map_err(|error| Failure::failed("standard output", error))
    }
}

/// Limits this process for the rest of its life.
fn confine() -> io::Result<()> {
    // Not the address space: an engine reserves gigabytes of it that it never uses.
    lower(Resource::Data, SNAPSHOT_MEMORY, 0)?;
    // At the first limit comes SIGXCPU, which says what it was; at the second SIGKILL.
    lower(Resource::Cpu, SNAPSHOT_CPU_TIME.as_secs(), 1)?;
    stand_back()
}
