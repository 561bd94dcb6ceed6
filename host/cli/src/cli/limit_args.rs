//! The limits on clients and handlers: the flags.

use std::net::IpAddr;

use clap::Args;
use doverb::limits::{Limits, part_of_client};

use super::values::{self, Size, Time};

/// The limits on clients and handlers.
#[derive(Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArgs {
    /// Memory of an instance.
    #[arg(long, value_name = "SIZE", default_value_t = Size(Limits::default().max_memory as u64),
        value_parser = Size::parse_memory)]
    max_memory: Size,
    /// Time that a handler may compute for a request; waiting is not counted.
    #[arg(long, value_name = "TIME", default_value_t = Time(Limits::default().cpu_time),
        value_parser = Time::parse_positive)]
    cpu_time: Time,
    /// Time for a request in all, waiting included.
    #[arg(long, value_name = "TIME", default_value_t = Time(Limits::default().request_timeout),
        value_parser = Time::parse_positive)]
    request_timeout: Time,
    /// Time that a client has to send a request's head.
    #[arg(long, value_name = "TIME", default_value_t = Time(Limits::default().header_timeout),
        value_parser = Time::parse_positive)]
    header_timeout: Time,
    /// Time that a connection may be idle between requests.
    #[arg(long, value_name = "TIME", default_value_t = Time(Limits::default().keep_alive_timeout),
        value_parser = Time::parse_positive)]
    keep_alive_timeout: Time,
    /// Time that one read from or write to a client may wait.
    #[arg(long, value_name = "TIME", default_value_t = Time(Limits::default().client_timeout),
        value_parser = Time::parse_positive)]
    client_timeout: Time,
    /// Size of a request's body, 0 for no limit.
    #[arg(long, value_name = "SIZE", default_value_t = Size(Limits::default().max_body),
        value_parser = Size::parse)]
    max_body: Size,
    /// Connections at a time.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_connections as u32,
        value_parser = values::number(1..=u32::MAX))]
    max_connections: u32,
    /// Instances of the handler at a time.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_instances,
        value_parser = values::number(1..=u32::MAX))]
    max_instances: u32,
    /// Memory of all instances together [default: three quarters of the machine's].
    #[arg(long, value_name = "SIZE", value_parser = Size::parse_memory)]
    max_total_memory: Option<Size>,
    /// Connections of one client (an IPv4 address, or a /64 of IPv6) [default: three quarters of all].
    #[arg(long, value_name = "N", value_parser = values::number(1..=u32::MAX))]
    max_client_connections: Option<u32>,
    /// Instances that serve one client at a time [default: three quarters of all; of less than 64 all but an eighth, and
    /// always all but one].
    #[arg(long, value_name = "N", value_parser = values::number(1..=u32::MAX))]
    max_client_instances: Option<u32>,
    /// The address of a proxy, which comes for many clients and has neither of these bounds; may be repeated.
    #[arg(long, value_name = "ADDRESS")]
    trusted_proxy: Vec<IpAddr>,
    /// Files, directories and streams that an instance may have open.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_resources as u32,
        value_parser = values::number(16..=65536u32))]
    max_files: u32,
    /// Time that a raw connection (a WebSocket) may be without a byte of its client's.
    #[arg(long, value_name = "TIME", default_value_t = Time(Limits::default().raw_idle_timeout),
        value_parser = Time::parse_positive)]
    raw_timeout: Time,
    /// Time that requests in flight have to finish when the server ends.
    #[arg(long, value_name = "TIME", default_value_t = Time(Limits::default().grace),
        value_parser = Time::parse)]
    grace: Time,
}

/// What one client may have of `all` connections: so much that a test from one machine need not know of it, and others are
/// served.
pub(super) fn part_of(all: u32) -> u32 {
    if all < 64 { all } else { all / 4 * 3 }
}

pub(super) fn many(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl LimitArgs {
    pub(super) fn limits(&self) -> Limits {
        let total = self.max_total_memory.map_or(Limits::default().max_total_memory, |size| size.0);
        let of_connections = self.max_client_connections.unwrap_or_else(|| part_of(self.max_connections));
        let of_instances = self.max_client_instances.map_or_else(|| part_of_client(self.max_instances), many);
        Limits::default()
            .with_max_memory(usize::try_from(self.max_memory.0).unwrap_or(usize::MAX))
            .with_max_total_memory(total)
            .with_cpu_time(self.cpu_time.0)
            .with_request_timeout(self.request_timeout.0)
            .with_header_timeout(self.header_timeout.0)
            .with_keep_alive_timeout(self.keep_alive_timeout.0)
            .with_client_timeout(self.client_timeout.0)
            .with_raw_idle_timeout(self.raw_timeout.0)
            .with_max_body(self.max_body.0)
            .with_max_connections(many(self.max_connections))
            .with_max_client_connections(many(of_connections))
            .with_max_instances(self.max_instances)
            .with_max_client_instances(of_instances)
            .with_trusted_proxies(self.trusted_proxy.clone())
            .with_max_resources(many(self.max_files))
            .with_grace(self.grace.0)
    }
}
