//! A build that somebody at a terminal watches.

use super::Attendant;
use doverb_compile::Progress;

/// Progress that somebody is shown while it is made.
pub(super) struct Attended<'a> {
    pub(super) progress: &'a mut dyn Progress,
    pub(super) shown: Option<Box<dyn Progress>>,
    /// By whom, and what has changed.
    pub(super) by: Option<(Attendant, String)>,
}

impl Attended<'_> {
    pub(super) fn show(&mut self, what: &str) {
        if let Some((attendant, changed)) = &self.by {
            self.shown.get_or_insert_with(|| attendant()).step(&format!("{changed}, {what}"));
        }
    }
}

impl Progress for Attended<'_> {
    fn step(&mut self, what: &str) {
        let mut letters = what.chars();
        let first = letters.next().map(char::to_lowercase).into_iter().flatten();
        self.show(&first.chain(letters).collect::<String>());
        self.progress.step(what);
    }

    fn portion(&mut self, done: u64, all: u64) {
        self.shown.iter_mut().for_each(|shown| shown.portion(done, all));
        self.progress.portion(done, all);
    }

    fn diagnostics(&mut self, text: &str) {
        // What is written now must not run into what is shown; the next step is shown again.
        self.shown = None;
        self.progress.diagnostics(text);
    }

    fn note(&mut self, line: &str) {
        self.progress.note(line);
    }

    fn color(&self) -> bool {
        self.progress.color()
    }

    fn is_read(&self) -> bool {
        self.progress.is_read()
    }

    fn cancelled(&self) -> bool {
        self.progress.cancelled()
    }
}
