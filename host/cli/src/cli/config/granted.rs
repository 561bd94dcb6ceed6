//! Which lines of a doverb.toml grant something.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::super::grant_report::{Granted, Power};

/// A grant as a table has it: what it is for, how it is called, and where it stands.
pub(super) struct Grant {
    power: Power,
    key: &'static str,
    name: String,
    place: Range<usize>,
}

impl Grant {
    pub(super) fn new(power: Power, key: &'static str, name: &str, place: Range<usize>) -> Grant {
        Grant { power, key, name: name.to_owned(), place }
    }

    /// Those of a table with names.
    pub(super) fn named<V>(
        power: Power,
        key: &'static str,
        named: &BTreeMap<Spanned<String>, V>,
    ) -> impl Iterator<Item = Grant> {
        named.keys().map(move |name| Grant::new(power, key, name.get_ref(), name.span()))
    }

    fn shown(&self, lines: &Lines) -> Granted {
        let line = lines.of(self.place.start);
        Granted::by(self.power, format!("{} {} (line {line})", self.key, self.name))
    }
}

/// Where the lines of a file end.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn new(text: &str) -> Lines {
        Lines(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(place, _)| place).collect())
    }

    /// The number of the line, from 1, that a byte is in.
    fn of(&self, place: usize) -> usize {
        self.0.partition_point(|end| *end < place) + 1
    }
}

/// What a mount is granted by its own table, and by the defaults of all where that says nothing of the same name.
pub(super) fn shown(defaults: Vec<Grant>, own: Vec<Grant>, lines: &Lines) -> Vec<Granted> {
    let is_replaced =
        |grant: &Grant| own.iter().any(|other| other.power == grant.power && other.name == grant.name);
    let defaults = defaults.iter().filter(|grant| !is_replaced(grant));
    defaults.chain(&own).map(|grant| grant.shown(lines)).collect()
}
