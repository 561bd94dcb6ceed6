//! The request's header fields.
//!
//! The host gives them as they came, in one call; looking one up in them costs far less than asking the host for each.
//! It has checked them, so that a line is a field.

use std::cell::RefCell;

use crate::bindings::request;
use crate::form;

std::thread_local! {
    /// There once the handler has asked for a field.
    static SECTION: RefCell<Option<Section>> = const { RefCell::new(None) };
}

/// The bytes of the header section, and where its fields are in them.
struct Section {
    bytes: Vec<u8>,
    fields: Vec<Place>,
}

/// Where a field begins, its colon, and where its line ends.
struct Place {
    name: usize,
    colon: usize,
    end: usize,
}

/// The host calls for another request, or for another part of one.
pub(crate) fn forget() {
    SECTION.take();
}

impl Section {
    fn new(bytes: Vec<u8>) -> Section {
        let mut fields = Vec::with_capacity(16);
        let mut name = 0;
        for end in memchr::memchr_iter(b'\n', &bytes) {
            if let Some(colon) = bytes[name..end].iter().position(|&byte| byte == b':') {
                fields.push(Place { name, colon: name + colon, end });
            }
            name = end + 1;
        }
        Section { bytes, fields }
    }

    /// The fields in order, name and value.
    fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|place| (self.name(place), self.value(place)))
    }

    fn name(&self, place: &Place) -> &[u8] {
        &self.bytes[place.name..place.colon]
    }

    fn value(&self, place: &Place) -> &[u8] {
        self.bytes[place.colon + 1..place.end].trim_ascii()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let found =
            self.fields.iter().filter(move |place| self.name(place).eq_ignore_ascii_case(name.as_bytes()));
        found.map(|place| self.value(place))
    }
}

fn with_section<R>(look: impl FnOnce(&Section) -> R) -> R {
    SECTION
        .with_borrow_mut(|section| look(section.get_or_insert_with(|| Section::new(request::raw_headers()))))
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
    with_section(|section| section.values(name).next().map(latin1))
}

/// A cookie's value.
pub(crate) fn cookie(name: &str) -> Option<String> {
    with_section(|section| {
        section.values("Cookie").find_map(|value| form::cookie(&latin1(value), name).map(str::to_owned))
    })
}

/// All of them.
pub(crate) fn all() -> Headers {
    with_section(|section| {
        Headers(section.iter().map(|(name, value)| (latin1(name), latin1(value))).collect())
    })
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
