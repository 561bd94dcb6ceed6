//! What a handler may put into the head of an answer.

use std::borrow::Cow;

use crate::failure::Failure;
use crate::grammar::{is_token, is_value};

/// The fields whose meaning is the host's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    ContentLength,
    TransferEncoding,
    Connection,
    Upgrade,
    Other,
}

impl Known {
    pub(crate) fn of(name: &[u8]) -> Known {
        match name.len() {
            7 if name.eq_ignore_ascii_case(b"upgrade") => Known::Upgrade,
            10 if name.eq_ignore_ascii_case(b"connection") => Known::Connection,
            14 if name.eq_ignore_ascii_case(b"content-length") => Known::ContentLength,
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => Known::TransferEncoding,
            _ => Known::Other,
        }
    }
}

pub(crate) fn invalid(name: &str, why: &str) -> Failure {
    Failure::InvalidField(format!("{name} {why}"))
}

pub(crate) fn check_name(name: &[u8]) -> Result<(), Failure> {
    if is_token(name) {
        return Ok(());
    }
    let shown: String = name.iter().take(40).map(|&byte| char::from(byte)).collect();
    Err(Failure::InvalidField(format!(
        "{shown:?} is no field name: letters, digits and !#$%&'*+-.^_`|~ are allowed"
    )))
}

/// Whether the value of a Connection field has this option.
pub(crate) fn has_option(value: &[u8], option: &[u8]) -> bool {
    value.split(|&byte| byte == b',').any(|other| other.trim_ascii().eq_ignore_ascii_case(option))
}

/// The value without the white space around it. Nothing in it may end the line or confuse a terminal.
pub(crate) fn check_value<'a>(name: &[u8], value: &'a [u8]) -> Result<&'a [u8], Failure> {
    if !is_value(value) {
        let name = String::from_utf8_lossy(name);
        return Err(Failure::InvalidField(format!("the value of {name} holds {}", control(value))));
    }
    Ok(value.trim_ascii())
}

/// A text for the status line or an attribute.
pub(crate) fn check_text(what: &str, text: &[u8]) -> Result<(), Failure> {
    match is_value(text) {
        true => Ok(()),
        false => Err(Failure::InvalidField(format!("{what} holds {}", control(text)))),
    }
}

/// The first that must not be there.
fn control(text: &[u8]) -> String {
    let byte = text.iter().find(|&&byte| !is_value(&[byte])).unwrap_or(&0);
    format!("the control character \\x{byte:02x}")
}

/// Unicode to ISO-8859-1, without loss or not at all.
pub(crate) fn to_latin1<'a>(what: &str, text: &'a str) -> Result<Cow<'a, [u8]>, Failure> {
    if text.is_ascii() {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let byte = |character: char| u8::try_from(u32::from(character)).map_err(|_| character);
    match text.chars().map(byte).collect() {
        Ok(bytes) => Ok(Cow::Owned(bytes)),
        Err(character) => Err(Failure::InvalidField(format!(
            "{what} holds U+{:04X}, and only characters up to U+00FF can be sent",
            u32::from(character)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_ends_a_line_passes() {
        for value in ["a\r\nb", "a\nb", "a\rb", "a\0b", "a\x7fb", "\x1b[31m"] {
            assert!(check_value(b"X", value.as_bytes()).is_err(), "{value:?}");
        }
        assert_eq!(check_value(b"X", b" a\tb "), Ok(b"a\tb".as_slice()));
        assert_eq!(check_value(b"X", b""), Ok(b"".as_slice()));
    }

    #[test]
    fn a_name_is_a_token() {
        for name in ["", "a b", "a:", "a\r\n", "é"] {
            assert!(check_name(name.as_bytes()).is_err(), "{name:?}");
        }
        assert_eq!(check_name(b"X-A_b!"), Ok(()));
    }

    #[test]
    fn characters_become_bytes_or_an_error() {
        assert_eq!(to_latin1("value", "ab").unwrap().as_ref(), b"ab");
        assert_eq!(to_latin1("value", "é\u{ff}").unwrap().as_ref(), b"\xe9\xff");
        assert!(
            matches!(to_latin1("value", "\u{100}"), Err(Failure::InvalidField(text)) if text.contains("U+0100"))
        );
    }
}
