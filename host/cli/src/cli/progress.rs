//! Progress for somebody at a terminal: a spinner that says what is done now, or a bar where it is known how far that is.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use doverb::compile::Progress;
use doverb::log::escaped;
use indicatif::{ProgressBar, ProgressStyle};

use super::signals::Signals;

/// A spinner on standard error; nothing when that is no terminal, but for what compilers say.
pub(super) struct Terminal {
    signals: Arc<Signals>,
    spinner: Option<ProgressBar>,
    is_terminal: bool,
}

impl Terminal {
    pub(super) fn new(signals: &Arc<Signals>) -> Terminal {
        Terminal { signals: Arc::clone(signals), spinner: None, is_terminal: io::stderr().is_terminal() }
    }

    fn write(&self, text: &str) {
        let write = || {
            let _ = io::stderr().write_all(text.as_bytes());
        };
        match &self.spinner {
            Some(spinner) => spinner.suspend(write),
            None => write(),
        }
    }
}

impl Progress for Terminal {
    fn step(&mut self, what: &str) {
        if !self.is_terminal {
            return;
        }
        let spinner = self.spinner.get_or_insert_with(|| {
            let spinner = ProgressBar::new_spinner();
            spinner.enable_steady_tick(Duration::from_millis(100));
            spinner
        });
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
            spinner.set_style(style);
        }
        spinner.unset_length();
        spinner.set_message(what.to_owned());
    }

    fn portion(&mut self, done: u64, all: u64) {
        let Some(bar) = &self.spinner else {
            return;
        };
        if bar.length() != Some(all) {
            let template = "{spinner} {msg} [{bar:32}] {percent:>3} % {elapsed}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_length(all);
        }
        bar.set_position(done);
    }

    fn diagnostics(&mut self, text: &str) {
        self.write(text);
    }

    fn note(&mut self, line: &str) {
        self.write(&format!("doverb: {}\n", escaped(line)));
    }

    fn color(&self) -> bool {
        self.is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    fn cancelled(&self) -> bool {
        self.signals.received()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}
