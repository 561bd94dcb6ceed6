//! Where a request is to go.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use http::Uri;
use http::uri::Scheme;

/// The machine that a URL names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// By its name, in lower case and without a dot at its end.
    Name(String),
    /// By its address.
    Address(IpAddr),
}

impl Host {
    /// The host of a URL.
    pub(crate) fn parse(text: &str) -> Option<Host> {
        if let Some(inside) = text.strip_prefix('[') {
            let address: Ipv6Addr = inside.strip_suffix(']')?.parse().ok()?;
            return Some(Host::Address(IpAddr::V6(address).to_canonical()));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Host::Address(address));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        is_name(&name).then_some(Host::Name(name))
    }
}

/// Labels of letters, digits, hyphens and underscores. One that ends in a number would be taken for an address: `127.1`.
pub(crate) fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(fits)
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    name.len() <= 253 && !is_number && name.split('.').all(is_label)
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Address(IpAddr::V4(address)) => address.fmt(f),
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// A server that requests go to: connections to it can serve any of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Destination {
    /// Whether it is spoken to over TLS.
    pub is_secure: bool,
    /// The machine.
    pub host: Host,
    /// Its port.
    pub port: u16,
}

impl Destination {
    /// That of a request. None where it has no host that could be one, or names a user, which is no part of HTTP's.
    pub(crate) fn of(uri: &Uri) -> Option<Destination> {
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let is_secure = uri.scheme() == Some(&Scheme::HTTPS);
        let port = match authority.port() {
            Some(_) => authority.port_u16()?,
            None => default_port(is_secure),
        };
        Some(Destination { is_secure, host: Host::parse(authority.host())?, port })
    }
}

fn default_port(is_secure: bool) -> u16 {
    if is_secure { 443 } else { 80 }
}

/// As a `Host` field has it: without the port that its scheme has anyway.
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port == default_port(self.is_secure) {
            true => self.host.fmt(f),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Destination;

    fn shown(uri: &str) -> Option<String> {
        Destination::of(&uri.parse().ok()?).map(|destination| destination.to_string())
    }

    #[test]
    fn a_host_has_one_form() {
        for (uri, expected) in [
            ("http://API.Example.com./x", "api.example.com"),
            ("https://a.example:443/", "a.example"),
            ("https://a.example:80/", "a.example:80"),
            ("http://[::ffff:10.0.0.1]:8080/", "10.0.0.1:8080"),
            ("http://[::1]/", "[::1]"),
            ("http://10.0.0.1:8080/", "10.0.0.1:8080"),
        ] {
            assert_eq!(shown(uri).as_deref(), Some(expected), "{uri}");
        }
    }

    #[test]
    fn what_could_be_taken_for_something_else_is_no_host() {
        for uri in [
            "http://user@a.example/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0x1/",
            "http://a..b/",
            "/x",
        ] {
            assert_eq!(shown(uri), None, "{uri}");
        }
    }

    proptest! {
        #[test]
        fn a_host_that_is_taken_is_shown_in_the_one_form_that_it_has(host in "[A-Za-z0-9._~%@:\\[\\]-]{1,40}") {
            let Ok(uri) = format!("http://{host}/").parse() else { return Ok(()) };
            let Some(destination) = Destination::of(&uri) else { return Ok(()) };
            let again = format!("http://{destination}/");
            prop_assert_eq!(Destination::of(&again.parse().unwrap()), Some(destination));
        }
    }
}
