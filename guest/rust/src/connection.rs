//! The connection itself: `rfile` and `wfile` in one.

use std::fmt;
use std::io::{self, BufRead, Read, Write};

use crate::body::{Rfile, Wfile};

/// Both directions of the connection: `self.connection`, for libraries that want one stream to speak a protocol over.
///
/// It is the client's raw connection from `end_headers` of a 101, or of a 2xx answer to CONNECT, until the handler returns;
/// before that its reads are the request's body and its writes the answer's.
///
/// What is written leaves when the handler waits for the client, so it needs no flush. A read that has waited
/// for `timeout` fails with [`TimedOut`](io::ErrorKind::TimedOut) and loses nothing: read again to go on.
///
/// ```
/// use doverb_guest::*;
///
/// #[derive(Default)]
/// struct Shouter;
///
/// #[handler]
/// impl Shouter {
///     const PROTOCOL_VERSION: &str = "HTTP/1.1";
///
///     fn do_GET(&mut self) -> Result {
///         if self.header("Upgrade").as_deref() != Some("shout") {
///             return Ok(self.send_error(400)?);
///         }
///         self.send_response(101)?;
///         self.send_header("Connection", "Upgrade")?;
///         self.send_header("Upgrade", "shout")?;
///         self.end_headers()?;
///         let (mut connection, mut line) = (self.connection(), String::new());
///         while connection.read_line(&mut line)? > 0 {
///             connection.write_all(line.to_uppercase().as_bytes())?;
///             line.clear();
///         }
///         Ok(())
///     }
/// }
/// # fn main() {}
/// ```
///
/// While one is in use, [`rfile`](crate::BaseHTTPRequestHandler::rfile) would not see what it has read ahead.
pub struct Connection {
    rfile: Rfile,
    wfile: Wfile,
}

impl Connection {
    pub(crate) fn new() -> Connection {
        Connection { rfile: Rfile::new(), wfile: Wfile::new() }
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.rfile.read(buffer)
    }
}

impl BufRead for Connection {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.rfile.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.rfile.consume(bytes);
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wfile.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.wfile.write_all(bytes)
    }

    fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> io::Result<()> {
        self.wfile.write_fmt(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.wfile.flush()
    }
}
