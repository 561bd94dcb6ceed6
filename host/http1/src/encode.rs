//! An answer as HTTP/1 has it on the wire: status line, framing, chunks (RFC 9112, sections 4, 6 and 7).

use std::io::Write as _;

use doverb_core::answer_head::{AnswerHead, BodyPlan};
use doverb_core::attributes::Protocol;
use doverb_core::field::append_number;
use doverb_core::head::{RequestHead, Version};

use crate::outbox::Outbox;

/// How the body ends on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Framing {
    /// By its length, or there is none, or the head is not there yet.
    #[default]
    Plain,
    Chunked,
    UntilClose,
}

/// Writes one answer.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    /// HTTP/0.9: an answer is its body alone.
    wants_head: bool,
    /// Chunks and informational answers are for HTTP/1.1 only.
    is_1_1: bool,
    is_head: bool,
    framing: Framing,
    /// The chunk that gathers until it must leave.
    chunk: Vec<u8>,
    /// Whether the status line is written.
    is_begun: bool,
}

/// A chunk's buffer that is kept for the next answer, in bytes.
const KEEP: usize = 16 * 1024;

impl Encoder {
    /// Ready for the answer to a request.
    pub(crate) fn prepare(&mut self, request: &RequestHead) {
        // Who sent no valid line may have spoken HTTP/1.x and must be able to read the error.
        self.wants_head = !request.is_parsed() || request.version() != Version::Http09;
        self.is_1_1 = request.is_parsed() && request.version() == Version::Http11;
        self.is_head = request.is_head();
        self.restart();
    }

    /// Forgets an answer that was taken back.
    pub(crate) fn restart(&mut self) {
        self.framing = Framing::Plain;
        self.is_begun = false;
        self.chunk.clear();
        if self.chunk.capacity() > KEEP {
            self.chunk = Vec::new();
        }
    }

    /// Whether only the end of the connection ends the body.
    pub(crate) fn ends_by_close(&self) -> bool {
        self.framing == Framing::UntilClose
    }

    /// Bytes of the chunk that gathers.
    pub(crate) fn gathered(&self) -> usize {
        self.chunk.len()
    }

    /// RFC 9112, section 6.1: neither to an HTTP/1.0 client nor in an answer that calls itself HTTP/1.0, which
    /// its receiver must take for broken.
    fn takes_chunks(&self, head: &AnswerHead) -> bool {
        self.is_1_1 && head.protocol() == Protocol::Http11
    }

    /// An informational answer. RFC 9110, section 15.2: never to an HTTP/1.0 client.
    pub(crate) fn informational(&self, out: &mut Outbox, head: &AnswerHead) {
        if self.is_1_1 {
            let mut bytes = Vec::with_capacity(64);
            append_status_line(&mut bytes, head);
            bytes.extend_from_slice(head.fields_text());
            bytes.extend_from_slice(b"\r\n");
            out.insert(&bytes);
        }
    }

    /// The status line, once, and the fields that were not written yet.
    pub(crate) fn head_so_far(&mut self, out: &mut Outbox, head: &AnswerHead) {
        out.mark();
        if !self.wants_head {
            return;
        }
        let bytes = out.bytes();
        if !self.is_begun {
            append_status_line(bytes, head);
        }
        bytes.extend_from_slice(head.fields_text());
        self.is_begun = true;
    }

    /// The whole head, with what the host adds to the fields.
    pub(crate) fn head(&mut self, out: &mut Outbox, head: &AnswerHead, body: BodyPlan) {
        let takes_chunks = self.takes_chunks(head);
        self.framing = match body {
            BodyPlan::Streamed if takes_chunks => Framing::Chunked,
            BodyPlan::Streamed if !self.is_head => Framing::UntilClose,
            _ => Framing::Plain,
        };
        self.head_so_far(out, head);
        if !self.wants_head {
            return;
        }
        // RFC 9110, section 8.6, asks for a length where it can be told, and does without where the connection ends it.
        let ends_with_connection = head.is_bare() && head.closes() && head.protocol() == Protocol::Http10;
        let bytes = out.bytes();
        match body {
            BodyPlan::Length(length) if !head.has_length() && !ends_with_connection => {
                append_length(bytes, length);
            }
            BodyPlan::Streamed if takes_chunks => bytes.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
            // RFC 9110, section 15.3.6.
            BodyPlan::None if head.status() == 205 => append_length(bytes, 0),
            _ => {}
        }
        let options = head.connection();
        let closes = head.closes() || self.framing == Framing::UntilClose;
        if closes && !options.close && head.protocol() == Protocol::Http11 {
            bytes.extend_from_slice(b"Connection: close\r\n");
        } else if !closes && (options.keep_alive || !takes_chunks) {
            // RFC 9112, section 9.3: where either side speaks HTTP/1.0 nobody takes it for granted.
            bytes.extend_from_slice(b"Connection: keep-alive\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
    }

    /// The head of an answer after which the connection is the handler's. RFC 9110, section 7.8: Connection says that the
    /// Upgrade field is for this hop.
    pub(crate) fn upgrade(&mut self, out: &mut Outbox, head: &AnswerHead) {
        self.head_so_far(out, head);
        if head.status() == 101 && !head.connection().upgrade {
            out.bytes().extend_from_slice(b"Connection: upgrade\r\n");
        }
        if self.wants_head {
            out.bytes().extend_from_slice(b"\r\n");
        }
    }

    pub(crate) fn data(&mut self, out: &mut Outbox, data: &[u8]) {
        match self.framing {
            Framing::Chunked => self.chunk.extend_from_slice(data),
            Framing::Plain | Framing::UntilClose => out.bytes().extend_from_slice(data),
        }
    }

    /// What gathered leaves as one chunk.
    pub(crate) fn seal(&mut self, out: &mut Outbox) {
        if self.chunk.is_empty() {
            return;
        }
        let bytes = out.bytes();
        let _ = write!(bytes, "{:x}\r\n", self.chunk.len());
        bytes.extend_from_slice(&self.chunk);
        bytes.extend_from_slice(b"\r\n");
        self.chunk.clear();
    }

    /// The end of a streamed body.
    pub(crate) fn end(&mut self, out: &mut Outbox) {
        if self.framing == Framing::Chunked && !self.is_head {
            self.seal(out);
            out.bytes().extend_from_slice(b"0\r\n\r\n");
        }
    }
}

fn append_status_line(bytes: &mut Vec<u8>, head: &AnswerHead) {
    let digit = |place: u16| b'0' + (head.status() / place % 10) as u8;
    let mut line = *match head.protocol() {
        Protocol::Http10 => b"HTTP/1.0 ... ",
        Protocol::Http11 => b"HTTP/1.1 ... ",
    };
    line[9..12].copy_from_slice(&[digit(100), digit(10), digit(1)]);
    bytes.extend_from_slice(&line);
    bytes.extend_from_slice(head.phrase());
    bytes.extend_from_slice(b"\r\n");
}

fn append_length(bytes: &mut Vec<u8>, length: u64) {
    bytes.extend_from_slice(b"Content-Length: ");
    append_number(bytes, length);
    bytes.extend_from_slice(b"\r\n");
}
