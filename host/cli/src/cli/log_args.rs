//! How the server logs: the flags, and the log that they ask for.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};
use doverb::log::{Format, Log};
use doverb::server::AccessFormat;

use super::progress::Screen;

/// How the server logs.
#[derive(Args)]
pub(super) struct LogArgs {
    /// Do not log requests.
    #[arg(short, long)]
    quiet: bool,
    /// Log where in its component a handler failed, too, where it has said itself why.
    #[arg(short, long)]
    verbose: bool,
    /// How requests are logged: as Python does when their answers begin, or when they have ended, with what came of them.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Python)]
    log_format: LogFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// 127.0.0.1 - - [06/Nov/1994 08:49:37] "GET / HTTP/1.1" 200 -
    Python,
    /// The Common Log Format, with the size of the body.
    Common,
    /// The same with Referer and User-Agent.
    Combined,
    /// All lines are objects of JSON; those of requests have status, size, duration, mount, handler, version and id.
    Json,
}

impl LogArgs {
    /// The log that they ask for, on a terminal above what is shown there.
    pub(super) fn log(&self, screen: &Screen) -> Log {
        let mut log = match io::stderr().is_terminal() {
            true => Log::writer(self.quiet, Box::new(screen.clone())),
            false => Log::stderr(self.quiet),
        };
        if self.verbose {
            log = log.verbose();
        }
        if self.log_format == LogFormat::Json {
            log = log.with_format(Format::Json);
        }
        if self.access_format().is_some() {
            log = log.without_requests();
        }
        log
    }

    /// The format of lines about requests, where it is not the log's own.
    pub(super) fn access_format(&self) -> Option<AccessFormat> {
        if self.quiet {
            return None;
        }
        match self.log_format {
            LogFormat::Python => None,
            LogFormat::Common => Some(AccessFormat::Common),
            LogFormat::Combined => Some(AccessFormat::Combined),
            LogFormat::Json => Some(AccessFormat::Json),
        }
    }
}
