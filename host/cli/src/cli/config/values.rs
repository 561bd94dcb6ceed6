//! Values in a doverb.toml: the same words as the flags have.

use std::fmt;
use std::marker::PhantomData;

use doverb::{attributes, isolation};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

use toml::Spanned;

use super::super::values::{Size, Time, parse_time_of_day};

/// A list of texts, or one alone.
enum Texts {
    One(String),
    Several(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Texts, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a list of texts")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts::One(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<Texts, A::Error> {
                let mut all = Vec::new();
                while let Some(text) = texts.next_element()? {
                    all.push(text);
                }
                Ok(Texts::Several(all))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Texts with their places, in a list or one alone.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Spanned<String>>, D::Error> {
    let whole = Spanned::<Texts>::deserialize(deserializer)?;
    let place = whole.span();
    Ok(match whole.into_inner() {
        Texts::One(text) => vec![Spanned::new(place, text)],
        Texts::Several(all) => all,
    })
}

/// A number or a text that a flag would take.
struct Words<T>(fn(&str) -> Result<T, String>, &'static str, PhantomData<T>);

impl<T> Visitor<'_> for Words<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        (self.0)(&number.to_string()).map_err(E::custom)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        (self.0)(&number.to_string()).map_err(E::custom)
    }
}

macro_rules! value {
    ($(#[$meta:meta])* $name:ident($inner:ty), $parse:expr, $expected:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) struct $name(pub(super) $inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let words = Words($parse, $expected, PhantomData);
                deserializer.deserialize_any(words).map($name)
            }
        }
    };
}

value!(
    /// Any number of bytes.
    Bytes(u64),
    |text| Size::parse(text).map(|size| size.0),
    "a size, such as \"64MiB\""
);
value!(
    /// The memory of an instance.
    Memory(u64),
    |text| Size::parse_memory(text).map(|size| size.0),
    "a size from \"64KiB\" to \"4GiB\""
);
value!(
    /// The address space of a whole process.
    ProcessMemory(u64),
    |text| Size::parse_process(text).map(|size| size.0),
    "a size of at least \"2GiB\""
);
value!(
    /// A time in which something can happen.
    Duration(std::time::Duration),
    |text| Time::parse_positive(text).map(|time| time.0),
    "a time, such as \"5s\""
);
value!(
    /// Any time.
    AnyDuration(std::time::Duration),
    |text| Time::parse(text).map(|time| time.0),
    "a time, such as \"5s\""
);
value!(
    /// A point in time.
    Moment(std::time::SystemTime),
    parse_time_of_day,
    "a time, such as \"2026-01-31T12:00:00Z\""
);
value!(
    /// How many of something.
    Count(u32),
    |text| match text.parse() {
        Ok(count @ 1..) => Ok(count),
        _ => Err("expected a number from 1".into()),
    },
    "a number from 1"
);
value!(
    /// How many instances or threads.
    Few(u16),
    |text| match text.parse() {
        Ok(count @ 1..=1024) => Ok(count),
        _ => Err("expected a number from 1 to 1024".into()),
    },
    "a number from 1 to 1024"
);
value!(
    /// What an instance may have open.
    Files(u32),
    |text| match text.parse() {
        Ok(count @ 16..=65_536) => Ok(count),
        _ => Err("expected a number from 16 to 65536".into()),
    },
    "a number from 16 to 65536"
);
value!(
    /// How long an instance lives.
    Isolation(isolation::Isolation),
    |text| match text {
        "auto" => Ok(isolation::Isolation::Auto),
        "connection" => Ok(isolation::Isolation::Connection),
        "request" => Ok(isolation::Isolation::Request),
        "worker" => Ok(isolation::Isolation::Worker),
        _ => Err("expected \"auto\", \"connection\", \"request\" or \"worker\"".into()),
    },
    "\"auto\", \"connection\", \"request\" or \"worker\""
);
value!(
    /// What `protocol_version` begins with.
    Protocol(attributes::Protocol),
    |text| match text.to_ascii_uppercase().as_str() {
        "HTTP/1.0" => Ok(attributes::Protocol::Http10),
        "HTTP/1.1" => Ok(attributes::Protocol::Http11),
        _ => Err("expected \"HTTP/1.0\" or \"HTTP/1.1\"".into()),
    },
    "\"HTTP/1.0\" or \"HTTP/1.1\""
);
