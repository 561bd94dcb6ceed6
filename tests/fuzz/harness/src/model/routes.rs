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
    fn segments(&self) -> Vec<&'static str> {
        self.path.split('/').filter(|segment| !segment.is_empty()).collect()
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

/// The segments of a path, of which a last empty one says no more than that there is a slash.
fn segments(path: &str) -> Vec<&str> {
    let path = path.split('?').next().unwrap_or_default();
    path.split('/').skip(1).collect()
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
