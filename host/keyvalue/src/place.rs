//! Where values are kept, as people write it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use redis::{ConnectionAddr, IntoConnectionInfo};

/// Bytes of a namespace's name.
const MAX_NAMESPACE: usize = 256;

/// Where values are kept: `./data.redb`, `redis://localhost`, `memory:`; and behind a `#` under which name, where that is said.
///
/// ```
/// use doverb_keyvalue::Place;
///
/// let place: Place = "./data.redb#shop".parse().unwrap();
/// assert_eq!(place.namespace(), Some("shop"));
/// assert_eq!(place.to_string(), "./data.redb#shop");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    whereabouts: Whereabouts,
    /// Whom a Redis over TLS is to be known by, where that is not whom the system trusts.
    authority: Option<PathBuf>,
    namespace: Option<String>,
}

/// What a place is.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Whereabouts {
    /// The memory of the process: all is lost with it.
    Memory,
    /// A file.
    File(PathBuf),
    /// A Redis, by its URL, which may have a password, and is one of `rediss:` over TLS.
    Redis(String),
}

/// Why a text names no place.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// It has no form that is known.
    #[error("expected a file (./data.redb), redis://HOST, or memory: with its colon")]
    Form,
    /// It is no URL of a Redis.
    #[error(
        "expected redis://HOST, redis://USER:PASSWORD@HOST:PORT/NUMBER or redis+unix:///PATH, or over TLS rediss://HOST, \
         which may end in ?ca=FILE"
    )]
    Url,
    /// A certificate is named, and no TLS spoken.
    #[error("ca=FILE is for rediss://HOST, which is over TLS")]
    NoTls,
    /// The name behind the `#` is none.
    #[error("expected a name of 1 to {MAX_NAMESPACE} bytes behind the #")]
    Namespace,
}

impl Place {
    /// A file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Place {
        Place { whereabouts: Whereabouts::File(path.into()), authority: None, namespace: None }
    }

    /// What it is.
    #[must_use]
    pub fn whereabouts(&self) -> &Whereabouts {
        &self.whereabouts
    }

    /// Under which name the values are to be kept, where that is said: who is granted the same name at the same place has the
    /// same values.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The file with the certificates that one of a Redis over TLS must lead to: `ca=FILE`. Without it, it must lead to one that the
    /// system trusts.
    #[must_use]
    pub fn authority(&self) -> Option<&Path> {
        self.authority.as_deref()
    }

    /// The same, with the path of a file made from one that is relative to `folder`.
    #[must_use]
    pub fn beside(mut self, folder: &Path) -> Place {
        let file = match &mut self.whereabouts {
            Whereabouts::File(path) => Some(path),
            _ => self.authority.as_mut(),
        };
        if let Some(path) = file.filter(|_| !folder.as_os_str().is_empty()) {
            *path = folder.join(&*path);
        }
        self
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Place, PlaceError> {
        let (place, namespace) = match text.rsplit_once('#') {
            Some((place, name)) => (place, Some(name)),
            None => (text, None),
        };
        if namespace.is_some_and(|name| name.is_empty() || name.len() > MAX_NAMESPACE) {
            return Err(PlaceError::Namespace);
        }
        let mut authority = None;
        let whereabouts = match place.split_once(':') {
            Some(("memory", "")) => Whereabouts::Memory,
            Some((
                scheme @ ("redis" | "redis+unix" | "unix" | "valkey" | "valkey+unix" | "rediss" | "valkeys"),
                _,
            )) => {
                let (url, file) = without_authority(place)?;
                if file.is_some() && !matches!(scheme, "rediss" | "valkeys") {
                    return Err(PlaceError::NoTls);
                }
                authority = file;
                match url.as_str().into_connection_info() {
                    Ok(_) => Whereabouts::Redis(url),
                    Err(_) => return Err(PlaceError::Url),
                }
            }
            Some(("file", path)) if !path.is_empty() => Whereabouts::File(path.into()),
            Some((scheme, rest)) if rest.starts_with("//") || scheme == "memory" || scheme == "file" => {
                return Err(PlaceError::Form);
            }
            // Without its colon it would be a file, and nobody would notice.
            None if place == "memory" => return Err(PlaceError::Form),
            _ if place.is_empty() || place.contains('\0') => return Err(PlaceError::Form),
            _ => Whereabouts::File(place.into()),
        };
        Ok(Place { whereabouts, authority, namespace: namespace.map(str::to_owned) })
    }
}

/// A URL without the parameter that is ours, and what that says.
fn without_authority(url: &str) -> Result<(String, Option<PathBuf>), PlaceError> {
    let Some((before, parameters)) = url.split_once('?') else { return Ok((url.to_owned(), None)) };
    let (ours, others): (Vec<&str>, Vec<&str>) =
        parameters.split('&').partition(|parameter| parameter.starts_with("ca="));
    let url = if others.is_empty() { before.to_owned() } else { format!("{before}?{}", others.join("&")) };
    match ours[..] {
        [] => Ok((url, None)),
        [one] if one.len() > "ca=".len() => Ok((url, Some(PathBuf::from(&one["ca=".len()..])))),
        _ => Err(PlaceError::Url),
    }
}

/// As it was written, but for passwords.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.whereabouts {
            Whereabouts::Memory => f.write_str("memory:")?,
            Whereabouts::File(path) => fmt::Display::fmt(&path.display(), f)?,
            Whereabouts::Redis(url) => match url.clone().into_connection_info() {
                Ok(info) => {
                    let scheme =
                        if matches!(info.addr, ConnectionAddr::TcpTls { .. }) { "rediss" } else { "redis" };
                    write!(f, "{scheme}://{}/{}", info.addr, info.redis.db)?;
                    self.authority.iter().try_for_each(|file| write!(f, "?ca={}", file.display()))?;
                }
                Err(_) => f.write_str("redis:")?,
            },
        }
        self.namespace.iter().try_for_each(|name| write!(f, "#{name}"))
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}

impl fmt::Debug for Whereabouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Whereabouts({})", Place { whereabouts: self.clone(), authority: None, namespace: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, String> {
        text.parse::<Place>().map(|place| place.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn places_are_files_urls_and_memory() {
        for (text, place) in [
            ("memory:", "memory:"),
            ("./data.redb", "./data.redb"),
            ("/srv/a b.redb#shop", "/srv/a b.redb#shop"),
            ("file:odd#name#shop", "odd#name#shop"),
            ("c:data", "c:data"),
            ("redis://localhost", "redis://localhost:6379/0"),
            ("redis://localhost:7000/3#x", "redis://localhost:7000/3#x"),
            ("rediss://localhost", "rediss://localhost:6379/0"),
            // Not what the library takes it for: the certificate is looked at all the same.
            ("rediss://localhost#insecure", "rediss://localhost:6379/0#insecure"),
            ("rediss://localhost/1?ca=a b/ca.pem#x", "rediss://localhost:6379/1?ca=a b/ca.pem#x"),
            ("rediss://localhost?protocol=resp3&ca=ca.pem", "rediss://localhost:6379/0?ca=ca.pem"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(place), "{text}");
        }
        for (text, word) in [
            ("", "./data.redb"),
            ("http://x", "./data.redb"),
            ("memory:x", "memory:"),
            ("memory", "memory:"),
            ("redis://", "redis://HOST"),
            ("rediss://", "rediss://HOST"),
            ("rediss://x?ca=", "?ca=FILE"),
            ("rediss://x?ca=a&ca=b", "?ca=FILE"),
            ("redis://x?ca=a", "over TLS"),
            ("a#", "behind the #"),
        ] {
            assert!(shown(text).unwrap_err().contains(word), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let place: Place = "redis://user:s3cret@host:1/2#n".parse().unwrap();
        let shown = format!("{place} {place:?} {:?}", place.whereabouts());
        assert!(shown.contains("host:1/2") && !shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn paths_are_relative_to_a_folder() {
        let beside = |text: &str| text.parse::<Place>().unwrap().beside(Path::new("/etc")).to_string();
        assert_eq!(beside("a.redb#n"), "/etc/a.redb#n");
        assert_eq!(beside("/srv/a.redb"), "/srv/a.redb");
        assert_eq!(beside("memory:"), "memory:");
        assert_eq!(beside("rediss://h?ca=ca.pem"), "rediss://h:6379/0?ca=/etc/ca.pem");
    }
}
