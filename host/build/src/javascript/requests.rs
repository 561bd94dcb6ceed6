//! Where the requests of modules lead: to files, to what the SDK has for Node's modules, or to words.

use std::path::{Path, PathBuf};

use super::beside::{self, READERS};
use super::data;
use super::finder::{Found, package};
use super::graph::{CLASS, EXTENSIONS, MAX_SOURCE, Reading};
use super::module::{Home, Target, origin};
use super::node;
use super::pages;
use super::paths::{is_package, normal, package_of};
use super::scan::{Request, Way};
use super::translate::{HELPERS, Origin, Translated, place};
use doverb_compile::regular_file;

/// What a package has for a file that it says is nothing.
const EMPTY: &str = "node/empty.cjs";

/// What one request of a module leads to.
pub(super) enum Followed {
    Target(Target),
    /// It has said itself what is wrong with it.
    Faulty,
}

impl Reading<'_, '_> {
    pub(super) fn target(&mut self, from: &Home, request: &Request) -> Result<Followed, String> {
        let specifier = &request.specifier[..];
        if let Some(sdk) = sdk(specifier) {
            return Ok(Followed::Target(sdk));
        }
        if specifier == "doverb/absent" {
            return Ok(self.module(&Home::Extra("node/absent.js".into())));
        }
        if specifier == beside::FILES {
            return Ok(self.module(&Home::Extra("node/files.js".into())));
        }
        match from {
            Home::Extra(name) => self.asked_by_extra(name, specifier),
            Home::Absent(_) | Home::Beside(_) | Home::Missing(_) => {
                Err(format!("{specifier:?} is not found"))
            }
            Home::File(path) => self.asked_by_file(path, request),
        }
    }

    /// What a package has for browsers may lack what its file for Node has: then it is that one.
    pub(super) fn with_all_names(
        &mut self,
        place: usize,
        home: &Home,
        request: &Request,
        target: Target,
    ) -> Target {
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

    /// The same of what is asked of a package's one export: `pino.symbols`, and `const { symbols } = require('pino')`.
    fn with_all_members(
        &mut self,
        place: usize,
        from: &Path,
        request: &Request,
        found: &Path,
    ) -> Option<Target> {
        let Translated { facts, code, .. } = &self.graph.modules[place].translated;
        let mut members = pages::asked(facts, code, |specifier| specifier == request.specifier);
        // What an import names has been looked for among the exports.
        if request.way == Way::Import {
            let named = facts.imports.values().filter(|(specifier, _)| *specifier == request.specifier);
            for (_, name) in named {
                members.remove(name.as_deref().unwrap_or_default());
            }
        }
        if members.is_empty() || self.of_node.contains(found) {
            return None;
        }
        let needs = &mut self.needs;
        let other = pages::for_members(&self.finder, from, request, found, &members, needs, self.depth)?;
        self.of_node.insert(other.clone());
        self.add(&Home::File(other)).map(Target::Module)
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
                // Where packages read files that are there, those have them that would do without in a browser.
                Found::Ignored if READERS.contains(&name) && !self.beside.is_empty() => Ok(self.node(name)),
                Found::Ignored => Ok(self.module(&Home::Extra(EMPTY.into()))),
                // The package has a file for where there is no Node; what is merely installed under that name is not it.
                Found::File(path) if !is_package(&path, name) => Ok(self.module(&Home::File(path))),
                _ => self.builtin(from, request, name),
            };
        }
        let path = match found {
            Found::File(path) => {
                let path = self.without_page(from, request, path);
                if package(specifier).is_some() {
                    self.asked.note(specifier, request.way, &path);
                }
                self.twins.get(&path).cloned().unwrap_or(path)
            }
            Found::Ignored => match self.kept(from, request) {
                Some(path) => path,
                None => return Ok(self.module(&Home::Extra(EMPTY.into()))),
            },
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

    /// What a file has all the same of what it is not to have in browsers.
    fn kept(&mut self, from: &Path, request: &Request) -> Option<PathBuf> {
        let place = self.places.get(&Home::File(from.to_owned())).copied().flatten()?;
        let asked = &self.graph.modules[place].translated.scan.asked;
        let path = pages::without_page(&self.finder, from, request, asked, &mut self.needs, self.depth)?;
        self.of_node.insert(path.clone());
        Some(path)
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
    pub(super) fn original(&self, place_in: usize, home: &Home, request: &Request) -> (usize, usize) {
        let translated = &self.graph.modules[place_in].translated;
        let (Home::File(path), Some(_)) = (home, &translated.map) else {
            return place(&translated.code, request.start);
        };
        let text = regular_file::text(path, MAX_SOURCE).unwrap_or_default();
        let quoted = ['"', '\''].map(|quote| format!("{quote}{}{quote}", request.specifier));
        place(&text, quoted.iter().find_map(|quoted| text.find(quoted)).unwrap_or(0))
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
