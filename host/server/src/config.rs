//! Where and how a server serves.

use std::sync::Arc;

use doverb_core::attributes::Protocol;
use doverb_core::isolation::Isolation;
use doverb_core::limits::Limits;
use doverb_core::observer::Observer;

use crate::certificate::TlsFiles;
use crate::listen::Listen;

/// Where and how to serve.
///
/// ```
/// use doverb_core::attributes::Protocol;
/// use doverb_server::{Config, Listen};
///
/// let config = Config::default().with_listener(Listen::tcp("::1", 0)).with_protocol(Protocol::Http11);
/// assert_eq!(config.listeners.len(), 1);
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Config {
    /// What to listen at; `127.0.0.1` port 8000 if there is nothing. Default none.
    pub listeners: Vec<Listen>,
    /// The certificate that all listeners speak TLS with; plain HTTP if there is none. Default none.
    pub tls: Option<TlsFiles>,
    /// What handlers' `protocol_version` begins with. Default HTTP/1.0, as in Python.
    pub protocol: Protocol,
    /// Threads that serve, each with sockets of its own; 0 for one a core. Default 0.
    pub threads: usize,
    /// How long an instance lives. Default: as long as its connection, or shared if the handler is large.
    pub isolation: Isolation,
    /// Instances that the connections of a thread share with [`Isolation::Worker`]. None, which is the default, for 4, or
    /// for one that all threads share where a handler keeps its state in it.
    pub workers: Option<usize>,
    /// The bounds on clients and handlers.
    pub limits: Limits,
    /// Who watches; the log alone if there is none. Default none.
    pub observers: Vec<Arc<dyn Observer>>,
    /// Whether clients see why their requests failed, and pages of HTML show themselves anew: see
    /// [`Development`](crate::development::Development). Default no.
    pub development: bool,
}

impl Config {
    /// One more to listen at. At `127.0.0.1` port 8000 it does so only if there is no other.
    #[must_use]
    pub fn with_listener(mut self, listen: Listen) -> Config {
        self.listeners.push(listen);
        self
    }

    /// Where it listens if nobody has said so.
    pub(crate) fn with_default_listener(self) -> Config {
        if self.listeners.is_empty() { self.with_listener(Listen::tcp("127.0.0.1", 8000)) } else { self }
    }

    /// Over TLS, at all listeners. HTTP/1.1 is what clients can choose by ALPN.
    #[must_use]
    pub fn with_tls(mut self, files: TlsFiles) -> Config {
        self.tls = Some(files);
        self
    }

    /// What handlers' `protocol_version` begins with.
    #[must_use]
    pub fn with_protocol(mut self, protocol: Protocol) -> Config {
        self.protocol = protocol;
        self
    }

    /// With how many threads.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Config {
        self.threads = threads;
        self
    }

    /// How long an instance lives.
    #[must_use]
    pub fn with_isolation(mut self, isolation: Isolation) -> Config {
        self.isolation = isolation;
        self
    }

    /// How many instances connections of a thread share.
    #[must_use]
    pub fn with_workers(mut self, workers: usize) -> Config {
        self.workers = Some(workers);
        self
    }

    /// Within which limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Config {
        self.limits = limits;
        self
    }

    /// For who develops the handlers: see [`Config::development`].
    #[must_use]
    pub fn with_development(mut self) -> Config {
        self.development = true;
        self
    }

    /// One more who watches. The log does so only if there is no other.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Config {
        self.observers.push(observer);
        self
    }
}
