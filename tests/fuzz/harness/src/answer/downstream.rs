//! A client of the answer that holds it to what the seam promises.

use std::task::{Context, Poll};
use std::time::Duration;

use doverb_core::answer_head::{AnswerHead, BodyPlan};
use doverb_core::attributes::Protocol;
use doverb_core::downstream::{Downstream, Piece};
use doverb_core::failure::Failure;
use doverb_core::head::RequestHead;
use doverb_core::peer::{Address, Peer};

use crate::model::{is_text, is_token};

/// Takes the calls of one exchange, and panics at the first that must not come.
pub(crate) struct Strict {
    request: RequestHead,
    peer: Peer,
    body: Vec<u8>,
    read: usize,
    /// Of the final head something was handed on before its end.
    is_begun: bool,
    /// The final head: how its body goes on, and whether it says that the connection closes.
    pub(crate) head: Option<(BodyPlan, bool)>,
    pub(crate) status: u16,
    pub(crate) data: Vec<u8>,
    pub(crate) has_ended: bool,
    pub(crate) is_raw: bool,
    has_left: bool,
    waiting: usize,
}

impl Strict {
    pub(crate) fn new(request: RequestHead, body: &[u8]) -> Strict {
        let nobody = Address::of_unix(None);
        Strict {
            request,
            peer: Peer::new(nobody.clone(), nobody),
            body: body.to_vec(),
            read: 0,
            is_begun: false,
            head: None,
            status: 0,
            data: Vec::new(),
            has_ended: false,
            is_raw: false,
            has_left: false,
            waiting: 0,
        }
    }

    /// Whether no more than a head may be sent.
    pub(crate) fn is_head(&self) -> bool {
        self.request.is_head()
    }

    fn check_head(head: &AnswerHead) {
        assert!((100..=999).contains(&head.status()), "{}", head.status());
        assert!(is_text(head.phrase()));
        let text = head.fields_text();
        assert!(text.is_empty() || text.ends_with(b"\r\n"));
        let mut fields = 0;
        let mut lengths = 0;
        for (name, value) in head.fields() {
            assert!(is_token(name) && is_text(value), "{}", text.escape_ascii());
            assert!(!name.eq_ignore_ascii_case(b"Transfer-Encoding"), "the downstream frames");
            lengths += usize::from(name.eq_ignore_ascii_case(b"Content-Length"));
            fields += 1;
        }
        assert_eq!(fields, text.iter().filter(|&&byte| byte == b'\n').count(), "a field is a line");
        assert!(lengths <= 1);
        // A part of a head may have left before, with the length in it.
        assert!(lengths == 0 || head.has_length());
    }
}

impl Downstream for Strict {
    fn request(&self) -> &RequestHead {
        &self.request
    }

    fn peer(&self) -> &Peer {
        &self.peer
    }

    fn informational(&mut self, head: &AnswerHead) {
        Strict::check_head(head);
        assert!((100..200).contains(&head.status()) && head.status() != 101);
        assert!(!self.is_raw && !self.has_left, "nothing of the final head has left");
        assert!(head.fields().all(|(name, _)| !name.eq_ignore_ascii_case(b"Content-Length")));
        self.waiting += 1;
    }

    fn head_so_far(&mut self, head: &AnswerHead) -> bool {
        Strict::check_head(head);
        assert!(self.head.is_none() && !self.is_raw);
        self.is_begun = true;
        self.waiting += 1;
        true
    }

    fn head(&mut self, head: &AnswerHead, body: BodyPlan) {
        Strict::check_head(head);
        assert!(self.head.is_none() && !self.is_raw, "one final head");
        assert!(head.status() >= 200);
        let bodiless = matches!(head.status(), 204 | 205 | 304);
        assert!(!bodiless || body == BodyPlan::None);
        if let (BodyPlan::Length(length), Some((_, said))) =
            (body, head.fields().find(|(name, _)| name.eq_ignore_ascii_case(b"Content-Length")))
        {
            let said: u64 = std::str::from_utf8(said).unwrap().parse().unwrap();
            assert_eq!(length, said);
        }
        self.status = head.status();
        // To whoever is answered in HTTP/1.0 nothing is said: it closes unless something is.
        self.head = Some((body, head.closes() && head.protocol() == Protocol::Http11));
        self.is_begun = true;
        self.waiting += 1;
    }

    fn data(&mut self, bytes: &[u8]) {
        if !self.is_raw {
            let (plan, _) = self.head.expect("a head before the body");
            assert!(!self.has_ended && !self.is_head());
            self.data.extend_from_slice(bytes);
            match plan {
                BodyPlan::Length(length) => assert!(self.data.len() as u64 <= length),
                BodyPlan::Streamed => {}
                BodyPlan::None => panic!("there is no body"),
            }
        }
        self.waiting += bytes.len();
    }

    fn end(&mut self) {
        let (plan, _) = self.head.expect("a head before the end");
        assert!(plan == BodyPlan::Streamed && !self.has_ended && !self.is_head());
        self.has_ended = true;
    }

    fn upgrade(&mut self, head: &AnswerHead) {
        Strict::check_head(head);
        assert!(self.head.is_none() && !self.is_raw);
        let tunnel = self.request.is_connect() && (200..300).contains(&head.status());
        assert!(tunnel || (head.status() == 101 && self.request.wants().may_upgrade));
        assert!(self.body_is_at_end());
        self.status = head.status();
        self.is_raw = true;
        self.has_left = true;
    }

    fn retract(&mut self) -> bool {
        if self.has_left {
            return false;
        }
        (self.is_begun, self.head, self.status, self.has_ended) = (false, None, 0, false);
        self.data.clear();
        true
    }

    fn has_left(&self) -> bool {
        self.has_left
    }

    fn is_unwritable(&self) -> bool {
        false
    }

    fn waiting_bytes(&self) -> usize {
        self.waiting
    }

    fn sent_bytes(&self) -> u64 {
        0
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.has_left |= self.is_begun;
        self.waiting = 0;
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
