//! The server's log: lines as Python's `log_message` writes them, on stderr.
//!
//! Two things are promised. No text can forge a line or steer a terminal: everything is escaped
//! and cut. And a log that nobody reads never stalls a request: a line goes into a bounded
//! buffer, a thread of its own writes that out, and lines that find no room are dropped and counted.

mod kept;
mod line;
mod told;
mod writer;

pub use told::{plain, told};

use std::cell::Cell;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::date;

use kept::Kept;
use line::Line;
use writer::{Handle, Queue, Writer};

/// Bytes that may wait to be written.
const CAPACITY: usize = 1 << 20;
/// The part of it that only the server's own messages may use, so that a flood of requests or a
/// chatty handler can't crowd them out.
const RESERVE: usize = CAPACITY / 8;
/// How long [`Log::flush`] waits.
const FLUSH: Duration = Duration::from_secs(1);
/// A thread's line buffer is given back to the allocator when one line made it larger than this.
const MAX_SCRATCH: usize = 64 * 1024;

/// The server's log. Cloning gives another handle to the same log.
///
/// ```
/// use doverb_core::log::Log;
///
/// let log = Log::stderr(false);
/// log.message(format_args!("reloaded {} (version {})", "hello.wasm", 2));
/// log.flush();
/// ```
///
/// The process may end at any time after the last line: call [`Log::flush`] before it does.
#[derive(Clone)]
pub struct Log {
    quiet: bool,
    verbose: bool,
    format: Format,
    /// The last lines, for who develops.
    kept: Option<Arc<Kept>>,
    /// None discards.
    handle: Option<Arc<Handle>>,
}

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// As Python's `log_message` writes them, and `doverb: ...` for the server's own.
    #[default]
    Text,
    /// One object of JSON a line, with `time`, `level` and `message`, and whose they are: `client`, `handler`.
    Json,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An answered request; a quiet log has none.
    Request,
    /// A handler's `log_message`.
    Message,
    /// A handler's `log_error`.
    Error,
}

impl Log {
    /// A log on stderr. A quiet one has no lines for requests, but still messages and errors.
    #[must_use]
    pub fn stderr(quiet: bool) -> Log {
        Log::writer(quiet, Box::new(io::stderr()))
    }

    /// A log that goes where the caller likes.
    ///
    /// `sink` is written to by a thread of its own, which ends when the last handle is dropped and all
    /// is written. Lines that it fails to take are counted as dropped. When it panics it is not
    /// used again.
    #[must_use]
    pub fn writer(quiet: bool, sink: Box<dyn Write + Send>) -> Log {
        let queue = Arc::new(Queue::default());
        let writer = Writer::new(queue.clone(), sink);
        match thread::Builder::new().name("doverb-log".into()).spawn(move || writer.run()) {
            Ok(_) => Log {
                quiet,
                verbose: false,
                format: Format::Text,
                kept: None,
                handle: Some(Arc::new(Handle { queue })),
            },
            Err(error) => {
                // Nobody to tell but stderr, and nothing to do if that fails as well.
                let _ = writeln!(io::stderr(), "doverb: no thread for the log: {error}; nothing is logged");
                Log::discard()
            }
        }
    }

    /// A log that keeps nothing.
    #[must_use]
    pub fn discard() -> Log {
        Log { quiet: true, verbose: false, format: Format::Text, kept: None, handle: None }
    }

    /// The same log with lines of another format. Those that other handles write stay as they are.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Log {
        self.format = format;
        self
    }

    /// The same log, with all that is known of a handler's failure: also the frames of a component that has ended itself, and has
    /// said why in its language's words.
    #[must_use]
    pub fn verbose(mut self) -> Log {
        self.verbose = true;
        self
    }

    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// The same log, which keeps its last lines that are no requests.
    #[must_use]
    pub fn keeping(mut self) -> Log {
        self.kept = Some(Arc::default());
        self
    }

    /// Where the lines that are kept are now.
    pub(crate) fn mark(&self) -> u64 {
        self.kept.as_ref().map_or(0, |kept| kept.mark())
    }

    /// The lines that have been kept since, but for those that were too many.
    pub(crate) fn since(&self, mark: u64) -> Vec<String> {
        self.kept.as_ref().map_or_else(Vec::new, |kept| kept.since(mark))
    }

    fn keep(&self, line: impl FnOnce() -> String) {
        if let Some(kept) = &self.kept {
            kept.keep(line());
        }
    }

    /// The same log without Python's lines for requests: an observer writes others, with [`Log::request`].
    #[must_use]
    pub fn without_requests(mut self) -> Log {
        self.quiet = true;
        self
    }

    /// Writes a whole line about a request, in a format of the caller's. It is escaped and cut as every line, but for
    /// backslashes: who writes a format has escapes of its own.
    pub fn request(&self, text: &str) {
        self.write(CAPACITY - RESERVE, |line| line.push_written(text.as_bytes()));
    }

    /// Whether lines for requests are kept at all; without it they need not be made.
    #[must_use]
    pub fn wants_requests(&self) -> bool {
        !self.quiet
    }

    /// Writes `doverb: text`, a line of the server itself, on one line whatever the text holds.
    pub fn message(&self, text: fmt::Arguments<'_>) {
        self.keep(|| escaped(&text.to_string()));
        if self.format == Format::Json {
            return self.object(CAPACITY, "info", &[], &escaped(&text.to_string()));
        }
        self.write(CAPACITY, |line| {
            line.push(b"doverb: ");
            // Only a Display that fails can make this fail; what it gave is logged.
            line.fill(|out| drop(out.write_fmt(text)));
        });
    }

    /// Waits until everything that was logged before is written, at most a second.
    pub fn flush(&self) {
        let Some(handle) = &self.handle else { return };
        let state = handle.queue.lock();
        let target = state.queued;
        let wait = handle.queue.settled.wait_timeout_while(state, FLUSH, |state| state.settled < target);
        drop(wait);
    }

    /// Writes a line of JSON, with a message that is escaped and cut as those of other lines are.
    fn object(&self, capacity: usize, level: &str, whose: &[(&str, &str)], message: &str) {
        let mut object = serde_json::Map::new();
        let time = jiff::Timestamp::now();
        object.insert("time".into(), format!("{time:.3}").into());
        object.insert("level".into(), level.into());
        for (name, value) in whose {
            object.insert((*name).into(), escaped(value).into());
        }
        object.insert("message".into(), message.into());
        let text = serde_json::Value::Object(object).to_string();
        self.write(capacity, |line| line.push_written(text.as_bytes()));
    }

    /// Writes `host - - [date] text` with the date now.
    pub(crate) fn entry(&self, kind: Kind, host: &str, text: &str) {
        self.dated(kind, host, date::append_log_now, |line| line.push(text.as_bytes()));
    }

    /// Writes `host - - [date] text` with a date that the handler chose.
    pub(crate) fn entry_dated(&self, kind: Kind, host: &str, date: &str, text: &str) {
        let date = |out: &mut Vec<u8>| out.extend_from_slice(date.as_bytes());
        self.dated(kind, host, date, |line| line.push(text.as_bytes()));
    }

    /// Writes `host - - [date] text` with the text that `f` appends to the buffer; it must leave alone
    /// what is there. Bytes that are not UTF-8 are escaped.
    pub(crate) fn entry_with(&self, kind: Kind, host: &str, f: impl FnOnce(&mut Vec<u8>)) {
        self.dated(kind, host, date::append_log_now, |line| line.fill(f));
    }

    /// Writes `hello stdout: text`, a line that a handler wrote to a stream of its own.
    pub(crate) fn guest(&self, handler: &str, stream: &str, line: &str) {
        self.keep(|| escaped(line));
        if self.format == Format::Json {
            let whose = [("handler", handler), ("stream", stream)];
            return self.object(CAPACITY - RESERVE, "info", &whose, &escaped(line));
        }
        self.write(CAPACITY - RESERVE, |out| {
            for part in [handler, " ", stream, ": ", line] {
                out.push(part.as_bytes());
            }
        });
    }

    fn dated(
        &self,
        kind: Kind,
        host: &str,
        date: impl FnOnce(&mut Vec<u8>),
        text: impl FnOnce(&mut Line<'_>),
    ) {
        if kind == Kind::Request && self.quiet {
            return;
        }
        if self.format == Format::Json {
            let mut whole = Vec::new();
            let mut line = Line::new(&mut whole);
            text(&mut line);
            let message = String::from_utf8_lossy(&whole);
            let level = if kind == Kind::Error { "error" } else { "info" };
            return self.object(CAPACITY - RESERVE, level, &[("client", host)], &message);
        }
        self.write(CAPACITY - RESERVE, |line| {
            line.push(host.as_bytes());
            line.push(b" - - [");
            line.fill(date);
            line.push(b"] ");
            text(line);
        });
    }

    /// Makes a line and queues it if the queue then holds no more than `capacity` bytes.
    fn write(&self, capacity: usize, make: impl FnOnce(&mut Line<'_>)) {
        if let Some(handle) = &self.handle {
            with_scratch(|out| {
                let mut line = Line::new(out);
                make(&mut line);
                line.end();
                handle.queue.add(out, capacity);
            });
        }
    }
}

/// A text as a line of the log has it: escaped and cut, so that it neither steers a terminal nor forges a line.
///
/// ```
/// assert_eq!(doverb_core::log::escaped("a\x1b[2Jb\nc"), r"a\x1b[2Jb\x0ac");
/// ```
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = Vec::new();
    Line::new(&mut out).push(text.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

/// The time now where the server is, in a format of strftime's.
#[must_use]
pub fn local_time(format: &str) -> String {
    jiff::Zoned::now().strftime(format).to_string()
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("quiet", &self.quiet).field("discard", &self.handle.is_none()).finish()
    }
}

/// Lends the thread's empty line buffer. A log call inside of another gets a fresh one.
fn with_scratch(f: impl FnOnce(&mut Vec<u8>)) {
    thread_local! {
        static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    // A thread that is ending has lost its buffer and still may log.
    let mut buffer = SCRATCH.try_with(Cell::take).unwrap_or_default();
    buffer.clear();
    f(&mut buffer);
    if buffer.capacity() <= MAX_SCRATCH {
        let _ = SCRATCH.try_with(|scratch| scratch.set(buffer));
    }
}

#[cfg(test)]
mod tests;
