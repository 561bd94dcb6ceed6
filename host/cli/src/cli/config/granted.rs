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

    fn shown(&self, text: &str) -> Granted {
        let before = &text.as_bytes()[..self.place.start.min(text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Granted::by(self.power, format!("{} {} (line {line})", self.key, self.name))
    }
}

/// What a mount is granted by its own table, and by the defaults of all where that says nothing of the same name.
pub(super) fn shown(defaults: Vec<Grant>, own: Vec<Grant>, text: &str) -> Vec<Granted> {
    let is_replaced =
        |grant: &Grant| own.iter().any(|other| other.power == grant.power && other.name == grant.name);
    let defaults = defaults.iter().filter(|grant| !is_replaced(grant));
    defaults.chain(&own).map(|grant| grant.shown(text)).collect()
}
