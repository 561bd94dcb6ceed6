//! A build that somebody at a terminal watches, or whose diagnostics are kept for who hears what came of it.

use super::Attendant;
use doverb_compile::Progress;

/// How much is kept of the diagnostics.
const MAX_WORDS: usize = 16 * 1024;

/// Progress of a build, which more than one follow.
pub(super) struct Attended<'a> {
    progress: &'a mut dyn Progress,
    shown: Option<Box<dyn Progress>>,
    /// By whom, and what has changed.
    by: Option<(Attendant, String)>,
    words: String,
}

impl<'a> Attended<'a> {
    /// Nobody watches it yet.
    pub(super) fn new(progress: &'a mut dyn Progress) -> Attended<'a> {
        Attended { progress, shown: None, by: None, words: String::new() }
    }

    /// Somebody watches from now on what is built, as this has changed.
    pub(super) fn begin(&mut self, attendant: Attendant, changed: String) {
        self.by = Some((attendant, changed));
        self.show("building");
    }

    /// Nobody watches any more: what is shown is taken away.
    pub(super) fn end(&mut self) {
        (self.shown, self.by) = (None, None);
    }

    /// What the compiler has said, without colours.
    pub(super) fn words(self) -> String {
        self.words
    }

    fn show(&mut self, what: &str) {
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
        if self.words.len() + text.len() <= MAX_WORDS {
            self.words.push_str(&without_colour(text));
        }
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

/// A text without what a terminal takes for colours.
fn without_colour(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        plain.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let end = after.find(|character: char| ('@'..='~').contains(&character));
        rest = end.map_or("", |end| &after[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    #[test]
    fn colours_are_taken_out() {
        assert_eq!(super::without_colour("a\x1b[1;31mb\x1b[0m c\x1b["), "ab c");
    }
}
