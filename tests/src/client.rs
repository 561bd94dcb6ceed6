//! A client over raw TCP: the test says what goes out, byte for byte.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::{Response, SOON, socket_queue};

/// A connection. Every wait ends after [`SOON`] with a failed test.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    /// What was read and not yet given to the test.
    unread: Vec<u8>,
    patience: Duration,
}

/// The bytes of an HTTP/1.1 request without a body. `fields` are whole lines with their CRLF.
#[must_use]
pub fn request(method: &str, path: &str, fields: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n")
}

impl Client {
    /// Connects.
    ///
    /// # Panics
    ///
    /// When nobody listens.
    #[must_use]
    pub fn connect(address: SocketAddr) -> Client {
        Client::try_connect(address).unwrap_or_else(|error| panic!("no connection to {address}: {error}"))
    }

    /// Connects if somebody listens.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn try_connect(address: SocketAddr) -> std::io::Result<Client> {
        let stream = TcpStream::connect_timeout(&address, SOON)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(SOON))?;
        Ok(Client { stream, unread: Vec::new(), patience: SOON })
    }

    /// Connects from another address of this machine, as another client does.
    ///
    /// # Panics
    ///
    /// When nobody listens, or the machine has no such address.
    #[must_use]
    pub fn connect_from(address: &str, server: SocketAddr) -> Client {
        let socket =
            socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
        let own: SocketAddr = format!("{address}:0").parse().expect("an address");
        socket.bind(&own.into()).expect("an address of this machine");
        socket.connect(&server.into()).expect("somebody listens");
        let stream = TcpStream::from(socket);
        stream.set_nodelay(true).expect("a TCP socket");
        stream.set_write_timeout(Some(SOON)).expect("a duration above zero");
        Client { stream, unread: Vec::new(), patience: SOON }
    }

    /// Waits up to `patience` from now on, in the place of [`SOON`].
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Client {
        self.stream.set_write_timeout(Some(patience)).expect("a duration above zero");
        self.patience = patience;
        self
    }

    /// The address of this end.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.stream.local_addr().expect("a connected socket has an address")
    }

    /// Another handle to the connection, for a thread that writes while another reads.
    #[must_use]
    pub fn writer(&self) -> TcpStream {
        self.stream.try_clone().expect("a file descriptor")
    }

    /// Sends bytes.
    ///
    /// # Panics
    ///
    /// When the server does not take them.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Client {
        self.stream.write_all(bytes.as_ref()).expect("the server takes what is sent");
        self
    }

    /// Sends bytes as far as the server takes them: it may refuse and close at any point.
    pub fn send_what_it_takes(&mut self, bytes: impl AsRef<[u8]>) -> &mut Client {
        let _ = self.stream.write_all(bytes.as_ref());
        self
    }

    /// Waits until the server has read all that was sent, so that what comes next is a read of its own.
    ///
    /// # Panics
    ///
    /// When it does not read.
    pub fn wait_until_read(&self) {
        let (local, peer) = (self.local_address(), self.stream.peer_addr().expect("a connected socket"));
        let deadline = Instant::now() + self.patience;
        while socket_queue::waiting_bytes(peer, local) > 0 {
            assert!(Instant::now() < deadline, "the server does not read");
            std::thread::yield_now();
        }
    }

    /// Whether the server has the system look after this client while it is silent.
    #[must_use]
    pub fn is_kept_alive(&self) -> bool {
        let server = self.stream.peer_addr().expect("a connected socket");
        socket_queue::is_kept_alive(server, self.local_address())
    }

    /// Ends the sending direction.
    pub fn end_sending(&mut self) -> &mut Client {
        self.stream.shutdown(Shutdown::Write).expect("the connection is open");
        self
    }

    /// Goes away without a word, as a crashed client does: the server sees a reset.
    pub fn vanish(self) {
        let socket = socket2::Socket::from(self.stream);
        socket.set_linger(Some(Duration::ZERO)).expect("a TCP socket");
    }

    /// Sends a GET and reads the answer.
    pub fn get(&mut self, path: &str) -> Response {
        self.call(request("GET", path, ""))
    }

    /// Sends a POST with a body and reads the answer.
    pub fn post(&mut self, path: &str, body: impl AsRef<[u8]>) -> Response {
        let body = body.as_ref();
        let head = request("POST", path, &format!("Content-Length: {}\r\n", body.len()));
        self.call([head.as_bytes(), body].concat())
    }

    /// Sends a request and reads its answer. An answer to HEAD has no body.
    pub fn call(&mut self, request: impl AsRef<[u8]>) -> Response {
        let request = request.as_ref();
        self.send(request);
        if request.starts_with(b"HEAD ") { self.read_bodiless() } else { self.read_response() }
    }

    /// Reads the answer to any request but HEAD, up to its last byte and no further.
    pub fn read_response(&mut self) -> Response {
        let mut response = self.read_bodiless();
        let bodiless = response.status < 200 || matches!(response.status, 204 | 304);
        match (response.field("Transfer-Encoding"), response.field("Content-Length")) {
            (Some(coding), length) => {
                assert_eq!((coding, length), ("chunked", None), "{}", response.head());
                self.read_chunks(&mut response);
            }
            _ if bodiless => {}
            (None, Some(length)) => {
                let length = length.parse().expect("a Content-Length is a number");
                response.body = self.take(length);
                response.raw.extend_from_slice(&response.body);
            }
            (None, None) => {
                response.body = self.read_to_end();
                response.raw.extend_from_slice(&response.body);
            }
        }
        response
    }

    /// Reads a head and nothing more: the answer to HEAD, or one whose body the test reads itself.
    pub fn read_bodiless(&mut self) -> Response {
        let head = self.read_until(b"\r\n\r\n");
        Response::of_head(&head)
    }

    fn read_chunks(&mut self, response: &mut Response) {
        let mut chunks = Vec::new();
        while let Some(chunk) = self.read_chunk_into(&mut response.raw) {
            response.body.extend_from_slice(&chunk);
            chunks.push(chunk);
        }
        response.chunks = Some(chunks);
    }

    /// Reads the next chunk of a body; none for the last one, which may have no trailer.
    pub fn read_chunk(&mut self) -> Option<Vec<u8>> {
        self.read_chunk_into(&mut Vec::new())
    }

    fn read_chunk_into(&mut self, raw: &mut Vec<u8>) -> Option<Vec<u8>> {
        let line = self.read_until(b"\r\n");
        let text = str::from_utf8(&line[..line.len() - 2]).expect("a chunk size is ASCII");
        let size = usize::from_str_radix(text, 16).unwrap_or_else(|_| panic!("not a chunk size: {text:?}"));
        let data = self.take(size + 2);
        assert!(data.ends_with(b"\r\n"), "a chunk of {size} bytes does not end there: {data:?}");
        raw.extend_from_slice(&line);
        raw.extend_from_slice(&data);
        (size > 0).then(|| data[..size].to_vec())
    }

    /// Whether bytes have come, or the connection has ended. Does not wait.
    #[must_use]
    pub fn has_something(&self) -> bool {
        self.stream.set_nonblocking(true).expect("the connection is ours");
        let result = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).expect("the connection is ours");
        !matches!(result, Err(error) if error.kind() == ErrorKind::WouldBlock)
    }

    /// Reads up to and including `end`.
    pub fn read_until(&mut self, end: &[u8]) -> Vec<u8> {
        let deadline = Instant::now() + self.patience;
        let mut searched = 0;
        loop {
            let found = self.unread[searched..].windows(end.len()).position(|window| window == end);
            if let Some(at) = found {
                return self.unread.drain(..searched + at + end.len()).collect();
            }
            searched = self.unread.len().saturating_sub(end.len() - 1);
            let more = self.fill(deadline).unwrap_or_else(|error| self.disappointed(&error));
            assert!(more, "the connection ended after {:?}", self.seen());
        }
    }

    /// Reads exactly so many bytes.
    pub fn take(&mut self, bytes: usize) -> Vec<u8> {
        let deadline = Instant::now() + self.patience;
        while self.unread.len() < bytes {
            let more = self.fill(deadline).unwrap_or_else(|error| self.disappointed(&error));
            assert!(more, "the connection ended {} bytes early", bytes - self.unread.len());
        }
        self.unread.drain(..bytes).collect()
    }

    /// Reads until the server ends the connection in good order.
    pub fn read_to_end(&mut self) -> Vec<u8> {
        let deadline = Instant::now() + self.patience;
        while self.fill(deadline).unwrap_or_else(|error| self.disappointed(&error)) {}
        std::mem::take(&mut self.unread)
    }

    /// Reads until the connection ends, be it by a reset.
    pub fn read_to_end_or_reset(&mut self) -> Vec<u8> {
        self.read_to_any_end().0
    }

    /// The server ends the connection in good order without another byte.
    pub fn expect_end(&mut self) {
        let rest = self.read_to_end();
        assert!(rest.is_empty(), "bytes before the end: {:?}", String::from_utf8_lossy(&rest));
    }

    /// The server ends the connection without another byte, be it by a reset.
    pub fn expect_end_or_reset(&mut self) {
        let rest = self.read_to_end_or_reset();
        assert!(rest.is_empty(), "bytes before the end: {:?}", String::from_utf8_lossy(&rest));
    }

    /// What came before the connection was reset.
    ///
    /// # Panics
    ///
    /// When it ends in good order: then a client would take a body without a length for whole.
    pub fn read_to_reset(&mut self) -> Vec<u8> {
        let (bytes, reset) = self.read_to_any_end();
        assert!(reset, "the connection ended in good order after {:?}", String::from_utf8_lossy(&bytes));
        bytes
    }

    /// Reads until the connection ends, and says whether that was by a reset.
    pub fn read_to_any_end(&mut self) -> (Vec<u8>, bool) {
        let deadline = Instant::now() + self.patience;
        let reset = loop {
            match self.fill(deadline) {
                Ok(true) => {}
                Ok(false) => break false,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break true,
                Err(error) => self.disappointed(&error),
            }
        };
        (std::mem::take(&mut self.unread), reset)
    }

    /// Reads some bytes; false at the connection's end.
    fn fill(&mut self, deadline: Instant) -> std::io::Result<bool> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        let start = self.unread.len();
        self.unread.resize(start + 64 * 1024, 0);
        let result = self.stream.read(&mut self.unread[start..]);
        self.unread.truncate(start + *result.as_ref().unwrap_or(&0));
        match result {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            result => Ok(result? > 0),
        }
    }

    fn disappointed(&self, error: &std::io::Error) -> ! {
        panic!("no answer within {:?} ({error}) after {:?}", self.patience, self.seen());
    }

    fn seen(&self) -> String {
        String::from_utf8_lossy(&self.unread[..self.unread.len().min(2_000)]).into_owned()
    }
}
