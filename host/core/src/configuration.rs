//! What an operator configures a handler with: values and secrets, by their names.

use std::collections::BTreeMap;
use std::fmt;

/// Values and secrets of one handler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration(BTreeMap<String, Value>);

#[derive(Clone, PartialEq, Eq)]
enum Value {
    Open(String),
    Secret(String),
}

impl Configuration {
    /// Sets a value.
    pub(crate) fn set(&mut self, name: String, value: String) {
        self.0.insert(name, Value::Open(value));
    }

    /// Sets a secret.
    pub(crate) fn set_secret(&mut self, name: String, value: String) {
        self.0.insert(name, Value::Secret(value));
    }

    /// The value or secret of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (Value::Open(value) | Value::Secret(value)) = self.0.get(name)?;
        Some(value)
    }

    /// The values, without the secrets: what shows all that it finds shows none of them.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, value)| match value {
            Value::Open(value) => Some((&name[..], &value[..])),
            Value::Secret(_) => None,
        })
    }

    /// The names of all of them.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|name| &name[..])
    }
}

/// A secret shows nothing of itself, nor its length.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Open(value) => fmt::Debug::fmt(value, f),
            Value::Secret(_) => f.write_str("(a secret)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_given_to_who_knows_its_name_and_shown_to_nobody() {
        let mut configuration = Configuration::default();
        configuration.set("colour".into(), "green".into());
        configuration.set_secret("token".into(), "s3cret".into());
        assert_eq!(configuration.get("token"), Some("s3cret"));
        assert_eq!(configuration.values().collect::<Vec<_>>(), [("colour", "green")]);
        let shown = format!("{configuration:?}");
        assert!(shown.contains("green") && !shown.contains("s3cret"), "{shown}");
    }
}
