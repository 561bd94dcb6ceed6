//! All modules that a handler is made of: the user's files, and where each of their imports leads.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::data;
use super::depth::Depth;
use super::facts::UNNAMED;
use super::finder::{Finder, Found, package};
use super::globals;
use super::module::{Home, Module, Target, origin};
use super::node;
use super::pages::{self, Needs};
use super::paths::{is_package, normal, package_of};
use super::scan::{Request, Way};
use super::translate::{HELPERS, Manner, Origin, Promises, Translated, place, translate};
use doverb_compile::regular_file;

/// A bound for mistakes: nobody means to put this many files into a handler.
const MAX_MODULES: usize = 5_000;
/// Bytes of a file that is read.
pub(super) const MAX_SOURCE: u64 = 64 << 20;
/// A file of more bytes than this is not in the component for what is shown of its errors.
const MAX_SHOWN_SOURCE: usize = 64 * 1024;
/// What a package has for a file that it says is nothing.
const EMPTY: &str = "node/empty.cjs";
/// The file of the SDK that has the class.
pub(super) const CLASS: &str = "doverb.js";
/// The one that serves an object with `fetch(request)`.
const SERVE_FETCH: &str = "web/serve-fetch.js";
pub(super) const EXTENSIONS: [&str; 9] =
    [".ts", ".mts", ".tsx", ".js", ".mjs", ".jsx", ".cjs", ".cts", ".json"];

#[derive(Debug, Default)]
pub(super) struct Graph {
    /// The entry is the first.
    pub(super) modules: Vec<Module>,
    /// Modules that define globals which the others use, in the order in which they are to run.
    pub(super) globals: Vec<usize>,
    /// The module that serves a default export which is no class, if no module knows the SDK's class.
    pub(super) fetch: Option<usize>,
    /// Every file that was read, or looked for in vain.
    pub(super) files: BTreeSet<PathBuf>,
    /// `file:line:column: what is wrong`.
    pub(super) faults: Vec<String>,
    /// What is worth a word, and no fault.
    pub(super) notes: BTreeSet<String>,
}

/// What one request of a module leads to.
enum Followed {
    Target(Target),
    /// It has said itself what is wrong with it.
    Faulty,
}

/// Reads the file `entry` and all that it imports. Names are relative to the folder `base`.
pub(super) fn read(entry: &Path, base: &Path, promises: Promises, depth: &mut Depth<'_>) -> Graph {
    let mut reading = Reading {
        graph: Graph::default(),
        places: HashMap::new(),
        base,
        promises,
        finder: Finder::new(),
        kinds: HashMap::new(),
        needs: HashMap::new(),
        of_node: HashSet::new(),
        depth,
    };
    reading.add(&Home::File(entry.to_owned()));
    let mut globals = BTreeMap::new();
    reading.follow_all(0, &mut globals);
    let done = reading.graph.modules.len();
    if promises == Promises::Ours && reading.graph.may_serve() && !reading.graph.knows_the_class() {
        reading.graph.fetch = reading.add(&Home::Extra(SERVE_FETCH.into()));
        reading.follow_all(done, &mut globals);
    }
    reading.graph.globals = globals.into_values().collect();
    reading.graph.notes.extend(reading.finder.troubles());
    reading.graph
}

struct Reading<'a, 'd> {
    graph: Graph,
    /// Those that were added, and none for one with faults.
    places: HashMap<Home, Option<usize>>,
    base: &'a Path,
    promises: Promises,
    finder: Finder,
    /// Whether the package.json of a folder says that its files are modules.
    kinds: HashMap<PathBuf, bool>,
    /// What files of packages need, that were looked at.
    needs: HashMap<PathBuf, Rc<Needs>>,
    /// Files for Node in the places of those for browsers.
    of_node: HashSet<PathBuf>,
    depth: &'a mut Depth<'d>,
}

impl Reading<'_, '_> {
    fn add(&mut self, home: &Home) -> Option<usize> {
        if let Some(place) = self.places.get(home) {
            return *place;
        }
        let place = self.load(home).map(|module| {
            self.graph.modules.push(module);
            self.graph.modules.len() - 1
        });
        self.places.insert(home.clone(), place);
        place
    }

    fn load(&mut self, home: &Home) -> Option<Module> {
        let shown = self.shown(home);
        if self.graph.modules.len() >= MAX_MODULES {
            self.graph.faults.push(format!("{shown}: a handler has at most {MAX_MODULES} modules"));
            return None;
        }
        let mut source = None;
        let translated = match home {
            Home::File(path) => {
                let text = self.text(path, &shown)?;
                if data::is_data(path) {
                    data::module(path, &text)
                } else {
                    if let Err(why) = self.depth.check(path, &text) {
                        self.graph.faults.push(format!("{shown}:1:1: {why}"));
                        return None;
                    }
                    let translated = translate(path, &text, &self.manner(path));
                    source = (origin(path) == Origin::Own && text.len() <= MAX_SHOWN_SOURCE).then_some(text);
                    translated
                }
            }
            Home::Extra(name) => {
                let text = doverb_sdk_js::extra(name).unwrap_or_default();
                translate(Path::new(name), text, &Manner::new(Origin::Package, self.promises))
            }
            Home::Absent(name) => data::made(&node::absent(name), self.promises),
            Home::Missing(why) => data::made(&node::missing(why), self.promises),
        };
        match translated {
            Ok(translated) => {
                let is_nodes = match home {
                    Home::File(path) => self.is_nodes(path),
                    _ => true,
                };
                let name = self.name(home);
                let home = home.clone();
                Some(Module { name, translated, targets: HashMap::new(), is_nodes, source, home })
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

    fn manner(&mut self, path: &Path) -> Manner {
        let origin = match origin(path) {
            Origin::Package if self.is_nodes(path) => Origin::ModulePackage,
            other => other,
        };
        let mut manner = Manner::new(origin, self.promises);
        if path.extension().is_some_and(|extension| extension == "tsx" || extension == "jsx") {
            manner.jsx = self.finder.jsx(path);
        }
        if origin == Origin::Own {
            manner.decorators = self.finder.decorators(path);
        }
        manner
    }

    fn text(&mut self, path: &Path, shown: &str) -> Option<String> {
        self.graph.files.insert(path.to_owned());
        match regular_file::text(path, MAX_SOURCE) {
            // Some editors begin a file with a mark that engines take for a sign.
            Ok(text) => Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
            Err(error) => {
                self.graph.faults.push(format!("{shown}: it cannot be read: {error}"));
                None
            }
        }
    }

    /// Whether Node takes the file for a module by its name or its package.
    fn is_nodes(&mut self, path: &Path) -> bool {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("mjs" | "mts") => return true,
            Some("cjs" | "cts") => return false,
            _ => {}
        }
        let Some(folder) = path.parent() else { return false };
        if let Some(known) = self.kinds.get(folder) {
            return *known;
        }
        let manifest = folder.ancestors().map(|folder| folder.join("package.json")).find(|it| it.is_file());
        let text =
            manifest.and_then(|manifest| regular_file::text(&manifest, MAX_SOURCE).ok()).unwrap_or_default();
        let package: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let known = package["type"] == "module";
        self.kinds.insert(folder.to_owned(), known);
        known
    }

    /// Finds what the modules from `next` on import, and what those do.
    fn follow_all(&mut self, mut next: usize, globals: &mut BTreeMap<&'static str, usize>) {
        while next < self.graph.modules.len() {
            self.follow(next);
            self.find_globals(next, globals);
            next += 1;
        }
    }

    /// Finds what a module imports.
    fn follow(&mut self, place: usize) {
        let module = &mut self.graph.modules[place];
        let home = module.home.clone();
        let requests = std::mem::take(&mut module.translated.scan.requests);
        for request in &requests {
            let key = (request.specifier.clone(), request.way);
            if self.graph.modules[place].targets.contains_key(&key) {
                continue;
            }
            match self.target(&home, request) {
                Ok(Followed::Target(target)) => {
                    let target = self.with_all_names(place, &home, request, target);
                    self.graph.modules[place].targets.insert(key, target);
                }
                Ok(Followed::Faulty) => {}
                Err(why) => {
                    let (line, column) = self.original(place, &home, request);
                    let shown = self.shown(&home);
                    self.graph.faults.push(format!("{shown}:{line}:{column}: {why}"));
                }
            }
        }
        self.graph.modules[place].translated.scan.requests = requests;
    }

    /// Adds the modules that define what the module takes for granted.
    fn find_globals(&mut self, place: usize, found: &mut BTreeMap<&'static str, usize>) {
        if self.promises == Promises::Engine {
            return;
        }
        let free = &self.graph.modules[place].translated.scan.free;
        let mut files: BTreeSet<&'static str> = free.iter().filter_map(|name| globals::file(name)).collect();
        if self.graph.modules[place].is_own() {
            files.extend(free.iter().filter_map(|name| globals::server(name)));
        }
        for file in files {
            if !found.contains_key(file)
                && let Some(module) = self.add(&Home::Extra(file.to_owned()))
            {
                found.insert(file, module);
            }
        }
    }

    fn target(&mut self, from: &Home, request: &Request) -> Result<Followed, String> {
        let specifier = &request.specifier[..];
        if let Some(sdk) = sdk(specifier) {
            return Ok(Followed::Target(sdk));
        }
        if specifier == "doverb/absent" {
            return Ok(self.module(&Home::Extra("node/absent.js".into())));
        }
        match from {
            Home::Extra(name) => self.asked_by_extra(name, specifier),
            Home::Absent(_) | Home::Missing(_) => Err(format!("{specifier:?} is not found")),
            Home::File(path) => self.asked_by_file(path, request),
        }
    }

    /// What a package has for browsers may lack what its file for Node has: then it is that one.
    fn with_all_names(&mut self, place: usize, home: &Home, request: &Request, target: Target) -> Target {
        let (Home::File(from), Target::Module(found)) = (home, &target) else { return target };
        let imports = &self.graph.modules[place].translated.facts.imports;
        let wanted = imports.values().filter(|(specifier, _)| *specifier == request.specifier);
        let found = &self.graph.modules[*found];
        let lacks = |name: &String| found.lacks(name);
        let lacking: Vec<String> = wanted.filter_map(|(_, name)| name.clone()).filter(lacks).collect();
        let Home::File(found) = &found.home else { return target };
        if origin(found) != Origin::Package {
            return target;
        }
        let (from, found) = (from.clone(), found.clone());
        if lacking.is_empty() {
            return self.with_all_members(place, &from, request, &found).unwrap_or(target);
        }
        let others = match self.finder.find(&from, &request.specifier, Way::Require) {
            Found::File(other) => Some(other),
            _ => None,
        };
        for other in
            others.into_iter().chain(self.finder.find_for_node(&from, &request.specifier, Way::Import))
        {
            if other != found
                && origin(&other) == Origin::Package
                && let Some(other) = self.add(&Home::File(other))
                && lacking.iter().all(|name| self.graph.modules[other].has(name))
            {
                return Target::Module(other);
            }
        }
        target
    }

    /// The same of what is asked of a package's one export: `pino.symbols`.
    fn with_all_members(
        &mut self,
        place: usize,
        from: &Path,
        request: &Request,
        found: &Path,
    ) -> Option<Target> {
        let Translated { facts, code, .. } = &self.graph.modules[place].translated;
        let is_whole = |specifier: &str, name: &Option<String>| {
            specifier == request.specifier && name.as_deref() == Some(UNNAMED)
        };
        let variables = facts.imports.iter().filter(|(_, (specifier, name))| is_whole(specifier, name));
        let members: BTreeSet<String> =
            variables.flat_map(|(variable, _)| pages::members(code, variable)).collect();
        if members.is_empty() || self.of_node.contains(found) {
            return None;
        }
        let needs = &mut self.needs;
        let other = pages::for_members(&self.finder, from, request, found, &members, needs, self.depth)?;
        self.of_node.insert(other.clone());
        self.add(&Home::File(other)).map(Target::Module)
    }

    fn module(&mut self, home: &Home) -> Followed {
        self.add(home).map_or(Followed::Faulty, |place| Followed::Target(Target::Module(place)))
    }

    /// What a file of the SDK asks for: another one, or one of Node's modules.
    fn asked_by_extra(&mut self, name: &str, specifier: &str) -> Result<Followed, String> {
        if let Some(node) = node::module(specifier) {
            return Ok(self.node(node));
        }
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        let path = normal(&folder.join(specifier)).display().to_string();
        if doverb_sdk_js::extra(&path).is_some() {
            return Ok(self.module(&Home::Extra(path)));
        }
        Ok(Followed::Target(Target::Sdk(path)))
    }

    fn node(&mut self, name: &str) -> Followed {
        let home = node::file(name).map_or_else(|| Home::Absent(name.to_owned()), Home::Extra);
        self.module(&home)
    }

    fn asked_by_file(&mut self, from: &Path, request: &Request) -> Result<Followed, String> {
        let specifier = &request.specifier[..];
        let found = self.found(from, request);
        if let Some(name) = node::module(specifier) {
            return match found {
                Found::Ignored => Ok(self.module(&Home::Extra(EMPTY.into()))),
                // The package has a file for where there is no Node; what is merely installed under that name is not it.
                Found::File(path) if !is_package(&path, name) => Ok(self.module(&Home::File(path))),
                _ => self.builtin(from, request, name),
            };
        }
        let path = match found {
            Found::File(path) => self.without_page(from, request, path),
            Found::Ignored => return Ok(self.module(&Home::Extra(EMPTY.into()))),
            Found::Nothing => {
                self.look_for(from, specifier);
                let why = match package(specifier) {
                    Some(package) => format!("{specifier:?} is not found. Install it: npm install {package}"),
                    None => format!("{specifier:?} is not found"),
                };
                // What a package tries, or has in a branch of its own, it may never need.
                let may_lack = request.is_optional || origin(from) == Origin::Package;
                return if may_lack { Ok(self.module(&Home::Missing(why))) } else { Err(why) };
            }
        };
        if let Some(what) = data::no_module(&path) {
            let why = format!("{specifier:?} is {}, {what}", self.shown(&Home::File(path)));
            let may_lack = origin(from) == Origin::Package;
            return if may_lack { Ok(self.module(&Home::Missing(why))) } else { Err(why) };
        }
        Ok(self.module(&Home::File(path)))
    }

    /// What a file asks for. One for Node, in the place of one for browsers, asks as in Node.
    fn found(&self, from: &Path, request: &Request) -> Found {
        let of_node = self.of_node.contains(from);
        let path =
            of_node.then(|| self.finder.find_for_node(from, &request.specifier, request.way)).flatten();
        path.map_or_else(|| self.finder.find(from, &request.specifier, request.way), Found::File)
    }

    fn without_page(&mut self, from: &Path, request: &Request, found: PathBuf) -> PathBuf {
        let is_beside = self.of_node.contains(from) && request.specifier.starts_with('.');
        let path = match is_beside {
            true => found.clone(),
            false => pages::instead(&self.finder, from, request, &found, &mut self.needs, self.depth),
        };
        if is_beside || path != found {
            self.of_node.insert(path.clone());
        }
        path
    }

    /// One of Node's modules: what stands for it, a refusal, or a word.
    fn builtin(&mut self, from: &Path, request: &Request, name: &str) -> Result<Followed, String> {
        if node::file(name).is_none() {
            let advice = node::advice(name);
            if origin(from) == Origin::Own && !request.is_optional {
                return Err(format!("Node's module {name:?} is not there: {advice}"));
            }
            if let Some(package) = package_of(from) {
                self.graph.notes.insert(format!(
                    "{package} asks for Node's module {name:?}, which is not there; what it does with it fails: {advice}"
                ));
            }
        }
        Ok(self.node(name))
    }

    /// What is missing may be made, and then it is built again.
    fn look_for(&mut self, from: &Path, specifier: &str) {
        let Some(folder) = from.parent().filter(|_| specifier.starts_with('.')) else { return };
        let path = normal(&folder.join(specifier));
        let with = |extension: &str| PathBuf::from(format!("{}{extension}", path.display()));
        self.graph.files.extend(EXTENSIONS.map(with));
        self.graph.files.insert(path);
    }

    /// Where a request is in the user's own file, which was perhaps translated.
    fn original(&self, place_in: usize, home: &Home, request: &Request) -> (usize, usize) {
        let translated = &self.graph.modules[place_in].translated;
        let (Home::File(path), Some(_)) = (home, &translated.map) else {
            return place(&translated.code, request.start);
        };
        let text = regular_file::text(path, MAX_SOURCE).unwrap_or_default();
        let quoted = ['"', '\''].map(|quote| format!("{quote}{}{quote}", request.specifier));
        place(&text, quoted.iter().find_map(|quoted| text.find(quoted)).unwrap_or(0))
    }

    fn name(&self, home: &Home) -> String {
        match home {
            Home::File(path) => match path.strip_prefix(self.base) {
                Ok(inner) => format!("app/{}{}", inner.display(), ending(path)),
                Err(_) => format!("out{}{}", path.display(), ending(path)),
            },
            Home::Extra(name) => format!("sdk/{name}"),
            Home::Absent(name) => format!("sdk/absent/{name}.js"),
            Home::Missing(_) => format!("sdk/missing/{}.js", self.graph.modules.len()),
        }
    }

    fn shown(&self, home: &Home) -> String {
        match home {
            Home::File(path) => path.strip_prefix(self.base).unwrap_or(path).display().to_string(),
            Home::Extra(name) | Home::Absent(name) | Home::Missing(name) => format!("doverb's own {name}"),
        }
    }
}

/// What of the SDK each component has.
fn sdk(specifier: &str) -> Option<Target> {
    if let Some(helper) = specifier.strip_prefix(HELPERS) {
        return Some(Target::Sdk(format!("lib/helpers/{helper}.js")));
    }
    match specifier {
        "doverb" => Some(Target::Sdk(CLASS.into())),
        "doverb/config" => Some(Target::Sdk("config.js".into())),
        "doverb/environ" => Some(Target::Sdk("environ.js".into())),
        "doverb/store" => Some(Target::Sdk("store.js".into())),
        _ if specifier.starts_with("doverb:handler/") || specifier.starts_with("wasi:") => Some(Target::Host),
        _ => None,
    }
}

/// What is added to the name of a file that becomes a script.
fn ending(path: &Path) -> &'static str {
    if data::is_data(path) { ".js" } else { "" }
}
