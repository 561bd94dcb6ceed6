//! Stored values, configuration and secrets of a mount, as a doverb.toml has them.

use std::collections::BTreeMap;
use std::path::Path;

use doverb_keyvalue::Place;
use toml::Spanned;

use super::super::powers::{Powers, SecretSource, is_name};
use super::report::Fault;

/// Names and what they stand for.
pub(super) type Named = BTreeMap<Spanned<String>, Spanned<String>>;

/// What a table says of all that.
pub(super) struct Written<'a> {
    pub(super) keyvalue: &'a Named,
    pub(super) config_values: &'a Named,
    pub(super) secrets: &'a Named,
}

impl Written<'_> {
    /// Adds it to what there is; one takes the place of another of the same name.
    pub(super) fn apply(&self, powers: &mut Powers, folder: &Path) -> Result<(), Fault> {
        for (name, text) in self.keyvalue {
            let name = checked(name)?;
            let place = text.get_ref().parse::<Place>();
            let place = place.map_err(|error| Fault::at(text.span(), error.to_string(), ""))?;
            replace(&mut powers.stores, name, place.beside(folder));
        }
        for (name, text) in self.config_values {
            let name = checked(name)?;
            powers.secrets.retain(|(other, _)| other != name);
            replace(&mut powers.config_values, name, text.get_ref().clone());
        }
        for (name, text) in self.secrets {
            if let Some((first, _)) = self.config_values.get_key_value(name) {
                let fault = Fault::at(name.span(), "a value and a secret have one name", "and here");
                return Err(fault.and(first.span(), "it is here"));
            }
            let name = checked(name)?;
            let source = SecretSource::parse(text.get_ref());
            let source = source.map_err(|why| Fault::at(text.span(), why, "").without_lines())?;
            powers.config_values.retain(|(other, _)| other != name);
            replace(&mut powers.secrets, name, source.beside(folder));
        }
        Ok(())
    }
}

fn checked(name: &Spanned<String>) -> Result<&str, Fault> {
    match is_name(name.get_ref()) {
        true => Ok(name.get_ref()),
        false => Err(Fault::at(name.span(), "a name has 1 to 256 bytes, and no control characters", "")),
    }
}

fn replace<T>(all: &mut Vec<(String, T)>, name: &str, value: T) {
    all.retain(|(other, _)| other != name);
    all.push((name.to_owned(), value));
}
