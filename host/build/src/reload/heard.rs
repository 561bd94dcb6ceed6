//! A build whose diagnostics are kept for who hears what came of it.

use doverb_compile::Progress;

/// Progress whose diagnostics are kept, too.
pub(super) struct Heard<'a> {
    pub(super) progress: &'a mut dyn Progress,
    pub(super) words: String,
}

/// How much of them.
const MAX_WORDS: usize = 16 * 1024;

impl Progress for Heard<'_> {
    fn step(&mut self, what: &str) {
        self.progress.step(what);
    }

    fn portion(&mut self, done: u64, all: u64) {
        self.progress.portion(done, all);
    }

    fn diagnostics(&mut self, text: &str) {
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
