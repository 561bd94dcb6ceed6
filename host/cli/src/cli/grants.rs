//! What handlers are granted: the flags.

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use doverb::handler::DirGrant;
use doverb::outgoing::{HttpLimits, Rule};

use super::failure::Failure;
use super::limit_args::many;
use super::outgoing::HttpSettings;
use super::powers::PowerArgs;
use super::values::{self, Size, Time};

/// What the handler may use.
#[derive(Args)]
#[command(next_help_heading = "Grants (nothing by default; may be repeated)")]
pub(super) struct Grants {
    /// A folder of this machine, as the handler sees it; :ro for reading only.
    #[arg(long, value_name = "HOST::GUEST[:ro]",
        value_parser = OsStringValueParser::new().try_map(values::parse_dir))]
    pub(super) dir: Vec<DirGrant>,
    /// An environment variable.
    #[arg(long, value_name = "KEY=VALUE", value_parser = values::parse_env)]
    pub(super) env: Vec<(String, String)>,
    /// A folder of its own for each instance at /tmp, which holds so much and goes with it; 0 for none [default: 64MiB for
    /// Python programs, none for others].
    #[arg(long, value_name = "SIZE", value_parser = Size::parse)]
    pub(super) scratch: Option<Size>,
    /// A server that the handler may call: HOST or HOST:PORT, *.DOMAIN for those below a domain, an address or range
    /// (10.0.0.0/8), * for all of the public network. Private addresses must be named.
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(super) allow_http: Vec<Rule>,
    /// Requests that a handler's instances may have under way at servers that they call.
    #[arg(long, value_name = "N", default_value_t = HttpLimits::default().max_requests as u32,
        value_parser = values::number(1..=100_000u32))]
    max_http_requests: u32,
    /// Time in which a server that is called must answer, and go on.
    #[arg(long, value_name = "TIME", default_value_t = Time(HttpLimits::default().timeout),
        value_parser = Time::parse_positive)]
    http_timeout: Time,
    #[command(flatten)]
    pub(super) powers: PowerArgs,
}

impl Grants {
    /// Which servers may be called, and within which bounds.
    pub(super) fn http(&self) -> HttpSettings {
        let limits = HttpLimits::default()
            .with_max_requests(many(self.max_http_requests))
            .with_timeout(self.http_timeout.0);
        HttpSettings { rules: self.allow_http.clone(), limits }
    }

    /// Whether they can all be had.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let dirs = &self.dir;
        let twice = dirs.iter().enumerate().find(|(n, dir)| dirs[..*n].iter().any(|d| d.guest == dir.guest));
        match twice {
            Some((_, dir)) => Err(Failure::failed(
                format!("--dir {}", dir.guest),
                "two folders are granted under this name",
            )),
            None => self.powers.check(),
        }
    }
}
