//! The request's header fields.
//!
//! The host gives them as they came, in one call; looking one up in them costs far less than asking the host for each.
//! It has checked them, so that a line is a field.

use std::cell::RefCell;

use crate::bindings::request;
use crate::form;

std::thread_local! {
    /// The bytes of the header section, once the handler has asked for a field.
    static RAW: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// The host calls for another request, or for another part of one.
pub(crate) fn forget() {
    RAW.take();
}

/// The fields in order, name and value.
fn fields(raw: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    raw.split(|&byte| byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|&byte| byte == b':')?;
        Some((&line[..colon], line[colon + 1..].trim_ascii()))
    })
}

fn with_raw<R>(look: impl FnOnce(&[u8]) -> R) -> R {
    RAW.with_borrow_mut(|raw| look(raw.get_or_insert_with(request::raw_headers)))
}

/// ISO-8859-1 to Unicode: each byte is the character of the same number.
fn latin1(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => text.to_owned(),
        _ => bytes.iter().copied().map(char::from).collect(),
    }
}

/// The first value of the field with this name.
pub(crate) fn first(name: &str) -> Option<String> {
    with_raw(|raw| {
        let name = name.as_bytes();
        let found = fields(raw).find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| latin1(value))
    })
}

/// A cookie's value.
pub(crate) fn cookie(name: &str) -> Option<String> {
    with_raw(|raw| {
        let mut cookies = fields(raw).filter(|(other, _)| other.eq_ignore_ascii_case(b"Cookie"));
        cookies.find_map(|(_, value)| form::cookie(&latin1(value), name).map(str::to_owned))
    })
}

/// All of them.
pub(crate) fn all() -> Headers {
    with_raw(|raw| Headers(fields(raw).map(|(name, value)| (latin1(name), latin1(value))).collect()))
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
