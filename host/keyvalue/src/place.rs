//! Where values are kept, as people write it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use redis::IntoConnectionInfo;

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
    /// A Redis, by its URL, which may have a password.
    Redis(String),
}

/// Why a text names no place.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// It has no form that is known.
    #[error("expected a file, redis://HOST or memory:, such as ./data.redb")]
    Form,
    /// It is no URL of a Redis.
    #[error("expected redis://HOST, redis://USER:PASSWORD@HOST:PORT/NUMBER or redis+unix:///PATH")]
    Url,
    /// It asks for TLS.
    #[error("Redis is not spoken to over TLS: let stunnel or the like do it, and name that")]
    Tls,
    /// The name behind the `#` is none.
    #[error("expected a name of 1 to {MAX_NAMESPACE} bytes behind the #")]
    Namespace,
}

impl Place {
    /// A file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Place {
        Place { whereabouts: Whereabouts::File(path.into()), namespace: None }
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

    /// The same, with the path of a file made from one that is relative to `folder`.
    #[must_use]
    pub fn beside(mut self, folder: &Path) -> Place {
        if let Whereabouts::File(path) = &mut self.whereabouts
            && !folder.as_os_str().is_empty()
        {
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
        let whereabouts = match place.split_once(':') {
            Some(("memory", "")) => Whereabouts::Memory,
            Some(("redis" | "redis+unix" | "unix" | "valkey", _)) => match place.into_connection_info() {
                Ok(_) => Whereabouts::Redis(place.to_owned()),
                Err(_) => return Err(PlaceError::Url),
            },
            Some(("rediss" | "valkeys", _)) => return Err(PlaceError::Tls),
            Some(("file", path)) if !path.is_empty() => Whereabouts::File(path.into()),
            Some((scheme, rest)) if rest.starts_with("//") || scheme == "memory" || scheme == "file" => {
                return Err(PlaceError::Form);
            }
            _ if place.is_empty() || place.contains('\0') => return Err(PlaceError::Form),
            _ => Whereabouts::File(place.into()),
        };
        Ok(Place { whereabouts, namespace: namespace.map(str::to_owned) })
    }
}

/// As it was written, but for passwords.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.whereabouts {
            Whereabouts::Memory => f.write_str("memory:")?,
            Whereabouts::File(path) => fmt::Display::fmt(&path.display(), f)?,
            Whereabouts::Redis(url) => match url.clone().into_connection_info() {
                Ok(info) => write!(f, "redis://{}/{}", info.addr, info.redis.db)?,
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
        write!(f, "Whereabouts({})", Place { whereabouts: self.clone(), namespace: None })
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
        ] {
            assert_eq!(shown(text).as_deref(), Ok(place), "{text}");
        }
        for (text, word) in [
            ("", "./data.redb"),
            ("http://x", "./data.redb"),
            ("memory:x", "memory:"),
            ("redis://", "redis://HOST"),
            ("rediss://x", "TLS"),
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
    }
}
