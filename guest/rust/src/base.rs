//! The class itself.

use crate::answer;
use crate::bindings::{self, attributes, connection, log, response, rfile, server};
use crate::body::{Rfile, Wfile};
use crate::connection::Connection;
use crate::error::{Failure, Result, done};
use crate::form::Form;
use crate::headers::{self, Headers};
use crate::request::{self, Part};
use crate::value::Value;

/// Python's `http.server.BaseHTTPRequestHandler`: what every handler can call on `self`.
///
/// `#[handler]` implements it. A method of the handler's own with the same name is an override;
/// `BaseHTTPRequestHandler::log_message(self, text)` is then what Python's `super()` is. The class's attributes are
/// [`Attributes`](crate::Attributes).
#[allow(unused_variables)]
pub trait BaseHTTPRequestHandler {
    // The request.

    /// The client's host and port; of a Unix socket its path and 0.
    fn client_address(&self) -> (String, u16) {
        bindings::request::client_address()
    }

    /// The request line without its line end: `GET /a?b=1 HTTP/1.1`.
    fn requestline(&self) -> String {
        request::text(Part::Requestline)
    }

    /// The HTTP method, case as sent.
    fn command(&self) -> String {
        request::text(Part::Method)
    }

    /// The request target with its query, as sent.
    fn path(&self) -> String {
        request::text(Part::Path)
    }

    /// `HTTP/1.1`, `HTTP/1.0` or `HTTP/0.9`.
    fn request_version(&self) -> String {
        request::text(Part::Version)
    }

    /// How the request came: `http`, or `https` over TLS.
    fn scheme(&self) -> String {
        bindings::request::scheme()
    }

    /// All header fields.
    ///
    /// ```
    /// # use doverb_guest::*;
    /// # #[derive(Default)]
    /// # struct Hello;
    /// # #[handler]
    /// # impl Hello {
    /// fn do_GET(&mut self) -> Result {
    ///     let headers = self.headers();
    ///     let agent = headers.get("user-agent").unwrap_or("nobody");
    ///     let cookies = headers.get_all("Cookie").count();
    ///     self.log_message(&format!("{agent} sent {} fields, {cookies} with cookies", headers.len()));
    ///     Ok(self.send_error(404)?)
    /// }
    /// # }
    /// # fn main() {}
    /// ```
    fn headers(&self) -> Headers {
        headers::all()
    }

    /// The first value of one field: cheaper than all of [`headers`](Self::headers).
    fn header(&self, name: &str) -> Option<String> {
        headers::first(name)
    }

    /// The header section's bytes, for a parser of one's own (`MessageClass`).
    ///
    /// ```
    /// # use doverb_guest::*;
    /// # #[derive(Default)]
    /// # struct Hello;
    /// # #[handler]
    /// # impl Hello {
    /// fn do_GET(&mut self) -> Result {
    ///     let raw = self.raw_headers();
    ///     let lines = raw.split(|&byte| byte == b'\n').count() - 2;
    ///     self.log_message(&format!("{lines} lines as they were sent"));
    ///     Ok(self.send_error(404)?)
    /// }
    /// # }
    /// # fn main() {}
    /// ```
    fn raw_headers(&self) -> Vec<u8> {
        request::with_head(|head| head.part(Part::Section).to_vec())
    }

    /// A name for the request that the server's log lines carry too.
    fn request_id(&self) -> String {
        bindings::request::request_id()
    }

    /// The path without its query. Not decoded.
    fn path_only(&self) -> String {
        let mut path = self.path();
        path.truncate(path.find('?').unwrap_or(path.len()));
        path
    }

    /// The query's pairs, decoded.
    fn query(&self) -> Form {
        let path = self.path();
        Form::parse(path.split_once('?').map_or("", |(_, query)| query).as_bytes())
    }

    /// A cookie's value.
    fn cookie(&self, name: &str) -> Option<String> {
        headers::cookie(name)
    }

    /// The request's body.
    ///
    /// ```
    /// # use doverb_guest::*;
    /// # #[derive(Default)]
    /// # struct Hello;
    /// # #[handler]
    /// # impl Hello {
    /// fn do_PUT(&mut self) -> Result {
    ///     let mut first = [0; 16];
    ///     self.rfile().read_exact(&mut first)?;
    ///     let rest = self.rfile().readlines(65_536)?;
    ///     self.log_message(&format!("{first:?} and {} lines", rest.len()));
    ///     self.send_response(204)?;
    ///     Ok(self.end_headers()?)
    /// }
    /// # }
    /// # fn main() {}
    /// ```
    fn rfile(&self) -> Rfile {
        Rfile::new()
    }

    /// The whole of the request's body, if it has at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`Failure::TooLarge`] for a larger one, and what reads fail with.
    fn read_body(&self, limit: usize) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        self.rfile().gather(&mut body, limit.saturating_add(1))?;
        if body.len() > limit {
            return Err(Failure::TooLarge(limit as u64).into());
        }
        Ok(body)
    }

    /// The trailer fields of a chunked body, once a read has met its end.
    ///
    /// # Errors
    ///
    /// [`Failure::OutOfOrder`] before that.
    fn trailers(&self) -> Result<Headers, Failure> {
        done(rfile::trailers()).map(Headers::from)
    }

    // The answer.

    /// Logs the request and begins the answer: status line, `Server`, `Date`.
    ///
    /// ```
    /// # use doverb_guest::*;
    /// # #[derive(Default)]
    /// # struct Hello;
    /// # #[handler]
    /// # impl Hello {
    /// fn do_GET(&mut self) -> Result {
    ///     self.send_response_only(103, None)?;
    ///     self.send_header("Link", "</style.css>; rel=preload")?;
    ///     self.end_headers()?;
    ///     self.send_response(200)?;
    ///     self.send_header("Content-Type", "text/plain; charset=utf-8")?;
    ///     self.end_headers()?;
    ///     write!(self.wfile(), "Grüezi")?;
    ///     Ok(())
    /// }
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// When an answer has begun already or the code is not 100 to 999.
    fn send_response(&mut self, code: u16) -> Result<(), Failure> {
        answer::send_response(code, None)
    }

    /// The same with a reason phrase of one's own.
    ///
    /// # Errors
    ///
    /// As [`send_response`](Self::send_response), and for control characters in the phrase.
    fn send_response_with(&mut self, code: u16, message: &str) -> Result<(), Failure> {
        answer::send_response(code, Some(message))
    }

    /// The status line alone: no log line, no `Server`, no `Date`.
    ///
    /// # Errors
    ///
    /// As [`send_response_with`](Self::send_response_with).
    fn send_response_only(&mut self, code: u16, message: Option<&str>) -> Result<(), Failure> {
        answer::hand_over()?;
        done(response::send_response_only(code, message))
    }

    /// Adds a field.
    ///
    /// # Errors
    ///
    /// Before `send_response`, and for what must not go over the wire.
    fn send_header(&mut self, name: &str, value: impl Value) -> Result<(), Failure>
    where
        Self: Sized,
    {
        value.with(|value| answer::send_header(name, value))
    }

    /// Ends the head. The host adds what frames the body.
    ///
    /// # Errors
    ///
    /// Before `send_response`.
    fn end_headers(&mut self) -> Result<(), Failure> {
        answer::end_headers()
    }

    /// Sends what is there of the head now.
    ///
    /// ```
    /// # use doverb_guest::*;
    /// # #[derive(Default)]
    /// # struct Hello;
    /// # #[handler]
    /// # impl Hello {
    /// fn do_GET(&mut self) -> Result {
    ///     self.send_response(200)?;
    ///     self.flush_headers()?;
    ///     self.send_header("X-Late", "it goes on")?;
    ///     self.end_headers()?;
    ///     Ok(())
    /// }
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// When the client has gone.
    fn flush_headers(&mut self) -> Result<(), Failure> {
        answer::hand_over()?;
        done(response::flush_headers())
    }

    /// The answer's body.
    /// Server-sent events need no flush: what was written leaves when the handler waits.
    ///
    /// ```
    /// # use doverb_guest::*;
    /// # #[derive(Default)]
    /// # struct Hello;
    /// # #[handler]
    /// # impl Hello {
    /// fn do_GET(&mut self) -> Result {
    ///     self.send_response(200)?;
    ///     self.send_header("Content-Type", "text/event-stream")?;
    ///     self.end_headers()?;
    ///     for number in 0..3 {
    ///         write!(self.wfile(), "data: {number}\n\n")?;
    ///         std::thread::sleep(std::time::Duration::from_secs(1));
    ///     }
    ///     Ok(())
    /// }
    /// # }
    /// # fn main() {}
    /// ```
    fn wfile(&mut self) -> Wfile {
        Wfile::new()
    }

    /// Sends and logs a whole error answer with the code's own texts.
    ///
    /// # Errors
    ///
    /// When an answer has begun already or the code is not 100 to 999.
    fn send_error(&mut self, code: u16) -> Result<(), Failure> {
        answer::hand_over()?;
        done(response::send_error(code, None, None))
    }

    /// The same with texts of one's own; `send_error`'s override is called with these too.
    ///
    /// ```
    /// # use doverb_guest::*;
    /// # #[derive(Default)]
    /// # struct Hello;
    /// # #[handler]
    /// # impl Hello {
    /// fn do_BREW(&mut self) -> Result {
    ///     let explain = "The pot holds <b>tea</b>";
    ///     Ok(self.send_error_with(418, Some("A teapot"), Some(explain))?)
    /// }
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send_error`](Self::send_error), and for control characters in the message.
    fn send_error_with(
        &mut self,
        code: u16,
        message: Option<&str>,
        explain: Option<&str>,
    ) -> Result<(), Failure> {
        answer::hand_over()?;
        done(response::send_error(code, message, explain))
    }

    /// Sends `100 Continue`: the default of the override.
    ///
    /// ```
    /// # use doverb_guest::*;
    /// # #[derive(Default)]
    /// # struct Hello;
    /// # #[handler]
    /// # impl Hello {
    /// fn handle_expect_100(&mut self) -> Result<bool> {
    ///     if self.header("Authorization").is_none() {
    ///         self.send_error(417)?;
    ///         return Ok(false);
    ///     }
    ///     Ok(BaseHTTPRequestHandler::handle_expect_100(self)?)
    /// }
    /// # fn do_GET(&mut self) {}
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// When an answer has begun already.
    fn handle_expect_100(&mut self) -> Result<bool, Failure> {
        answer::hand_over()?;
        done(response::handle_expect_100())
    }

    // The connection.

    /// `rfile` and `wfile` in one: after an upgrade the raw connection.
    fn connection(&self) -> Connection {
        Connection::new()
    }

    /// Whether the connection closes after this request.
    ///
    /// ```
    /// # use doverb_guest::*;
    /// # #[derive(Default)]
    /// # struct Hello;
    /// # #[handler]
    /// # impl Hello {
    /// fn do_GET(&mut self) -> Result {
    ///     if !self.close_connection() && self.path() == "/last" {
    ///         self.set_close_connection(true);
    ///     }
    ///     self.send_response(204)?;
    ///     Ok(self.end_headers()?)
    /// }
    /// # }
    /// # fn main() {}
    /// ```
    fn close_connection(&self) -> bool {
        connection::close_connection()
    }

    /// Sets it.
    fn set_close_connection(&mut self, value: bool) {
        answer::settle();
        connection::set_close_connection(value);
    }

    /// Says that the handler has failed: an answer that is whole when it returns is sent, and any other is cut so that the
    /// client can tell. A panic does so as well, and costs the instance.
    fn fail(&mut self) {
        answer::settle();
        connection::fail();
    }

    // What is told of the server, the time and the client.

    /// The `Server` field.
    fn version_string(&mut self) -> String {
        attributes::version_string()
    }

    /// A time (seconds since 1970, or now) as HTTP has it.
    ///
    /// ```
    /// # use doverb_guest::*;
    /// # #[derive(Default)]
    /// # struct Hello;
    /// # #[handler]
    /// # impl Hello {
    /// fn do_GET(&mut self) -> Result {
    ///     let changed = self.date_time_string(Some(784_111_777))?; // Sun, 06 Nov 1994 08:49:37 GMT
    ///     self.send_response(200)?;
    ///     self.send_header("Last-Modified", changed)?;
    ///     Ok(self.end_headers()?)
    /// }
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// Beyond the year 9999.
    fn date_time_string(&mut self, timestamp: Option<u64>) -> Result<String, Failure> {
        done(attributes::date_time_string(timestamp))
    }

    /// The time now as log lines have it.
    fn log_date_time_string(&mut self) -> String {
        attributes::log_date_time_string()
    }

    /// The client's address without its port.
    fn address_string(&mut self) -> String {
        attributes::address_string()
    }

    // The log.

    /// Logs an answered request; `send_response` does it.
    /// As an override:
    ///
    /// ```
    /// # use doverb_guest::*;
    /// # #[derive(Default)]
    /// # struct Hello;
    /// # #[handler]
    /// # impl Hello {
    /// fn log_request(&mut self, code: Option<u16>, size: Option<u64>) {
    ///     if code.is_some_and(|code| code >= 400) {
    ///         BaseHTTPRequestHandler::log_request(self, code, size);
    ///     }
    /// }
    /// # fn do_GET(&mut self) {}
    /// # }
    /// # fn main() {}
    /// ```
    fn log_request(&mut self, code: Option<u16>, size: Option<u64>) {
        answer::settle();
        log::log_request(code, size);
    }

    /// Logs what went wrong.
    fn log_error(&mut self, message: &str) {
        answer::settle();
        log::log_error(message);
    }

    /// Logs a text.
    fn log_message(&mut self, message: &str) {
        answer::settle();
        log::log_message(message);
    }

    // The server.

    /// The address that the server listens on; of a Unix socket its path and 0.
    fn server_address(&self) -> (String, u16) {
        server::server_address()
    }

    /// Its host.
    fn server_name(&self) -> String {
        server::server_name()
    }

    /// Its port.
    fn server_port(&self) -> u16 {
        server::server_port()
    }

    /// The path that this handler is mounted at.
    fn mount(&self) -> String {
        server::mount()
    }
}
