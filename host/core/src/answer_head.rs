//! The head of an answer as data: what whoever brought the request puts on its wire.

use crate::attributes::Protocol;
use crate::field::ConnectionOptions;

/// Status and fields of an answer. The fields were checked: none can end a line.
#[derive(Debug, Default)]
pub struct AnswerHead {
    protocol: Protocol,
    status: u16,
    phrase: Vec<u8>,
    /// Each as `name: value` with its line end: HTTP/1 copies them in one piece.
    fields: Vec<u8>,
    connection: ConnectionOptions,
    has_length: bool,
    closes: bool,
    is_bare: bool,
}

/// How the body of an answer goes on from its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyPlan {
    /// It has this many bytes.
    Length(u64),
    /// Nobody knows yet how many bytes it has.
    Streamed,
    /// There is none, and nothing is said of one.
    None,
}

impl AnswerHead {
    /// Begins an answer; the buffers are used again. Whoever begins one has checked the phrase: nothing in it ends the line.
    pub fn begin(&mut self, protocol: Protocol, status: u16, phrase: &[u8]) {
        self.clear();
        self.protocol = protocol;
        self.status = status;
        self.phrase.extend_from_slice(phrase);
    }

    pub(crate) fn clear(&mut self) {
        self.phrase.clear();
        self.fields.clear();
        self.status = 0;
        self.connection = ConnectionOptions::default();
        self.has_length = false;
        self.closes = false;
        self.is_bare = false;
    }

    /// Adds a field that was checked.
    pub(crate) fn push(&mut self, name: &[u8], value: &[u8]) {
        self.fields.extend_from_slice(name);
        self.fields.extend_from_slice(b": ");
        self.fields.extend_from_slice(value);
        self.fields.extend_from_slice(b"\r\n");
    }

    /// Adds whole lines of fields that were checked.
    pub(crate) fn push_lines(&mut self, lines: &[u8]) {
        self.fields.extend_from_slice(lines);
    }

    /// Adds a field whose value `append` writes.
    pub(crate) fn push_with(&mut self, name: &[u8], append: impl FnOnce(&mut Vec<u8>)) {
        self.fields.extend_from_slice(name);
        self.fields.extend_from_slice(b": ");
        append(&mut self.fields);
        self.fields.extend_from_slice(b"\r\n");
    }

    /// The fields so far have left; what they mean stays.
    pub(crate) fn forget_fields(&mut self) {
        self.fields.clear();
    }

    pub(crate) fn note_length(&mut self) {
        self.has_length = true;
    }

    pub(crate) fn note_connection(&mut self, options: ConnectionOptions) {
        self.connection = self.connection.and(options);
    }

    pub(crate) fn set_bare(&mut self, is_bare: bool) {
        self.is_bare = is_bare;
    }

    pub(crate) fn set_closes(&mut self, closes: bool) {
        self.closes = closes;
    }

    /// The version that the handler answers in: its `protocol_version`.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The status code, 100 to 999.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase, in ISO-8859-1; may be empty.
    pub fn phrase(&self) -> &[u8] {
        &self.phrase
    }

    /// The fields as HTTP/1 writes them, each with its line end and without the blank line.
    pub fn fields_text(&self) -> &[u8] {
        &self.fields
    }

    /// The fields in order, name and value. Those about the connection are among them, if the handler set any: protocols
    /// that have none must leave them out.
    pub fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        // Names have no colon, and nothing in a value ends a line.
        self.fields.split_inclusive(|&byte| byte == b'\n').filter_map(|line| {
            let line = line.strip_suffix(b"\r\n")?;
            let colon = memchr::memchr(b':', line)?;
            Some((&line[..colon], &line[colon + 2..]))
        })
    }

    /// What the handler's Connection fields say.
    pub fn connection(&self) -> ConnectionOptions {
        self.connection
    }

    /// Whether a Content-Length is among the fields.
    pub fn has_length(&self) -> bool {
        self.has_length
    }

    /// Whether the connection ends after this answer.
    pub fn closes(&self) -> bool {
        self.closes
    }

    /// Whether it is to say no more than its handler does, where whoever reads it needs no more: the answers of a program
    /// that was written for CPython are those that it gives there.
    pub fn is_bare(&self) -> bool {
        self.is_bare
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_out_as_they_went_in() {
        let mut head = AnswerHead::default();
        head.begin(Protocol::Http11, 200, b"OK");
        head.push(b"A", b"b: c");
        head.push(b"Empty", b"");
        let fields: Vec<_> = head.fields().collect();
        assert_eq!(fields, [(&b"A"[..], &b"b: c"[..]), (b"Empty", b"")]);
        assert_eq!(head.fields_text(), b"A: b: c\r\nEmpty: \r\n");
    }
}
