//! A module of a handler: what it is made of, where it is from, and where its imports lead.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::facts::UNNAMED;
use super::scan::Way;
use super::translate::{Kind, Origin, Translated, is_typescript};

#[derive(Debug)]
pub(super) struct Module {
    /// Its path in the component, without the first slash: `app/src/shop.ts`.
    pub(super) name: String,
    pub(super) translated: Translated,
    /// By specifier, and the way in which it is asked for.
    pub(super) targets: HashMap<(String, Way), Target>,
    /// Whether what a CommonJS module exports is its default export as it is, as in Node.
    pub(super) is_nodes: bool,
    /// The text of a file of the user's own, for what is shown of an error.
    pub(super) source: Option<String>,
    pub(super) home: Home,
}

/// Where a module is from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Home {
    File(PathBuf),
    /// A file of the SDK that is not in every component.
    Extra(String),
    /// One of Node's modules that is not there.
    Absent(String),
    /// A file that a package reads, as it lies there.
    Beside(PathBuf),
    /// What is not found, which matters only if the code gets there. The words that it is told then.
    Missing(String),
}

/// Where an import leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Module(usize),
    /// A file of the SDK.
    Sdk(String),
    /// The host: `doverb:handler/log@0.1.0`.
    Host,
}

impl Module {
    pub(super) fn is_common(&self) -> bool {
        self.translated.kind != Kind::Module
    }

    /// Whether it surely has no export of this name.
    pub(super) fn lacks(&self, name: &str) -> bool {
        let facts = &self.translated.facts;
        if self.is_common() {
            // What is set by other ways than the plain one has its name in the code, or comes from another module.
            let is_alone = self.translated.scan.requests.is_empty();
            return is_alone && name != UNNAMED && !self.translated.code.contains(name);
        }
        !facts.exports.contains_key(name) && (name == UNNAMED || facts.stars.is_empty())
    }

    /// Whether it surely has one.
    pub(super) fn has(&self, name: &str) -> bool {
        let facts = &self.translated.facts;
        match self.is_common() {
            true => name == UNNAMED || facts.set.contains(name),
            false => facts.exports.contains_key(name),
        }
    }

    pub(super) fn is_typescript(&self) -> bool {
        matches!(&self.home, Home::File(path) if is_typescript(path))
    }

    /// Whether it stands for one of Node's modules.
    pub(super) fn is_nodes_own(&self) -> bool {
        matches!(&self.home, Home::Extra(name) if name.starts_with("node/"))
    }

    /// Whether it is of the user's project itself.
    pub(super) fn is_own(&self) -> bool {
        matches!(&self.home, Home::File(path) if origin(path) == Origin::Own)
    }
}

/// Whose file it is.
pub(super) fn origin(path: &Path) -> Origin {
    let is_package = path.components().any(|part| part.as_os_str() == "node_modules");
    if is_package { Origin::Package } else { Origin::Own }
}
