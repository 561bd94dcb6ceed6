//! Requests to other servers: needs the feature `http`, and `--allow-http HOST` when it is served.
//!
//! ```
//! use doverb_guest::*;
//!
//! #[derive(Default)]
//! struct Weather;
//!
//! #[handler]
//! impl Weather {
//!     fn do_GET(&mut self) -> Result {
//!         let forecast = http::get("https://api.example.com/forecast")?;
//!         self.send_response(forecast.status())?;
//!         self.end_headers()?;
//!         forecast.into_body().copy_to(&mut self.wfile())?;
//!         Ok(())
//!     }
//! }
//! # fn main() {}
//! ```

use std::io::{self, Read, Write};
use std::time::Duration;

use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    self, Fields, IncomingBody, OutgoingBody, OutgoingRequest, RequestOptions, Scheme,
};
use wasip2::io::poll::Pollable;
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

mod error;
mod url;

pub use error::HttpError;
use url::Url;

/// Bytes asked of the host at a time.
const PIECE: u64 = 65_536;
/// Redirects that are followed, where nothing else is said.
const REDIRECTS: u32 = 10;

/// The answer to a GET. Redirects are followed.
///
/// # Errors
///
/// When no answer came. One with any status is none.
pub fn get(url: &str) -> Result<Response, HttpError> {
    Request::new("GET", url).send()
}

/// Whether a field is the connection's own (RFC 9110, 7.6.1), or says where a request goes: a proxy does not pass it on.
#[must_use]
pub fn is_of_the_connection(name: &str) -> bool {
    const OWN: [&str; 10] = [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
    ];
    OWN.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// A request that is to be sent.
///
/// ```
/// use doverb_guest::http::{HttpError, Request};
///
/// fn order(json: &str) -> Result<String, HttpError> {
///     let request = Request::new("POST", "https://api.example.com/orders").header("Content-Type", "application/json");
///     request.send_body(json)?.text()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    connect: Option<Duration>,
    answer: Option<Duration>,
    redirects: u32,
}

impl Request {
    /// A request with this method, `GET` or any other, for a URL that begins with `http://` or `https://`.
    #[must_use]
    pub fn new(method: &str, url: &str) -> Request {
        let (method, url) = (method.to_owned(), url.to_owned());
        Request { method, url, headers: Vec::new(), connect: None, answer: None, redirects: REDIRECTS }
    }

    /// Adds a field; each character of the value is a byte (ISO-8859-1), as in all of the contract. `Host` and those of the
    /// connection are the host's own: with one of them the request is not sent.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Request {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// How long to wait for the connection, and then for each part of the answer. The host has bounds of its own.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Request {
        (self.connect, self.answer) = (Some(time), Some(time));
        self
    }

    /// How many redirects are followed, 10 if nothing is said. A request with a body follows none.
    #[must_use]
    pub fn redirects(mut self, most: u32) -> Request {
        self.redirects = most;
        self
    }

    /// Sends it without a body, and follows redirects.
    ///
    /// # Errors
    ///
    /// When no answer came.
    pub fn send(mut self) -> Result<Response, HttpError> {
        loop {
            let url = Url::parse(&self.url)?;
            let response = self.begin(&url, Body::None)?.0.wait()?;
            let place = response.header("location").filter(|_| self.redirects > 0);
            let (301 | 302 | 303 | 307 | 308, Some(place)) = (response.status(), place) else {
                return Ok(response);
            };
            self.redirects -= 1;
            let next = url.join(place)?;
            if self.method != "HEAD" && (response.status() == 303 || self.method == "POST") {
                "GET".clone_into(&mut self.method);
            }
            if !url.has_origin_of(&next) {
                let secrets = ["authorization", "cookie"];
                self.headers.retain(|(name, _)| !secrets.contains(&&name.to_ascii_lowercase()[..]));
            }
            self.url = next.to_string();
        }
    }

    /// Sends it with a body that is at hand.
    ///
    /// # Errors
    ///
    /// When no answer came.
    pub fn send_body(self, body: impl AsRef<[u8]>) -> Result<Response, HttpError> {
        let body = body.as_ref();
        let mut upload = self.header("Content-Length", body.len().to_string()).open()?;
        // Where the server wants no more of it, its answer says why.
        let _ = upload.write_all(body);
        upload.finish()
    }

    /// Sends it with a body that is read as it is sent, chunked unless it has a `Content-Length`.
    ///
    /// # Errors
    ///
    /// When no answer came, or the body cannot be read.
    pub fn send_from(self, mut body: impl Read) -> Result<Response, HttpError> {
        let mut upload = self.open()?;
        let mut piece = vec![0; PIECE as usize];
        loop {
            let size = body.read(&mut piece).map_err(HttpError::Body)?;
            if size == 0 || upload.write_all(&piece[..size]).is_err() {
                return upload.finish();
            }
        }
    }

    /// Sends its head, and leaves its body to be written.
    ///
    /// # Errors
    ///
    /// When it is no request, or the host refuses it at once.
    pub fn open(self) -> Result<Upload, HttpError> {
        let url = Url::parse(&self.url)?;
        match self.begin(&url, Body::Written)? {
            (answer, Some((body, stream))) => Ok(Upload { stream: Some(stream), body: Some(body), answer }),
            (_, None) => unreachable!("a body was asked for"),
        }
    }

    fn fields(&self) -> Result<Vec<(String, Vec<u8>)>, HttpError> {
        let bytes = |(name, value): &(String, String)| {
            let bytes: Option<Vec<u8>> =
                value.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect();
            bytes.map(|bytes| (name.clone(), bytes))
        };
        let named = |field: &(String, String)| bytes(field).ok_or_else(|| HttpError::Field(field.0.clone()));
        self.headers.iter().map(named).collect()
    }

    fn begin(
        &self,
        url: &Url,
        body: Body,
    ) -> Result<(Answer, Option<(OutgoingBody, OutputStream)>), HttpError> {
        let fields =
            Fields::from_list(&self.fields()?).map_err(|error| HttpError::Field(error.to_string()))?;
        let request = OutgoingRequest::new(fields);
        let scheme = if url.is_secure { Scheme::Https } else { Scheme::Http };
        let bad = |()| HttpError::Url(self.url.clone());
        request.set_method(&method(&self.method)).map_err(|()| HttpError::Method(self.method.clone()))?;
        request.set_scheme(Some(&scheme)).map_err(bad)?;
        request.set_authority(Some(&url.authority)).map_err(bad)?;
        request.set_path_with_query(Some(&url.path)).map_err(bad)?;
        let options = RequestOptions::new();
        let nanoseconds =
            |time: Option<Duration>| time.map(|time| time.as_nanos().try_into().unwrap_or(u64::MAX));
        // What a host does not know it ignores.
        let _ = options.set_connect_timeout(nanoseconds(self.connect));
        let _ = options.set_first_byte_timeout(nanoseconds(self.answer));
        let _ = options.set_between_bytes_timeout(nanoseconds(self.answer));
        let written = match body {
            Body::None => None,
            Body::Written => {
                let body = request.body().map_err(bad)?;
                let stream = body.write().map_err(bad)?;
                Some((body, stream))
            }
        };
        let future = outgoing_handler::handle(request, Some(options)).map_err(HttpError::of)?;
        Ok((Answer { ready: future.subscribe(), future }, written))
    }
}

enum Body {
    None,
    Written,
}

fn method(name: &str) -> types::Method {
    match name {
        "GET" => types::Method::Get,
        "HEAD" => types::Method::Head,
        "POST" => types::Method::Post,
        "PUT" => types::Method::Put,
        "DELETE" => types::Method::Delete,
        "OPTIONS" => types::Method::Options,
        "TRACE" => types::Method::Trace,
        "PATCH" => types::Method::Patch,
        other => types::Method::Other(other.to_owned()),
    }
}

/// An answer that is to come. The pollable goes before what it is for.
struct Answer {
    ready: Pollable,
    future: types::FutureIncomingResponse,
}

impl Answer {
    fn wait(self) -> Result<Response, HttpError> {
        self.ready.block();
        let answer = self.future.get().and_then(Result::ok).ok_or(HttpError::Closed)?;
        Response::of(answer.map_err(HttpError::of)?)
    }
}

/// The body of a request, which is sent as it is written. What was given no `Content-Length` is chunked.
pub struct Upload {
    // Dropped in this order.
    stream: Option<OutputStream>,
    body: Option<OutgoingBody>,
    answer: Answer,
}

impl Upload {
    /// Ends the body and awaits the answer.
    ///
    /// # Errors
    ///
    /// When no answer came.
    pub fn finish(mut self) -> Result<Response, HttpError> {
        self.stream = None;
        let ended = self.body.take().map(|body| OutgoingBody::finish(body, None));
        let response = self.answer.wait()?;
        // A server that has answered before may have closed its side.
        match ended {
            Some(Err(error)) if response.status() < 300 => Err(HttpError::of(error)),
            _ => Ok(response),
        }
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let stream = self.stream.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        loop {
            let room = stream.check_write().map_err(failure)?;
            if room > 0 || bytes.is_empty() {
                let size = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
                stream.write(&bytes[..size]).map_err(failure)?;
                return Ok(size);
            }
            stream.subscribe().block();
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let stream = self.stream.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        stream.flush().map_err(failure)?;
        stream.subscribe().block();
        stream.check_write().map(drop).map_err(failure)
    }
}

/// The answer of a server: its head, and its body to read.
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Download,
}

impl Response {
    fn of(response: types::IncomingResponse) -> Result<Response, HttpError> {
        let (status, fields) = (response.status(), response.headers().entries());
        let text = |value: Vec<u8>| value.into_iter().map(char::from).collect();
        let headers = fields.into_iter().map(|(name, value)| (name, text(value))).collect();
        let body = response.consume().map_err(|()| HttpError::Closed)?;
        let stream = body.stream().map_err(|()| HttpError::Closed)?;
        Ok(Response { status, headers, body: Download { stream: Some(stream), _body: body } })
    }

    /// Its status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Its fields, each character of a value a byte.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (&name[..], &value[..]))
    }

    /// The first field of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Its body, as a stream.
    #[must_use]
    pub fn into_body(self) -> Download {
        self.body
    }

    /// All of its body.
    ///
    /// # Errors
    ///
    /// When it does not come to its end.
    pub fn bytes(mut self) -> Result<Vec<u8>, HttpError> {
        let mut all = Vec::new();
        self.body.read_to_end(&mut all).map_err(HttpError::Body)?;
        Ok(all)
    }

    /// All of its body as a text, with U+FFFD for what is not UTF-8.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Response::bytes).
    pub fn text(self) -> Result<String, HttpError> {
        let all = self.bytes()?;
        Ok(String::from_utf8(all)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }
}

/// The body of an answer, as it comes.
pub struct Download {
    // Dropped in this order. None at the end.
    stream: Option<InputStream>,
    _body: IncomingBody,
}

impl Download {
    /// Passes all of it on, as it comes, and says how many bytes that were.
    ///
    /// # Errors
    ///
    /// When it does not come to its end, or cannot be written.
    pub fn copy_to(&mut self, to: &mut impl Write) -> io::Result<u64> {
        let mut total = 0;
        while let Some(piece) = self.piece(PIECE)? {
            to.write_all(&piece)?;
            total += piece.len() as u64;
        }
        Ok(total)
    }

    /// What there is of it, at most so many bytes and at least one; none at its end.
    fn piece(&mut self, most: u64) -> io::Result<Option<Vec<u8>>> {
        while let Some(stream) = &self.stream {
            match stream.read(most) {
                Ok(bytes) if bytes.is_empty() => stream.subscribe().block(),
                Ok(bytes) => return Ok(Some(bytes)),
                Err(StreamError::Closed) => self.stream = None,
                Err(error) => return Err(failure(error)),
            }
        }
        Ok(None)
    }

    /// What [`wasip2::io::poll`] waits with until a read would not wait.
    #[must_use]
    pub fn subscribe(&self) -> Option<Pollable> {
        self.stream.as_ref().map(InputStream::subscribe)
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let Some(piece) = self.piece((buffer.len() as u64).min(PIECE))? else { return Ok(0) };
        buffer[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

fn failure(error: StreamError) -> io::Error {
    match error {
        StreamError::Closed => io::ErrorKind::BrokenPipe.into(),
        StreamError::LastOperationFailed(error) => match types::http_error_code(&error) {
            Some(code) => HttpError::of(code).into(),
            None => io::Error::other(error.to_debug_string()),
        },
    }
}
