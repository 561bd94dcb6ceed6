//! `doverb compile`: the child process in which components are compiled.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use doverb::compile::{self, Functions, MAX_CODE, Wasm, portion_line};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::failure::Failure;
use super::values::{Size, Time};

const AFTER_HELP: &str = "\
The result is native code for this version of doverb and this machine, as `doverb serve` keeps it in its cache. \
`doverb serve` and `doverb build` run this themselves, as a child process, so that a component that is costly to \
compile cannot harm them; there is seldom a reason to call it.

Example:
  doverb compile hello.wasm -o hello.cwasm";

/// Compile a component to native code, within limits of memory and time.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Compile {
    /// The component, or - for standard input.
    file: PathBuf,
    /// Where the code goes, - for standard output.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// The address space that it may use.
    #[arg(long, value_name = "SIZE", default_value_t = Size(4 << 30), value_parser = Size::parse_process)]
    max_memory: Size,
    /// The processor time that it may use, all cores together.
    #[arg(long, value_name = "TIME", default_value_t = Time(std::time::Duration::from_secs(600)),
        value_parser = Time::parse_positive)]
    cpu_time: Time,
    /// The functions of the component's last version: those that are the same are taken from there, and the new ones kept
    /// in their place. It must be where nobody else can write.
    #[arg(long, value_name = "FILE")]
    functions: Option<PathBuf>,
    /// Say on standard error how far it is, in lines for a program to read.
    #[arg(long)]
    tell: bool,
}

impl Compile {
    pub(super) fn run(self) -> Result<(), Failure> {
        let to_stdout = self.out == Path::new("-");
        if to_stdout && io::stdout().is_terminal() {
            let hint = "native code is not written to a terminal. Name a file with --out";
            return Err(Failure::failed("standard output", hint));
        }
        self.confine().map_err(|error| Failure::failed("the limits cannot be set", error))?;
        let wasm = if self.file == Path::new("-") {
            Wasm::read_from(Path::new("standard input"), io::stdin().lock())
        } else {
            Wasm::read(&self.file)
        };
        let wasm = wasm.map_err(|error| self.failure(&error))?;
        let code = self.compile(&wasm)?;
        if to_stdout {
            let mut stdout = io::stdout().lock();
            let written = stdout.write_all(&code).and_then(|()| stdout.flush());
            return written.map_err(|error| Failure::failed("standard output", error));
        }
        super::build::write_atomically(&self.out, &mut code.as_slice())
    }

    fn failure(&self, error: &dyn Error) -> Failure {
        let text = error.to_string();
        if self.file == Path::new("-") { Failure::Told(text) } else { Failure::Failed(text) }
    }

    fn compile(&self, wasm: &Wasm) -> Result<Vec<u8>, Failure> {
        let failed = |error: &dyn Error| self.failure(error);
        if self.functions.is_none() && !self.tell {
            let compiler = compile::compiler().map_err(|error| failed(&error))?;
            return wasm.precompile(&compiler).map_err(|error| failed(&error));
        }
        // SAFETY: the user has been told where the file must be; `doverb serve` names one in its cache.
        let open = |path| unsafe { Functions::open(path) };
        let mut functions = self.functions.as_deref().map(open).unwrap_or_default();
        if self.tell {
            functions = functions.telling(wasm.bytes(), |done, all| eprint!("{}", portion_line(done, all)));
        }
        let functions = Arc::new(functions);
        let compiler = compile::incremental_compiler(&functions).map_err(|error| failed(&error))?;
        let code = wasm.precompile(&compiler).map_err(|error| failed(&error))?;
        if let Some(path) = &self.functions {
            // Without it the next version takes longer, that is all.
            let _ = functions.save(path);
        }
        Ok(code)
    }

    /// Limits this process for the rest of its life.
    fn confine(&self) -> io::Result<()> {
        lower(Resource::As, self.max_memory.0, 0)?;
        // At the first limit comes SIGXCPU, which says what it was; at the second SIGKILL.
        lower(Resource::Cpu, self.cpu_time.0.as_secs().max(1), 1)?;
        lower(Resource::Fsize, MAX_CODE, 0)?;
        stand_back()
    }
}

/// Leaves no core file, gives way to the server, and does not outlive the parent.
pub(super) fn stand_back() -> io::Result<()> {
    lower(Resource::Core, 0, 0)?;
    make_way();
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(())
}

/// The cores are the server's, if one runs, and so is the memory: where the system has none left, this process ends first.
pub(super) fn make_way() {
    let _ = rustix::process::nice(5);
    let _ = std::fs::write("/proc/self/oom_score_adj", "800");
}

/// Sets the limit, and `above` it the one that it cannot be raised to. Those that are lower already stay.
pub(super) fn lower(resource: Resource, limit: u64, above: u64) -> io::Result<()> {
    let inherited = getrlimit(resource);
    let bounded = |wanted: u64, inherited: Option<u64>| Some(inherited.map_or(wanted, |old| old.min(wanted)));
    let limits = Rlimit {
        current: bounded(limit, inherited.current.or(inherited.maximum)),
        maximum: bounded(limit.saturating_add(above), inherited.maximum),
    };
    Ok(setrlimit(resource, limits)?)
}
