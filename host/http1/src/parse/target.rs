//! The request target (RFC 9112, section 3.2): `/path?query`, `http://host/path`, `*` or `host:port`.

use doverb_core::grammar::is_target;
use doverb_core::peer::Peer;

use super::authority::Authority;

/// What a connection's URIs must begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scheme {
    #[default]
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    pub(crate) fn of(peer: &Peer) -> Scheme {
        if peer.scheme() == "https" { Scheme::Https } else { Scheme::Http }
    }

    fn name(self) -> &'static [u8] {
        match self {
            Scheme::Http => b"http",
            Scheme::Https => b"https",
        }
    }
}

/// Why a target is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    /// It has none of the four forms, or not the one that goes with the method.
    Syntax,
    /// A URI of a scheme that is not spoken on this connection.
    OtherScheme,
}

/// Checks a target against the form that its method asks for. It reaches the handler as it was sent.
pub(crate) fn check(method: &[u8], target: &[u8], scheme: Scheme) -> Result<(), Bad> {
    if !is_target(target) {
        return Err(Bad::Syntax);
    }
    match target {
        // RFC 9110, section 9.3.6: CONNECT has the host and the port of a tunnel, and nothing else.
        _ if method == b"CONNECT" => match Authority::parse(target) {
            Some(Authority { has_host: true, port: Some(1..) }) => Ok(()),
            _ => Err(Bad::Syntax),
        },
        [b'/', ..] => Ok(()),
        b"*" if takes_asterisk(method) => Ok(()),
        _ => check_uri(target, scheme),
    }
}

/// OPTIONS (RFC 9112, section 3.2.4), and methods that RFC 9110 does not know: UPnP searches by `M-SEARCH *`.
fn takes_asterisk(method: &[u8]) -> bool {
    !matches!(method, b"GET" | b"HEAD" | b"POST" | b"PUT" | b"DELETE" | b"TRACE" | b"PATCH")
}

/// An absolute URI. A server must take one, although only clients of proxies send it (RFC 9112, section 3.2.2).
fn check_uri(uri: &[u8], ours: Scheme) -> Result<(), Bad> {
    let colon = memchr::memmem::find(uri, b"://").ok_or(Bad::Syntax)?;
    let scheme = &uri[..colon];
    let in_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if !scheme.first().is_some_and(u8::is_ascii_alphabetic) || !scheme.iter().all(in_scheme) {
        return Err(Bad::Syntax);
    }
    let rest = &uri[colon + 3..];
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    match Authority::parse(&rest[..end]) {
        // RFC 9110, section 7.4: a URI of https that comes over a plain connection must be rejected. One of http that comes
        // over TLS is as much a sign that somebody in between is confused.
        Some(authority) if authority.has_host && !scheme.eq_ignore_ascii_case(ours.name()) => {
            Err(Bad::OtherScheme)
        }
        Some(authority) if authority.has_host => Ok(()),
        _ => Err(Bad::Syntax),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_goes_with_its_methods() {
        for (method, target) in [
            ("GET", "/"),
            ("GET", "//a"),
            ("GET", "/a?b=c|{}\\^`\"<>%zz"),
            ("GET", "/caf\u{e9}"),
            ("GET", "http://a"),
            ("GET", "HTTP://a:80/b"),
            ("GET", "http://a?b"),
            ("GET", "http://[::1]:80/"),
            ("GET", "/http://a"),
            ("OPTIONS", "*"),
            ("M-SEARCH", "*"),
            ("OPTIONS", "http://a"),
            ("CONNECT", "a:443"),
            ("CONNECT", "[::1]:443"),
        ] {
            assert_eq!(
                check(method.as_bytes(), target.as_bytes(), Scheme::Http),
                Ok(()),
                "{method} {target}"
            );
        }
    }

    #[test]
    fn every_other_target_is_refused() {
        for (method, target) in [
            ("GET", "a"),
            ("GET", "a/b"),
            ("GET", "?a"),
            ("GET", "*"),
            ("GET", "a:80"),
            ("GET", "/a#b"),
            ("GET", "/a\tb"),
            ("GET", "http:"),
            ("GET", "http:/a"),
            ("GET", "http://"),
            ("GET", "http:///a"),
            ("GET", "http://:80/"),
            ("GET", "http://a:b/"),
            ("GET", "http://a@b/"),
            ("GET", "http://a:b@c/"),
            ("GET", "://a/"),
            ("GET", "1http://a/"),
            ("GET", "ht_tp://a/"),
            ("GET", "https://"),
            ("HEAD", "*"),
            ("PATCH", "*"),
            ("OPTIONS", "**"),
            ("OPTIONS", "*?a"),
            ("CONNECT", "/"),
            ("CONNECT", "a"),
            ("CONNECT", "a:"),
            ("CONNECT", "a:0"),
            ("CONNECT", ":80"),
            ("CONNECT", "a:65536"),
            ("CONNECT", "http://a:80"),
            ("CONNECT", "u@a:80"),
            ("CONNECT", "*"),
        ] {
            let result = check(method.as_bytes(), target.as_bytes(), Scheme::Http);
            assert_eq!(result, Err(Bad::Syntax), "{method} {target}");
        }
    }

    #[test]
    fn a_uri_of_another_scheme_is_not_ours() {
        for target in ["https://a/", "HTTPS://a:443", "ftp://a/b", "coap+tcp://a"] {
            assert_eq!(check(b"GET", target.as_bytes(), Scheme::Http), Err(Bad::OtherScheme), "{target}");
        }
        assert_eq!(check(b"GET", b"HTTPS://a/", Scheme::Https), Ok(()));
        assert_eq!(check(b"GET", b"/a", Scheme::Https), Ok(()));
        assert_eq!(check(b"GET", b"http://a/", Scheme::Https), Err(Bad::OtherScheme));
    }
}
