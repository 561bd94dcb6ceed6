//! A host and its port as they are written: in the Host field, in `http://host:port/path`, in `CONNECT host:port`.

use std::net::Ipv6Addr;

use doverb_core::grammar::{in_plain_host, is_name};

/// `uri-host [ ":" port ]` (RFC 9110, sections 4.2 and 7.2), taken apart. There is no userinfo: a URI that has some is
/// in error (section 4.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    pub(crate) has_host: bool,
    /// None when there is no port or an empty one.
    pub(crate) port: Option<u16>,
}

impl Authority {
    /// `None` for what is no authority.
    pub(crate) fn parse(text: &[u8]) -> Option<Authority> {
        // Nearly all are looked at once.
        match text.split_at(text.iter().take_while(|&&byte| in_plain_host(byte)).count()) {
            ([], _) => Authority::parse_any(text),
            (_, [] | [b':']) => Some(Authority { has_host: true, port: None }),
            (_, [b':', digits @ ..]) => Some(Authority { has_host: true, port: Some(number(digits)?) }),
            _ => Authority::parse_any(text),
        }
    }

    fn parse_any(text: &[u8]) -> Option<Authority> {
        let (host, port) = match (text.first(), memchr::memchr(b':', text)) {
            (Some(b'['), _) => {
                let end = memchr::memchr(b']', text)?;
                if !is_address(&text[1..end]) {
                    return None;
                }
                match &text[end + 1..] {
                    [] => (text, None),
                    [b':', port @ ..] => (&text[..=end], Some(port)),
                    _ => return None,
                }
            }
            (_, Some(colon)) => (&text[..colon], Some(&text[colon + 1..])),
            (_, None) => (text, None),
        };
        if host.first() != Some(&b'[') && !is_registered_name(host) {
            return None;
        }
        let port = match port {
            // A port without a host is one of nobody.
            Some(_) if host.is_empty() => return None,
            None | Some([]) => None,
            Some(digits) => Some(number(digits)?),
        };
        Some(Authority { has_host: !host.is_empty(), port })
    }
}

/// RFC 3986, section 3.2.2: percent signs stand before two hexadecimal digits.
fn is_registered_name(host: &[u8]) -> bool {
    is_name(host)
        && memchr::memchr_iter(b'%', host)
            .all(|at| host.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}

/// What may stand in brackets: an IPv6 address, without a zone, or one of a version that is yet to come.
fn is_address(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    match text.strip_prefix(['v', 'V']).and_then(|rest| rest.split_once('.')) {
        Some((version, address)) => {
            !version.is_empty()
                && version.bytes().all(|byte| byte.is_ascii_hexdigit())
                && !address.is_empty()
                && address.bytes().all(|byte| byte == b':' || (byte != b'%' && is_name(&[byte])))
        }
        None => text.parse::<Ipv6Addr>().is_ok(),
    }
}

fn number(digits: &[u8]) -> Option<u16> {
    if digits.len() > 5 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits.iter().fold(0_u32, |number, &digit| 10 * number + u32::from(digit - b'0'));
    u16::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        for (text, has_host, port) in [
            ("", false, None),
            ("a", true, None),
            ("a:", true, None),
            ("example.org:8000", true, Some(8000)),
            ("a:0", true, Some(0)),
            ("a:00080", true, Some(80)),
            ("a:65535", true, Some(65_535)),
            ("127.0.0.1", true, None),
            ("999.0.0.1", true, None),
            ("xn--a_b~!$&'()*+;=", true, None),
            ("%41%7e", true, None),
            ("[::1]", true, None),
            ("[::1]:80", true, Some(80)),
            ("[::ffff:127.0.0.1]", true, None),
            ("[v1.a:b]:1", true, Some(1)),
        ] {
            assert_eq!(Authority::parse(text.as_bytes()), Some(Authority { has_host, port }), "{text:?}");
        }
    }

    #[test]
    fn everything_else_is_none() {
        for text in [
            ":",
            ":80",
            "a:b",
            "a:80:80",
            "a:65536",
            "a:999999",
            "a:-1",
            "a:+1",
            "a: 1",
            "a:1 ",
            "a:0x1",
            "a b",
            "a\tb",
            "a/b",
            "a?b",
            "a#b",
            "a@b",
            "user:1@a",
            "a,b",
            "a\\b",
            "a\"",
            "a<b",
            "%",
            "%4",
            "%zz",
            "a%",
            "[",
            "]",
            "[]",
            "[::1",
            "::1",
            "[::1]80",
            "[::1]a",
            "[::1]:a",
            "[::g]",
            "[1.2.3.4]",
            "[fe80::1%25eth0]",
            "[v.a]",
            "[v1.]",
            "[vg.a]",
            "[v1.a%]",
            "a[::1]",
            "caf\u{e9}",
            "a\0",
        ] {
            assert_eq!(Authority::parse(text.as_bytes()), None, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_judged(text: Vec<u8>) {
            if let Some(authority) = Authority::parse(&text) {
                assert!(text.is_ascii() && !text.contains(&b'@') && !text.contains(&b','));
                assert_eq!(authority.has_host, !text.is_empty());
            }
        }

        #[test]
        fn what_is_put_together_is_taken_apart(host in "[a-z0-9.-]{1,20}", port: u16) {
            let authority = Authority::parse(format!("{host}:{port}").as_bytes());
            assert_eq!(authority, Some(Authority { has_host: true, port: Some(port) }));
        }

        #[test]
        fn every_ipv6_address_passes(address: u128) {
            let text = format!("[{}]", Ipv6Addr::from(address));
            assert!(Authority::parse(text.as_bytes()).is_some(), "{text}");
        }
    }
}
