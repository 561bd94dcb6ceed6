//! What is said for the log about one request: by the handler, and about it.

use std::time::Instant;

use super::Exchange;
use crate::failure::Failure;
use crate::latin1;
use crate::log::Kind;
use crate::observer::{RequestFailed, What};
use crate::output_budget::A_SECOND;
use crate::stop::Stop;

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
/// Bytes of the texts of all of them.
const MAX_TEXTS: usize = 512 * 1024;
/// What is logged for one request before more of it counts among what its mount may have logged in a second: more than a handler
/// has to say of most.
const FREE: usize = 16 * 1024;
/// What a line has beside its text, about.
const FRAME: usize = 64;

impl Exchange {
    /// Logs an answered request, through the handler's override if it has one.
    pub(crate) fn log_request(&mut self, code: Option<u16>, size: Option<u64>) {
        if !self.report(|| Report::Request(code, size))
            && self.site.log().wants_requests()
            && self.has_room(self.down.request().requestline().len())
        {
            self.site.log().entry_with(Kind::Request, self.down.peer().client().shown(), |line| {
                append_request(line, self.down.request().requestline(), code, size);
            });
        }
    }

    /// Logs what went wrong, through the handler's override if it has one.
    pub(crate) fn log_error(&mut self, message: &str) {
        if !self.report(|| Report::Error(message.to_owned())) && self.has_room(message.len()) {
            self.site.log().entry(Kind::Error, self.down.peer().client().shown(), message);
        }
    }

    /// The defaults that the imports of `log` stand for: each calls `log-message`, which may be overridden.
    pub(crate) fn log_request_default(&mut self, code: Option<u16>, size: Option<u64>) {
        let mut text = Vec::new();
        append_request(&mut text, self.down.request().requestline(), code, size);
        let text = String::from_utf8_lossy(&text).into_owned();
        self.log_message(Kind::Request, text);
    }

    pub(crate) fn log_error_default(&mut self, message: String) {
        self.log_message(Kind::Error, message);
    }

    pub(crate) fn log_message_default(&mut self, message: String) {
        if let Some(reports) = &mut self.reports {
            push(reports, Report::Line(message));
        } else if self.has_room(message.len()) {
            self.site.log().entry(Kind::Message, self.down.peer().client().shown(), &message);
        }
    }

    fn log_message(&mut self, kind: Kind, message: String) {
        if let Some(reports) = &mut self.reports {
            push(reports, Report::Message(message));
        } else if self.has_room(message.len()) {
            self.site.log().entry(kind, self.down.peer().client().shown(), &message);
        }
    }

    /// Whether the log takes a text of so many bytes more for this request.
    fn has_room(&mut self, text: usize) -> bool {
        let bytes = text.min(MAX_TEXT) + FRAME;
        self.logged = self.logged.saturating_add(bytes);
        if self.logged <= FREE {
            return true;
        }
        let (fits, dropped) = self.terms.logged().take(bytes, Instant::now());
        if dropped > 0 {
            let mount = self.terms.name();
            self.site.log().message(format_args!(
                "{mount}: {dropped} lines for its log were dropped: there were more than {A_SECOND} bytes in a second"
            ));
        }
        fits
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
        format!("\"{}\" [{}]", latin1::decode(self.down.request().requestline()), self.request_id())
    }

    // The operator's own lines.

    /// Whether the client has gone in the middle of the request or of its answer.
    pub(crate) fn is_client_lost(&self) -> bool {
        self.down.is_unwritable()
            || matches!(self.down.body_failure(), Some(Failure::Closed)
                if !self.answer.is_begun() || self.answer.is_raw())
    }

    pub(crate) fn log_lost_client(&mut self) {
        let during = match self.down.body_failure() {
            _ if self.answer.is_raw() => "raw connection",
            Some(_) => "request",
            None => "answer",
        };
        self.tell_failure(What::Lost { during, sent: self.down.sent_bytes() });
    }

    pub(crate) fn log_failure(&mut self, why: &str) {
        self.tell_failure(What::Told(why));
    }

    /// The reason, the request's id and the backtrace are for the operator, never for the client.
    pub(crate) fn log_stop(&mut self, stop: &Stop, export: &str) {
        let terms = if stop.is_of_site() { self.site.terms() } else { &self.terms };
        let (is_raw, limits) = (self.answer.is_raw(), terms.limits());
        self.tell_failure(What::Stopped { stop, export, is_raw, limits });
    }

    fn tell_failure(&self, what: What<'_>) {
        let request = self.shown_request();
        let failed = RequestFailed { peer: self.down.peer(), request: &request, what };
        self.site.tell(|observer| observer.request_failed(&failed));
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

impl Report {
    fn text(&self) -> &str {
        match self {
            Report::Request(..) => "",
            Report::Error(text) | Report::Message(text) | Report::Line(text) => text,
        }
    }
}

fn push(reports: &mut Vec<Report>, mut report: Report) {
    let texts: usize = reports.iter().map(|report| report.text().len()).sum();
    if reports.len() >= MAX_REPORTS || texts >= MAX_TEXTS {
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
    line.extend_from_slice(latin1::decode(requestline).as_bytes());
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
