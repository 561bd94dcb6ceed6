//! The lines that a child process writes, kept as they come so that a test can wait for one.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// What a child has written to one of its streams so far.
#[derive(Clone, Debug)]
pub struct LogLines(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<String>,
    ended: bool,
}

impl LogLines {
    /// Reads `stream` to its end, in a thread of its own.
    pub fn of(stream: impl Read + Send + 'static) -> LogLines {
        let shared = Arc::new(Shared::default());
        let log = LogLines(Arc::clone(&shared));
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
                let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned();
                shared.state.lock().expect("no panic under the lock").lines.push(text);
                shared.changed.notify_all();
                line.clear();
            }
            shared.state.lock().expect("no panic under the lock").ended = true;
            shared.changed.notify_all();
        });
        log
    }

    /// All lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lock().lines.clone()
    }

    /// How many lines there are, as a mark to wait from.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.lock().lines.len()
    }

    /// The first line for which `is_it` holds; waits for it.
    ///
    /// # Panics
    ///
    /// When it does not come within `patience`, or the stream ends without it. The message holds all lines.
    pub fn wait_for(&self, patience: Duration, is_it: impl Fn(&str) -> bool) -> String {
        self.wait_after(0, patience, is_it)
    }

    /// The first such line after the first `mark` lines.
    ///
    /// # Panics
    ///
    /// As [`LogLines::wait_for`].
    pub fn wait_after(&self, mark: usize, patience: Duration, is_it: impl Fn(&str) -> bool) -> String {
        let find = |state: &State| state.lines.iter().skip(mark).find(|line| is_it(line)).cloned();
        let waits = |state: &mut State| !state.ended && find(state).is_none();
        let (state, _) = self.0.changed.wait_timeout_while(self.lock(), patience, waits).expect("no panic");
        let (found, why, lines) = (find(&state), ended(&state), state.lines[mark..].join("\n"));
        // Others use it on their way out of a failed test.
        drop(state);
        found.unwrap_or_else(|| panic!("no such line came ({why}):\n{lines}"))
    }

    /// All lines, when the stream has ended.
    ///
    /// # Panics
    ///
    /// When it does not end within `patience`.
    #[must_use]
    pub fn wait_for_end(&self, patience: Duration) -> Vec<String> {
        let waits = |state: &mut State| !state.ended;
        let (state, _) = self.0.changed.wait_timeout_while(self.lock(), patience, waits).expect("no panic");
        let (has_ended, lines) = (state.ended, state.lines.clone());
        drop(state);
        assert!(has_ended, "the stream has not ended:\n{}", lines.join("\n"));
        lines
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no panic under the lock")
    }
}

fn ended(state: &State) -> &'static str {
    if state.ended { "the stream has ended" } else { "in time" }
}
