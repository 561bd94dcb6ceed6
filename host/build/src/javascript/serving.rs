//! Whether a program serves requests without a class of the SDK's: by its default export, or by a server of its own.

use super::facts::UNNAMED;
use super::graph::{CLASS, Graph};
use super::module::{Home, Module, Target};

/// What programs make servers with.
const SERVERS: [&str; 4] =
    ["node/http-server.js", "web/serve-bun.js", "web/serve-deno.js", "web/serve-event.js"];

impl Graph {
    /// Whether the entry has a default export, or a module something that servers are made with.
    pub(super) fn may_serve(&self) -> bool {
        let makes_server =
            |module: &Module| matches!(&module.home, Home::Extra(name) if SERVERS.contains(&&name[..]));
        self.has_default(0) || self.modules.iter().any(makes_server)
    }

    pub(super) fn knows_the_class(&self) -> bool {
        let knows = |module: &Module| module.targets.values().any(|it| *it == Target::Sdk(CLASS.into()));
        self.modules.iter().any(knows)
    }

    pub(super) fn has_default(&self, place: usize) -> bool {
        let has =
            |module: &Module| module.is_common() || module.translated.facts.exports.contains_key(UNNAMED);
        self.modules.get(place).is_some_and(has)
    }
}
