//! Where a request leads: by the words of the documentation.

use std::fmt;

/// Something is mounted there.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// In small letters, where it is for one host alone.
    pub host: Option<&'static str>,
    /// With a slash at both ends.
    pub path: &'static str,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.host.unwrap_or_default(), self.path)
    }
}

impl Place {
    fn segments(&self) -> Vec<Vec<u8>> {
        segments(self.path)
    }
}

/// The place that serves a request with this target and Host field.
#[must_use]
pub fn find(places: &[Place], method: &str, target: &str, field: &str) -> Option<Place> {
    if let [Place { host: None, path: "/" }] = places {
        return Some(places[0]);
    }
    let (authority, segments) = if method == "CONNECT" && !target.starts_with('/') {
        (target, Vec::new())
    } else if target.starts_with('/') {
        (field, segments(target))
    } else if let Some((_, rest)) = target.split_once("://") {
        match rest.find(['/', '?']) {
            Some(end) if rest[end..].starts_with('/') => (&rest[..end], segments(&rest[end..])),
            Some(end) => (&rest[..end], Vec::new()),
            None => (rest, Vec::new()),
        }
    } else {
        (field, Vec::new())
    };
    let host = host(authority).to_ascii_lowercase();
    let fits =
        |place: &&Place| place.host.is_none_or(|own| own == host) && segments.starts_with(&place.segments());
    // Those of the host first, then the longest.
    places.iter().filter(fits).max_by_key(|place| (place.host.is_some(), place.segments().len())).copied()
}

/// The segments that a path means: decoded, without empty ones, and with `.` and `..` followed.
fn segments(path: &str) -> Vec<Vec<u8>> {
    let path = path.split('?').next().unwrap_or_default();
    let mut all: Vec<Vec<u8>> = Vec::new();
    for segment in decoded(path.as_bytes()).split(|byte| *byte == b'/') {
        match segment {
            b"" | b"." => {}
            b".." => drop(all.pop()),
            name => all.push(name.to_vec()),
        }
    }
    all
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(&byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                all.push(u8::try_from(high * 16 + low).expect("two digits are a byte"));
                at += 3;
            }
            _ => {
                all.push(byte);
                at += 1;
            }
        }
    }
    all
}

/// Without a port, and without the dot of a whole name.
fn host(authority: &str) -> &str {
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => &authority[..address.len() + 2],
        None if authority.starts_with('[') => authority,
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.strip_suffix('.').unwrap_or(host)
}
