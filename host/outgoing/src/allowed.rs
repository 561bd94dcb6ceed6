//! Which servers a handler may call.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::address::Kind;
use crate::destination::{Destination, Host, is_name};

/// Servers that a handler may call: a host, all below a domain, an address or a range of them, or all of the public network;
/// at one port, or at any.
///
/// ```
/// use doverb_outgoing::Rule;
///
/// for text in ["api.example.com", "*.example.com:443", "127.0.0.1:8080", "[::1]:8080", "10.0.0.0/8", "*"] {
///     let rule: Rule = text.parse()?;
///     assert_eq!(rule.to_string(), text);
/// }
/// assert!("https://api.example.com/v1".parse::<Rule>().is_err());
/// # Ok::<(), doverb_outgoing::RuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    place: Place,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Any,
    /// The names that end in a dot and this.
    Below(String),
    Name(String),
    /// Those that have so many bits in common with this one.
    Addresses(IpAddr, u8),
}

/// What is no [`Rule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected HOST or HOST:PORT without a scheme and a path, such as api.example.com, *.example.com:443, 127.0.0.1:8080, \
     10.0.0.0/8 or *"
)]
pub struct RuleError;

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Rule, RuleError> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (inside, after) = rest.split_once(']').ok_or(RuleError)?;
                match after {
                    "" => (inside, None),
                    _ => (inside, Some(after.strip_prefix(':').ok_or(RuleError)?)),
                }
            }
            // An address of IPv6 without brackets has no port.
            None if text.matches(':').count() > 1 => (text, None),
            None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map(|port| match port.parse() {
            Ok(number @ 1..) if port.bytes().all(|byte| byte.is_ascii_digit()) => Ok(number),
            _ => Err(RuleError),
        });
        Ok(Rule { place: Place::parse(host)?, port: port.transpose()? })
    }
}

impl Place {
    fn parse(host: &str) -> Result<Place, RuleError> {
        if host == "*" {
            return Ok(Place::Any);
        }
        let (address, bits) = host.split_once('/').map_or((host, None), |(host, bits)| (host, Some(bits)));
        if let Ok(address) = address.parse::<IpAddr>() {
            let most = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| RuleError))?;
            let place = Place::Addresses(address, bits);
            return (bits <= most).then_some(place).ok_or(RuleError);
        }
        let lower = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        match lower.strip_prefix("*.") {
            Some(domain) if is_name(domain) => Ok(Place::Below(domain.to_owned())),
            None if is_name(&lower) => Ok(Place::Name(lower)),
            _ => Err(RuleError),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |address: &IpAddr| if address.is_ipv4() { 32 } else { 128 };
        let place = match &self.place {
            Place::Any => "*".to_owned(),
            Place::Below(domain) => format!("*.{domain}"),
            Place::Name(name) => name.clone(),
            Place::Addresses(address, bits) if *bits == whole(address) => address.to_string(),
            Place::Addresses(address, bits) => format!("{address}/{bits}"),
        };
        match self.port {
            Some(port) if place.contains(':') => write!(f, "[{place}]:{port}"),
            Some(port) => write!(f, "{place}:{port}"),
            None => f.write_str(&place),
        }
    }
}

fn is_within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let differ = match (address.to_canonical(), network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (u128::from(one.to_bits() ^ other.to_bits())) << 96,
        (IpAddr::V6(one), IpAddr::V6(other)) => one.to_bits() ^ other.to_bits(),
        _ => return false,
    };
    differ.checked_shr(128 - u32::from(bits)).unwrap_or(0) == 0
}

/// Whether no zone of the public DNS can have such a name, so that what it stands for is decided in the operator's network.
fn is_local(name: &str) -> bool {
    const OURS: [&str; 6] = ["localhost", "local", "internal", "lan", "test", "home.arpa"];
    let is_below =
        |domain: &&str| name.strip_suffix(*domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !name.contains('.') || OURS.iter().any(is_below)
}

/// Whether a server is of the operator's own network, by its name or address.
pub(crate) fn is_near(to: &Destination) -> bool {
    match &to.host {
        Host::Name(name) => is_local(name),
        Host::Address(address) => Kind::of(*address) != Kind::Public,
    }
}

impl Rule {
    fn is_for_port(&self, port: u16) -> bool {
        self.port.is_none_or(|own| own == port)
    }

    fn names(&self, host: &Host) -> bool {
        match (&self.place, host) {
            (Place::Any, _) => true,
            (Place::Below(domain), Host::Name(name)) => {
                name.strip_suffix(&domain[..]).is_some_and(|rest| rest.ends_with('.'))
            }
            (Place::Name(own), Host::Name(name)) => own == name,
            (Place::Addresses(network, bits), Host::Address(address)) => is_within(*address, *network, *bits),
            _ => false,
        }
    }

    /// Whether it lets a request through to this address, which the destination's host has.
    fn covers(&self, destination: &Destination, address: IpAddr) -> bool {
        if !self.is_for_port(destination.port) {
            return false;
        }
        match &self.place {
            Place::Addresses(network, bits) => is_within(address, *network, *bits),
            Place::Any => false,
            Place::Below(_) | Place::Name(_) => {
                let is_near = matches!(Kind::of(address), Kind::Loopback | Kind::Private | Kind::Shared);
                let is_local = matches!(&destination.host, Host::Name(name) if is_local(name));
                is_near && is_local && self.names(&destination.host)
            }
        }
    }
}

/// All that a handler may call: nothing by default.
///
/// A host is allowed when a rule names it. Its address must then be of the public network, or named by a rule as well: so who
/// controls the zone of a public name cannot turn it against the server's own network. Names that no public zone can have
/// (`localhost`, `db`, `api.internal`) may have private addresses once they are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed(Vec<Rule>);

impl Allowed {
    /// What these rules allow.
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Allowed {
        Allowed(rules)
    }

    /// Whether requests may go to this host and port at all.
    pub(crate) fn names(&self, destination: &Destination) -> bool {
        let names = |rule: &Rule| rule.is_for_port(destination.port) && rule.names(&destination.host);
        self.0.iter().any(names)
    }

    /// What is against this address of a destination that is named; none when nothing is.
    pub(crate) fn objection(&self, destination: &Destination, address: IpAddr) -> Option<Kind> {
        let kind = Kind::of(address);
        let is_fine = kind == Kind::Public || self.0.iter().any(|rule| rule.covers(destination, address));
        (!is_fine).then_some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(rules: &str) -> Allowed {
        Allowed::new(rules.split_whitespace().map(|rule| rule.parse().unwrap()).collect())
    }

    fn to(uri: &str) -> Destination {
        Destination::of(&uri.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_host_is_named_whole_or_by_its_domain_or_by_a_range() {
        let allowed = allowed("api.example.com *.example.org:443 10.0.0.0/8 [fd00::/8]:80");
        for yes in [
            "http://api.example.com/",
            "https://API.example.com.:8443/",
            "https://a.b.example.org/",
            "http://10.1.2.3:99/",
            "http://[::ffff:10.1.2.3]/",
            "http://[fd12::1]/",
        ] {
            assert!(allowed.names(&to(yes)), "{yes}");
        }
        for no in [
            "http://example.com/",
            "http://x.api.example.com/",
            "http://api.example.com.evil.net/",
            "https://example.org/",
            "http://a.example.org/",
            "https://evilexample.org/",
            "http://11.0.0.1/",
            "http://[fd12::1]:81/",
        ] {
            assert!(!allowed.names(&to(no)), "{no}");
        }
    }

    #[test]
    fn a_star_is_the_public_network_and_no_more() {
        let allowed = allowed("*");
        let to = to("http://rebinding.example/");
        assert!(allowed.names(&to));
        assert_eq!(allowed.objection(&to, [8, 8, 8, 8].into()), None);
        assert_eq!(allowed.objection(&to, [127, 0, 0, 1].into()), Some(Kind::Loopback));
        assert_eq!(allowed.objection(&to, [169, 254, 169, 254].into()), Some(Kind::LinkLocal));
    }

    #[test]
    fn a_public_name_needs_its_private_address_named_too() {
        let (to, address) = (to("http://db.example.com:5984/"), [10, 0, 0, 5].into());
        assert_eq!(allowed("db.example.com").objection(&to, address), Some(Kind::Private));
        assert_eq!(allowed("db.example.com 10.0.0.0/24:5984").objection(&to, address), None);
        assert_eq!(allowed("db.example.com 10.0.0.5:80").objection(&to, address), Some(Kind::Private));
    }

    #[test]
    fn a_name_that_is_ours_may_have_a_private_address_but_not_the_links() {
        for (rules, uri) in [
            ("localhost:8080", "http://localhost:8080/"),
            ("db", "http://db/"),
            ("*.internal", "http://a.internal/"),
        ] {
            let (allowed, to) = (allowed(rules), to(uri));
            assert!(allowed.names(&to));
            assert_eq!(allowed.objection(&to, [127, 0, 0, 1].into()), None, "{rules}");
            assert_eq!(allowed.objection(&to, [169, 254, 1, 1].into()), Some(Kind::LinkLocal), "{rules}");
        }
        assert!(!allowed("localhost:8080").names(&to("http://localhost:9090/")));
        assert!(allowed("* a").objection(&to("http://b/"), [10, 0, 0, 1].into()).is_some());
    }

    #[test]
    fn what_is_no_rule_is_none() {
        for text in [
            "",
            "http://a",
            "a/b",
            "a:0",
            "a:x",
            "a:70000",
            "a:+80",
            "*.",
            "a.*",
            "**",
            "10.0.0.0/33",
            "[::1",
            "127.1",
            "a b",
            ":80",
        ] {
            assert_eq!(text.parse::<Rule>(), Err(RuleError), "{text}");
        }
    }
}
