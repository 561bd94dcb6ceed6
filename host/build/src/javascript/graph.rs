//! All modules that a handler is made of: the user's files, and where each of their imports leads.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use oxc_resolver::{ResolveOptions, Resolver};

use super::translate::{HELPERS, Promises, Translated, place, translate};

/// A bound for mistakes: nobody means to put this many files into a handler.
const MAX_MODULES: usize = 5_000;
const EXTENSIONS: [&str; 5] = [".ts", ".mts", ".js", ".mjs", ".json"];

#[derive(Debug, Default)]
pub(super) struct Graph {
    /// The entry is the first.
    pub(super) modules: Vec<Module>,
    /// Every file that was read, or looked for in vain.
    pub(super) files: BTreeSet<PathBuf>,
    /// `file:line:column: what is wrong`.
    pub(super) faults: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Module {
    /// Its path in the component, without the first slash: `app/src/shop.ts`.
    pub(super) name: String,
    pub(super) translated: Translated,
    /// By specifier.
    pub(super) targets: HashMap<String, Target>,
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

/// Reads the file `entry` and all that it imports. Names are relative to the folder `base`.
pub(super) fn read(entry: &Path, base: &Path, promises: Promises) -> Graph {
    let mut reading = Reading {
        graph: Graph::default(),
        places: HashMap::new(),
        base,
        promises,
        resolver: Resolver::new(options()),
    };
    reading.add(entry);
    let mut next = 0;
    while next < reading.graph.modules.len() {
        reading.follow(next);
        next += 1;
    }
    reading.graph
}

fn options() -> ResolveOptions {
    let alias = |js: &str, ts: &str| (js.to_owned(), vec![js.to_owned(), ts.to_owned()]);
    ResolveOptions {
        condition_names: ["doverb", "import", "module", "default"].map(String::from).into(),
        extensions: EXTENSIONS.map(String::from).into(),
        // TypeScript lets one import what a file will be called once it is compiled.
        extension_alias: vec![alias(".js", ".ts"), alias(".mjs", ".mts")],
        main_fields: vec!["module".into(), "main".into()],
        node_path: false,
        ..ResolveOptions::default()
    }
}

struct Reading<'a> {
    graph: Graph,
    /// Those that were added, and none for one with faults.
    places: HashMap<PathBuf, Option<usize>>,
    base: &'a Path,
    promises: Promises,
    resolver: Resolver,
}

impl Reading<'_> {
    fn add(&mut self, path: &Path) -> Option<usize> {
        if let Some(place) = self.places.get(path) {
            return *place;
        }
        let place = self.load(path).map(|module| {
            self.graph.modules.push(module);
            self.graph.modules.len() - 1
        });
        self.places.insert(path.to_owned(), place);
        place
    }

    fn load(&mut self, path: &Path) -> Option<Module> {
        self.graph.files.insert(path.to_owned());
        let shown = self.shown(path);
        if self.graph.modules.len() >= MAX_MODULES {
            self.graph.faults.push(format!("{shown}: a handler has at most {MAX_MODULES} modules"));
            return None;
        }
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                self.graph.faults.push(format!("{shown}: it cannot be read: {error}"));
                return None;
            }
        };
        // Some editors begin a file with a mark that engines take for a sign.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let is_json = path.extension().is_some_and(|extension| extension == "json");
        let translated = if is_json { json(text) } else { translate(path, text, self.promises) };
        match translated {
            Ok(translated) => {
                let extension = if is_json { ".js" } else { "" };
                let name = format!("{}{extension}", self.name(path));
                Some(Module { name, translated, targets: HashMap::new() })
            }
            Err(faults) => {
                let located = faults
                    .iter()
                    .map(|fault| format!("{shown}:{}:{}: {}", fault.line, fault.column, fault.text));
                self.graph.faults.extend(located);
                None
            }
        }
    }

    /// Finds what a module imports.
    fn follow(&mut self, place: usize) {
        let module = &self.graph.modules[place];
        let path = self.places.iter().find(|(_, at)| **at == Some(place)).map(|(path, _)| path.clone());
        let path = path.unwrap_or_default();
        let wanted: Vec<(String, usize)> =
            module.translated.imports.iter().map(|import| (import.specifier.clone(), import.start)).collect();
        for (specifier, start) in wanted {
            match self.target(&path, &specifier) {
                Ok(Some(target)) => {
                    self.graph.modules[place].targets.insert(specifier, target);
                }
                // It has said itself what is wrong with it.
                Ok(None) => {}
                Err(why) => {
                    let (line, column) = self.original(place, &path, &specifier, start);
                    let shown = self.shown(&path);
                    self.graph.faults.push(format!("{shown}:{line}:{column}: {why}"));
                }
            }
        }
    }

    fn target(&mut self, from: &Path, specifier: &str) -> Result<Option<Target>, String> {
        if let Some(helper) = specifier.strip_prefix(HELPERS) {
            return Ok(Some(Target::Sdk(format!("lib/helpers/{helper}.js"))));
        }
        match specifier {
            "doverb" => return Ok(Some(Target::Sdk("doverb.js".into()))),
            "doverb/environ" => return Ok(Some(Target::Sdk("environ.js".into()))),
            _ if specifier.starts_with("doverb:handler/") => return Ok(Some(Target::Host)),
            _ => {}
        }
        if let Some(module) = specifier.strip_prefix("node:") {
            return Err(format!("Node's module {module:?} is not there: a handler runs without Node"));
        }
        let found = self.resolver.resolve_file(from, specifier).map_err(|_| {
            self.look_for(from, specifier);
            match package(specifier) {
                Some(package) => format!("{specifier:?} is not found. Install it: npm install {package}"),
                None => format!("{specifier:?} is not found"),
            }
        })?;
        let path = found.into_path_buf();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if !EXTENSIONS.iter().any(|known| known.strip_prefix('.') == Some(extension)) {
            return Err(format!(
                "{specifier:?} is {}, which is no module of JavaScript or TypeScript and no JSON",
                self.shown(&path)
            ));
        }
        let Some(place) = self.add(&path) else { return Ok(None) };
        if is_commonjs(&self.graph.modules[place].translated) {
            return Err(format!(
                "{specifier:?} is a CommonJS module, and only ES modules can be imported. \
                 Look for a version with \"type\": \"module\", or bundle it"
            ));
        }
        Ok(Some(Target::Module(place)))
    }

    /// What is missing may be made, and then it is built again.
    fn look_for(&mut self, from: &Path, specifier: &str) {
        let Some(folder) = from.parent().filter(|_| specifier.starts_with('.')) else { return };
        let path = normal(&folder.join(specifier));
        let with = |extension: &str| PathBuf::from(format!("{}{extension}", path.display()));
        self.graph.files.extend(EXTENSIONS.map(with));
        self.graph.files.insert(path);
    }

    /// Where an import is in the user's own file, which was perhaps translated.
    fn original(&self, place_in: usize, path: &Path, specifier: &str, start: usize) -> (usize, usize) {
        let translated = &self.graph.modules[place_in].translated;
        if translated.map.is_none() {
            return place(&translated.code, start);
        }
        let text = fs::read_to_string(path).unwrap_or_default();
        let quoted = ['"', '\''].map(|quote| format!("{quote}{specifier}{quote}"));
        place(&text, quoted.iter().find_map(|quoted| text.find(quoted)).unwrap_or(0))
    }

    fn name(&self, path: &Path) -> String {
        match path.strip_prefix(self.base) {
            Ok(inner) => format!("app/{}", inner.display()),
            Err(_) => format!("out{}", path.display()),
        }
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.base).unwrap_or(path).display().to_string()
    }
}

fn json(text: &str) -> Result<Translated, Vec<super::translate::Fault>> {
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let text = error.to_string();
        return Err(vec![super::translate::Fault {
            line: error.line(),
            column: error.column().max(1),
            text,
        }]);
    }
    translate(Path::new("data.js"), &format!("export default {text};\n"), Promises::Engine)
}

/// The package that an import names, unless it names a file.
fn package(specifier: &str) -> Option<&str> {
    let is_name = |first: char| first.is_ascii_alphanumeric() || first == '@';
    if !specifier.starts_with(is_name) || specifier.contains(':') {
        return None;
    }
    let parts = if specifier.starts_with('@') { 2 } else { 1 };
    let end = specifier.match_indices('/').nth(parts - 1).map_or(specifier.len(), |(at, _)| at);
    Some(&specifier[..end])
}

/// A file without imports and exports that sets `module.exports`.
fn is_commonjs(translated: &Translated) -> bool {
    let facts = &translated.facts;
    let is_script = translated.imports.is_empty() && facts.exports.is_empty() && facts.stars.is_empty();
    is_script && ["module.exports", "exports."].iter().any(|sign| translated.code.contains(sign))
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::ParentDir => {
                normal.pop();
            }
            std::path::Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{normal, package};

    #[test]
    fn a_package_is_named_by_the_beginning_of_an_import() {
        assert_eq!(package("left-pad"), Some("left-pad"));
        assert_eq!(package("zod/v4/mini"), Some("zod"));
        assert_eq!(package("@scope/name/deep"), Some("@scope/name"));
        for other in ["./a.js", "/a.js", "#inner", "https://x/y.js", ""] {
            assert_eq!(package(other), None, "{other}");
        }
    }

    #[test]
    fn paths_lose_their_detours() {
        assert_eq!(normal(Path::new("/a/./b/../c")), PathBuf::from("/a/c"));
    }
}
