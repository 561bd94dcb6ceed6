//! One request and its answer, as the handler sees them: what Python keeps in `self` for the time of `do_*`.

use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use crate::answer::{Answer, Beginning, Ended};
use crate::attributes::{Attributes, Protocol};
use crate::clock::{Came, Clock, Wait};
use crate::date;
use crate::downstream::{self, Downstream};
use crate::failure::Failure;
use crate::field::{self, Known};
use crate::head::{RequestHead, Version};
use crate::latin1;
use crate::limits::{MAX_RESPONSE_HEAD, PIECE};
use crate::persistence::Persistence;
use crate::site::Site;
use crate::terms::Terms;
use crate::vacant::Vacant;

mod conclusion;
mod failure_page;
#[cfg(feature = "components")]
mod gathered;
mod native;
mod pausing;
mod readiness;
mod reading;
mod reports;

pub use conclusion::Ending;
#[cfg(feature = "components")]
pub(crate) use gathered::{Lines, Opening};
pub(crate) use pausing::Pausing;
pub(crate) use readiness::{Side, Sides};
pub(crate) use reports::Report;

/// Whether the client still waits to be told to send its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Expect {
    #[default]
    Nothing,
    Continue,
    Told,
}

/// The request that is being served, and its answer.
///
/// A session has one for all of its requests. While an instance serves one of them, the exchange is with that instance, and
/// the session has a vacant one instead.
pub struct Exchange {
    pub(crate) site: Arc<Site>,
    pub(crate) down: Box<dyn Downstream>,
    pub(crate) answer: Answer,
    pub(crate) attributes: Attributes,
    pub(crate) persistence: Persistence,
    /// What is in force for the handler.
    pub(crate) terms: Arc<Terms>,
    /// Whether a request is being served; not so in `setup` and `finish`.
    in_request: bool,
    /// Whether the handler has said that it failed.
    has_failed: bool,
    expect: Expect,
    /// What a wait for the body that was no read has failed with, until a read says so.
    untold: Option<Failure>,
    /// The session's number, from 1: it is no other's while the server runs.
    pub(crate) session: u64,
    /// The request's number in its session, from 1.
    number: u64,
    /// Where the log was when the request began; it is looked up while somebody develops.
    began_at: u64,
    /// What `version-string` and `date-time-string` of the handler's own gave for this request.
    pub(crate) own_version: Option<Vec<u8>>,
    pub(crate) own_date: Option<Vec<u8>>,
    /// There when the handler overrides one of the log functions.
    pub(crate) reports: Option<Vec<Report>>,
    /// Bytes that were logged for the request.
    logged: usize,
    /// Whether nobody else would miss the instance that has the exchange.
    pub(crate) is_alone: bool,
    /// The handler's clock, when the connection is raw.
    pub(crate) clock: Option<Arc<Clock>>,
    /// What its handler has paused for.
    pub(crate) pausing: Pausing,
}

impl Exchange {
    /// An exchange without a request.
    pub(crate) fn new(site: Arc<Site>, session: u64) -> Exchange {
        let terms = Arc::clone(site.terms());
        let attributes = terms.attributes();
        Exchange {
            site,
            down: Box::new(Vacant),
            answer: Answer::default(),
            attributes,
            persistence: Persistence::default(),
            terms,
            in_request: false,
            has_failed: false,
            expect: Expect::Nothing,
            untold: None,
            session,
            number: 0,
            began_at: 0,
            own_version: None,
            own_date: None,
            reports: None,
            logged: 0,
            is_alone: true,
            clock: None,
            pausing: Pausing::default(),
        }
    }

    /// Whether a handler that waits for something else, or computes for long, ends when its client is lost.
    pub(crate) fn ends_with_client(&self) -> bool {
        self.in_request && (self.is_alone || self.clock.as_ref().is_some_and(|clock| clock.is_ones()))
    }

    /// Whether that is so, and its client is lost: looked at once, by who goes on otherwise.
    pub(crate) fn has_lost_its_client(&mut self) -> bool {
        if !self.ends_with_client() {
            return false;
        }
        let mut nobody = Context::from_waker(Waker::noop());
        // One that was given up for its slowness is told to the handler, which may go on to its end.
        let is_gone = self.down.gone().as_mut().poll(&mut nobody).is_ready();
        if is_gone {
            self.down.lose();
        }
        is_gone
    }

    /// Takes in a request; what the last one left is forgotten.
    pub(crate) fn begin(&mut self, down: Box<dyn Downstream>) {
        self.down = down;
        self.begin_resumed();
    }

    /// The same, from whom it has taken already.
    pub(crate) fn begin_resumed(&mut self) {
        self.number += 1;
        self.in_request = true;
        self.has_failed = false;
        self.own_version = None;
        self.own_date = None;
        self.clock = None;
        self.untold = None;
        self.logged = 0;
        self.pausing = Pausing::default();
        let request = self.down.request();
        self.answer.prepare(request);
        if let Some(development) = self.site.development() {
            self.answer.add_to_pages(development.page_end());
            self.began_at = self.site.log().mark();
        }
        self.expect = if request.expects_continue() { Expect::Continue } else { Expect::Nothing };
        self.persistence = Persistence::of(request, self.attributes.protocol);
        self.down.set_timeout(self.attributes.timeout);
    }

    /// Takes who brought the last request once more, when there is no request any more.
    pub(crate) fn resume(&mut self, down: Box<dyn Downstream>) {
        self.down = down;
        self.in_request = false;
    }

    /// Gives the request back to who brought it.
    pub(crate) fn end(&mut self) -> Box<dyn Downstream> {
        self.in_request = false;
        std::mem::replace(&mut self.down, Box::new(Vacant))
    }

    /// A new instance begins with its mount's attributes, not with those of the last one.
    pub(crate) fn begin_instance(&mut self, of_program: bool) {
        self.attributes = self.terms.attributes();
        if of_program {
            self.attributes.become_programs();
        }
        self.attributes_have_changed();
    }

    /// The request is for a program that was written for Python, which may have no instance for it yet.
    pub(crate) fn turn_to_program(&mut self) {
        if !self.attributes.is_bare {
            self.attributes.become_programs();
            self.attributes_have_changed();
        }
    }

    /// They are another handler's now.
    pub(crate) fn attributes_have_changed(&mut self) {
        self.down.set_timeout(self.attributes.timeout);
        if self.in_request {
            self.persistence.take_default(self.attributes.protocol);
        }
    }

    /// Whether a request is being served. Not so in `setup` and `finish`.
    pub(crate) fn in_request(&self) -> bool {
        self.in_request
    }

    /// From now on the request can be seen, or not: true when it could be before.
    pub(crate) fn show_request(&mut self, shown: bool) -> bool {
        std::mem::replace(&mut self.in_request, shown)
    }

    /// The head of the request, even while it is not to be seen.
    pub(crate) fn request(&self) -> &RequestHead {
        self.down.request()
    }

    /// `close_connection` as the handler wants it.
    pub fn set_close_connection(&mut self, value: bool) {
        self.persistence.choose(value);
    }

    /// Whether the connection closes after this answer, as far as is known by now.
    /// The handler has failed, and says so itself.
    pub(crate) fn fail(&mut self) {
        self.has_failed = true;
        self.persistence.must_close();
    }

    pub(crate) fn closes(&self) -> bool {
        self.persistence.closes() || self.answer.says_close() || self.site.is_draining()
    }

    pub(crate) fn set_protocol(&mut self, value: &str) -> Result<(), Failure> {
        self.attributes.set_protocol(value)?;
        // A handler that sets its attributes when it begins has been too late for Python's rule.
        if !self.answer.is_begun() {
            self.persistence.take_default(self.attributes.protocol);
        }
        Ok(())
    }

    /// The numbers of its session and of itself.
    pub(crate) fn number(&self) -> (u64, u64) {
        (self.session, self.number)
    }

    /// A name for the request, unique while the server runs.
    pub(crate) fn request_id(&self) -> String {
        format!("{:x}-{:x}", self.session, self.number)
    }

    // The answer.

    /// Logs the request and begins the answer with its status line, `Server` and `Date`.
    ///
    /// # Errors
    ///
    /// As `response.send-response` of the contract.
    pub fn send_response(&mut self, code: u16, message: Option<&str>) -> Result<(), Failure> {
        self.begin_answer("send-response", code, message, true)?;
        self.log_request(Some(code), None);
        Ok(())
    }

    pub(crate) fn send_response_only(&mut self, code: u16, message: Option<&str>) -> Result<(), Failure> {
        self.begin_answer("send-response-only", code, message, false)
    }

    fn begin_answer(
        &mut self,
        call: &str,
        status: u16,
        message: Option<&str>,
        stamped: bool,
    ) -> Result<(), Failure> {
        self.expect_client(call)?;
        if status < 200 && self.down.waiting_bytes() > MAX_RESPONSE_HEAD {
            // Informational answers are not flushed with a wait, so that they could gather without end.
            return Err(Failure::TooLarge(MAX_RESPONSE_HEAD as u64));
        }
        if self.answer.would_upgrade(status) && !self.down.body_is_at_end() {
            // RFC 9110, section 7.8: the new protocol begins when the whole request has been sent.
            return Err(Failure::out_of_order(call, "read the request's body to its end before an upgrade"));
        }
        let phrase = match message {
            Some(message) => {
                field::fits_head(message)?;
                let phrase = latin1::encode("message", message)?;
                field::check_text("message", &phrase)?;
                phrase
            }
            // What a handler has set was checked then.
            None => {
                let phrase = self.attributes.responses(status).map_or("", |(phrase, _)| phrase);
                latin1::encode("message", phrase)?
            }
        };
        let protocol = self.attributes.protocol;
        self.answer.begin(&Beginning { call, protocol, status, phrase: &phrase })?;
        self.answer.set_bare(self.attributes.is_bare);
        if stamped {
            let server = self.own_version.as_deref().unwrap_or_else(|| self.attributes.server_field());
            self.answer.stamp(server, |value| match &self.own_date {
                Some(date) => value.extend_from_slice(date),
                None => date::append_http_now(value),
            });
        }
        Ok(())
    }

    /// Adds a field to the head; both texts are ISO-8859-1.
    pub(crate) fn send_header_bytes(&mut self, name: &[u8], value: &[u8]) -> Result<(), Failure> {
        self.expect_request("send-header")?;
        self.answer.check_field(name, value)?;
        self.send_checked(name, value.trim_ascii(), Known::of(name))
    }

    /// The same for a field that was checked.
    fn send_checked(&mut self, name: &[u8], value: &[u8], known: Known) -> Result<(), Failure> {
        // As in Python, the field decides about the connection.
        if let Some(options) = self.answer.checked_field(name, value, known)? {
            if options.close {
                self.persistence.choose(true);
            } else if value.eq_ignore_ascii_case(b"keep-alive") {
                self.persistence.choose(false);
            }
        }
        Ok(())
    }

    /// Adds a field to the head.
    ///
    /// # Errors
    ///
    /// As `response.send-header` of the contract.
    pub fn send_header(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        field::fits_head(name)?;
        field::fits_head(value)?;
        let name = latin1::encode("the field name", name)?;
        let value = latin1::encode("the field value", value)?;
        self.send_header_bytes(&name, &value)
    }

    /// Ends the head.
    ///
    /// # Errors
    ///
    /// As `response.end-headers` of the contract.
    pub fn end_headers(&mut self) -> Result<(), Failure> {
        self.expect_request("end-headers")?;
        let closes = self.closes();
        match self.answer.end_headers(&mut *self.down, closes)? {
            Ended::Final => {}
            Ended::Upgrade => self.persistence.must_close(),
            Ended::Informational(status) => {
                if self.expect == Expect::Continue && status == 100 {
                    // The handler has told its client to go on without `handle-expect-100`, as it may in Python.
                    self.expect = Expect::Told;
                }
                // An informational answer is of no use when it comes with the final one.
                self.down.send_now();
            }
        }
        Ok(())
    }

    /// Adds bytes to the body. True when so much has gathered that it should be flushed.
    ///
    /// # Errors
    ///
    /// As `wfile.write` of the contract.
    pub fn write(&mut self, data: &[u8]) -> Result<bool, Failure> {
        self.expect_client("write")?;
        self.answer.write(&mut *self.down, data)?;
        Ok(self.down.waiting_bytes() + self.answer.held() >= PIECE)
    }

    /// Whether `bytes` more fit the declared length.
    pub(crate) fn expect_room(&self, bytes: usize) -> Result<(), Failure> {
        self.expect_request("write")?;
        self.answer.expect_room(bytes as u64)
    }

    /// A whole error answer, as Python's `send_error`.
    ///
    /// # Errors
    ///
    /// As `response.send-error` of the contract.
    pub fn send_error(
        &mut self,
        code: u16,
        message: Option<&str>,
        explain: Option<&str>,
    ) -> Result<(), Failure> {
        self.send_error_with(code, message, explain, None)
    }

    /// The same with a field of the host's own.
    pub(crate) fn send_error_with(
        &mut self,
        code: u16,
        message: Option<&str>,
        explain: Option<&str>,
        field: Option<(&str, &str)>,
    ) -> Result<(), Failure> {
        self.expect_request("send-error")?;
        let (phrase, text) = self.attributes.responses(code).unwrap_or(("???", "???"));
        let message = message.unwrap_or(phrase).to_owned();
        let explain = explain.unwrap_or(text).to_owned();
        self.begin_answer("send-error", code, Some(&message), true)?;
        self.log_error(&format!("code {code}, message {message}"));
        self.log_request(Some(code), None);
        self.send_header("Connection", "close")?;
        if let Some((name, value)) = field {
            self.send_header(name, value)?;
        }
        let page = (code >= 200 && !matches!(code, 204 | 205 | 304))
            .then(|| self.attributes.error_page(code, &message, &explain));
        if let Some(page) = &page {
            let content_type = self.attributes.error_content_type().to_owned();
            self.send_header("Content-Type", &content_type)?;
            self.answer.declare_length(page.len() as u64);
        }
        self.end_headers()?;
        if let Some(page) = page {
            self.write(page.as_bytes())?;
        }
        Ok(())
    }

    pub(crate) fn handle_expect_100(&mut self) -> Result<bool, Failure> {
        self.expect_client("handle-expect-100")?;
        if !self.answer.is_at_start() {
            return Err(Failure::out_of_order("handle-expect-100", "an answer has begun already"));
        }
        self.tell_to_continue();
        Ok(true)
    }

    /// Whether Python would call `handle_expect_100` now.
    pub(crate) fn expects_100(&self) -> bool {
        self.expect == Expect::Continue && self.attributes.protocol == Protocol::Http11
    }

    /// `100 Continue`, once, leaves with the next flush, which comes at the latest when the handler waits for the body. It
    /// goes before a final head of which nothing has left.
    fn tell_to_continue(&mut self) {
        let is_too_late = self.down.has_left() || self.answer.is_raw();
        if self.expect == Expect::Told || self.request().version() != Version::Http11 || is_too_late {
            return;
        }
        self.expect = Expect::Told;
        let mut head = crate::answer_head::AnswerHead::default();
        head.begin(self.attributes.protocol, 100, b"Continue");
        self.down.informational(&head);
    }

    /// Whether the client may never send the body that it announced, so that nobody can tell what comes next.
    pub(crate) fn awaits_word(&self) -> bool {
        self.expect == Expect::Continue && !self.down.body_is_at_end()
    }

    fn expect_request(&self, call: &str) -> Result<(), Failure> {
        match self.in_request {
            true => Ok(()),
            false => Err(Failure::out_of_order(call, "no request is being served")),
        }
    }

    /// As [`Exchange::expect_request`], and there is somebody to answer.
    fn expect_client(&self, call: &str) -> Result<(), Failure> {
        self.expect_request(call)?;
        if self.down.is_unwritable() { Err(Failure::Closed) } else { Ok(()) }
    }

    // Waiting for the client.

    /// Sends what may leave, and waits until the system has taken it.
    pub(crate) async fn flush(&mut self) -> Result<(), Failure> {
        self.release();
        self.send().await
    }

    /// Lets all leave that may.
    fn release(&mut self) {
        let closes = self.closes();
        self.answer.release(&mut *self.down, closes);
    }

    pub(crate) async fn flush_headers(&mut self) -> Result<(), Failure> {
        let closes = self.closes();
        self.answer.release_head(&mut *self.down, closes);
        self.send().await
    }

    /// Sends what was handed on, whatever became of the handler.
    pub(crate) async fn send(&mut self) -> Result<(), Failure> {
        let wait = self.clock.as_ref().map(|clock| clock.begin_wait());
        let result = downstream::flush(&mut *self.down).await;
        self.end_wait(wait, if result.is_ok() { Came::Room } else { Came::Nothing });
        result
    }

    fn end_wait(&self, wait: Option<Wait>, came: Came) {
        if let (Some(clock), Some(wait)) = (&self.clock, wait) {
            clock.end_wait(&wait, came);
        }
    }

    /// How long one read or write may wait, between a millisecond and the time of the whole request. Returns what is in
    /// force from now on.
    pub(crate) fn set_timeout(&mut self, timeout: Duration) -> Duration {
        let timeout = timeout.clamp(Duration::from_millis(1), self.terms.limits().request_timeout);
        self.attributes.timeout = timeout;
        self.down.set_timeout(timeout);
        timeout
    }
}
