//! The lines around a place in a source, under what is wrong there.

use std::path::Path;

use doverb_compile::regular_file;

/// Lines that are shown before the one that is meant, and behind it.
const BEFORE: usize = 2;
const BEHIND: usize = 1;
/// A longer line is a machine's, and says nothing to people.
const MAX_LINE: usize = 300;
/// Bytes of a source that is looked into.
const MAX_SOURCE: u64 = 8 << 20;

/// What is wrong, each with its lines where it begins with a place: `src/app.ts:3:5: no x`.
pub(super) fn shown<'a>(faults: impl Iterator<Item = &'a str>, base: &Path, in_color: bool) -> String {
    let mut text = String::new();
    for fault in faults {
        let mut parts = fault.splitn(2, ": ");
        let place = parts.next().unwrap_or_default();
        match (parts.next(), of(place, base, in_color)) {
            (Some(what), Some(frame)) if in_color => {
                text += &format!("\x1b[1m{place}\x1b[0m: \x1b[1;31m{what}\x1b[0m\n{frame}");
            }
            (Some(_), Some(frame)) => text += &format!("{fault}\n{frame}"),
            _ => text += &format!("{fault}\n"),
        }
    }
    text
}

/// The lines around a place, with a mark below it. None where the source can't be read, or has no such place.
pub(super) fn of(place: &str, base: &Path, in_color: bool) -> Option<String> {
    let mut parts = place.rsplitn(3, ':');
    let column: usize = parts.next()?.parse().ok()?;
    let row: usize = parts.next()?.parse().ok()?;
    let text = regular_file::text(&base.join(parts.next()?), MAX_SOURCE).ok()?;
    let lines: Vec<&str> = text.lines().collect();
    let (row, column) = (row.checked_sub(1)?, column.checked_sub(1)?);
    // Behind the last line is where the end was not expected.
    let first = row.min(lines.len()).saturating_sub(BEFORE);
    let range = first..lines.len().min(row + BEHIND + 1);
    if range.is_empty() || row > lines.len() || lines[range.clone()].iter().any(|line| line.len() > MAX_LINE)
    {
        return None;
    }
    let (dim, red, plain) = if in_color { ("\x1b[2m", "\x1b[1;31m", "\x1b[0m") } else { ("", "", "") };
    let mut frame = String::new();
    for number in range {
        let sign = if number == row { ">" } else { " " };
        let line: String =
            lines[number].chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        frame += &format!("{red}{sign}{plain} {dim}{:>4} |{plain} {line}\n", number + 1);
        if number == row {
            frame += &format!("  {dim}     |{plain} {}{red}^{plain}\n", " ".repeat(column.min(MAX_LINE)));
        }
    }
    Some(frame)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_wrong_is_shown_where_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.js"), "one\ntwo\n\tlet x = ;\nfour\nfive\n").unwrap();
        let said = |fault: &'static str| shown([fault].into_iter(), folder.path(), false);
        assert_eq!(
            said("a.js:3:10: Unexpected token: `;`"),
            "a.js:3:10: Unexpected token: `;`\n     1 | one\n     2 | two\n>    3 |  let x = ;\n       |          ^\n     4 | four\n"
        );
        assert_eq!(said("a.js:6:1: the end"), "a.js:6:1: the end\n     4 | four\n     5 | five\n");
        for without in ["a.js:60:1: no", "a.js:0:1: no", "none.js:1:1: no", "no place: at all", "nothing"] {
            assert_eq!(said(without), format!("{without}\n"));
        }
        assert!(shown(["a.js:1:1: no"].into_iter(), folder.path(), true).contains("\x1b[1;31mno\x1b[0m"));
        fs::write(folder.path().join("a.js"), "x".repeat(MAX_LINE + 1)).unwrap();
        assert_eq!(said("a.js:1:1: no"), "a.js:1:1: no\n", "nobody reads so long a line");
    }
}
