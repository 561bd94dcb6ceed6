//! What tools and programs say in several lines, on its way to a terminal.

use std::borrow::Cow;
use std::fmt::Write;

use super::line::is_layout_control;

/// Bytes of what sets a colour.
const MAX_COLOUR: usize = 32;

/// What a tool or somebody's program says, in several lines: they stay lines, and its tabs and colours stay, but nothing else of it
/// steers a terminal.
///
/// ```
/// use doverb_core::log::told;
///
/// assert_eq!(told("\x1b[1mbold\x1b[0m\n\x1b[2J\rwiped"), "\x1b[1mbold\x1b[0m\n\\x1b[2J\\x0dwiped");
/// ```
#[must_use]
pub fn told(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return text.into();
    }
    let (mut fine, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(steers) {
        fine.push_str(&rest[..at]);
        rest = &rest[at..];
        let kept = colour(rest);
        fine.push_str(&rest[..kept]);
        rest = &rest[kept..];
        if kept == 0
            && let Some(character) = rest.chars().next()
        {
            rest = &rest[character.len_utf8()..];
            // A line's end, as it is written elsewhere.
            if character != '\r' || !rest.starts_with('\n') {
                escape(&mut fine, character);
            }
        }
    }
    fine.push_str(rest);
    fine.into()
}

/// A text on one line, of which nothing steers a terminal or has what follows shown in another order: a name, in a page that a
/// terminal may show as well.
///
/// ```
/// use doverb_core::log::plain;
///
/// assert_eq!(plain("a\nb\u{202e}txt.exe\x1b[31m"), "a\\x0ab\\u{202e}txt.exe\\x1b[31m");
/// ```
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    let is_odd = |character: char| is_layout_control(character) || character.is_control();
    if !text.contains(is_odd) {
        return text.into();
    }
    let mut fine = String::with_capacity(text.len());
    for character in text.chars() {
        if is_odd(character) {
            escape(&mut fine, character);
        } else {
            fine.push(character);
        }
    }
    fine.into()
}

fn escape(to: &mut String, character: char) {
    let code = u32::from(character);
    // Writing to a text does not fail.
    let _ = if code < 256 { write!(to, "\\x{code:02x}") } else { write!(to, "\\u{{{code:x}}}") };
}

/// Whether it may steer a terminal, or have it show what follows in another order.
fn steers(character: char) -> bool {
    is_layout_control(character) || (character.is_control() && !matches!(character, '\n' | '\t'))
}

/// The length of what sets a colour where a text begins, 0 where it begins with something else.
fn colour(text: &str) -> usize {
    let Some(numbers) = text.strip_prefix("\x1b[") else { return 0 };
    let end = numbers.bytes().take(MAX_COLOUR).position(|byte| !byte.is_ascii_digit() && byte != b';');
    match end.filter(|end| numbers.as_bytes()[*end] == b'm') {
        Some(end) => end + 3,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn lines_tabs_and_colours_stay_and_nothing_else_steers() {
        for fine in ["", "a\n\tb\n", "\x1b[0m\x1b[1;38;5;9merror\x1b[0m: caf\u{e9}\n"] {
            assert_eq!(told(fine), fine);
        }
        for (text, expected) in [
            ("\x1b", "\\x1b"),
            ("\x1b[", "\\x1b["),
            ("\x1b[1", "\\x1b[1"),
            ("\x1b[?25l", "\\x1b[?25l"),
            ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
            ("\u{9b}31m\u{7f}", "\\x9b31m\\x7f"),
            ("a\rb\r\nc", "a\\x0db\nc"),
            ("\u{202e}abc\u{2069}", "\\u{202e}abc\\u{2069}"),
            (&format!("\x1b[{}m", "1".repeat(100)), &format!("\\x1b[{}m", "1".repeat(100))),
        ] {
            assert_eq!(told(text), expected);
        }
    }
}
