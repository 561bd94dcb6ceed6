//! What a handler asks for, and whether it is granted, and by what: for `doverb check`.

use std::fmt;

use serde_json::json;

use super::grants::Grants;

/// What imports are for, as far as it takes a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Power {
    Files,
    Variables,
    Http,
    Stores,
    Configuration,
    Sockets,
}

/// A grant, and where it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) power: Power,
    /// A flag with its value, or a key with its line.
    pub(super) by: String,
}

impl Power {
    /// None for what every handler has.
    pub(super) fn of(import: &str) -> Option<Power> {
        let powers = [
            ("wasi:filesystem/", Power::Files),
            ("wasi:cli/environment", Power::Variables),
            ("wasi:http/", Power::Http),
            ("wasi:keyvalue/", Power::Stores),
            ("doverb:keyvalue/", Power::Stores),
            ("wasi:config/", Power::Configuration),
            ("wasi:sockets/", Power::Sockets),
        ];
        powers.iter().find(|(beginning, _)| import.starts_with(beginning)).map(|(_, power)| *power)
    }

    /// What grants it.
    pub(super) fn flags(self) -> &'static str {
        match self {
            Power::Files => "--dir for folders, --scratch for one of its own",
            Power::Variables => "--env for variables",
            Power::Http => "--allow-http for servers that it may call",
            Power::Stores => "--keyvalue for stores of values",
            Power::Configuration => "--config-value for values, --secret for secrets",
            Power::Sockets => "nothing: there are no sockets, and using one fails",
        }
    }
}

impl Granted {
    pub(super) fn by(power: Power, by: impl fmt::Display) -> Granted {
        Granted { power, by: by.to_string() }
    }

    /// What flags grant. Of values only the names are told, and of secrets where they come from.
    pub(super) fn of_flags(grants: &Grants) -> Vec<Granted> {
        let powers = grants.powers.powers();
        let mut all: Vec<Granted> = Vec::new();
        let mut add = |power, by: String| all.push(Granted { power, by });
        for dir in &grants.dir {
            add(Power::Files, format!("--dir {}::{}", dir.host.display(), dir.guest));
        }
        if let Some(size) = grants.scratch.filter(|size| size.0 > 0) {
            add(Power::Files, format!("--scratch {size}"));
        }
        grants.env.iter().for_each(|(name, _)| add(Power::Variables, format!("--env {name}")));
        grants.allow_http.iter().for_each(|rule| add(Power::Http, format!("--allow-http {rule}")));
        for (name, place) in &powers.stores {
            add(Power::Stores, format!("--keyvalue {name}={place}"));
        }
        for (name, _) in &powers.config_values {
            add(Power::Configuration, format!("--config-value {name}"));
        }
        for (name, source) in &powers.secrets {
            add(Power::Configuration, format!("--secret {name}={}", source.shown()));
        }
        all
    }
}

/// Each import that takes a grant, with what grants it.
pub(super) struct Report<'a> {
    asked: Vec<(&'a str, Power)>,
    granted: &'a [Granted],
}

impl<'a> Report<'a> {
    pub(super) fn of(imports: &'a [String], granted: &'a [Granted]) -> Report<'a> {
        let asked = imports.iter().filter_map(|import| Some((&import[..], Power::of(import)?)));
        Report { asked: asked.collect(), granted }
    }

    fn by(&self, power: Power) -> Vec<&'a str> {
        self.granted.iter().filter(|granted| granted.power == power).map(|granted| &granted.by[..]).collect()
    }

    /// For people: a line for each import.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(import, power): &(&str, Power)| match &self.by(*power)[..] {
            [] => format!("{import}: not granted ({})", power.flags()),
            by => format!("{import}: granted by {}", by.join(", ")),
        };
        self.asked.iter().map(line).collect()
    }

    /// What is said of an import in JSON.
    pub(super) fn json(&self, import: &str) -> serde_json::Value {
        match Power::of(import) {
            Some(power) => {
                let by = self.by(power);
                json!({ "name": import, "grant": power.flags(), "granted": !by.is_empty(), "granted_by": by })
            }
            None => json!({ "name": import, "grant": null, "granted": true, "granted_by": [] }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_granted_is_named_by_its_flag() {
        for (import, flag) in [
            ("wasi:filesystem/types@0.2.6", "--dir"),
            ("wasi:http/outgoing-handler@0.2.0", "--allow-http"),
            ("wasi:keyvalue/store@0.2.0-draft2", "--keyvalue"),
            ("wasi:config/store@0.2.0-rc.1", "--secret"),
            ("wasi:sockets/tcp@0.2.6", "no sockets"),
        ] {
            assert!(Power::of(import).is_some_and(|power| power.flags().contains(flag)), "{import}");
        }
        assert_eq!(Power::of("wasi:clocks/wall-clock@0.2.6"), None);
    }

    #[test]
    fn each_import_is_told_of_with_what_grants_it() {
        let imports =
            ["wasi:keyvalue/store@1", "wasi:clocks/wall-clock@1", "wasi:config/store@1"].map(str::to_owned);
        let granted = [Granted::by(Power::Stores, "keyvalue.default (line 4)")];
        let report = Report::of(&imports, &granted);
        let [stores, configuration] = &report.lines()[..] else { panic!("two lines") };
        assert_eq!(stores, "wasi:keyvalue/store@1: granted by keyvalue.default (line 4)");
        assert!(configuration.contains("not granted (--config-value"), "{configuration}");
        assert_eq!(report.json(&imports[2])["granted"], false);
        assert_eq!(report.json(&imports[1])["granted"], true);
    }
}
