//! What a handler may put into the head of an answer.

use crate::failure::Failure;
use crate::grammar::{is_same, is_token, is_value};
use crate::limits::MAX_RESPONSE_HEAD;

/// The fields whose meaning is the host's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// How many bytes the body has.
    ContentLength,
    /// How the body is coded for this hop.
    TransferEncoding,
    /// What shall become of the connection.
    Connection,
    /// The protocol that the connection changes to.
    Upgrade,
    /// Any other: it goes out as it is.
    Other,
}

impl Known {
    /// The one with this name, compared without case.
    pub fn of(name: &[u8]) -> Known {
        // Length and first letter tell nearly all others apart.
        match (name.len(), name.first().map(|first| first | 0x20)) {
            (7, Some(b'u')) if is_same(name, b"upgrade") => Known::Upgrade,
            (10, Some(b'c')) if is_same(name, b"connection") => Known::Connection,
            (14, Some(b'c')) if is_same(name, b"content-length") => Known::ContentLength,
            (17, Some(b't')) if is_same(name, b"transfer-encoding") => Known::TransferEncoding,
            _ => Known::Other,
        }
    }
}

/// The failure of a field, by its name and why.
pub fn invalid(name: &str, why: &str) -> Failure {
    Failure::InvalidField(format!("{name} {why}"))
}

/// Whether it can be the name of a field.
///
/// # Errors
///
/// [`Failure::InvalidField`] when it is no token.
pub fn check_name(name: &[u8]) -> Result<(), Failure> {
    if is_token(name) {
        return Ok(());
    }
    let shown: String = name.iter().take(40).map(|&byte| char::from(byte)).collect();
    Err(Failure::InvalidField(format!(
        "{shown:?} is no field name: letters, digits and !#$%&'*+-.^_`|~ are allowed"
    )))
}

/// The options of a Connection field that mean something to a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// The connection ends after this message.
    pub close: bool,
    /// It goes on, where nobody takes that for granted.
    pub keep_alive: bool,
    /// The message has an Upgrade field for this hop.
    pub upgrade: bool,
}

impl ConnectionOptions {
    /// What the value of a field says. Options are a list, and compared without case (RFC 9110, section 7.6.1).
    pub fn of(value: &[u8]) -> ConnectionOptions {
        let mut options = ConnectionOptions::default();
        for option in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
            options.close |= option.eq_ignore_ascii_case(b"close");
            options.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            options.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
        }
        options
    }

    /// What two fields say together.
    #[must_use]
    pub fn and(self, other: ConnectionOptions) -> ConnectionOptions {
        ConnectionOptions {
            close: self.close || other.close,
            keep_alive: self.keep_alive || other.keep_alive,
            upgrade: self.upgrade || other.upgrade,
        }
    }
}

/// The value of a Content-Length field. Digits only: no sign, no blank, no list, nothing beyond 64 bits (RFC 9110, section
/// 8.6).
pub fn length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    value
        .iter()
        .try_fold(0_u64, |length, &digit| length.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
}

/// Appends a number in digits. A length stands in nearly every head, and the formatting of all things takes its time.
pub fn append_number(to: &mut Vec<u8>, mut number: u64) {
    // As many as 64 bits have.
    let (mut digits, mut at) = ([0; 20], 20);
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return to.extend_from_slice(&digits[at..]);
        }
    }
}

/// The value without the white space around it. Nothing in it may end the line or confuse a terminal.
pub fn check_value<'a>(name: &[u8], value: &'a [u8]) -> Result<&'a [u8], Failure> {
    if !is_value(value) {
        let name = String::from_utf8_lossy(name);
        return Err(Failure::InvalidField(format!("the value of {name} holds {}", control(value))));
    }
    Ok(value.trim_ascii())
}

/// A text for the status line or an attribute.
pub fn check_text(what: &str, text: &[u8]) -> Result<(), Failure> {
    match is_value(text) {
        true => Ok(()),
        false => Err(Failure::InvalidField(format!("{what} holds {}", control(text)))),
    }
}

/// Whether a text could stand in a head by its length alone. To be asked before it is looked through, which takes
/// time: a guest may hand over megabytes.
///
/// # Errors
///
/// [`Failure::TooLarge`], when it could not.
pub fn fits_head(text: &str) -> Result<(), Failure> {
    // Each character up to U+00FF has at most two bytes in UTF-8.
    if text.len() > 2 * MAX_RESPONSE_HEAD {
        return Err(Failure::TooLarge(MAX_RESPONSE_HEAD as u64));
    }
    Ok(())
}

/// The first that must not be there.
fn control(text: &[u8]) -> String {
    let byte = text.iter().find(|&&byte| !is_value(&[byte])).unwrap_or(&0);
    format!("the control character \\x{byte:02x}")
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
    fn a_text_that_no_head_has_room_for_is_known_by_its_length() {
        assert_eq!(fits_head(&"é".repeat(MAX_RESPONSE_HEAD)), Ok(()));
        let too_large = Err(Failure::TooLarge(MAX_RESPONSE_HEAD as u64));
        assert_eq!(fits_head(&"x".repeat(2 * MAX_RESPONSE_HEAD + 1)), too_large);
    }

    #[test]
    fn a_name_is_a_token() {
        for name in ["", "a b", "a:", "a\r\n", "é"] {
            assert!(check_name(name.as_bytes()).is_err(), "{name:?}");
        }
        assert_eq!(check_name(b"X-A_b!"), Ok(()));
    }

    proptest::proptest! {
        #[test]
        fn a_length_is_its_digits(length: u64, zeros in 0usize..5) {
            let text = format!("{}{length}", "0".repeat(zeros));
            proptest::prop_assert_eq!(super::length(text.as_bytes()), Some(length));
            let mut digits = b"x".to_vec();
            append_number(&mut digits, length);
            proptest::prop_assert_eq!(digits, format!("x{length}").into_bytes());
        }

        #[test]
        fn whatever_else_is_no_length(text in "[ -~]{0,9}") {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            proptest::prop_assert_eq!(super::length(text.as_bytes()).is_some(), digits);
            proptest::prop_assert_eq!(super::length(&[b"99999999999", text.as_bytes(), b"99999999999"].concat()), None);
        }
    }
}
