//! Whom the state of things is shown to: a page on somebody's own name must not read it in a visitor's browser.

use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) const WHY: &str =
    "The status is shown for an address, for localhost, and for the name that it listens at";

/// For which hosts the status may be asked. A name is the owner's to point anywhere, also at a browser's own machine (DNS
/// rebinding), so that only names which the operator has given are answered; addresses and `localhost` are nobody's.
///
/// ```
/// use doverb_server::Audience;
///
/// let audience = Audience::default().with_name("server.example.com");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Audience {
    names: Vec<String>,
    is_everybody: bool,
}

impl Audience {
    /// Whatever host is asked for, where no browser can reach it, such as on a unix socket.
    pub fn everybody() -> Audience {
        Audience { names: Vec::new(), is_everybody: true }
    }

    /// One more name.
    #[must_use]
    pub fn with_name(mut self, name: &str) -> Audience {
        self.names.push(name.trim_end_matches('.').to_owned());
        self
    }

    pub(super) fn may_ask(&self, host: &str) -> bool {
        let own = || self.names.iter().any(|name| name.eq_ignore_ascii_case(host));
        // Without a name (HTTP/1.0) it is no browser.
        let is_nobodys = host.is_empty() || is_address(host) || host.eq_ignore_ascii_case("localhost");
        self.is_everybody || is_nobodys || own()
    }
}

fn is_address(host: &str) -> bool {
    let in_brackets = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host.parse::<Ipv4Addr>().is_ok() || in_brackets.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_answered_only_if_they_were_given() {
        let audience = Audience::default().with_name("Server.example.");
        for good in ["", "127.0.0.1", "[::1]", "10.0.0.1", "LOCALHOST", "server.EXAMPLE"] {
            assert!(audience.may_ask(good), "{good}");
        }
        for bad in
            ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "[::1].evil", "1.2.3.4.5", "::1x"]
        {
            assert!(!audience.may_ask(bad), "{bad}");
            assert!(Audience::everybody().may_ask(bad), "{bad}");
        }
    }
}
