//! The request's header fields.

use crate::form;
use crate::request::{self, latin1, with_head};

/// The first value of the field with this name.
#[inline]
pub(crate) fn first(name: &str) -> Option<String> {
    if request::may_have(name) { find(name) } else { None }
}

fn find(name: &str) -> Option<String> {
    with_head(|head| head.values(name).next().map(latin1))
}

/// A cookie's value.
pub(crate) fn cookie(name: &str) -> Option<String> {
    with_head(|head| {
        head.values("Cookie").find_map(|value| form::cookie(&latin1(value), name).map(str::to_owned))
    })
}

/// All of them.
pub(crate) fn all() -> Headers {
    with_head(|head| Headers(head.fields().map(|(name, value)| (latin1(name), latin1(value))).collect()))
}

/// All fields of a request in the order they came: `self.headers`.
///
/// Names are compared without case; repeated fields stay apart.
///
/// ```
/// use doverb_guest::Headers;
///
/// let headers = Headers::from_iter([("Accept", "text/html"), ("accept", "*/*")]);
/// assert_eq!(headers.get("ACCEPT"), Some("text/html"));
/// assert_eq!(headers.get_all("Accept").collect::<Vec<_>>(), ["text/html", "*/*"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The first value of the field with this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All values of the fields with this name, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Whether there is a field with this name.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All fields, name and value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many fields there are, repeated ones counted each.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<(String, String)>> for Headers {
    fn from(fields: Vec<(String, String)>) -> Headers {
        Headers(fields)
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Headers {
        Headers(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}
