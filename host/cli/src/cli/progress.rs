//! Progress for somebody at a terminal: a spinner that says what is done now, or a bar where it is known how far that is. In a log a
//! line, where it takes long.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use doverb::compile::Progress;
use doverb::log::{escaped, told};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::signals::Signals;

/// For how long a log is told nothing of work that goes on.
const LONG: Duration = Duration::from_secs(10);

/// Standard error where it is a terminal: spinners below, and lines above them. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Screen(MultiProgress);

/// Lines, which come above all spinners.
impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// A spinner on standard error. When that is no terminal, what compilers say, and each step that takes long, once.
pub(super) struct Terminal {
    screen: Screen,
    signals: Arc<Signals>,
    spinner: Option<ProgressBar>,
    is_terminal: bool,
    /// The newest step that a log has not been told of.
    untold: Cell<Option<String>>,
    /// When the work began, or a log was told of it last.
    silent_since: Cell<Instant>,
}

impl Terminal {
    pub(super) fn new(signals: &Arc<Signals>) -> Terminal {
        Terminal::on(&Screen::default(), signals)
    }

    /// One of several, on a screen that they and others share.
    pub(super) fn on(screen: &Screen, signals: &Arc<Signals>) -> Terminal {
        let (screen, signals) = (screen.clone(), Arc::clone(signals));
        Terminal {
            screen,
            signals,
            spinner: None,
            is_terminal: io::stderr().is_terminal(),
            untold: Cell::default(),
            silent_since: Cell::new(Instant::now()),
        }
    }

    fn write(&self, text: &str) {
        let _ = self.screen.clone().write_all(text.as_bytes());
    }

    fn tell_if_it_takes_long(&self) {
        if self.silent_since.get().elapsed() < LONG {
            return;
        }
        if let Some(what) = self.untold.take() {
            self.silent_since.set(Instant::now());
            self.write(&format!("doverb: {} ...\n", escaped(&what)));
        }
    }
}

impl Progress for Terminal {
    fn step(&mut self, what: &str) {
        if !self.is_terminal {
            self.untold.set(Some(what.to_owned()));
            return;
        }
        let is_new = self.spinner.is_none();
        let spinner = self.spinner.get_or_insert_with(|| self.screen.0.add(ProgressBar::new_spinner()));
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
            spinner.set_style(style);
        }
        spinner.unset_length();
        spinner.set_message(what.to_owned());
        if is_new {
            spinner.enable_steady_tick(Duration::from_millis(100));
        }
    }

    fn portion(&mut self, done: u64, all: u64) {
        let Some(bar) = &self.spinner else {
            return;
        };
        if bar.length() != Some(all) {
            let template = "{spinner} {msg} [{wide_bar}] {percent:>3} % {elapsed}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_length(all);
        }
        bar.set_position(done);
    }

    fn diagnostics(&mut self, text: &str) {
        self.write(&told(text));
    }

    fn note(&mut self, line: &str) {
        self.write(&format!("doverb: {}\n", escaped(line)));
    }

    fn color(&self) -> bool {
        self.is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    fn cancelled(&self) -> bool {
        // It is asked some fifty times a second, which makes it the clock for this too.
        self.tell_if_it_takes_long();
        self.signals.received()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
            self.screen.0.remove(spinner);
        }
    }
}
