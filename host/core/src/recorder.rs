//! A request without a socket, and what was answered to it: for tests of handlers, and the plainest [`Downstream`].

use std::task::{Context, Poll};
use std::time::Duration;

use crate::answer_head::{AnswerHead, BodyPlan};
use crate::downstream::{Downstream, Piece};
use crate::failure::Failure;
use crate::head::RequestHead;
use crate::peer::{Address, Peer};

/// Brings one request, whose body is all there, and keeps the answer.
pub struct Recorder {
    head: RequestHead,
    peer: Peer,
    body: Vec<u8>,
    /// Bytes of the body that were read.
    read: usize,
    answer: Recorded,
}

/// What was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// The statuses of informational answers.
    pub informational: Vec<u16>,
    /// The status, 0 if there was no answer.
    pub status: u16,
    /// The reason phrase, in ISO-8859-1.
    pub phrase: Vec<u8>,
    /// The fields in order, with the length of a body that is known.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Recorded {
    /// The value of the first field with this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Recorder {
    /// A request with a body, from a client at 127.0.0.1.
    pub fn new(head: RequestHead, body: impl Into<Vec<u8>>) -> Recorder {
        let local = |port| Address::from(std::net::SocketAddr::from(([127, 0, 0, 1], port)));
        let peer = Peer::new(local(50_000), local(8000));
        Recorder { head, peer, body: body.into(), read: 0, answer: Recorded::default() }
    }

    /// A GET of this target.
    pub fn get(target: &str) -> Recorder {
        Recorder::new(RequestHead::of("GET", target, [("Host", "127.0.0.1:8000")]), [])
    }

    /// What was answered.
    pub fn into_answer(self) -> Recorded {
        self.answer
    }
}

impl Downstream for Recorder {
    fn request(&self) -> &RequestHead {
        &self.head
    }

    fn peer(&self) -> &Peer {
        &self.peer
    }

    fn informational(&mut self, head: &AnswerHead) {
        self.answer.informational.push(head.status());
    }

    fn head(&mut self, head: &AnswerHead, body: BodyPlan) {
        let text = |bytes| crate::latin1::decode(bytes).into_owned();
        self.answer.status = head.status();
        self.answer.phrase = head.phrase().to_vec();
        self.answer.fields = head.fields().map(|(name, value)| (text(name), text(value))).collect();
        if let BodyPlan::Length(length) = body
            && !head.has_length()
        {
            self.answer.fields.push(("Content-Length".into(), length.to_string()));
        }
    }

    fn data(&mut self, bytes: &[u8]) {
        self.answer.body.extend_from_slice(bytes);
    }

    fn end(&mut self) {}

    fn upgrade(&mut self, head: &AnswerHead) {
        self.head(head, BodyPlan::None);
    }

    fn retract(&mut self) -> bool {
        let informational = std::mem::take(&mut self.answer.informational);
        self.answer = Recorded { informational, ..Recorded::default() };
        true
    }

    fn has_left(&self) -> bool {
        false
    }

    fn is_unwritable(&self) -> bool {
        false
    }

    fn waiting_bytes(&self) -> usize {
        0
    }

    fn sent_bytes(&self) -> u64 {
        self.answer.body.len() as u64
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn body(&mut self, most: usize) -> Result<Piece<'_>, Failure> {
        let left = &self.body[self.read..];
        Ok(if left.is_empty() { Piece::End } else { Piece::There(&left[..left.len().min(most)]) })
    }

    fn consume(&mut self, bytes: usize) {
        self.read += bytes;
    }

    fn poll_body(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn body_is_at_end(&self) -> bool {
        self.read == self.body.len()
    }

    fn body_left(&self) -> Option<u64> {
        Some((self.body.len() - self.read) as u64)
    }

    fn body_failure(&self) -> Option<&Failure> {
        None
    }

    fn trailers(&self) -> Result<Vec<(String, String)>, Failure> {
        Ok(Vec::new())
    }

    fn set_timeout(&mut self, _: Duration) {}
}
