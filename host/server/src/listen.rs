//! What a server can listen at, and where it does.

use std::fmt;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use doverb_core::peer::Address;

/// Connections that the system holds for us while we are busy.
pub(crate) const BACKLOG: i32 = 1024;

/// What to listen at.
///
/// ```
/// use doverb_server::Listen;
///
/// assert_eq!(Listen::tcp("::1", 8000).to_string(), "[::1]:8000");
/// assert_eq!(Listen::Unix("/run/site".into()).to_string(), "unix:/run/site");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Listen {
    /// A TCP port.
    #[non_exhaustive]
    Tcp {
        /// The address or host name.
        host: String,
        /// The port, 0 for any free one.
        port: u16,
    },
    /// A unix socket that is made here, and removed when the server ends.
    Unix(PathBuf),
    /// A socket that listens already: one of TCP, or a unix socket for streams. Its file is left alone.
    Handed(Arc<OwnedFd>),
}

impl Listen {
    /// A TCP port of an address or host name.
    pub fn tcp(host: impl Into<String>, port: u16) -> Listen {
        Listen::Tcp { host: host.into(), port }
    }

    /// A socket that listens already, such as one of the standard library's listeners.
    pub fn handed(socket: impl Into<OwnedFd>) -> Listen {
        Listen::Handed(Arc::new(socket.into()))
    }

    /// Whether both ask for the same, word for word.
    pub(crate) fn is(&self, other: &Listen) -> bool {
        match (self, other) {
            (Listen::Tcp { host, port }, Listen::Tcp { host: name, port: number }) => {
                (host, port) == (name, number)
            }
            (Listen::Unix(path), Listen::Unix(other)) => path == other,
            (Listen::Handed(socket), Listen::Handed(other)) => Arc::ptr_eq(socket, other),
            _ => false,
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::Tcp { host, port } if host.contains(':') && !host.starts_with('[') => {
                write!(f, "[{host}]:{port}")
            }
            Listen::Tcp { host, port } => write!(f, "{host}:{port}"),
            Listen::Unix(path) => write!(f, "unix:{}", path.display()),
            Listen::Handed(_) => f.write_str("a socket that was handed in"),
        }
    }
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListenAddress {
    /// At this address, with the port that the system chose.
    Tcp(SocketAddr),
    /// At this path, empty where a socket that was handed in has none.
    Unix(PathBuf),
}

impl ListenAddress {
    /// The address, unless it is a unix socket's.
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            ListenAddress::Tcp(address) => Some(*address),
            ListenAddress::Unix(_) => None,
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenAddress::Tcp(address) => address.fmt(f),
            ListenAddress::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl From<&ListenAddress> for Address {
    fn from(address: &ListenAddress) -> Address {
        match address {
            ListenAddress::Tcp(address) => Address::from(*address),
            ListenAddress::Unix(path) => Address::of_unix(Some(path)),
        }
    }
}
