//! What is said for the log about one request: by the handler, and about it.

use super::Exchange;
use crate::failure::Failure;
use crate::instance::Stop;
use crate::log::Kind;
use crate::request::latin1;

/// What a handler said for the log while it could not be entered again: its overrides see it when it has returned.
#[derive(Debug)]
pub(crate) enum Report {
    Request(Option<u16>, Option<u64>),
    Error(String),
    Message(String),
    /// The end of the chain: to be written as it is.
    Line(String),
}

/// Reports of one request that are kept for overrides; more are dropped.
const MAX_REPORTS: usize = 1000;
/// Bytes of the text of one that are kept: no line of the log has more.
const MAX_TEXT: usize = 32 * 1024;

impl Exchange {
    /// Logs an answered request, through the handler's override if it has one.
    pub(crate) fn log_request(&mut self, code: Option<u16>, size: Option<u64>) {
        if !self.report(|| Report::Request(code, size)) && self.shared.log.wants_requests() {
            self.shared.log.entry_with(Kind::Request, &self.client_host, |line| {
                append_request(line, self.request.requestline(), code, size);
            });
        }
    }

    /// Logs what went wrong, through the handler's override if it has one.
    pub(crate) fn log_error(&mut self, message: &str) {
        if !self.report(|| Report::Error(message.to_owned())) {
            self.shared.log.entry(Kind::Error, &self.client_host, message);
        }
    }

    /// The defaults that the imports of `log` stand for: each calls `log-message`, which may be overridden.
    pub(crate) fn log_request_default(&mut self, code: Option<u16>, size: Option<u64>) {
        let mut text = Vec::new();
        append_request(&mut text, self.request.requestline(), code, size);
        let text = String::from_utf8_lossy(&text).into_owned();
        self.log_message(Kind::Request, text);
    }

    pub(crate) fn log_error_default(&mut self, message: String) {
        self.log_message(Kind::Error, message);
    }

    pub(crate) fn log_message_default(&mut self, message: String) {
        if let Some(reports) = &mut self.reports {
            push(reports, Report::Line(message));
        } else {
            self.shared.log.entry(Kind::Message, &self.client_host, &message);
        }
    }

    fn log_message(&mut self, kind: Kind, message: String) {
        if let Some(reports) = &mut self.reports {
            push(reports, Report::Message(message));
        } else {
            self.shared.log.entry(kind, &self.client_host, &message);
        }
    }

    fn report(&mut self, report: impl FnOnce() -> Report) -> bool {
        match &mut self.reports {
            Some(reports) => {
                push(reports, report());
                true
            }
            None => false,
        }
    }

    /// The request line for the operator's own lines.
    pub(crate) fn shown_request(&self) -> String {
        format!("\"{}\" [{}]", latin1(self.request.requestline()), self.request_id())
    }

    // The operator's own lines.

    /// Whether the client has gone in the middle of the request or of its answer.
    pub(crate) fn is_client_lost(&self) -> bool {
        self.wire.is_unwritable()
            || matches!(self.body.failure(), Some(Failure::Closed)
                if !self.response.is_begun() || self.response.is_raw())
    }

    pub(crate) fn log_lost_client(&mut self) {
        let when = match self.body.failure() {
            _ if self.response.is_raw() => "raw connection",
            Some(_) => "request",
            None => "answer",
        };
        let why =
            format!("the client went away in the middle of the {when} ({} bytes were sent)", self.wire.sent);
        self.log_failure(&why);
    }

    pub(crate) fn log_failure(&mut self, why: &str) {
        // The operator's own lines have room in the log that no handler can take.
        self.shared.log.message(format_args!("{} {}: {why}", self.client_host, self.shown_request()));
    }

    /// The reason, the request's id and the backtrace are for the operator, never for the client.
    pub(crate) fn log_stop(&mut self, stop: &Stop, export: &str) {
        let limits = &self.shared.limits;
        let mut frames = &[][..];
        let why = match stop {
            Stop::Trap(lines) => {
                frames = lines.get(1..).unwrap_or_default();
                format!("the handler failed: {}", lines.first().map_or("", String::as_str))
            }
            Stop::CpuTime => format!("the handler computed for more than {:?}", limits.cpu_time),
            Stop::WallTime if self.response.is_raw() => {
                format!("the handler did not come back to its client within {:?}", limits.request_timeout)
            }
            Stop::WallTime => format!("the handler did not return within {:?}", limits.request_timeout),
            Stop::Memory => format!("the handler wanted more than {} bytes of memory", limits.max_memory),
            Stop::NoRoom => format!("all {} instances are busy", limits.max_instances),
            Stop::Busy => {
                format!("no instance was free within {:?}: see --workers", limits.request_timeout)
            }
            Stop::NoSystemMemory => {
                "the system has no memory for another instance. Lower --max-instances, or raise \
                                     vm.max_map_count if there is memory left"
                    .to_owned()
            }
        };
        let place = if export.is_empty() { String::new() } else { format!(" (in {export})") };
        self.log_failure(&format!("{why}{place}"));
        for frame in frames {
            self.log_failure(&format!("  at {frame}"));
        }
    }

    /// Writes what the handler's overrides did not get to see.
    pub(crate) fn write_reports(&mut self) {
        for report in self.reports.take().unwrap_or_default() {
            match report {
                Report::Request(code, size) => self.log_request(code, size),
                Report::Error(text) => self.log_error(&text),
                Report::Message(text) | Report::Line(text) if !text.is_empty() => {
                    self.log_message_default(text)
                }
                Report::Message(_) | Report::Line(_) => {}
            }
        }
    }
}

fn push(reports: &mut Vec<Report>, mut report: Report) {
    if reports.len() >= MAX_REPORTS {
        return;
    }
    if let Report::Error(text) | Report::Message(text) | Report::Line(text) = &mut report
        && text.len() > MAX_TEXT
    {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
        text.shrink_to_fit();
    }
    reports.push(report);
}

/// `"GET / HTTP/1.1" 200 -`, in UTF-8; the log escapes what must be escaped.
fn append_request(line: &mut Vec<u8>, requestline: &[u8], code: Option<u16>, size: Option<u64>) {
    use std::io::Write as _;
    line.push(b'"');
    line.extend_from_slice(latin1(requestline).as_bytes());
    line.extend_from_slice(b"\" ");
    let _ = match code {
        Some(code) => write!(line, "{code}"),
        None => write!(line, "-"),
    };
    let _ = match size {
        Some(size) => write!(line, " {size}"),
        None => write!(line, " -"),
    };
}
