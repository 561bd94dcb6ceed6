//! What may follow the key of a placeholder: Python's flags, width, precision and conversion.

use std::cell::OnceCell;
use std::fmt::Write;

use crate::html;

/// A width or a precision. No page needs more, and it keeps what one placeholder can ask for small.
const MAX_NUMBER: usize = 9_999;

/// How a value is written: `-20s`, `05d`, `r`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Conversion {
    left: bool,
    zeros: bool,
    /// The sign of a number that is not negative.
    sign: Option<char>,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Str,
    Repr,
    Ascii,
    Decimal,
    Octal,
    Hex,
    UpperHex,
}

impl Conversion {
    /// Parses what `text` begins with; gives its length as well. Without a conversion that the value has, the length
    /// up to the character that is wrong, or none when the text ends before.
    pub(super) fn parse(text: &str, is_number: bool) -> Result<(Conversion, usize), Option<usize>> {
        let mut conversion = Conversion::default();
        let mut at = conversion.flags(text);
        conversion.width = number(text, &mut at)?.unwrap_or(0);
        if text[at..].starts_with('.') {
            at += 1;
            conversion.precision = Some(number(text, &mut at)?.unwrap_or(0));
        }
        let letter = text[at..].chars().next().ok_or(None)?;
        let end = at + letter.len_utf8();
        conversion.kind = match letter {
            's' => Kind::Str,
            'r' => Kind::Repr,
            'a' => Kind::Ascii,
            'd' | 'i' | 'u' if is_number => Kind::Decimal,
            'o' if is_number => Kind::Octal,
            'x' if is_number => Kind::Hex,
            'X' if is_number => Kind::UpperHex,
            _ => return Err(Some(end)),
        };
        Ok((conversion, end))
    }

    fn flags(&mut self, text: &str) -> usize {
        for (at, flag) in text.bytes().enumerate() {
            match flag {
                b'-' => self.left = true,
                b'0' => self.zeros = true,
                b'+' => self.sign = Some('+'),
                b' ' => self.sign = self.sign.or(Some(' ')),
                b'#' => self.alternate = true,
                _ => return at,
            }
        }
        text.len()
    }

    /// Whether the text goes in as it is.
    pub(super) fn is_plain(&self) -> bool {
        self.kind == Kind::Str && self.width == 0 && self.precision.is_none()
    }

    pub(super) fn number(&self, value: u16) -> String {
        let (digits, prefix) = match self.kind {
            Kind::Octal => (format!("{value:o}"), "0o"),
            Kind::Hex => (format!("{value:x}"), "0x"),
            Kind::UpperHex => (format!("{value:X}"), "0X"),
            Kind::Decimal => (value.to_string(), ""),
            Kind::Str | Kind::Repr | Kind::Ascii => return self.cut_and_padded(&value.to_string()),
        };
        let mut head: String = self.sign.into_iter().collect();
        if self.alternate {
            head.push_str(prefix);
        }
        let zeros = if self.zeros && !self.left { self.width.saturating_sub(head.len()) } else { 0 };
        let digits = format!("{digits:0>width$}", width = zeros.max(self.precision.unwrap_or(0)));
        self.padded(&(head + &digits))
    }

    /// A text that stands in the page as HTML.
    pub(super) fn text(&self, text: &Text<'_>) -> String {
        self.cut_and_padded(match self.kind {
            Kind::Repr => text.repr.get_or_init(|| quoted(text.escaped(), false)),
            Kind::Ascii => text.ascii.get_or_init(|| quoted(text.escaped(), true)),
            _ => text.escaped(),
        })
    }

    fn cut_and_padded(&self, text: &str) -> String {
        let end = self.precision.and_then(|most| text.char_indices().nth(most));
        self.padded(&text[..end.map_or(text.len(), |(at, _)| at)])
    }

    fn padded(&self, text: &str) -> String {
        match self.left {
            true => format!("{text:<width$}", width = self.width),
            false => format!("{text:>width$}", width = self.width),
        }
    }
}

fn number(text: &str, at: &mut usize) -> Result<Option<usize>, Option<usize>> {
    let digits = text[*at..].bytes().take_while(u8::is_ascii_digit).count();
    let word = &text[*at..*at + digits];
    *at += digits;
    match word.parse() {
        Ok(number) if number <= MAX_NUMBER => Ok(Some(number)),
        _ if word.is_empty() => Ok(None),
        _ => Err(Some(*at)),
    }
}

/// A text in the forms that conversions ask for, each made once a page at most.
pub(super) struct Text<'a> {
    pub(super) raw: &'a str,
    escaped: OnceCell<String>,
    repr: OnceCell<String>,
    ascii: OnceCell<String>,
}

impl<'a> Text<'a> {
    pub(super) fn new(raw: &'a str) -> Text<'a> {
        Text { raw, escaped: OnceCell::new(), repr: OnceCell::new(), ascii: OnceCell::new() }
    }

    fn escaped(&self) -> &str {
        self.escaped.get_or_init(|| html::escape(self.raw))
    }
}

/// As Python's `repr`, or `ascii`, of a text.
fn quoted(text: &str, ascii: bool) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for character in text.chars() {
        let code = u32::from(character);
        let result = match character {
            '\\' => write!(shown, "\\\\"),
            '\n' => write!(shown, "\\n"),
            '\r' => write!(shown, "\\r"),
            '\t' => write!(shown, "\\t"),
            _ if character == quote => write!(shown, "\\{quote}"),
            _ if if ascii { matches!(character, ' '..='~') } else { is_printable(character) } => {
                shown.write_char(character)
            }
            _ if code <= 0xff => write!(shown, "\\x{code:02x}"),
            _ if code <= 0xffff => write!(shown, "\\u{code:04x}"),
            _ => write!(shown, "\\U{code:08x}"),
        };
        result.expect("writing to a String does not fail");
    }
    shown.push(quote);
    shown
}

fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return matches!(character, ' '..='~');
    }
    // At the beginning of a text Rust shows a combining character by its number as well.
    let text: String = ['a', character].iter().collect();
    text.escape_debug().eq(text.chars())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(conversion: &str, value: u16) -> String {
        let (parsed, length) = Conversion::parse(conversion, true).expect(conversion);
        assert_eq!(length, conversion.len());
        parsed.number(value)
    }

    fn text(conversion: &str, value: &str) -> String {
        Conversion::parse(conversion, false).expect(conversion).0.text(&Text::new(value))
    }

    #[test]
    fn numbers_are_written_as_python_does() {
        for (conversion, written) in [
            ("d", "404"),
            ("i", "404"),
            ("u", "404"),
            ("5d", "  404"),
            ("-5d", "404  "),
            ("05d", "00404"),
            ("-05d", "404  "),
            ("+d", "+404"),
            ("+ d", "+404"),
            (" d", " 404"),
            ("+06d", "+00404"),
            (".5d", "00404"),
            ("8.5d", "   00404"),
            ("08.5d", "00000404"),
            ("x", "194"),
            ("#x", "0x194"),
            ("#08X", "0X000194"),
            ("#o", "0o624"),
            ("s", "404"),
            ("r", "404"),
            ("a", "404"),
            ("05s", "  404"),
            (".2s", "40"),
            (".d", "404"),
        ] {
            assert_eq!(number(conversion, 404), written, "{conversion}");
        }
    }

    #[test]
    fn texts_are_written_as_python_does() {
        for (conversion, value, written) in [
            ("s", "a<b", "a&lt;b"),
            ("5s", "äb", "   äb"),
            ("-5s", "äb", "äb   "),
            (".1s", "äb", "ä"),
            ("4.2s", "abc", "  ab"),
            ("r", "it's", "\"it's\""),
            ("r", "\"it's\"", "'\"it\\'s\"'"),
            (
                "r",
                "a\\\n\r\t\0\u{7f}\u{85}é\u{a0}\u{ad}→\u{301}\u{2028}🦀\u{e0001}",
                "'a\\\\\\n\\r\\t\\x00\\x7f\\x85é\\xa0\\xad→\u{301}\\u2028🦀\\U000e0001'",
            ),
            ("a", "é→🦀", "'\\xe9\\u2192\\U0001f980'"),
            (".3r", "abc", "'ab"),
        ] {
            assert_eq!(text(conversion, value), written, "{conversion} {value:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_for_the_value_is_refused() {
        for conversion in
            ["d", "x", "c", "f", "%", "*s", "10000s", ".10000s", "99999999999999999999s", "ls", "→"]
        {
            let length = Conversion::parse(conversion, false).unwrap_err().expect(conversion);
            assert!(conversion.is_char_boundary(length), "{conversion}");
        }
        for conversion in ["c", "f", "e", "%", "5.5f"] {
            assert!(Conversion::parse(conversion, true).is_err(), "{conversion}");
        }
        assert_eq!(Conversion::parse("-05", true), Err(None));
    }
}
