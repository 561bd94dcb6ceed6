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
