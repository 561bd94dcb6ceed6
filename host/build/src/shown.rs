//! What compilers say, as far as somebody is shown it: a source may have one say gigabytes.

use doverb_compile::Progress;

/// How much of one tool's words is shown, in bytes. Hundreds of errors are less.
const MAX_SHOWN: usize = 256 * 1024;

/// What has been shown so far.
#[derive(Debug, Default)]
pub(super) struct Shown {
    bytes: usize,
    is_cut: bool,
}

impl Shown {
    /// Shows a text, as far as there is room for it, and once that there was more.
    pub(super) fn show(&mut self, text: &str, progress: &mut dyn Progress) {
        let room = MAX_SHOWN - self.bytes;
        if text.len() <= room {
            self.bytes += text.len();
            progress.diagnostics(text);
        } else if !self.is_cut {
            self.is_cut = true;
            let end = text.floor_char_boundary(room);
            self.bytes += end;
            let kept = text[..end].rfind('\n').map_or("", |end| &text[..=end]);
            progress.diagnostics(&format!("{kept}[what the compiler says goes on; the rest is left out]\n"));
        }
    }
}

/// Lines that are kept to be shown together.
#[derive(Debug, Default)]
pub(super) struct Kept {
    text: String,
}

impl Kept {
    /// Keeps a line, as long as it may be shown, and then that there was one.
    pub(super) fn line(&mut self, line: &str) {
        if self.text.len() <= MAX_SHOWN {
            self.text.push_str(&line[..line.floor_char_boundary(MAX_SHOWN)]);
            self.text.push('\n');
        }
    }

    /// Shows them.
    pub(super) fn show(&self, progress: &mut dyn Progress) {
        if !self.text.is_empty() {
            Shown::default().show(&self.text, progress);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, MAX_SHOWN, Shown};
    use doverb_compile::Progress;

    #[derive(Default)]
    struct Reader(String);

    impl Progress for Reader {
        fn diagnostics(&mut self, text: &str) {
            self.0.push_str(text);
        }
        fn cancelled(&self) -> bool {
            false
        }
    }

    #[test]
    fn a_flood_is_shown_in_part_and_what_is_left_out_is_told_once() {
        let (mut shown, mut reader) = (Shown::default(), Reader::default());
        let line = format!("{}\u{e9}\n", "w".repeat(1000));
        (0..1000).for_each(|_| shown.show(&line, &mut reader));
        shown.show(&"\u{e9}".repeat(MAX_SHOWN), &mut reader);
        assert!((MAX_SHOWN - 2000..MAX_SHOWN + 100).contains(&reader.0.len()), "{}", reader.0.len());
        assert_eq!(reader.0.matches("the rest is left out").count(), 1);
        assert!(reader.0.lines().rev().skip(1).all(|shown| shown == line.trim_end()));
    }

    #[test]
    fn lines_are_kept_whole_where_there_is_room_and_else_in_part() {
        let (mut kept, mut reader) = (Kept::default(), Reader::default());
        kept.line("one");
        kept.line("two");
        kept.show(&mut reader);
        assert_eq!(reader.0, "one\ntwo\n");
        (0..10).for_each(|_| kept.line(&"\u{e9}".repeat(MAX_SHOWN)));
        assert!(kept.text.len() < 3 * MAX_SHOWN);
        kept.show(&mut reader);
        assert!(reader.0.ends_with("the rest is left out]\n"));
    }
}
