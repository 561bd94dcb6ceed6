//! The modules as they are in the component: what they ask for leads to one another, and those of CommonJS are modules.
//!
//! A CommonJS module becomes a module with one export, a function that runs it once and gives what it exports. What
//! imports it gets a module in between, its face, which has the names that are imported from it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::component::{relative, text};
use super::facts::{Exported, UNNAMED};
use super::graph::Graph;
use super::module::{Module, Target};
use super::scan::{FOLDER, Form, NODE_ENV, Way};
use super::translate::Kind;

/// The function that a CommonJS module exports.
pub(super) const LOAD: &str = "__doverb_load";
/// Under which name a face exports what `import * as` gives.
const NAMESPACE: &str = "__doverb_namespace";
const RUNTIME: &str = "sdk/lib/commonjs.js";
const PARAMETERS: &str = "exports, require, module, __filename, __dirname";

/// Each module's path and code. A text may be added to one of them.
pub(super) fn link(graph: &Graph, appendix: Option<(usize, String)>) -> Vec<(String, String)> {
    let faces = Faces::of(graph);
    let mut linked: Vec<(String, String)> = Vec::with_capacity(graph.modules.len());
    for (place, module) in graph.modules.iter().enumerate() {
        let mut added = appendix.iter().find(|(at, _)| *at == place).map_or("", |(_, text)| text).to_owned();
        for name in faces.types.get(&place).into_iter().flatten() {
            added.push_str(&format!("\nexport {{ __doverb_type as {} }};", text(name)));
        }
        if faces.types.contains_key(&place) {
            added.push_str("\nvar __doverb_type;\n");
        }
        if let Some(names) = faces.lacking.get(&place) {
            added.push_str(&lacking(module, names));
        }
        let linking = Linking { graph, module, added };
        let code = if module.is_common() { linking.common() } else { linking.module() };
        linked.push((module.name.clone(), code));
    }
    linked.extend(faces.faces.iter().map(|((place, is_nodes), names)| {
        let module = &graph.modules[*place];
        (face_name(module, *is_nodes), face(module, *is_nodes, names))
    }));
    linked
}

/// The faces of CommonJS modules, by the rule for the default export, with the names that are wanted.
#[derive(Default)]
struct Faces {
    faces: BTreeMap<(usize, bool), BTreeSet<String>>,
    /// Names that modules of TypeScript export again from others where they are nothing but types.
    types: BTreeMap<usize, BTreeSet<String>>,
    /// Names that Node's own modules have, and those that stand for them have not.
    lacking: BTreeMap<usize, BTreeSet<String>>,
}

impl Faces {
    fn of(graph: &Graph) -> Faces {
        let mut faces = Faces::default();
        let mut seen = HashSet::new();
        for (place, module) in graph.modules.iter().enumerate().filter(|(_, module)| !module.is_common()) {
            let facts = &module.translated.facts;
            let requests = module.translated.scan.requests.iter();
            for request in requests.filter(|request| request.way == Way::Import) {
                if let Some(other) = common(graph, module, &request.specifier) {
                    faces.faces.entry((other, module.is_nodes)).or_default();
                }
            }
            let reexported = facts.exports.values().filter_map(|exported| match exported {
                Exported::Foreign(foreign) => Some(foreign),
                Exported::Local(_) => None,
            });
            for (specifier, name) in facts.imports.values().chain(reexported) {
                let target = module.targets.get(&(specifier.clone(), Way::Import));
                if let (Some(name), Some(Target::Module(other))) = (name, target) {
                    faces.want(graph, place, *other, name, &mut seen);
                    if module.is_typescript()
                        && graph.modules[*other].is_typescript()
                        && !provides(graph, *other, name, &mut HashSet::new())
                    {
                        faces.types.entry(*other).or_default().insert(name.clone());
                    }
                    if graph.modules[*other].is_nodes_own()
                        && !provides(graph, *other, name, &mut HashSet::new())
                    {
                        faces.lacking.entry(*other).or_default().insert(name.clone());
                    }
                }
            }
        }
        faces
    }

    /// A module wants a name of another one, which may have it from a third.
    fn want(
        &mut self,
        graph: &Graph,
        place: usize,
        other: usize,
        name: &str,
        seen: &mut HashSet<(usize, usize, String)>,
    ) {
        let (module, from) = (&graph.modules[place], &graph.modules[other]);
        if from.is_common() {
            if name != UNNAMED {
                self.faces.entry((other, module.is_nodes)).or_default().insert(name.to_owned());
            }
            return;
        }
        let facts = &from.translated.facts;
        if facts.exports.contains_key(name) || !seen.insert((place, other, name.to_owned())) {
            return;
        }
        let targets = facts.stars.iter().filter_map(|star| from.targets.get(&(star.clone(), Way::Import)));
        let stars: Vec<usize> = targets
            .filter_map(|target| match target {
                Target::Module(next) => Some(*next),
                Target::Sdk(_) | Target::Host => None,
            })
            .collect();
        // A name from two faces would be none: one that surely has it comes first, and of the others one alone.
        let has = |next: &&usize| names(graph, **next, name, &mut HashSet::new());
        let common = |next: &&usize| graph.modules[**next].is_common();
        let chosen = stars.iter().find(has).or_else(|| stars.iter().find(common));
        for next in stars.iter().filter(|next| !common(next) || chosen == Some(next)) {
            if chosen == Some(next) || !chosen.is_some_and(|chosen| has(&chosen)) {
                self.want(graph, other, *next, name, seen);
            }
        }
    }
}

/// Whether a module exports a name, itself or from others.
fn provides(graph: &Graph, place: usize, name: &str, seen: &mut HashSet<usize>) -> bool {
    let module = &graph.modules[place];
    let facts = &module.translated.facts;
    if module.is_common() || facts.exports.contains_key(name) {
        return true;
    }
    let stars = facts.stars.iter().filter_map(|star| module.targets.get(&(star.clone(), Way::Import)));
    seen.insert(place)
        && stars.into_iter().any(|target| match target {
            Target::Module(other) => provides(graph, *other, name, seen),
            Target::Sdk(_) | Target::Host => true,
        })
}

/// Whether a module says that it exports a name, itself or from others.
fn names(graph: &Graph, place: usize, name: &str, seen: &mut HashSet<usize>) -> bool {
    let module = &graph.modules[place];
    let facts = &module.translated.facts;
    if facts.exports.contains_key(name) || facts.set.contains(name) {
        return true;
    }
    let stars = facts.stars.iter().filter_map(|star| module.targets.get(&(star.clone(), Way::Import)));
    seen.insert(place)
        && stars.into_iter().any(|target| match target {
            Target::Module(other) => names(graph, *other, name, seen),
            Target::Sdk(_) | Target::Host => false,
        })
}

/// The CommonJS module that an import of this module leads to.
fn common(graph: &Graph, module: &Module, specifier: &str) -> Option<usize> {
    match module.targets.get(&(specifier.to_owned(), Way::Import))? {
        Target::Module(other) if graph.modules[*other].is_common() => Some(*other),
        _ => None,
    }
}

/// What is added to a module that stands for one of Node's: names that it lacks, which say so when they are called.
fn lacking(module: &Module, names: &BTreeSet<String>) -> String {
    let stem = module.name.rsplit('/').next().unwrap_or_default();
    let own = stem.trim_end_matches(".js").replacen('-', "/", 1);
    let runtime = text(&relative(&module.name, RUNTIME));
    let mut added = format!("\nimport {{ lacking as __doverb_lacking }} from {runtime};\n");
    for (number, name) in names.iter().enumerate() {
        let made = format!("__doverb_lacking({}, {})", text(&own), text(name));
        let exported = text(name);
        added.push_str(&format!(
            "const __doverb_lacking{number} = {made};\nexport {{ __doverb_lacking{number} as {exported} }};\n"
        ));
    }
    added
}

fn face_name(module: &Module, is_nodes: bool) -> String {
    format!("{}.{}.js", module.name, if is_nodes { "node" } else { "interop" })
}

fn face(module: &Module, is_nodes: bool, names: &BTreeSet<String>) -> String {
    let name = face_name(module, is_nodes);
    let mut face = format!(
        "import {{ {LOAD} as load }} from {};\nimport {{ namespace, pick }} from {};\n\
         const exported = load();\nexport const {NAMESPACE} = namespace(exported, {is_nodes});\n\
         export default {NAMESPACE}.default;\n",
        text(&relative(&name, &module.name)),
        text(&relative(&name, RUNTIME)),
    );
    for (number, name) in names.iter().enumerate() {
        let exported = text(name);
        face.push_str(&format!(
            "const name{number} = pick(exported, {exported});\nexport {{ name{number} as {exported} }};\n"
        ));
    }
    face
}

struct Linking<'a> {
    graph: &'a Graph,
    module: &'a Module,
    added: String,
}

/// Something else in the place of some bytes of the code.
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

impl Linking<'_> {
    /// The code of a module with `import` and `export`. Its lines stay where they are.
    fn module(&self) -> String {
        let mut header = Header::new(&self.module.name);
        let mut edits = self.edits(&mut header);
        let scan = &self.module.translated.scan;
        for request in scan.requests.iter().filter(|request| request.form == Form::Static) {
            if let Some(path) = self.imported(&request.specifier) {
                let text = text(&relative(&self.module.name, &path));
                edits.push(Edit { start: request.start, end: request.end, text });
            }
        }
        edits.extend(scan.attributes.iter().map(|(start, end)| self.without_attributes(*start, *end)));
        let namespaces = scan.namespaces.iter();
        edits.extend(namespaces.filter(|it| common(self.graph, self.module, &it.specifier).is_some()).map(
            |it| Edit { start: it.start, end: it.end, text: format!("{{ {NAMESPACE} as {} }}", it.local) },
        ));
        if scan.requests.iter().any(|request| request.form == Form::Call) {
            let require = self.require("require", &mut header);
            header.text.push_str(&require);
        }
        header.text + &edited(&self.module.translated.code, edits) + &self.added
    }

    /// What a file is, is decided by its name, and here it is a module. The word before the braces goes with them.
    fn without_attributes(&self, start: usize, end: usize) -> Edit {
        let before = self.module.translated.code[..start].trim_end();
        let word = ["with", "assert"].iter().find_map(|word| before.strip_suffix(word));
        Edit { start: word.map_or(start, str::len), end, text: String::new() }
    }

    /// The code of a CommonJS module, in a function. Its lines stay where they are.
    fn common(&self) -> String {
        let mut header = Header::new(&self.module.name);
        let edits = self.edits(&mut header);
        let code = edited(&self.module.translated.code, edits) + &self.added;
        let require = self.require("__doverb_require", &mut header);
        let run = header.runtime("run");
        let name = text(&format!("/{}", self.module.name));
        let body = match self.module.translated.kind {
            Kind::Sloppy => format!(
                "(...parts) {{ return Function({}, {}).apply(this, parts); }}",
                text(PARAMETERS),
                text(&format!("const {LOAD} = {{}};{code}")),
            ),
            _ => format!("({PARAMETERS}) {{{code}\n}}"),
        };
        format!(
            "{}{require}export function {LOAD}() {{ return {run}({LOAD}, {name}, __doverb_body, __doverb_require); }} \
             function __doverb_body{body}\n",
            header.text
        )
    }

    /// What is to be changed in code of both kinds.
    fn edits(&self, header: &mut Header) -> Vec<Edit> {
        let scan = &self.module.translated.scan;
        let node_env = scan.node_env.iter();
        let mut edits: Vec<Edit> =
            node_env.map(|(start, end)| Edit { start: *start, end: *end, text: text(NODE_ENV) }).collect();
        let metas = scan.metas.iter();
        edits.extend(metas.map(|(start, end, name)| Edit {
            start: *start,
            end: *end,
            text: self.meta(name),
        }));
        for request in &scan.requests {
            let Form::Dynamic(start, end) = request.form else { continue };
            let Some(target) = self.module.targets.get(&(request.specifier.clone(), Way::Import)) else {
                continue;
            };
            let text = match self.reached(target) {
                Some(Reached::Module(path)) if self.is_late(target) => {
                    let file = text(&relative(&self.module.name, &path));
                    format!("{}({}, () => import({file}))", header.runtime("late"), text(&path))
                }
                Some(Reached::Common(path)) => {
                    let load = header.load(&path);
                    format!("{}({load}, {})", header.runtime("dynamic"), self.module.is_nodes)
                }
                Some(Reached::Module(path)) => {
                    let namespace = header.namespace(&path);
                    format!("Promise.resolve({namespace})")
                }
                None => continue,
            };
            edits.push(Edit { start, end, text });
        }
        edits
    }

    /// Whether the module that is imported by a call runs only after this one, where code can say so.
    fn is_late(&self, target: &Target) -> bool {
        let is_sloppy = self.module.translated.kind == Kind::Sloppy;
        !is_sloppy && matches!(target, Target::Module(place) if self.graph.late.contains(place))
    }

    /// What a module is told of itself, which is where it is in the component.
    fn meta(&self, name: &str) -> String {
        let path = format!("/{}", self.module.name);
        match name {
            "main" => std::ptr::eq(self.module, &self.graph.modules[0]).to_string(),
            "dirname" => text(path.rsplit_once('/').map_or("/", |(folder, _)| folder)),
            "filename" => text(&path),
            _ => {
                let mut url = "file://".to_owned();
                for character in path.chars() {
                    match character {
                        '%' | ' ' | '#' | '?' => url.push_str(&format!("%{:02X}", u32::from(character))),
                        _ => url.push(character),
                    }
                }
                text(&url)
            }
        }
    }

    /// The function that gives what is required.
    fn require(&self, name: &str, header: &mut Header) -> String {
        let mut cases = String::new();
        let mut done = BTreeSet::new();
        for request in self.module.translated.scan.requests.iter().filter(|it| it.form == Form::Call) {
            let key = (request.specifier.clone(), Way::Require);
            let Some(target) = self.module.targets.get(&key).filter(|_| done.insert(&request.specifier))
            else {
                continue;
            };
            let value = match (self.reached(target), target) {
                (Some(Reached::Common(path)), _) => format!("{}()", header.load(&path)),
                (Some(Reached::Module(path)), Target::Sdk(file)) if file.starts_with("lib/helpers/") => {
                    format!("{}.default", header.namespace(&path))
                }
                (Some(Reached::Module(path)), _) => {
                    let namespace = header.namespace(&path);
                    // Node's own modules are CommonJS, and what they export is the default of ours.
                    let function = if path.starts_with("sdk/node/") { "builtin" } else { "common" };
                    format!("{}({namespace})", header.runtime(function))
                }
                (None, _) => continue,
            };
            if let Some(whole) = self.beside(&request.specifier) {
                cases.push_str(&format!("case {}: ", text(&whole)));
            }
            cases.push_str(&format!("case {}: return {value}; ", text(&request.specifier)));
        }
        let unknown = header.runtime("unknown");
        let own = text(&self.module.name);
        format!("function {name}(name) {{ switch (name) {{ {cases}}} return {unknown}(name, {own}); }} ")
    }

    /// What a module calls a file beside it by its folder, if it speaks of that.
    fn beside(&self, specifier: &str) -> Option<String> {
        let file = specifier.strip_prefix("./")?;
        let (folder, _) = self.module.name.rsplit_once('/').unwrap_or_default();
        self.module.translated.scan.free.contains(FOLDER).then(|| format!("/{folder}/{file}"))
    }

    /// The module that an `import` leads to.
    fn imported(&self, specifier: &str) -> Option<String> {
        let target = self.module.targets.get(&(specifier.to_owned(), Way::Import))?;
        match target {
            Target::Module(other) if self.graph.modules[*other].is_common() => {
                Some(face_name(&self.graph.modules[*other], self.module.is_nodes))
            }
            target => match self.reached(target)? {
                Reached::Common(path) | Reached::Module(path) => Some(path),
            },
        }
    }

    fn reached(&self, target: &Target) -> Option<Reached> {
        match target {
            Target::Module(other) => {
                let other = &self.graph.modules[*other];
                let path = other.name.clone();
                Some(if other.is_common() { Reached::Common(path) } else { Reached::Module(path) })
            }
            Target::Sdk(file) => Some(Reached::Module(format!("sdk/{file}"))),
            Target::Host => None,
        }
    }
}

/// A module in the component, by its path.
enum Reached {
    Common(String),
    Module(String),
}

/// What is written before a module's code, on its first line.
struct Header {
    name: String,
    text: String,
    /// The names that are imported, by what they are.
    imported: BTreeMap<String, String>,
}

impl Header {
    fn new(name: &str) -> Header {
        Header { name: name.to_owned(), text: String::new(), imported: BTreeMap::new() }
    }

    /// A function of the SDK's for CommonJS.
    fn runtime(&mut self, function: &str) -> String {
        self.import(RUNTIME, function)
    }

    fn load(&mut self, path: &str) -> String {
        self.import(path, LOAD)
    }

    fn namespace(&mut self, path: &str) -> String {
        self.import(path, "*")
    }

    fn import(&mut self, path: &str, what: &str) -> String {
        let key = format!("{what} {path}");
        if let Some(known) = self.imported.get(&key) {
            return known.clone();
        }
        let local = format!("__doverb_{}", self.imported.len());
        let clause = if what == "*" { format!("* as {local}") } else { format!("{{ {what} as {local} }}") };
        self.text.push_str(&format!("import {clause} from {}; ", text(&relative(&self.name, path))));
        self.imported.insert(key, local.clone());
        local
    }
}

fn edited(code: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.start);
    let mut edited = String::with_capacity(code.len() + 256);
    let mut done = 0;
    // One that is inside of another is gone with it.
    for edit in edits {
        if edit.start < done {
            continue;
        }
        edited.push_str(&code[done..edit.start]);
        edited.push_str(&edit.text);
        done = edit.end;
    }
    edited.push_str(&code[done..]);
    edited
}

#[cfg(test)]
mod tests {
    use super::{Edit, edited};

    #[test]
    fn edits_are_made_in_their_order() {
        let edit = |start, end, text: &str| Edit { start, end, text: text.to_owned() };
        assert_eq!(edited("abcdef", vec![edit(4, 5, "E"), edit(1, 3, "x"), edit(2, 3, "lost")]), "axdEf");
    }
}
