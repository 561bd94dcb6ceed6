//! Listening sockets: opened here or handed in, one a thread.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::sync::Arc;

use doverb_core::peer::Address;
use socket2::{Domain, Protocol, Socket, Type};

use crate::error::ServerError;
use crate::listen::{BACKLOG, Listen, ListenAddress};
use crate::unix::{self, SocketFile};

/// One thread's socket of a listener.
pub(crate) enum Listening {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listening {
    fn try_clone(&self) -> io::Result<Listening> {
        Ok(match self {
            Listening::Tcp(socket) => Listening::Tcp(socket.try_clone()?),
            Listening::Unix(socket) => Listening::Unix(socket.try_clone()?),
        })
    }
}

/// One listener with a socket for each thread.
pub(crate) struct Opened {
    pub(crate) address: ListenAddress,
    /// The same as connections know it.
    pub(crate) server: Address,
    pub(crate) sockets: Vec<Listening>,
    pub(crate) file: Option<SocketFile>,
}

/// Opens a listener for `threads`. Those who are `beside` it listen already, and are ours.
pub(crate) fn open(listen: &Listen, threads: usize, beside: &[ListenAddress]) -> Result<Opened, ServerError> {
    let failed = |source| ServerError::Bind { listen: listen.clone(), source };
    let (address, sockets, file) = match listen {
        Listen::Tcp { host, port } => {
            let (address, sockets) = open_tcp(host, *port, threads, beside).map_err(failed)?;
            (ListenAddress::Tcp(address), sockets, None)
        }
        Listen::Unix(path) => {
            let (socket, file) = unix::open(path)?;
            let sockets = copies(Listening::Unix(socket), threads).map_err(failed)?;
            (ListenAddress::Unix(path.clone()), sockets, Some(file))
        }
        Listen::Handed(socket) => {
            let (address, socket) = take_over(socket).map_err(failed)?;
            (address, copies(socket, threads).map_err(failed)?, None)
        }
    };
    Ok(Opened { server: Address::from(&address), address, sockets, file })
}

/// Unix sockets have no SO_REUSEPORT, and a socket that was handed in is only one: the threads accept from it in
/// turns.
fn copies(socket: Listening, threads: usize) -> io::Result<Vec<Listening>> {
    let mut copies: Vec<_> = (1..threads).map(|_| socket.try_clone()).collect::<io::Result<_>>()?;
    copies.push(socket);
    Ok(copies)
}

/// Opens `threads` sockets that share one address. The system spreads connections over them.
fn open_tcp(
    host: &str,
    port: u16,
    threads: usize,
    beside: &[ListenAddress],
) -> io::Result<(SocketAddr, Vec<Listening>)> {
    let address = resolve(host, port)?;
    let is_ours = beside.iter().filter_map(ListenAddress::tcp).any(|other| overlap(other, address));
    if port != 0 && !is_ours {
        // Sockets that share an address would share it with another server's too, without a word.
        drop(listen(address, false)?);
    }
    // Shared even by one thread: all addresses of a port may take the place of one of them while it still listens.
    let first = listen(address, true)?;
    let address = first.local_addr()?;
    let mut sockets = vec![Listening::Tcp(first)];
    for _ in 1..threads {
        sockets.push(Listening::Tcp(listen(address, true)?));
    }
    Ok((address, sockets))
}

/// Whether who listens at one of them takes connections of the other.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let is_all = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && (is_all || one.ip() == other.ip())
}

fn resolve(host: &str, port: u16) -> io::Result<SocketAddr> {
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let mut addresses = (host, port).to_socket_addrs()?;
    addresses.next().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))
}

fn listen(address: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if shared {
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    // Answers leave in one write; waiting for more to come (Nagle) would only delay the last piece. Connections have it
    // from the socket that accepts them.
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Makes what somebody else has opened ready for the threads.
fn take_over(socket: &Arc<OwnedFd>) -> io::Result<(ListenAddress, Listening)> {
    let socket = Socket::from(socket.try_clone()?);
    if socket.r#type()? != Type::STREAM || !socket.is_listener()? {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it does not listen for streams"));
    }
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    if let Some(address) = address.as_socket() {
        socket.set_tcp_nodelay(true)?;
        return Ok((ListenAddress::Tcp(address), Listening::Tcp(socket.into())));
    }
    if !address.is_unix() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is neither of TCP nor a unix socket"));
    }
    let path = address.as_pathname().map(Into::into).unwrap_or_default();
    Ok((ListenAddress::Unix(path), Listening::Unix(socket.into())))
}
