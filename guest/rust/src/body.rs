//! `rfile` and `wfile`: the bodies of the request and of the answer.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, Read, Write};

use crate::answer;
use crate::bindings;
use crate::error::Failure;

/// Bytes asked of the host at a time: as many as it gives.
const PIECE: usize = 65_536;
/// Bytes given to the host at a time: as many as it takes in one call.
const MAX_CALL: usize = 4 << 20;

thread_local! {
    /// What was read ahead, while no [`Rfile`] is in use: `self.rfile()` can be called as often as one likes.
    static AHEAD: Cell<Ahead> = const { Cell::new(Ahead { bytes: Vec::new(), used: 0 }) };
}

#[derive(Default)]
struct Ahead {
    bytes: Vec<u8>,
    used: usize,
}

/// A new request begins.
pub(crate) fn forget() {
    AHEAD.take();
}

/// The request's body: `self.rfile`.
///
/// It is at its end after the body's last byte; a read never goes on into the next request. While one is
/// in use, a second one would not see what the first has read ahead, so keep one at a time.
///
/// It is [`Read`] and [`BufRead`], and has what Python's has besides: [`readline`](Rfile::readline),
/// [`readlines`](Rfile::readlines), and `for` goes over its lines.
///
/// ```
/// use doverb_guest::*;
///
/// #[derive(Default)]
/// struct Count;
///
/// #[handler]
/// impl Count {
///     fn do_POST(&mut self) -> Result {
///         let title = self.rfile().readline(1024)?;
///         let mut lines = 0;
///         for line in self.rfile() {
///             lines += usize::from(line? != b"\n");
///         }
///         self.send_response(200)?;
///         self.end_headers()?;
///         self.wfile().write_all(&title)?;
///         write!(self.wfile(), "{lines} lines follow")?;
///         Ok(())
///     }
/// }
/// # fn main() {}
/// ```
pub struct Rfile {
    ahead: Ahead,
}

impl Rfile {
    pub(crate) fn new() -> Rfile {
        Rfile { ahead: AHEAD.take() }
    }

    /// What [`wasip2::io::poll`] waits for the client with, together with a clock, say. Needs the feature `wasi`.
    ///
    /// It is ready when a read would not wait: bytes have come, the body is at its end, or the read would fail. What
    /// was read ahead is here and not with the server, so use [`Read`] with it, or take all that
    /// [`fill_buf`](BufRead::fill_buf) gives.
    ///
    /// ```
    /// use doverb_guest::*;
    /// use wasip2::clocks::monotonic_clock;
    /// use wasip2::io::poll::poll;
    ///
    /// #[derive(Default)]
    /// struct Patient;
    ///
    /// #[handler]
    /// impl Patient {
    ///     fn do_POST(&mut self) -> Result {
    ///         self.send_response(200)?;
    ///         self.end_headers()?;
    ///         let client = self.rfile().subscribe();
    ///         loop {
    ///             let second = monotonic_clock::subscribe_duration(1_000_000_000);
    ///             if !poll(&[&client, &second]).contains(&0) {
    ///                 writeln!(self.wfile(), "still here?")?;
    ///             } else if self.rfile().read(&mut [0; 1024])? == 0 {
    ///                 return Ok(());
    ///             }
    ///         }
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    #[cfg(feature = "wasi")]
    #[must_use]
    pub fn subscribe(&self) -> wasip2::io::poll::Pollable {
        answer::settle();
        bindings::readiness::subscribe_rfile().into()
    }

    /// One line with its line feed, at most `limit` bytes of it; empty at the body's end.
    ///
    /// # Errors
    ///
    /// As all reads: a [`Failure`] in an [`io::Error`].
    pub fn readline(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let ahead = (self.ahead.bytes.len() - self.ahead.used) as u64;
        self.by_ref().take(ahead.min(limit as u64)).read_until(b'\n', &mut line)?;
        while line.len() < limit && !line.ends_with(b"\n") {
            let left = u32::try_from(limit - line.len()).unwrap_or(u32::MAX);
            answer::settle();
            let more = bindings::rfile::read_line(left).map_err(Failure::from)?;
            if more.is_empty() {
                break;
            }
            line.extend_from_slice(&more);
        }
        Ok(line)
    }

    /// All lines to the body's end, or until `hint` bytes of them were read.
    ///
    /// # Errors
    ///
    /// As [`readline`](Rfile::readline).
    pub fn readlines(&mut self, hint: usize) -> io::Result<Vec<Vec<u8>>> {
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while bytes < hint {
            let line = self.readline(usize::MAX)?;
            if line.is_empty() {
                break;
            }
            bytes += line.len();
            lines.push(line);
        }
        Ok(lines)
    }
}

/// The lines of a body, each with its line feed: what `for line in self.rfile()` goes over.
pub struct Lines {
    rfile: Rfile,
    failed: bool,
}

impl Iterator for Lines {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<io::Result<Vec<u8>>> {
        if self.failed {
            return None;
        }
        let mut line = Vec::new();
        match self.rfile.read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(Ok(line)),
            Err(error) => {
                self.failed = true;
                Some(Err(error))
            }
        }
    }
}

impl IntoIterator for Rfile {
    type Item = io::Result<Vec<u8>>;
    type IntoIter = Lines;

    fn into_iter(self) -> Lines {
        Lines { rfile: self, failed: false }
    }
}

impl Drop for Rfile {
    fn drop(&mut self) {
        if self.ahead.used < self.ahead.bytes.len() {
            AHEAD.set(std::mem::take(&mut self.ahead));
        }
    }
}

fn fetch(size: usize) -> io::Result<Vec<u8>> {
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    answer::settle();
    bindings::rfile::read(size).map_err(|failure| Failure::from(failure).into())
}

impl Read for Rfile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ahead.used == self.ahead.bytes.len() {
            let piece = fetch(buffer.len())?;
            buffer[..piece.len()].copy_from_slice(&piece);
            return Ok(piece.len());
        }
        let ahead = self.take_ahead(buffer.len());
        buffer[..ahead.len()].copy_from_slice(ahead);
        Ok(ahead.len())
    }

    /// In pieces as the host has them: the standard library's own way begins with a call for 32 bytes.
    fn read_to_end(&mut self, all: &mut Vec<u8>) -> io::Result<usize> {
        self.gather(all, usize::MAX)
    }
}

impl Rfile {
    /// Bytes that were fetched and not read yet, at most so many. They are read then.
    fn take_ahead(&mut self, most: usize) -> &[u8] {
        let from = self.ahead.used;
        self.ahead.used += (self.ahead.bytes.len() - from).min(most);
        &self.ahead.bytes[from..self.ahead.used]
    }

    /// Adds what is left of the body, but no more than `limit` bytes; says how many they were.
    pub(crate) fn gather(&mut self, all: &mut Vec<u8>, limit: usize) -> io::Result<usize> {
        let ahead = self.take_ahead(limit);
        all.extend_from_slice(ahead);
        let mut left = limit - ahead.len();
        while left > 0 {
            let piece = fetch(left.min(PIECE))?;
            if piece.is_empty() {
                break;
            }
            left -= piece.len();
            if all.is_empty() {
                *all = piece;
            } else {
                all.extend_from_slice(&piece);
            }
        }
        Ok(limit - left)
    }
}

impl BufRead for Rfile {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.ahead.used == self.ahead.bytes.len() {
            self.ahead = Ahead { bytes: fetch(PIECE)?, used: 0 };
        }
        Ok(&self.ahead.bytes[self.ahead.used..])
    }

    fn consume(&mut self, bytes: usize) {
        self.ahead.used = (self.ahead.used + bytes).min(self.ahead.bytes.len());
    }
}

/// The answer's body: `self.wfile`. The host buffers, so that small writes are cheap and none is late.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wfile(());

impl Wfile {
    pub(crate) fn new() -> Wfile {
        Wfile(())
    }

    /// What [`wasip2::io::poll`] waits with until all that was written has left, so that writes of less than 65,536 bytes
    /// will not wait, or until they would fail. Needs the feature `wasi`.
    #[cfg(feature = "wasi")]
    #[must_use]
    pub fn subscribe(&self) -> wasip2::io::poll::Pollable {
        answer::settle();
        bindings::readiness::subscribe_wfile().into()
    }

    /// Writes a text in ISO-8859-1, each character as one byte. At most 65,536 characters.
    ///
    /// # Errors
    ///
    /// [`Failure::InvalidField`] for a character above U+00FF, and as `write` fails.
    pub fn write_text(&mut self, text: &str) -> Result<(), Failure> {
        answer::write_text(text)
    }
}

impl Write for Wfile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let write = |piece: &[u8]| answer::write(piece).map_err(io::Error::from);
        if bytes.len() <= MAX_CALL {
            return write(bytes);
        }
        bytes.chunks(MAX_CALL).try_for_each(write)
    }

    /// All of a `write!` in one call to the host.
    fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> io::Result<()> {
        match text.as_str() {
            Some(text) => self.write_all(text.as_bytes()),
            None => self.write_all(text.to_string().as_bytes()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        answer::hand_over()?;
        bindings::wfile::flush().map_err(|failure| Failure::from(failure).into())
    }
}
