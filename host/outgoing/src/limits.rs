//! The bounds on what a handler may have of the network.

use std::time::Duration;

/// The bounds on the requests of one handler, all instances together. A default is always in force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpLimits {
    /// Requests at once; others wait for as long as they would for an answer.
    pub max_requests: usize,
    /// For a connection: looking its name up, TLS.
    pub connect_timeout: Duration,
    /// From a request to the first byte of its answer, and from one part of a body to the next. A guest may ask for less.
    pub timeout: Duration,
    /// For a request and its answer in all.
    pub total_timeout: Duration,
    /// Bytes of an answer's head.
    pub max_head: usize,
    /// Bytes of an answer's body.
    pub max_response: u64,
    /// Bytes of a request's body.
    pub max_request: u64,
}

impl Default for HttpLimits {
    fn default() -> Self {
        HttpLimits {
            max_requests: 256,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(30 * 60),
            max_head: 64 * 1024,
            max_response: 1 << 30,
            max_request: 1 << 30,
        }
    }
}

impl HttpLimits {
    /// With another [`HttpLimits::max_requests`].
    #[must_use]
    pub fn with_max_requests(mut self, count: usize) -> HttpLimits {
        self.max_requests = count;
        self
    }

    /// With another [`HttpLimits::timeout`].
    #[must_use]
    pub fn with_timeout(mut self, time: Duration) -> HttpLimits {
        self.timeout = time;
        self
    }

    /// With another [`HttpLimits::max_response`].
    #[must_use]
    pub fn with_max_response(mut self, bytes: u64) -> HttpLimits {
        self.max_response = bytes;
        self
    }

    /// With another [`HttpLimits::max_request`].
    #[must_use]
    pub fn with_max_request(mut self, bytes: u64) -> HttpLimits {
        self.max_request = bytes;
        self
    }
}
