//! Which clients a mount serves, by their addresses.

use std::net::IpAddr;

use ipnet::IpNet;

/// Which clients are served, by their addresses: all, unless something else is said.
///
/// ```
/// use doverb_core::access::{Access, network};
///
/// let office = Access::default().allow(network("192.0.2.0/24")?).deny(network("192.0.2.66")?);
/// assert!(office.admits("192.0.2.1"));
/// assert!(!office.admits("192.0.2.66") && !office.admits("198.51.100.1"));
/// # Ok::<(), doverb_core::access::NetworkError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    allowed: Vec<IpNet>,
    denied: Vec<IpNet>,
}

/// What is no address, and no network of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address and no network, such as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32")]
pub struct NetworkError(String);

/// An address, or a network with the length of its prefix.
///
/// # Errors
///
/// When it is none of them.
pub fn network(text: &str) -> Result<IpNet, NetworkError> {
    let one = || text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
    text.parse().or_else(|_| one()).map_err(|_| NetworkError(text.chars().take(80).collect()))
}

impl Access {
    /// These are served, and others that are allowed; nobody else is.
    #[must_use]
    pub fn allow(mut self, network: IpNet) -> Access {
        self.allowed.push(network);
        self
    }

    /// These are not served, also if they are allowed.
    #[must_use]
    pub fn deny(mut self, network: IpNet) -> Access {
        self.denied.push(network);
        self
    }

    /// Whether a client is served. One of a unix socket has no address, and is no one that is allowed.
    pub fn admits(&self, client: &str) -> bool {
        let Ok(address) = client.parse::<IpAddr>().map(|address| address.to_canonical()) else {
            return self.allowed.is_empty();
        };
        let is_in = |networks: &[IpNet]| networks.iter().any(|network| network.contains(&address));
        !is_in(&self.denied) && (self.allowed.is_empty() || is_in(&self.allowed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(allowed: &[&str], denied: &[&str]) -> Access {
        let nets = |all: &[&str]| all.iter().map(|text| network(text).expect(text)).collect();
        Access { allowed: nets(allowed), denied: nets(denied) }
    }

    #[test]
    fn who_is_denied_is_denied_and_who_is_not_allowed_is_too() {
        let all = access(&[], &[]);
        assert!(all.admits("192.0.2.1") && all.admits("::1") && all.admits("/run/client"));
        let some = access(&["10.0.0.0/8", "2001:db8::/32"], &["10.1.0.0/16"]);
        for (client, is_admitted) in [
            ("10.2.3.4", true),
            ("::ffff:10.2.3.4", true),
            ("10.1.3.4", false),
            ("11.0.0.1", false),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
            ("", false),
        ] {
            assert_eq!(some.admits(client), is_admitted, "{client}");
        }
        assert!(access(&[], &["10.0.0.0/8"]).admits(""));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "10.0.0.0/33", "example.com", "10.0.0/8", "::1/129", "10.0.0.1:80"] {
            assert!(network(text).is_err(), "{text}");
        }
    }
}
