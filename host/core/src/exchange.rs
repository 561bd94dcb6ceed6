//! One request and its answer, as the handler sees them: what Python keeps in `self`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::attributes::{Attributes, Protocol};
use crate::body::Body;
use crate::clock::{Came, Clock, Wait};
use crate::failure::Failure;
use crate::field;
use crate::framing::Wish;
use crate::limits::{Limits, MAX_RESPONSE_HEAD, PIECE};
use crate::log::Log;
use crate::request::Request;
use crate::request_line::Version;
use crate::response::{Peer, Response, Stamp, StatusLine};
use crate::wire::Wire;
use crate::workers::WorkerId;

mod native;
mod reports;

pub(crate) use reports::Report;

/// What all connections of a server share.
pub(crate) struct Shared {
    pub(crate) address: SocketAddr,
    pub(crate) protocol: Protocol,
    pub(crate) limits: Limits,
    pub(crate) log: Log,
    /// Set once, when the server begins to end: answers then say that the connection closes.
    pub(crate) draining: AtomicBool,
}

/// Whether the client still waits to be told to send its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Expect {
    #[default]
    Nothing,
    Continue,
    Told,
}

/// A connection's state around the request that is being served.
pub struct Exchange {
    pub(crate) shared: Arc<Shared>,
    pub(crate) wire: Wire,
    pub(crate) request: Request,
    pub(crate) body: Body,
    pub(crate) response: Response,
    pub(crate) attributes: Attributes,
    pub(crate) client: SocketAddr,
    pub(crate) client_host: String,
    pub(crate) mount: Arc<str>,
    /// Whether a request is being served; not so in `setup` and `finish`.
    pub(crate) in_request: bool,
    close_connection: bool,
    close_is_chosen: bool,
    /// The host must close, whatever the handler wants.
    pub(crate) must_close: bool,
    expect: Expect,
    /// The connection's number, from 1: it is no other's while the server runs.
    pub(crate) connection: u64,
    number: u64,
    /// The worker that serves the request, unless the instance is the connection's own.
    pub(crate) worker: Option<WorkerId>,
    /// What `version-string` and `date-time-string` of the handler's own gave for this request.
    pub(crate) own_version: Option<Vec<u8>>,
    pub(crate) own_date: Option<Vec<u8>>,
    /// There when the handler overrides one of the log functions.
    pub(crate) reports: Option<Vec<Report>>,
    /// The handler's clock, when the connection is raw.
    pub(crate) clock: Option<Arc<Clock>>,
}

impl Exchange {
    pub(crate) fn new(shared: Arc<Shared>, wire: Wire, client: SocketAddr, connection: u64) -> Exchange {
        let attributes = Attributes::new(shared.protocol, shared.limits.client_timeout);
        Exchange {
            wire,
            request: Request::default(),
            body: Body::default(),
            response: Response::default(),
            attributes,
            client,
            client_host: client.ip().to_canonical().to_string(),
            mount: Arc::from("/"),
            in_request: false,
            close_connection: true,
            close_is_chosen: false,
            must_close: false,
            expect: Expect::Nothing,
            connection,
            number: 0,
            worker: None,
            own_version: None,
            own_date: None,
            reports: None,
            clock: None,
            shared,
        }
    }

    /// Forgets what the last request left, before its successor is parsed.
    pub(crate) fn next_request(&mut self) {
        self.number += 1;
        self.in_request = true;
        self.close_is_chosen = false;
        self.close_connection = true;
        self.expect = Expect::Nothing;
        self.own_version = None;
        self.own_date = None;
        self.body = Body::default();
        self.wire.sent = 0;
    }

    /// A new instance begins with the server's attributes, not with those of the last one.
    pub(crate) fn begin_instance(&mut self) {
        self.attributes = Attributes::new(self.shared.protocol, self.shared.limits.client_timeout);
        self.wire.patience = self.attributes.timeout;
        if self.in_request && !self.close_is_chosen {
            self.close_connection = self.default_close();
        }
    }

    pub(crate) fn set_mount(&mut self, mount: &Arc<str>) {
        if !Arc::ptr_eq(&self.mount, mount) {
            self.mount = Arc::clone(mount);
        }
    }

    /// Draws the conclusions from a request's head: whole or, after a refusal, as far as it was understood.
    pub(crate) fn head_is_read(&mut self) {
        let version = self.request.version();
        let parsed = self.request.is_parsed();
        let is_1_1 = parsed && version == Version::Http11;
        self.body = Body::new(self.request.framing.length, self.shared.limits.max_body);
        self.response.clear(Peer {
            // Who sent no valid line may have spoken HTTP/1.x and must be able to read the error.
            wants_head: !parsed || version != Version::Http09,
            is_1_1,
            is_head: self.request.is_head(),
            is_connect: self.request.is_connect(),
            may_upgrade: self.request.framing.may_upgrade,
        });
        if self.request.expects_continue() {
            self.expect = Expect::Continue;
        }
        self.close_connection = self.default_close();
    }

    /// Python's rule for `close_connection` after a request line and its Connection field.
    fn default_close(&self) -> bool {
        let keeps = match (self.request.version(), self.request.framing.wish) {
            (Version::Http09, _) | (_, Wish::Close) | (Version::Http10, Wish::Unsaid) => false,
            (Version::Http11, _) | (Version::Http10, Wish::KeepAlive) => {
                self.attributes.protocol == Protocol::Http11
            }
        };
        !keeps
    }

    pub(crate) fn close_connection(&self) -> bool {
        self.close_connection
    }

    /// `close_connection` as the handler wants it.
    pub fn set_close_connection(&mut self, value: bool) {
        self.close_connection = value;
        self.close_is_chosen = true;
    }

    /// Whether the connection closes after this answer, as far as is known by now.
    pub(crate) fn closes(&self) -> bool {
        let client_closes = match self.request.version() {
            Version::Http09 => true,
            Version::Http10 => self.request.framing.wish != Wish::KeepAlive,
            Version::Http11 => self.request.framing.wish == Wish::Close,
        };
        self.must_close
            || self.close_connection
            || client_closes
            || self.response.says_close()
            || self.shared.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn set_protocol(&mut self, value: &str) -> Result<(), Failure> {
        self.attributes.set_protocol(value)?;
        // A handler that sets its attributes when it begins has been too late for Python's rule.
        if !self.close_is_chosen && !self.response.is_begun() {
            self.close_connection = self.default_close();
        }
        Ok(())
    }

    /// A name for the request, unique while the server runs.
    pub(crate) fn request_id(&self) -> String {
        format!("{:x}-{:x}", self.connection, self.number)
    }

    // The answer.

    /// Logs the request and begins the answer with its status line, `Server` and `Date`.
    ///
    /// # Errors
    ///
    /// As `response.send-response` of the contract.
    pub fn send_response(&mut self, code: u16, message: Option<&str>) -> Result<(), Failure> {
        self.begin("send-response", code, message, true)?;
        self.log_request(Some(code), None);
        Ok(())
    }

    pub(crate) fn send_response_only(&mut self, code: u16, message: Option<&str>) -> Result<(), Failure> {
        self.begin("send-response-only", code, message, false)
    }

    fn begin(&mut self, call: &str, code: u16, message: Option<&str>, stamped: bool) -> Result<(), Failure> {
        self.expect_client(call)?;
        if code < 200 && self.wire.out.len() > MAX_RESPONSE_HEAD {
            // Informational answers are not flushed with a wait, so that they could gather without end.
            return Err(Failure::TooLarge(MAX_RESPONSE_HEAD as u64));
        }
        if self.response.would_upgrade(code) && !self.body.is_at_end() {
            // RFC 9110, section 7.8: the new protocol begins when the whole request has been sent.
            return Err(Failure::out_of_order(call, "read the request's body to its end before an upgrade"));
        }
        let phrase = match message {
            Some(message) => message,
            None => self.attributes.responses(code).map_or("", |(phrase, _)| phrase),
        };
        let phrase = field::to_latin1("message", phrase)?;
        field::check_text("message", &phrase)?;
        let stamp = stamped.then(|| Stamp {
            server: self.own_version.as_deref().unwrap_or_else(|| self.attributes.server_field()),
            date: self.own_date.as_deref(),
        });
        let line = StatusLine { protocol: self.attributes.protocol.as_str(), code, phrase: &phrase, stamp };
        self.response.begin(&mut self.wire.out, call, &line)
    }

    /// Adds a field to the head; both texts are ISO-8859-1.
    pub(crate) fn send_header_bytes(&mut self, name: &[u8], value: &[u8]) -> Result<(), Failure> {
        self.expect_request("send-header")?;
        self.response.field(&mut self.wire.out, name, value)?;
        // As in Python, the field decides about the connection.
        if name.len() == 10 && name.eq_ignore_ascii_case(b"connection") {
            if field::has_option(value, b"close") {
                self.set_close_connection(true);
            } else if value.trim_ascii().eq_ignore_ascii_case(b"keep-alive") {
                self.set_close_connection(false);
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
        let name = field::to_latin1("the field name", name)?;
        let value = field::to_latin1("the field value", value)?;
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
        let upgrades = self.response.end_headers(&mut self.wire.out, closes)?;
        if upgrades {
            self.body.upgrade();
            self.wire.watch_for_a_dead_client();
            self.must_close = true;
        } else if !self.response.is_begun() {
            if self.expect == Expect::Continue && self.response.is_continue() {
                // The handler has told its client to go on without `handle-expect-100`, as it may in Python.
                self.expect = Expect::Told;
            }
            // An informational answer is of no use when it comes with the final one.
            self.wire.flush_now();
            self.note_progress();
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
        self.response.write(&mut self.wire.out, data)?;
        Ok(self.wire.out.len() + self.response.held() >= PIECE)
    }

    /// Whether `bytes` more fit the declared length.
    pub(crate) fn expect_room(&self, bytes: usize) -> Result<(), Failure> {
        self.expect_request("write")?;
        self.response.expect_room(bytes as u64)
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
        self.begin("send-error", code, Some(&message), true)?;
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
            self.send_header("Content-Length", &page.len().to_string())?;
        }
        self.end_headers()?;
        if let Some(page) = page {
            self.write(page.as_bytes())?;
        }
        Ok(())
    }

    /// The whole answer to a connection that there is no room for.
    pub(crate) fn refuse_connection(&mut self) {
        self.next_request();
        self.head_is_read();
        self.must_close = true;
        // Nothing is there yet that could make it fail.
        let _ = self.send_error_with(503, None, None, Some(("Retry-After", "1")));
        self.response.finish(&mut self.wire.out, true);
    }

    pub(crate) fn handle_expect_100(&mut self) -> Result<bool, Failure> {
        self.expect_client("handle-expect-100")?;
        if !self.response.is_at_start() {
            return Err(Failure::out_of_order("handle-expect-100", "an answer has begun already"));
        }
        self.tell_to_continue();
        Ok(true)
    }

    /// Whether Python would call `handle_expect_100` now.
    pub(crate) fn expects_100(&self) -> bool {
        self.expect == Expect::Continue && self.attributes.protocol == Protocol::Http11
    }

    /// `100 Continue`, once, leaves with the next flush, which comes at the latest when the handler waits for the body.
    fn tell_to_continue(&mut self) {
        if self.expect != Expect::Told && self.request.version() == Version::Http11 {
            let head: &[u8] = match self.attributes.protocol {
                Protocol::Http10 => b"HTTP/1.0 100 Continue\r\n\r\n",
                Protocol::Http11 => b"HTTP/1.1 100 Continue\r\n\r\n",
            };
            let told = self.response.interject(&mut self.wire.out, head);
            self.expect = if told { Expect::Told } else { self.expect };
        }
    }

    /// Whether the client may never send the body that it announced, so that nobody can tell what comes next.
    pub(crate) fn awaits_word(&self) -> bool {
        self.expect == Expect::Continue && !self.body.is_at_end()
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
        if self.wire.is_unwritable() { Err(Failure::Closed) } else { Ok(()) }
    }

    // Waiting for the client.

    /// Sends what may leave, and waits until the system has taken it.
    pub(crate) async fn flush(&mut self) -> Result<(), Failure> {
        let closes = self.closes();
        let bytes = self.response.release(&mut self.wire.out, closes);
        self.send(bytes).await
    }

    pub(crate) async fn flush_headers(&mut self) -> Result<(), Failure> {
        let closes = self.closes();
        let bytes = self.response.release_head(&mut self.wire.out, closes);
        self.send(bytes).await
    }

    async fn send(&mut self, bytes: usize) -> Result<(), Failure> {
        let wait = self.clock.as_ref().map(|clock| clock.begin_wait());
        let result = self.wire.flush_first(bytes).await;
        self.end_wait(wait, if result.is_ok() { Came::Room } else { Came::Nothing });
        self.note_progress();
        Ok(result?)
    }

    fn end_wait(&self, wait: Option<Wait>, came: Came) {
        if let (Some(clock), Some(wait)) = (&self.clock, wait) {
            clock.end_wait(&wait, came);
        }
    }

    /// Sends what is left of all answers, whatever became of the handler.
    pub(crate) async fn flush_all(&mut self) -> Result<(), Failure> {
        self.send(self.wire.out.len()).await
    }

    /// Takes note of what has left: also after a wait that was given up.
    pub(crate) fn note_progress(&mut self) {
        let left = self.wire.take_progress();
        self.response.left(left);
    }

    pub(crate) fn read_now(&mut self, size: u32) -> Option<Result<Vec<u8>, Failure>> {
        if let Err(failure) = self.expect_request("read") {
            return Some(Err(failure));
        }
        self.body.read_now(&mut self.wire, size as usize)
    }

    pub(crate) async fn read(&mut self, size: u32) -> Result<Vec<u8>, Failure> {
        loop {
            if let Some(result) = self.read_now(size) {
                return result;
            }
            self.wait_for_body().await?;
        }
    }

    pub(crate) async fn read_line(&mut self, limit: u32) -> Result<Vec<u8>, Failure> {
        self.expect_request("read-line")?;
        let mut line = Vec::new();
        while !self.body.read_line_now(&mut self.wire, &mut line, limit as usize)? {
            self.wait_for_body().await?;
        }
        Ok(line)
    }

    pub(crate) fn trailers(&self) -> Result<Vec<(String, String)>, Failure> {
        self.expect_request("trailers")?;
        self.body.trailers()
    }

    /// How long one read or write may wait, between a millisecond and the time of the whole request.
    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        let timeout = timeout.clamp(Duration::from_millis(1), self.shared.limits.request_timeout);
        self.attributes.timeout = timeout;
        self.wire.patience = timeout;
    }

    async fn wait_for_body(&mut self) -> Result<(), Failure> {
        if self.expect == Expect::Continue {
            self.tell_to_continue();
        }
        let flushed = self.flush().await;
        if !self.response.is_raw() {
            flushed?;
        }
        // On a raw connection a client that takes nothing has gone; that a read timed out means that it says nothing.
        let wait = self.clock.as_ref().map(|clock| clock.begin_wait());
        let result = self.body.wait(&mut self.wire).await;
        self.end_wait(wait, if result.is_ok() { Came::Something } else { Came::Nothing });
        result
    }
}
