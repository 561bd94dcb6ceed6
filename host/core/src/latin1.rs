//! ISO-8859-1, the wire's alphabet, and Unicode, the contract's: both ways without loss.

use std::borrow::Cow;

use crate::failure::Failure;

/// ISO-8859-1 to Unicode: each byte is the character of the same number.
///
/// ```
/// assert_eq!(doverb_core::latin1::decode(b"caf\xe9"), "café");
/// ```
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}

/// Unicode to ISO-8859-1, without loss or not at all.
///
/// # Errors
///
/// [`Failure::InvalidField`] when `text` holds a character above U+00FF; it is named with `what` the text is.
pub fn encode<'a>(what: &str, text: &'a str) -> Result<Cow<'a, [u8]>, Failure> {
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
    fn every_byte_is_the_character_of_its_number() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert!(decode(&bytes).chars().map(u32::from).eq(0..256));
    }

    #[test]
    fn characters_become_bytes_or_an_error() {
        assert_eq!(encode("value", "ab").unwrap().as_ref(), b"ab");
        assert_eq!(encode("value", "é\u{ff}").unwrap().as_ref(), b"\xe9\xff");
        assert!(
            matches!(encode("value", "\u{100}"), Err(Failure::InvalidField(text)) if text.contains("U+0100"))
        );
    }
}
