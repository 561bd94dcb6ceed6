//! How a command ends when it does not end well.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use doverb::compile::{CompileCause, CompileError};
use doverb::handler::HandlerError;
use doverb::log::Log;
use doverb::server::{Listen, ServerError};
use doverb::source::{SourceCause, SourceError};

use super::config::ConfigError;
use super::signals::Signals;

/// The exit status where the arguments are wrong.
const WRONG_USAGE: u8 = 2;

/// Why a command failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// One line for the user: `WHAT: CAUSE. WHAT TO TRY`.
    Failed(String),
    /// The same, where the arguments are wrong.
    Usage(String),
    /// What a child says to the process that has it as a child, in as many lines as it takes: that one shows it.
    Told(String),
    /// Ended by this signal.
    Interrupted(i32),
}

impl Failure {
    pub(super) fn failed(what: impl Display, cause: impl Display) -> Failure {
        Failure::Failed(format!("{what}: {cause}"))
    }

    pub(super) fn usage(what: impl Display, cause: impl Display) -> Failure {
        Failure::Usage(format!("{what}: {cause}"))
    }

    pub(super) fn source(error: SourceError, signals: &Signals) -> Failure {
        let hint = match error.cause {
            SourceCause::Cancelled => return Failure::Interrupted(signals.last()),
            SourceCause::SeveralClasses(_) => ". Choose one with --class NAME",
            SourceCause::WritesTooMuch => ". Grant it a folder for them with --dir FOLDER::/app/FOLDER",
            SourceCause::NoClass => {
                ". Export one: export default class extends BaseHTTPRequestHandler { do_GET() { ... } }"
            }
            _ => "",
        };
        Failure::Failed(format!("{error}{hint}"))
    }

    pub(super) fn compile(error: CompileError, signals: &Signals) -> Failure {
        match error.cause {
            CompileCause::Cancelled => Failure::Interrupted(signals.last()),
            CompileCause::NotWasm => Failure::Failed(format!(
                "{error}, a source (.py, .js, .ts, .go, .c, .cpp), or a folder: of a source, of handlers, or of files"
            )),
            _ => Failure::Failed(error.to_string()),
        }
    }

    pub(super) fn handler(name: &str, error: &HandlerError) -> Failure {
        let hint = match error {
            HandlerError::NoMethods { .. } => {
                ". Export a function for each method: do-GET, do-POST, ...".to_owned()
            }
            HandlerError::UnknownImports { .. } => {
                ". Build it against the package doverb:handler and WASI 0.2".to_owned()
            }
            HandlerError::ImportType { .. } | HandlerError::ExportType { .. } => {
                format!(". Build it against the package doverb:handler@{}", doverb_wit::VERSION)
            }
            HandlerError::Directory { .. } => ". Check what --dir names".to_owned(),
            _ => String::new(),
        };
        Failure::Failed(format!("{name}: {error}{hint}"))
    }

    /// What is wrong with a doverb.toml takes several lines, which are the user's own.
    pub(super) fn config(error: &ConfigError) -> Failure {
        match error {
            ConfigError::Wrong(text) => Failure::Told(text.clone()),
            ConfigError::Read { .. } => Failure::Failed(error.to_string()),
        }
    }

    /// The address of the status, which has one flag.
    pub(super) fn status(error: &ServerError) -> Failure {
        Failure::failed("the status can't be shown", format!("{error}. Choose another address with --status"))
    }

    pub(super) fn server(error: &ServerError) -> Failure {
        let (listen, system) = match error {
            ServerError::Bind { listen, source } => (listen, source),
            ServerError::SocketInUse { .. } | ServerError::NotASocket { .. } => {
                return Failure::Failed(format!("{error}. Choose another path with --bind unix:PATH"));
            }
            _ => return Failure::Failed(error.to_string()),
        };
        if !matches!(listen, Listen::Tcp { .. }) {
            return Failure::Failed(match system.kind() {
                io::ErrorKind::NotFound => {
                    format!(
                        "{listen}: there is no such folder. Make it, or choose another with --bind unix:PATH"
                    )
                }
                io::ErrorKind::PermissionDenied => {
                    format!("{listen}: permission denied. Choose another folder with --bind unix:PATH")
                }
                _ => error.to_string(),
            });
        }
        let text = match system.kind() {
            io::ErrorKind::AddrInUse => {
                "address already in use. Choose another with --port, or --port 0 for a free one".into()
            }
            io::ErrorKind::PermissionDenied => {
                "permission denied. Choose a port from 1024 up with --port".into()
            }
            io::ErrorKind::AddrNotAvailable => {
                "this machine does not have that address. Choose one of its own with --bind".into()
            }
            _ if is_lookup(system) => {
                "no such host name or address. Choose one of this machine's with --bind".into()
            }
            _ => system.to_string(),
        };
        Failure::failed(listen, text)
    }

    /// Says why, if there is a why, and gives the exit status.
    pub(super) fn report(self) -> ExitCode {
        match self {
            Failure::Failed(line) => {
                say(&line);
                ExitCode::FAILURE
            }
            Failure::Usage(line) => {
                say(&line);
                ExitCode::from(WRONG_USAGE)
            }
            Failure::Told(text) => {
                let _ = writeln!(io::stderr().lock(), "doverb: {text}");
                ExitCode::FAILURE
            }
            Failure::Interrupted(signal) => ExitCode::from(signal_status(signal)),
        }
    }
}

/// As the log has it: what a component or a compiler calls things must not steer a terminal.
fn say(line: &str) {
    let log = Log::stderr(false);
    log.message(format_args!("{line}"));
    log.flush();
}

/// What a shell makes of a process that a signal has ended.
pub(super) fn signal_status(signal: i32) -> u8 {
    128_u8.saturating_add(u8::try_from(signal).unwrap_or(u8::MAX))
}

/// The resolver's errors have no number of the system's and no kind of their own.
fn is_lookup(error: &io::Error) -> bool {
    error.raw_os_error().is_none() && error.to_string().contains("lookup")
}

#[cfg(test)]
mod tests {
    use std::io;

    use doverb::server::{Listen, ServerError};

    use super::{Failure, signal_status};

    #[test]
    fn what_the_system_says_of_an_address_comes_with_what_to_do() {
        for (kind, hint) in [
            (
                io::ErrorKind::AddrInUse,
                "127.0.0.1:80: address already in use. Choose another with --port, or --port 0",
            ),
            (io::ErrorKind::PermissionDenied, "from 1024"),
            (io::ErrorKind::AddrNotAvailable, "--bind"),
        ] {
            let error = ServerError::Bind { listen: Listen::tcp("127.0.0.1", 80), source: kind.into() };
            let Failure::Failed(line) = Failure::server(&error) else { panic!("{error}") };
            assert!(line.contains(hint), "{line}");
        }
    }

    #[test]
    fn a_path_that_is_taken_comes_with_what_to_do() {
        for error in [
            ServerError::SocketInUse { path: "/run/site".into() },
            ServerError::NotASocket { path: "/run/site".into() },
        ] {
            let Failure::Failed(line) = Failure::server(&error) else { panic!("{error}") };
            assert!(line.starts_with("/run/site: ") && line.contains("--bind unix:PATH"), "{line}");
        }
    }

    #[test]
    fn signals_become_a_shells_status() {
        assert_eq!((signal_status(2), signal_status(15)), (130, 143));
    }
}
