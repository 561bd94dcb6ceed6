//! Why a request is not served.

/// Why a request is refused before a handler sees it: the answer's status, its phrase, and Python's wording of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status of the answer.
    pub status: u16,
    /// The phrase, unless it is the one that belongs to the status.
    pub message: Option<String>,
    /// The long text, unless it is the one that belongs to the status.
    pub explain: Option<String>,
}

impl Refusal {
    /// A refusal with a phrase of its own.
    pub fn new(status: u16, message: impl Into<String>) -> Refusal {
        Refusal { status, message: Some(message.into()), explain: None }
    }

    /// A refusal with the texts that belong to its status.
    pub fn bare(status: u16) -> Refusal {
        Refusal { status, message: None, explain: None }
    }
}

/// A text of the client's as Python's `repr` shows it: quoted, on one line, in ASCII or Latin-1.
pub fn quoted(text: &[u8]) -> String {
    const SHOWN: usize = 200;
    // Python takes the other quotes where they save an escape.
    let quote = if text.contains(&b'\'') && !text.contains(&b'"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for &byte in text.iter().take(SHOWN) {
        match byte {
            b'\'' if quote == '\'' => shown.push_str("\\'"),
            b'\\' => shown.push_str("\\\\"),
            b'\r' => shown.push_str("\\r"),
            b'\n' => shown.push_str("\\n"),
            b'\t' => shown.push_str("\\t"),
            0x20..=0x7e | 0xa1..=0xac | 0xae..=0xff => shown.push(char::from(byte)),
            _ => shown.push_str(&format!("\\x{byte:02x}")),
        }
    }
    shown.push(quote);
    if text.len() > SHOWN {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn texts_are_shown_as_python_shows_them() {
        assert_eq!(quoted(b"a'b"), "\"a'b\"");
        assert_eq!(quoted(b"\x00\n"), "'\\x00\\n'");
    }
}
