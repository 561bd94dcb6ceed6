//! The server's log: lines as Python's `log_message` writes them, on stderr.
//!
//! Two things are promised. No text can forge a line or steer a terminal: everything is escaped
//! and cut. And a log that nobody reads never stalls a request: a line goes into a bounded
//! buffer, a thread of its own writes that out, and lines that find no room are dropped and counted.

mod kept;
mod line;
mod writer;

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
            Ok(_) => {
                Log { quiet, format: Format::Text, kept: None, handle: Some(Arc::new(Handle { queue })) }
            }
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
        Log { quiet: true, format: Format::Text, kept: None, handle: None }
    }

    /// The same log with lines of another format. Those that other handles write stay as they are.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Log {
        self.format = format;
        self
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
mod tests {
    use std::io::ErrorKind;
    use std::sync::Mutex;
    use std::sync::mpsc::{self, Receiver, Sender};

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(20);

    /// A sink that keeps everything.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    /// A sink whose writes go as a function says.
    struct Scripted<F>(F);

    impl<F: FnMut(&[u8]) -> io::Result<usize>> Write for Scripted<F> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            (self.0)(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn kept(quiet: bool) -> (Log, Kept) {
        let kept = Kept::default();
        (Log::writer(quiet, Box::new(kept.clone())), kept)
    }

    /// Waits, however slow the machine is, until all is written.
    fn settle(log: &Log) {
        let queue = &log.handle.as_ref().unwrap().queue;
        for _ in 0..DEADLINE.as_secs() {
            log.flush();
            let state = queue.lock();
            if state.settled == state.queued {
                return;
            }
        }
        panic!("the writer is stuck");
    }

    /// A log whose sink says that it was reached, then waits until it is let go.
    fn gated() -> (Log, Kept, Receiver<()>, Sender<()>) {
        let kept = Kept::default();
        let (reached, at_gate) = mpsc::channel();
        let (open, gate) = mpsc::channel();
        let mut out = kept.clone();
        let sink = Scripted(move |bytes: &[u8]| {
            let _ = reached.send(());
            let _ = gate.recv_timeout(DEADLINE);
            out.write(bytes)
        });
        (Log::writer(false, Box::new(sink)), kept, at_gate, open)
    }

    #[test]
    fn an_entry_looks_as_in_python() {
        let (log, kept) = kept(false);
        log.entry_dated(Kind::Request, "127.0.0.1", "06/Nov/1994 08:49:37", r#""GET / HTTP/1.1" 200 -"#);
        log.guest("hello", "stdout", "a\tb");
        log.message(format_args!("{} is\nhere", "x"));
        settle(&log);
        let lines = [
            "127.0.0.1 - - [06/Nov/1994 08:49:37] \"GET / HTTP/1.1\" 200 -\n",
            "hello stdout: a\\x09b\n",
            "doverb: x is\\x0ahere\n",
        ];
        assert_eq!(kept.text(), lines.concat());
    }

    #[test]
    fn an_entry_without_a_date_has_the_local_one() {
        let (log, kept) = kept(false);
        let before = date::log_now();
        log.entry(Kind::Error, "::1", "a\\b");
        log.entry_with(Kind::Message, "::1", |out| out.extend_from_slice(b"\"\xe9\x85\xc3\xa9\x1b\""));
        let after = date::log_now();
        settle(&log);
        let text = kept.text();
        let (first, second) = text.trim_end().split_once('\n').unwrap();
        for (line, tail) in [(first, "a\\\\b"), (second, "\"\\xe9\\x85é\\x1b\"")] {
            let date = line.strip_prefix("::1 - - [").and_then(|line| line.strip_suffix(tail)).expect(line);
            let date = date.strip_suffix("] ").expect(line);
            assert!(date == before || date == after || before != after, "{date}");
            assert_eq!(date.len(), before.len());
        }
    }

    #[test]
    fn a_quiet_log_has_no_requests_but_the_rest() {
        let (log, kept) = kept(true);
        assert!(!log.wants_requests());
        for kind in [Kind::Request, Kind::Message, Kind::Error] {
            log.entry_dated(kind, "h", "d", &format!("{kind:?}"));
            log.entry_with(kind, "h", |out| out.extend_from_slice(b"with"));
        }
        log.message(format_args!("m"));
        log.guest("hello", "stderr", "g");
        settle(&log);
        let text = kept.text();
        assert!(!text.contains("Request"), "{text}");
        assert_eq!(text.matches("with").count(), 2, "{text}");
        assert!(text.starts_with("h - - [d] Message\n") && text.contains("h - - [d] Error\n"), "{text}");
        assert!(text.ends_with("doverb: m\nhello stderr: g\n"), "{text}");
    }

    #[test]
    fn a_discarding_log_takes_everything_and_wants_no_requests() {
        let log = Log::discard();
        assert!(!log.wants_requests());
        log.entry(Kind::Error, "h", "t");
        log.message(format_args!("m"));
        log.flush();
    }

    #[test]
    fn a_blocked_sink_blocks_nobody_and_the_dropped_lines_are_counted() {
        let (log, kept, at_gate, open) = gated();
        log.message(format_args!("first"));
        at_gate.recv_timeout(DEADLINE).expect("the writer writes");
        let text = "x".repeat(1_000);
        let each = 2 * CAPACITY / text.len();
        (0..each).for_each(|_| log.entry_dated(Kind::Request, "h", "d", &text));
        (0..each).for_each(|_| log.guest("hello", "stdout", &text));
        log.message(format_args!("the server's own lines have room kept for them"));
        assert_eq!(kept.text(), "", "the sink blocks still");
        open.send(()).unwrap();
        at_gate.recv_timeout(DEADLINE).expect("the writer goes on");
        open.send(()).unwrap();
        settle(&log);

        let text = kept.text();
        let written: Vec<_> = text.lines().filter(|line| line.ends_with("xxx")).collect();
        let dropped = 2 * each - written.len();
        let report = format!("doverb: {dropped} log lines were dropped: the log could not be written\n");
        assert!(text.ends_with(&report), "{report}");
        assert!(text.contains("\ndoverb: the server's own lines"));
        let bytes: usize = written.iter().map(|line| line.len() + 1).sum();
        let room = CAPACITY - RESERVE;
        assert!((room - 2_000..=room).contains(&bytes), "{bytes}");
    }

    #[test]
    fn flush_gives_up_on_a_blocked_sink() {
        let (log, kept, _at_gate, open) = gated();
        log.message(format_args!("stuck"));
        log.flush();
        assert_eq!(kept.text(), "");
        drop(open);
    }

    #[test]
    fn the_thread_writes_the_rest_and_ends_with_the_last_handle() {
        let (ended, end) = mpsc::channel::<()>();
        let kept = Kept::default();
        let mut out = kept.clone();
        let sink = Scripted(move |bytes: &[u8]| {
            let _alive = &ended;
            out.write(bytes)
        });
        let log = Log::writer(false, Box::new(sink));
        let clone = log.clone();
        drop(log);
        clone.message(format_args!("last"));
        drop(clone);
        assert_eq!(end.recv_timeout(DEADLINE), Err(mpsc::RecvTimeoutError::Disconnected));
        assert_eq!(kept.text(), "doverb: last\n");
    }

    #[test]
    fn a_sink_that_panics_is_not_used_again_and_the_log_lives_on() {
        let (calls, called) = mpsc::channel();
        let sink = Scripted(move |_: &[u8]| {
            let _ = calls.send(());
            panic!("a test's sink panics on purpose")
        });
        let log = Log::writer(false, Box::new(sink));
        for _ in 0..3 {
            log.message(format_args!("m"));
            settle(&log);
        }
        assert_eq!(called.recv_timeout(DEADLINE), Ok(()));
        let dropped = Err(mpsc::RecvTimeoutError::Disconnected);
        assert_eq!(called.recv_timeout(DEADLINE), dropped, "it is not called again");
    }

    #[test]
    fn lines_that_fail_are_reported_once_the_sink_works_and_start_on_a_line_of_their_own() {
        let kept = Kept::default();
        let mut out = kept.clone();
        let mut call = 0;
        let sink = Scripted(move |bytes: &[u8]| {
            call += 1;
            match call {
                1 => out.write(&bytes[..9]),
                2 => Err(io::Error::from(ErrorKind::StorageFull)),
                3 => Err(io::Error::from(ErrorKind::BrokenPipe)),
                4 => Err(io::Error::from(ErrorKind::Interrupted)),
                5 => Err(io::Error::from(ErrorKind::WouldBlock)),
                _ => out.write(&bytes[..1]),
            }
        });
        let log = Log::writer(false, Box::new(sink));
        for text in ["one", "two", "three"] {
            log.message(format_args!("{text}"));
            settle(&log);
        }
        let report = "doverb: 2 log lines were dropped: the log could not be written\n";
        assert_eq!(kept.text(), format!("doverb: o\ndoverb: three\n{report}"));
    }

    #[test]
    fn lines_of_many_threads_stay_whole() {
        let (log, kept) = kept(false);
        thread::scope(|scope| {
            for name in ["a", "b", "c", "d"] {
                let log = log.clone();
                scope.spawn(move || (0..500).for_each(|n| log.guest(name, "stdout", &n.to_string())));
            }
        });
        settle(&log);
        let text = kept.text();
        for name in ["a", "b", "c", "d"] {
            let prefix = format!("{name} stdout: ");
            let numbers: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(&prefix)).collect();
            assert_eq!(numbers, (0..500).map(|n| n.to_string()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_log_call_while_a_line_is_made_works() {
        let (log, kept) = kept(false);
        log.entry_with(Kind::Error, "outer", |out| {
            log.guest("inner", "stderr", "x");
            out.extend_from_slice(b"y");
        });
        settle(&log);
        let text = kept.text();
        assert!(text.starts_with("inner stderr: x\nouter - - [") && text.ends_with("] y\n"), "{text}");
    }
}
