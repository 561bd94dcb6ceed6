//! Every bound that the server puts on clients and handlers, with its default.

use std::net::IpAddr;
use std::time::Duration;

use crate::machine;

/// What one client or one handler may use up.
///
/// All of them are in force from the first request on; there is no way to run without limits
/// but to set a very large one.
///
/// ```
/// use doverb_core::limits::Limits;
/// use std::time::Duration;
///
/// let limits = Limits::default().with_cpu_time(Duration::from_millis(200));
/// assert_eq!(limits.max_memory, 128 << 20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Memory of one instance in bytes: its linear memories, and what the server holds for it. Default 128 MiB.
    pub max_memory: usize,
    /// Time that a handler may compute for one request, what it spends waiting not counted. Measured in steps of
    /// [`TICK`]. Moving bytes between handler and client is part of it: a handler that streams many gigabytes needs
    /// more. On a raw connection (after an upgrade) it begins anew with all that the client does. Default 5 s.
    pub cpu_time: Duration,
    /// Time from the end of the request's head to the handler's return, waiting included; on a raw connection (after
    /// an upgrade) from one wait for the client to the next. A request that shares an instance with others may wait as
    /// long for its turn before. Default 300 s.
    pub request_timeout: Duration,
    /// Time from the first byte of a request to the end of its head. Default 30 s.
    pub header_timeout: Duration,
    /// Time that a connection may be idle between requests. Default 60 s.
    pub keep_alive_timeout: Duration,
    /// Time that one read from or write to the client may wait: Python's `timeout`. Default 30 s.
    pub client_timeout: Duration,
    /// Size of a request's body in bytes, 0 for no limit. Default 1 GiB.
    pub max_body: u64,
    /// Connections at a time; one more is answered 503. Default 10,000, or fewer where the machine has little memory.
    pub max_connections: usize,
    /// Live instances at a time; a request that needs one more is answered 503. Default 1,000.
    pub max_instances: u32,
    /// Live instances that serve one client at a time: an IPv4 address, or a /64 of IPv6. A request that needs one more is
    /// answered 503. Default 750.
    pub max_client_instances: usize,
    /// Connections of one client at a time; one more is answered 503. Default 7,500.
    pub max_client_connections: usize,
    /// Proxies, which come for many clients: they have neither of these two bounds. Default none.
    pub trusted_proxies: Vec<IpAddr>,
    /// Memory of all instances together, in bytes: that of each, deep stacks and tables. Default three quarters of what the
    /// machine, or the control group of the process, has.
    pub max_total_memory: u64,
    /// What one instance may have open of the system's at a time: files, directories, streams, pollables. Default 512.
    pub max_resources: usize,
    /// Time that a raw connection (after an upgrade) may be without a byte of its client's. Default 1 h.
    pub raw_idle_timeout: Duration,
    /// Time that requests in flight have to finish when the server drains. Default 10 s.
    pub grace: Duration,
}

/// Each limit by a method of its own, so that a further one breaks nobody who sets some. The fields say more.
impl Limits {
    /// Linear memory of one instance, in bytes. Default 128 MiB.
    #[must_use]
    pub fn with_max_memory(mut self, bytes: usize) -> Limits {
        self.max_memory = bytes;
        self
    }

    /// Time that a handler may compute for one request, in steps of [`TICK`]. Default 5 s.
    #[must_use]
    pub fn with_cpu_time(mut self, time: Duration) -> Limits {
        self.cpu_time = time;
        self
    }

    /// Time from the end of a request's head to the handler's return, waiting included. Default 300 s.
    #[must_use]
    pub fn with_request_timeout(mut self, time: Duration) -> Limits {
        self.request_timeout = time;
        self
    }

    /// Time from the first byte of a request to the end of its head. Default 30 s.
    #[must_use]
    pub fn with_header_timeout(mut self, time: Duration) -> Limits {
        self.header_timeout = time;
        self
    }

    /// Time that a connection may be idle between requests. Default 60 s.
    #[must_use]
    pub fn with_keep_alive_timeout(mut self, time: Duration) -> Limits {
        self.keep_alive_timeout = time;
        self
    }

    /// Time that one read from or write to the client may wait. Default 30 s.
    #[must_use]
    pub fn with_client_timeout(mut self, time: Duration) -> Limits {
        self.client_timeout = time;
        self
    }

    /// Size of a request's body in bytes, 0 for no limit. Default 1 GiB.
    #[must_use]
    pub fn with_max_body(mut self, bytes: u64) -> Limits {
        self.max_body = bytes;
        self
    }

    /// Connections at a time. Default 10,000.
    #[must_use]
    pub fn with_max_connections(mut self, count: usize) -> Limits {
        self.max_connections = count;
        self
    }

    /// Live instances at a time, of which one client may have [`part_of_client`] unless more or less is said after
    /// this. Default 1,000.
    #[must_use]
    pub fn with_max_instances(mut self, count: u32) -> Limits {
        self.max_instances = count;
        self.max_client_instances = part_of_client(count);
        self
    }

    /// Live instances that serve one client at a time: an IPv4 address, or a /64 of IPv6. Default 750.
    #[must_use]
    pub fn with_max_client_instances(mut self, count: usize) -> Limits {
        self.max_client_instances = count;
        self
    }

    /// Connections of one client at a time. Default 7,500.
    #[must_use]
    pub fn with_max_client_connections(mut self, count: usize) -> Limits {
        self.max_client_connections = count;
        self
    }

    /// Proxies, which come for many clients and have neither of these two bounds. Default none.
    #[must_use]
    pub fn with_trusted_proxies(mut self, addresses: Vec<IpAddr>) -> Limits {
        self.trusted_proxies = addresses.iter().map(IpAddr::to_canonical).collect();
        self
    }

    /// Linear memory of all instances together, in bytes. Default three quarters of what the machine has, or the control
    /// group of the process.
    #[must_use]
    pub fn with_max_total_memory(mut self, bytes: u64) -> Limits {
        self.max_total_memory = bytes;
        self
    }

    /// What one instance may have open of the system's at a time. Default 512.
    #[must_use]
    pub fn with_max_resources(mut self, count: usize) -> Limits {
        self.max_resources = count;
        self
    }

    /// Time that a raw connection may be without a byte of its client's. Default 1 h.
    #[must_use]
    pub fn with_raw_idle_timeout(mut self, time: Duration) -> Limits {
        self.raw_idle_timeout = time;
        self
    }

    /// Time that requests in flight have to finish when the server drains. Default 10 s.
    #[must_use]
    pub fn with_grace(mut self, time: Duration) -> Limits {
        self.grace = time;
        self
    }
}

/// Half of the memory that this machine or its control group has, in bytes: what a part of the work beside instances may have, as
/// compiled code and the tools that build sources.
///
/// ```
/// use doverb_core::limits::{Limits, half_of_memory};
///
/// assert!(half_of_memory() < Limits::default().max_total_memory);
/// ```
pub fn half_of_memory() -> u64 {
    machine::quarter() * 2
}

/// What one client may have of `all` instances where nothing else is said: most of them, but never the last.
///
/// ```
/// use doverb_core::limits::part_of_client;
///
/// assert_eq!([1, 2, 3, 16, 1000].map(part_of_client), [1, 1, 2, 14, 750]);
/// ```
pub fn part_of_client(all: u32) -> usize {
    let others = if all < 64 { all / 8 } else { all / 4 };
    usize::try_from(all - others.max(u32::from(all > 1))).unwrap_or(usize::MAX)
}

/// The unit in which a handler's CPU time is measured.
pub const TICK: Duration = Duration::from_millis(10);

/// Bytes of a request line or of one header line: Python's bound.
pub const MAX_LINE: usize = 65_536;
/// Fields of a request: Python's bound.
pub const MAX_FIELDS: usize = 100;
/// Bytes of a request's header section. Python has no bound but 100 lines of 64 KiB, which
/// would let every idle client hold 6 MiB.
pub const MAX_HEADER_SECTION: usize = 256 * 1024;
/// Bytes of a response's head.
pub const MAX_RESPONSE_HEAD: usize = 256 * 1024;
/// Bytes that one read gives and at which output is flushed.
pub const PIECE: usize = 65_536;
/// Bytes that a guest hands over in one call of a host function; more is a trap. What takes longer to look through than
/// [`TICK`] would hold up others.
pub const MAX_CALL: usize = 4 << 20;
/// Bytes of an unread body that are read and thrown away to keep the connection.
pub const MAX_DRAIN: u64 = 256 * 1024;
/// Bytes of a component above which its connections share instances unless told otherwise: one that brings a language's
/// whole runtime with it has megabytes of memory in each.
pub const HEAVY: usize = 4 << 20;
/// Handles of resources that an instance has at a time, its own kinds included, and those that it lends in one call. The server
/// keeps a list of them.
pub const MAX_HANDLES: usize = 16_384;
/// Elements of one table; wasmtime's own 20,000 are too few for Python and .NET guests.
pub const MAX_TABLE_ELEMENTS: usize = 100_000;

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_memory: 128 << 20,
            cpu_time: Duration::from_secs(5),
            request_timeout: Duration::from_secs(300),
            header_timeout: Duration::from_secs(30),
            keep_alive_timeout: Duration::from_secs(60),
            client_timeout: Duration::from_secs(30),
            max_body: 1 << 30,
            max_connections: machine::default_connections(),
            max_instances: 1_000,
            max_client_instances: 750,
            max_client_connections: machine::default_connections() * 3 / 4,
            trusted_proxies: Vec::new(),
            max_total_memory: machine::default_total(),
            max_resources: 512,
            raw_idle_timeout: Duration::from_secs(3600),
            grace: Duration::from_secs(10),
        }
    }
}
