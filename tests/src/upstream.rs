//! A server that handlers call: it does what its paths say, and remembers what it was asked.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::tls::Certificate;
use crate::{SOON, Server};

/// Serves a source that may call these servers.
#[must_use]
pub fn serve_calling(path: &Path, allowed: &[&str], more: &[&str]) -> Server {
    let mut arguments = vec!["--no-watch", "--cpu-time", "60s"];
    allowed.iter().for_each(|host| arguments.extend(["--allow-http", *host]));
    arguments.extend(more);
    Server::start(path, &arguments)
}

/// What a handler that calls servers answers when it is to call this one.
#[must_use]
pub fn ask(server: &Server, how: &str, url: &str) -> String {
    server.connect().get(&format!("/{how}?{url}")).text()
}

/// A running server. Its threads end with the process of the test.
#[derive(Clone, Debug)]
pub struct Upstream {
    address: SocketAddr,
    is_secure: bool,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    connections: usize,
    /// Those that are open.
    open: usize,
    heads: Vec<String>,
    /// The most requests that were held at a time.
    held: usize,
    is_released: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    /// Waits until it is so.
    fn wait(&self, what: &str, is_so: impl Fn(&State) -> bool) {
        let deadline = Instant::now() + SOON;
        let mut state = self.state();
        while !is_so(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "not within {SOON:?}: {what}; {state:?}");
            let waited = self.changed.wait_timeout(state, left.min(Duration::from_secs(1)));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A connection that is open.
struct Open(Arc<Shared>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.change(|state| state.open -= 1);
    }
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

impl Upstream {
    /// Starts one at 127.0.0.1.
    ///
    /// # Panics
    ///
    /// When there is no port to be had.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it starts something")]
    pub fn new() -> Upstream {
        Upstream::start(None)
    }

    /// Starts one that speaks TLS, with this certificate.
    #[must_use]
    pub fn secure(certificate: &Certificate) -> Upstream {
        Upstream::secure_with(certificate, &[])
    }

    /// The same, which speaks these protocols alone.
    ///
    /// # Panics
    ///
    /// When the certificate is not one.
    #[must_use]
    pub fn secure_with(certificate: &Certificate, protocols: &[&str]) -> Upstream {
        let chain = CertificateDer::from_pem_file(certificate.cert()).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(certificate.key()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![chain], key);
        let mut config = config.expect("a certificate with its key");
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Upstream::start(Some(Arc::new(config)))
    }

    fn start(tls: Option<Arc<ServerConfig>>) -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let upstream = Upstream { address, is_secure: tls.is_some(), shared: Arc::default() };
        let shared = Arc::clone(&upstream.shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, tls) = (Arc::clone(&shared), tls.clone());
                shared.change(|state| {
                    state.connections += 1;
                    state.open += 1;
                });
                let serve = move || {
                    let open = Open(shared);
                    let _ = serve(stream, tls, &open.0);
                };
                // Tests have a thousand of them.
                let spawned = thread::Builder::new().stack_size(256 * 1024).spawn(serve);
                spawned.expect("a thread");
            }
        });
        upstream
    }

    /// Its host and port.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.is_secure {
            true => format!("localhost:{}", self.address.port()),
            false => self.address.to_string(),
        }
    }

    /// The URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.authority())
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The heads of the requests so far.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.shared.state().heads.clone()
    }

    /// How many connections it has had so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// The most requests that were held at a time.
    #[must_use]
    pub fn held_at_once(&self) -> usize {
        self.shared.state().held
    }

    /// Waits until it has had so many requests.
    pub fn wait_for_requests(&self, count: usize) {
        self.shared.wait("requests", |state| state.heads.len() >= count);
    }

    /// Waits until so many connections are open.
    pub fn wait_for_open(&self, count: usize) {
        self.shared.wait("open connections", |state| state.open == count);
    }

    /// Lets all go on that are held, now and later.
    pub fn release(&self) {
        self.shared.change(|state| state.is_released = true);
    }
}

fn serve(stream: TcpStream, tls: Option<Arc<ServerConfig>>, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(2 * SOON))?;
    let stream: Box<dyn Stream> = match tls {
        Some(config) => {
            let connection = ServerConnection::new(config).map_err(io::Error::other)?;
            Box::new(StreamOwned::new(connection, stream))
        }
        None => Box::new(stream),
    };
    let mut stream = BufReader::new(stream);
    while let Some(head) = read_head(&mut stream)? {
        shared.change(|state| state.heads.push(head.clone()));
        if !answer(&head, &mut stream, shared)? {
            return Ok(());
        }
    }
    Ok(())
}

fn read_head(stream: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(head))
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (own, value) = line.split_once(": ")?;
        own.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// The pieces of a request's body, as they come.
fn pieces(
    head: &str,
    stream: &mut impl BufRead,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    if field(head, "Transfer-Encoding").is_none() {
        let length = field(head, "Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        return take(&body);
    }
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        let mut piece = vec![0; size + 2];
        stream.read_exact(&mut piece)?;
        if size == 0 {
            return Ok(());
        }
        take(&piece[..size])?;
    }
}

fn send(stream: &mut BufReader<Box<dyn Stream>>, bytes: &[u8]) -> io::Result<()> {
    stream.get_mut().write_all(bytes)?;
    stream.get_mut().flush()
}

fn hold(shared: &Shared) {
    shared.wait("the test lets it go on", |state| state.is_released);
}

/// Answers by what the path says. False when the connection is over.
fn answer(head: &str, stream: &mut BufReader<Box<dyn Stream>>, shared: &Shared) -> io::Result<bool> {
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let size = || query.parse::<usize>().unwrap_or(0);
    let whole = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    match path {
        // A redirect to what the query says.
        "/to" => {
            let head = format!("HTTP/1.1 302 Found\r\nLocation: {query}\r\nContent-Length: 0\r\n\r\n");
            send(stream, head.as_bytes())?;
        }
        "/hold" => {
            shared.change(|state| {
                let held = state.heads.iter().filter(|head| head.contains("/hold")).count();
                state.held = state.held.max(held);
            });
            hold(shared);
            send(stream, whole("held").as_bytes())?;
        }
        // Two parts, the second when the test says so.
        "/stream" => {
            send(stream, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none \r\n")?;
            hold(shared);
            send(stream, b"3\r\ntwo\r\n0\r\n\r\n")?;
        }
        "/echo" => {
            send(stream, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            let mut all = Vec::new();
            pieces(head, stream, |piece| {
                all.extend_from_slice(piece);
                Ok(())
            })?;
            for piece in all.chunks(16 * 1024) {
                send(stream, format!("{:x}\r\n", piece.len()).as_bytes())?;
                send(stream, piece)?;
                send(stream, b"\r\n")?;
            }
            send(stream, b"0\r\n\r\n")?;
        }
        "/length" => {
            let mut length = 0;
            pieces(head, stream, |piece| {
                length += piece.len();
                Ok(())
            })?;
            send(stream, whole(&length.to_string()).as_bytes())?;
        }
        "/cut" => {
            send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")?;
            return Ok(false);
        }
        // Closes without a word after its answer.
        "/last" => {
            send(stream, whole("last").as_bytes())?;
            return Ok(false);
        }
        "/head" => {
            let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(size()));
            send(stream, head.as_bytes())?;
        }
        "/body" => send(stream, whole(&"x".repeat(size())).as_bytes())?,
        "/switch" => {
            send(stream, b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")?
        }
        "/garbage" => {
            send(stream, b"220 mail.example ESMTP\r\n")?;
            return Ok(false);
        }
        "/fields" => send(stream, whole(head).as_bytes())?,
        path if path.starts_with("/odd/") => return odd(&path["/odd/".len()..], size(), stream),
        _ => {
            pieces(head, stream, |_| Ok(()))?;
            send(stream, whole("hello").as_bytes())?;
        }
    }
    Ok(true)
}

/// What no server should do.
fn odd(what: &str, size: usize, stream: &mut BufReader<Box<dyn Stream>>) -> io::Result<bool> {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n";
    const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let long = "x".repeat(size);
    match what {
        // Fields, or answers before the answer, until the other end has had enough.
        "endless-head" => {
            send(stream, HEAD)?;
            loop {
                send(stream, "X-More: and more\r\n".repeat(100).as_bytes())?;
            }
        }
        "endless-1xx" => loop {
            send(stream, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(100).as_bytes())?;
        },
        "dripping-head" => {
            send(stream, HEAD)?;
            loop {
                send(stream, b"X")?;
                thread::sleep(Duration::from_millis(20));
            }
        }
        "1xx" => {
            send(stream, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(3).as_bytes())?;
            send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")?;
        }
        "trailers" => {
            send(stream, CHUNKED)?;
            send(stream, format!("5\r\nhello\r\n0\r\nX-Sum: {long}\r\n\r\n").as_bytes())?;
        }
        "endless-trailers" => {
            send(stream, CHUNKED)?;
            send(stream, b"5\r\nhello\r\n0\r\n")?;
            loop {
                send(stream, "X-More: and more\r\n".repeat(100).as_bytes())?;
            }
        }
        "extension" => {
            send(stream, CHUNKED)?;
            send(stream, format!("5;x={long}\r\nhello\r\n0\r\n\r\n").as_bytes())?;
        }
        "endless-extension" => {
            send(stream, CHUNKED)?;
            send(stream, b"5;x=")?;
            loop {
                send(stream, &[b'x'; 1000])?;
            }
        }
        // More than the length says, which looks like another answer.
        "longer" => {
            send(
                stream,
                b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged",
            )?;
        }
        "two-lengths" => {
            send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")?;
        }
        "length" => send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello")?,
        "chunk" => {
            send(stream, CHUNKED)?;
            send(stream, b"fffffffffffffffff\r\nhello")?;
        }
        "lone-line-ends" => send(stream, b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello")?,
        // What the request has besides is not read: so the connection is reset.
        "reset" => {
            send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")?;
            return Ok(false);
        }
        // A frame with the settings of HTTP/2.
        "http2" => {
            send(stream, b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64")?;
            return Ok(false);
        }
        _ => return Ok(false),
    }
    Ok(true)
}
