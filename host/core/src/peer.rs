//! Who is at the other end of a connection, and how it came to us.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// One end of a connection: a host and a port, or a unix socket's path and no port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: Arc<str>,
    port: u16,
}

impl Address {
    /// A unix socket's address: its path, empty where it has none, and port 0.
    pub fn of_unix(path: Option<&Path>) -> Address {
        let host = path.map(|path| path.display().to_string()).unwrap_or_default();
        Address { host: host.into(), port: 0 }
    }

    /// The host as text: an IP address, or a path.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host as a log shows it: `unix:` where there is none.
    pub fn shown(&self) -> &str {
        if self.host.is_empty() { "unix:" } else { &self.host }
    }

    /// The port, 0 for a unix socket.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Address {
        Address { host: address.ip().to_canonical().to_string().into(), port: address.port() }
    }
}

/// The parties of a connection. Clones are cheap.
///
/// ```
/// use doverb_core::peer::{Address, Peer};
///
/// let address = |text: &str| Address::from(text.parse::<std::net::SocketAddr>().unwrap());
/// let peer = Peer::new(address("192.0.2.1:50000"), address("127.0.0.1:8000"));
/// assert_eq!((peer.client().host(), peer.server().port()), ("192.0.2.1", 8000));
/// assert_eq!(peer.scheme(), "http");
/// ```
#[derive(Clone, Debug)]
pub struct Peer {
    client: Address,
    server: Address,
    is_secure: bool,
}

impl Peer {
    /// A client, and the address at which it found the server.
    pub fn new(client: Address, server: Address) -> Peer {
        Peer { client, server, is_secure: false }
    }

    /// The same over TLS.
    #[must_use]
    pub fn secure(mut self) -> Peer {
        self.is_secure = true;
        self
    }

    /// The client.
    pub fn client(&self) -> &Address {
        &self.client
    }

    /// The server.
    pub fn server(&self) -> &Address {
        &self.server
    }

    /// `https` over TLS, else `http`.
    pub fn scheme(&self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }
}
