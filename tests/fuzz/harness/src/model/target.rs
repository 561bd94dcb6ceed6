//! The four forms of a request target (RFC 9112, section 3.2), and the Host field.

use std::net::Ipv6Addr;

/// Why a target is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has not the form that its method asks for.
    Form,
    /// It is a URI of a scheme that the connection does not speak.
    Scheme,
}

/// Judges a target.
///
/// # Errors
///
/// When it is none.
pub fn judge(method: &[u8], target: &[u8], is_secure: bool) -> Result<(), Fault> {
    if target.iter().any(|&byte| byte <= b' ' || byte == 0x7f || byte == b'#') {
        return Err(Fault::Form);
    }
    if method == b"CONNECT" {
        return match authority(target) {
            Some((host, Some(port))) if !host.is_empty() && port > 0 => Ok(()),
            _ => Err(Fault::Form),
        };
    }
    if target.first() == Some(&b'/') {
        return Ok(());
    }
    if target == b"*" {
        let known: [&[u8]; 7] = [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"TRACE", b"PATCH"];
        return if known.contains(&method) { Err(Fault::Form) } else { Ok(()) };
    }
    let at = target.windows(3).position(|window| window == b"://").ok_or(Fault::Form)?;
    let (scheme, rest) = (&target[..at], &target[at + 3..]);
    let end = rest.iter().position(|byte| b"/?".contains(byte)).unwrap_or(rest.len());
    let is_scheme = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
    match authority(&rest[..end]) {
        Some((host, _)) if is_scheme && !host.is_empty() => {}
        _ => return Err(Fault::Form),
    }
    let ours: &[u8] = if is_secure { b"https" } else { b"http" };
    if scheme.eq_ignore_ascii_case(ours) { Ok(()) } else { Err(Fault::Scheme) }
}

/// `uri-host [ ":" port ]`: the host, and the port if there is one.
#[must_use]
pub fn authority(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
    // A colon in brackets belongs to the address.
    let bracket = text.iter().rposition(|&byte| byte == b']').filter(|_| text.starts_with(b"["));
    let colon =
        text.iter().rposition(|&byte| byte == b':').filter(|&colon| bracket.is_none_or(|at| at < colon));
    let (host, port) = match colon {
        None => (text, None),
        Some(at) => (&text[..at], Some(&text[at + 1..])),
    };
    let is_host = match host {
        [b'[', address @ .., b']'] => is_address(address),
        _ => is_registered_name(host),
    };
    let port = match port {
        Some(_) if host.is_empty() => return None,
        None | Some([]) => None,
        Some(digits) if digits.len() <= 5 && digits.iter().all(u8::is_ascii_digit) => {
            let number = digits.iter().fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
            Some(u16::try_from(number).ok()?)
        }
        Some(_) => return None,
    };
    is_host.then_some((host, port))
}

fn is_registered_name(mut host: &[u8]) -> bool {
    while let Some((&byte, rest)) = host.split_first() {
        host = match (byte, rest) {
            (b'%', [high, low, rest @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => rest,
            _ if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=".contains(&byte) => rest,
            _ => return false,
        };
    }
    true
}

fn is_address(text: &[u8]) -> bool {
    if let [b'v' | b'V', rest @ ..] = text
        && let Some(dot) = rest.iter().position(|&byte| byte == b'.')
    {
        let (version, address) = (&rest[..dot], &rest[dot + 1..]);
        let may_be = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=:".contains(byte);
        return !version.is_empty()
            && version.iter().all(u8::is_ascii_hexdigit)
            && !address.is_empty()
            && address.iter().all(may_be);
    }
    std::str::from_utf8(text).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}
