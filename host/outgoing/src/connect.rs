//! A new connection to a server: its name is looked up, each of its addresses is judged, and one that may be used is connected
//! to. Nothing is looked up twice, so that what was judged is what is connected to.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use doverb_core::descriptors::{Descriptors, Taken};
use hyper::client::conn::http1::{self, SendRequest};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::io::TokioIo;

use crate::allowed;
use crate::destination::{Destination, Host};
use crate::failure;
use crate::grant::HttpGrant;
use crate::proxy;
use crate::refusal::Refusal;
use crate::tls;
use crate::upload::Upload;
use crate::wire::{Seen, Watched};

/// Addresses of a name that are tried.
const TRIED: usize = 8;

/// A connection that requests can be sent on.
pub(crate) struct Line {
    pub(crate) sender: SendRequest<Upload>,
    pub(crate) seen: Seen,
}

/// What is told to the operator.
pub(crate) type Tell<'a> = &'a (dyn Fn(&Refusal) + Send + Sync);

impl HttpGrant {
    /// Connects within `time`.
    pub(crate) async fn connect(
        &self,
        to: &Destination,
        time: Duration,
        tell: Tell<'_>,
    ) -> Result<Line, Error> {
        let descriptor = self.take_descriptor(tell)?;
        let deadline = Instant::now() + time;
        let reached = async {
            let addresses = match timeout_at(deadline, self.addresses(to, tell)).await {
                Ok(addresses) => addresses?,
                Err(_) => return Err(Error::DnsTimeout),
            };
            first_of(&addresses, to.port, deadline).await
        };
        let stream = reached.await.inspect_err(|error| {
            if failure::is_unreachable(error)
                && !allowed::is_near(to)
                && let Some(variable) = proxy::variable(to.is_secure)
            {
                tell(&Refusal::Proxy { to: to.clone(), variable });
            }
        })?;
        // What is written is a whole head, or as much of a body as there is.
        let _ = stream.set_nodelay(true);
        let secured = async {
            if to.is_secure {
                self.secure(stream, to, descriptor, tell).await
            } else {
                self.speak(stream, descriptor).await
            }
        };
        timeout_at(deadline, secured).await.unwrap_or(Err(Error::ConnectionTimeout))
    }

    /// One for a connection, which one that waits may have to give up.
    fn take_descriptor(&self, tell: Tell<'_>) -> Result<Taken, Error> {
        let all = Descriptors::of_process();
        let taken = all.take_of_guests().or_else(|| {
            self.pool().give_up_one();
            all.take_of_guests()
        });
        taken.ok_or_else(|| {
            tell(&Refusal::Descriptors);
            Error::ConnectionLimitReached
        })
    }

    /// The addresses that may be connected to.
    async fn addresses(&self, to: &Destination, tell: Tell<'_>) -> Result<Vec<IpAddr>, Error> {
        let found = match &to.host {
            Host::Address(address) => vec![*address],
            Host::Name(name) => self
                .resolver()
                .resolve(name)
                .await
                .map_err(|error| Error::DnsError { rcode: Some(error.to_string()), info_code: None })?,
        };
        if found.is_empty() {
            return Err(Error::DestinationNotFound);
        }
        let (mut good, mut refused) = (Vec::new(), None);
        for address in found {
            match self.allowed().objection(to, address) {
                None => good.push(address.to_canonical()),
                Some(kind) => refused = refused.or(Some(Refusal::Address { to: to.clone(), address, kind })),
            }
        }
        good.truncate(TRIED);
        match refused {
            Some(refusal) if good.is_empty() => {
                tell(&refusal);
                Err(Error::DestinationIpProhibited)
            }
            _ => Ok(good),
        }
    }

    async fn secure(
        &self,
        stream: TcpStream,
        to: &Destination,
        descriptor: Taken,
        tell: Tell<'_>,
    ) -> Result<Line, Error> {
        let name = match &to.host {
            Host::Address(address) => ServerName::from(*address),
            Host::Name(name) => {
                ServerName::try_from(name.clone()).map_err(|_| Error::HttpRequestUriInvalid)?
            }
        };
        let connected = TlsConnector::from(self.tls()).connect(name, stream).await;
        let stream = connected.map_err(|error| {
            if tls::has_no_protocol(&error) {
                tell(&Refusal::Http2 { to: to.clone() });
            }
            let (failure, of_trust) = tls::failure(&error);
            of_trust.into_iter().for_each(|why| tell(&Refusal::Certificate { to: to.clone(), why }));
            failure
        })?;
        self.speak(stream, descriptor).await
    }

    /// HTTP/1 on it, by a task of its own, which ends with the last request.
    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        descriptor: Taken,
    ) -> Result<Line, Error> {
        let mut http = http1::Builder::new();
        http.max_buf_size(self.limits().max_head.max(8 * 1024));
        let seen = Seen::default();
        let stream = TokioIo::new(Watched::new(stream, seen.clone()));
        let (sender, connection) =
            http.handshake(stream).await.map_err(|error| failure::of_exchange(&error))?;
        tokio::spawn(async move {
            let _descriptor = descriptor;
            // Whoever waits for an answer is told by it; when nobody does, nobody need know.
            let _ = connection.await;
        });
        Ok(Line { sender, seen })
    }
}

/// The first that can be connected to. None gets so long that there is nothing left for the others.
async fn first_of(addresses: &[IpAddr], port: u16, deadline: Instant) -> Result<TcpStream, Error> {
    let mut failure = Error::DestinationNotFound;
    for (number, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let others = u32::try_from(addresses.len() - number).unwrap_or(u32::MAX);
        match timeout(left / others, TcpStream::connect(SocketAddr::new(*address, port))).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failure = failure::of_connecting(&error),
            Err(_) => failure = Error::ConnectionTimeout,
        }
    }
    Err(failure)
}
