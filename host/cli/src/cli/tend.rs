//! `doverb tend`: stands between a server and a tool that builds a source, so that nothing of what that begins is left.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use doverb::source::{Tended, tended_line};
use rustix::process::{Pid, Resource, Signal, WaitOptions, WaitStatus, getpid, wait};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::compile::{lower, make_way};
use super::failure::Failure;
use super::values::Size;

mod processes;

/// How often the tool's end and signals are looked for.
const TICK: Duration = Duration::from_millis(10);
/// How often it is looked at what it uses.
const LOOK: Duration = Duration::from_millis(200);
/// Processes that it may have at a time. Cargo has a handful a core.
const MAX_PROCESSES: usize = 1_000;
/// Bytes of one file that it may write.
const MAX_FILE: u64 = 4 << 30;

/// Run a tool that builds a source, and end all that it has begun. `doverb build` runs this itself.
#[derive(Args)]
#[command(hide = true)]
pub(super) struct Tend {
    /// Memory that all of its processes may have together.
    #[arg(long, value_name = "SIZE", value_parser = Size::parse)]
    memory: Size,
    /// The tool, and its arguments.
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// How the tool came to its end.
enum End {
    Itself(WaitStatus),
    /// Whoever waits for it has had enough.
    Told,
    /// It had more than it may have.
    TooMuch(Tended),
}

impl Tend {
    pub(super) fn run(self) -> Result<Infallible, Failure> {
        let failed = |error| Failure::failed("the tool cannot be tended", error);
        let ended = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&ended)).map_err(failed)?;
        }
        confine().map_err(failed)?;
        let (program, arguments) =
            self.command.split_first().ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
        let tool = match Command::new(program).args(arguments).spawn() {
            Ok(tool) => Pid::from_child(&tool),
            Err(error) => leave(1, Some(Tended::NotStarted(error.raw_os_error().unwrap_or(0)))),
        };
        let end = wait_for(tool, self.memory.0, &ended);
        processes::end_all();
        match end {
            End::Itself(status) => leave(code(status), None),
            End::Told => leave(1, None),
            End::TooMuch(of) => leave(1, Some(of)),
        }
    }
}

/// Limits this process, and all that it begins, for the rest of their lives.
fn confine() -> io::Result<()> {
    lower(Resource::Core, 0, 0)?;
    lower(Resource::Fsize, MAX_FILE, 0)?;
    make_way();
    #[cfg(target_os = "linux")]
    {
        // Whose parent has ended becomes a child of this process, whatever group or session it has begun.
        rustix::process::set_child_subreaper(Some(getpid()))?;
        // Where the server was killed, this goes on to end what it tends.
        rustix::process::set_parent_process_death_signal(Some(Signal::TERM))?;
    }
    Ok(())
}

/// Waits until the tool has ended, has too much, or is to end.
fn wait_for(tool: Pid, memory: u64, told: &AtomicBool) -> End {
    let mut looked = Instant::now();
    loop {
        // Orphans too: nobody else waits for them.
        while let Ok(Some((process, status))) = wait(WaitOptions::NOHANG) {
            if process == tool && (status.exited() || status.signaled()) {
                return End::Itself(status);
            }
        }
        if told.load(Ordering::Relaxed) {
            return End::Told;
        }
        if looked.elapsed() >= LOOK {
            let begun = processes::begun();
            if begun.len() > MAX_PROCESSES {
                return End::TooMuch(Tended::TooManyProcesses(MAX_PROCESSES as u64));
            }
            if begun.iter().map(|process| processes::memory(*process)).sum::<u64>() > memory {
                return End::TooMuch(Tended::TooMuchMemory(memory));
            }
            looked = Instant::now();
        }
        thread::sleep(TICK);
    }
}

/// As a shell gives it on.
fn code(status: WaitStatus) -> i32 {
    status.exit_status().or(status.terminating_signal().map(|signal| 128 + signal)).unwrap_or(1)
}

/// Ends this process, with a line for the one that waits for it.
fn leave(code: i32, said: Option<Tended>) -> ! {
    said.iter().for_each(|said| eprintln!("{}", tended_line(said)));
    std::process::exit(code)
}
