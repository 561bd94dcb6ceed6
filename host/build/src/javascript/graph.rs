//! All modules that a handler is made of: the user's files, and where each of their imports leads.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::beside;
use super::data;
use super::depth::Depth;
use super::finder::Finder;
use super::globals;
use super::late;
use super::module::{Home, Module, Target, origin};
use super::node;
use super::pages::{self, Needs};
use super::paths::folder_of;
use super::requests::Followed;
use super::translate::{Manner, Origin, Promises, Translated, translate};
use super::twins::Asked;
use doverb_compile::regular_file;

/// A bound for mistakes: nobody means to put this many files into a handler.
const MAX_MODULES: usize = 5_000;
/// Bytes of a file that is read.
pub(super) const MAX_SOURCE: u64 = 64 << 20;
/// A file of more bytes than this is not in the component for what is shown of its errors.
const MAX_SHOWN_SOURCE: usize = 64 * 1024;
/// Bytes of the files that packages read, all together.
const MAX_BESIDE: usize = 16 << 20;
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
    /// Modules that run only when those have that import them by a call.
    pub(super) late: BTreeSet<usize>,
    /// The module that serves a default export which is no class, if no module knows the SDK's class.
    pub(super) fetch: Option<usize>,
    /// Every file that was read, or looked for in vain.
    pub(super) files: BTreeSet<PathBuf>,
    /// `file:line:column: what is wrong`.
    pub(super) faults: Vec<String>,
    /// What is worth a word, and no fault.
    pub(super) notes: BTreeSet<String>,
}

/// Reads the file `entry` and all that it imports. Names are relative to the folder `base`.
pub(super) fn read(entry: &Path, base: &Path, promises: Promises, depth: &mut Depth<'_>) -> Graph {
    let (graph, asked) = read_with(HashMap::new(), entry, base, promises, depth);
    match asked.twins() {
        twins if twins.is_empty() => graph,
        twins => read_with(twins, entry, base, promises, depth).0,
    }
}

/// The same, with some files in the places of others.
fn read_with(
    twins: HashMap<PathBuf, PathBuf>,
    entry: &Path,
    base: &Path,
    promises: Promises,
    depth: &mut Depth<'_>,
) -> (Graph, Asked) {
    let mut reading = Reading {
        graph: Graph::default(),
        places: HashMap::new(),
        base,
        promises,
        finder: Finder::new(),
        kinds: HashMap::new(),
        needs: HashMap::new(),
        of_node: HashSet::new(),
        twins,
        asked: Asked::default(),
        beside: Vec::new(),
        room: MAX_BESIDE,
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
    reading.find_passphrases(&mut globals);
    reading.graph.globals = globals.into_values().chain(reading.beside).collect();
    if promises == Promises::Ours {
        reading.graph.late = late::late(&reading.graph);
    }
    reading.graph.notes.extend(reading.finder.troubles());
    (reading.graph, reading.asked)
}

/// What is read so far.
pub(super) struct Reading<'a, 'd> {
    pub(super) graph: Graph,
    /// Those that were added, and none for one with faults.
    pub(super) places: HashMap<Home, Option<usize>>,
    pub(super) base: &'a Path,
    pub(super) promises: Promises,
    pub(super) finder: Finder,
    /// Whether the package.json of a folder says that its files are modules.
    pub(super) kinds: HashMap<PathBuf, bool>,
    /// What files of packages need, that were looked at.
    pub(super) needs: HashMap<PathBuf, Rc<Needs>>,
    /// Files for Node in the places of those for browsers.
    pub(super) of_node: HashSet<PathBuf>,
    /// Files in whose places others are.
    pub(super) twins: HashMap<PathBuf, PathBuf>,
    pub(super) asked: Asked,
    /// Files that packages read, and how many bytes of such there may still be.
    pub(super) beside: Vec<usize>,
    pub(super) room: usize,
    pub(super) depth: &'a mut Depth<'d>,
}

impl Reading<'_, '_> {
    pub(super) fn add(&mut self, home: &Home) -> Option<usize> {
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
            Home::Beside(path) => {
                let content = regular_file::read(path, MAX_SOURCE).ok()?;
                self.graph.files.insert(path.clone());
                self.room = self.room.checked_sub(content.len())?;
                let text = beside::module(&format!("/{}", self.place_of(path)), &content);
                translate(Path::new("made.mjs"), &text, &Manner::new(Origin::Package, self.promises))
            }
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
        if let Home::File(path) = &home
            && let Some(package) = folder_of(path)
        {
            let places = std::mem::take(&mut self.graph.modules[place].translated.scan.beside);
            let is_reader = self.graph.modules[place].translated.scan.reads();
            for file in beside::files(path, &package, &places, is_reader) {
                self.keep(file);
            }
        }
    }

    /// Has a file in the component that a package reads.
    fn keep(&mut self, file: PathBuf) {
        let home = Home::Beside(file);
        if self.places.contains_key(&home) {
            return;
        }
        match self.add(&home) {
            Some(module) => self.beside.push(module),
            None => {
                let shown = self.shown(&home);
                self.graph
                    .notes
                    .insert(format!("{shown} is not in the component: it is too large, or unreadable"));
            }
        }
    }

    /// Adds the modules that define what the module takes for granted.
    fn find_globals(&mut self, place: usize, found: &mut BTreeMap<&'static str, usize>) {
        if self.promises == Promises::Engine {
            return;
        }
        let free = &self.graph.modules[place].translated.scan.free;
        let mut files: BTreeSet<&'static str> = free.iter().filter_map(|name| globals::file(name)).collect();
        if matches!(self.graph.modules[place].home, Home::File(_)) {
            let Translated { facts, code, .. } = &self.graph.modules[place].translated;
            let of_crypto = pages::asked(facts, code, |specifier| node::module(specifier) == Some("crypto"));
            files.extend(globals::named(code, &of_crypto));
        }
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

    /// Adds what opens keys that have a passphrase: where something reads keys, and anything has a passphrase, which a package may
    /// be given by who uses it.
    fn find_passphrases(&mut self, found: &mut BTreeMap<&'static str, usize>) {
        let (file, reader) = globals::SEALED;
        let has_one = |module: &Module| {
            matches!(module.home, Home::File(_)) && globals::has_a_passphrase(&module.translated.code)
        };
        let is_asked = self.places.contains_key(&Home::Extra(reader.to_owned()))
            && self.graph.modules.iter().any(has_one);
        let next = self.graph.modules.len();
        if is_asked && let Some(module) = self.add(&Home::Extra(file.to_owned())) {
            found.insert(file, module);
            self.follow_all(next, found);
        }
    }

    pub(super) fn module(&mut self, home: &Home) -> Followed {
        self.add(home).map_or(Followed::Faulty, |place| Followed::Target(Target::Module(place)))
    }

    fn name(&self, home: &Home) -> String {
        match home {
            Home::File(path) => format!("{}{}", self.place_of(path), ending(path)),
            Home::Extra(name) => format!("sdk/{name}"),
            Home::Absent(name) => format!("sdk/absent/{name}.js"),
            Home::Beside(path) => format!("sdk/beside/{}.js", self.place_of(path)),
            Home::Missing(_) => format!("sdk/missing/{}.js", self.graph.modules.len()),
        }
    }

    /// Where a file is in the component.
    pub(super) fn place_of(&self, path: &Path) -> String {
        match path.strip_prefix(self.base) {
            Ok(inner) => format!("app/{}", inner.display()),
            Err(_) => format!("out{}", path.display()),
        }
    }

    pub(super) fn shown(&self, home: &Home) -> String {
        match home {
            Home::File(path) | Home::Beside(path) => {
                path.strip_prefix(self.base).unwrap_or(path).display().to_string()
            }
            Home::Extra(name) | Home::Absent(name) | Home::Missing(name) => format!("doverb's own {name}"),
        }
    }
}

/// What is added to the name of a file that becomes a script.
fn ending(path: &Path) -> &'static str {
    if data::is_data(path) { ".js" } else { "" }
}
