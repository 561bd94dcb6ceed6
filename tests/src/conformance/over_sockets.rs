//! A case over TCP, with TLS or without.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::Connection;
use crate::socket_queue;
use crate::tls::{self, Certificate};

/// A connection over TCP.
#[derive(Debug)]
pub struct Plain(TcpStream);

/// A connection over TLS.
pub struct Secured(tls::Stream);

impl Plain {
    /// Connects.
    ///
    /// # Errors
    ///
    /// When nobody listens.
    pub fn connect(server: SocketAddr) -> io::Result<Plain> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        Ok(Plain(stream))
    }
}

impl Secured {
    /// Connects and shakes hands.
    ///
    /// # Errors
    ///
    /// When nobody listens, or not with this certificate.
    pub fn connect(server: SocketAddr, certificate: &Certificate) -> io::Result<Secured> {
        certificate.connect(server, &[]).map(Secured)
    }
}

impl Connection for Plain {
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> io::Result<()> {
        self.0.set_write_timeout(Some(until(deadline)))?;
        self.0.write_all(bytes)
    }

    fn wait_until_read(&mut self, deadline: Instant) -> io::Result<()> {
        wait_until_read(&self.0, deadline)
    }

    fn end_sending(&mut self, _: Instant) -> io::Result<()> {
        self.0.shutdown(Shutdown::Write)
    }

    fn receive(&mut self, received: &mut Vec<u8>, deadline: Instant) -> io::Result<bool> {
        self.0.set_read_timeout(Some(until(deadline)))?;
        receive(&mut self.0, received)
    }
}

impl Connection for Secured {
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> io::Result<()> {
        self.0.sock.set_write_timeout(Some(until(deadline)))?;
        self.0.write_all(bytes)?;
        self.0.flush()
    }

    fn wait_until_read(&mut self, deadline: Instant) -> io::Result<()> {
        wait_until_read(&self.0.sock, deadline)
    }

    /// By TLS's own word for it; the socket below stays as it is.
    fn end_sending(&mut self, _: Instant) -> io::Result<()> {
        self.0.conn.send_close_notify();
        self.0.flush()
    }

    /// An end without TLS's own word for it is an error, as it may be an attacker's.
    fn receive(&mut self, received: &mut Vec<u8>, deadline: Instant) -> io::Result<bool> {
        self.0.sock.set_read_timeout(Some(until(deadline)))?;
        receive(&mut self.0, received)
    }
}

/// A timeout of nothing would be none.
fn until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

fn wait_until_read(stream: &TcpStream, deadline: Instant) -> io::Result<()> {
    let (local, server) = (stream.local_addr()?, stream.peer_addr()?);
    while socket_queue::waiting_bytes(server, local) > 0 {
        if Instant::now() > deadline {
            return Err(ErrorKind::TimedOut.into());
        }
        std::thread::yield_now();
    }
    Ok(())
}

fn receive(stream: &mut impl Read, received: &mut Vec<u8>) -> io::Result<bool> {
    let mut piece = [0; 16 * 1024];
    let bytes = stream.read(&mut piece)?;
    received.extend_from_slice(&piece[..bytes]);
    Ok(bytes > 0)
}
