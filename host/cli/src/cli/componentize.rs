//! `doverb componentize`: the child process in which a handler's own code runs while it is built.

use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;

use clap::Args;
use doverb::source::{SNAPSHOT_CPU_TIME, SNAPSHOT_MEMORY, python_in_child};
#[cfg(feature = "javascript")]
use doverb::source::{javascript_in_child, try_javascript_in_child};
use rustix::process::Resource;

use super::compile::{lower, stand_back};
use super::failure::Failure;

/// Run the top level of a handler's modules, or a program up to where it serves, within limits of memory and time. Standard input
/// has the native code of the engine, which is run as it is. `doverb build` runs this itself.
#[derive(Args)]
#[command(hide = true)]
pub(super) struct Componentize {
    /// A folder as `doverb build` lays it out, with wit/ and modules/entry.js, or with a program's job.json.
    folder: PathBuf,
    /// It is a program in Python.
    #[arg(long)]
    python: bool,
    /// It is only tried whether a file of JavaScript with this name can be translated, which is on standard input.
    #[arg(long, conflicts_with = "python")]
    translate: bool,
}

impl Componentize {
    pub(super) fn run(self) -> Result<(), Failure> {
        if io::stdout().is_terminal() {
            let hint = "a component is not written to a terminal. Use doverb build";
            return Err(Failure::failed("standard output", hint));
        }
        confine().map_err(|error| Failure::failed("the limits cannot be set", error))?;
        let mut code = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut code)
            .map_err(|error| Failure::failed("standard input", error))?;
        if self.translate {
            let text = String::from_utf8_lossy(&code);
            return try_javascript_in_child(&self.folder, &text).map_err(Failure::Told);
        }
        // SAFETY: `doverb build` gives what it has compiled. Whoever runs this by hand could run that code as well.
        let component = unsafe {
            if self.python {
                python_in_child(&self.folder, &code)
            } else {
                javascript_in_child(&self.folder, &code)
            }
        };
        let component = component.map_err(Failure::Told)?;
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(&component).and_then(|()| stdout.flush());
        written.map_err(|error| Failure::failed("standard output", error))
    }
}

/// A server without JavaScript builds Python all the same.
#[cfg(not(feature = "javascript"))]
unsafe fn javascript_in_child(_: &std::path::Path, _: &[u8]) -> Result<Vec<u8>, String> {
    Err("this server was built without JavaScript".into())
}

#[cfg(not(feature = "javascript"))]
fn try_javascript_in_child(_: &std::path::Path, _: &str) -> Result<(), String> {
    Err("this server was built without JavaScript".into())
}

/// How long a file may be that a program writes when it begins, in bytes.
const MAX_WRITTEN: u64 = 64 << 20;

/// Limits this process for the rest of its life.
fn confine() -> io::Result<()> {
    // Not the address space: an engine reserves gigabytes of it that it never uses.
    lower(Resource::Data, SNAPSHOT_MEMORY, 0)?;
    // What a program writes when it begins is brought along, which is bounded as well.
    lower(Resource::Fsize, MAX_WRITTEN, 0)?;
    // At the first limit comes SIGXCPU, which says what it was; at the second SIGKILL.
    lower(Resource::Cpu, SNAPSHOT_CPU_TIME.as_secs(), 1)?;
    stand_back()
}
