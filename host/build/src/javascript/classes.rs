//! Which class handles requests, and what of it the component exports.

use std::collections::BTreeSet;

use super::facts::{Exported, Facts, Foreign, Parent, UNNAMED};
use super::graph::Graph;
use super::module::Target;
use super::scan::Way;
use crate::error::SourceCause;

pub(super) const BASE: &str = "BaseHTTPRequestHandler";
/// How long a chain of classes, or of exports of exports, may be.
const MAX_DEPTH: usize = 100;

/// The class that was chosen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Handler {
    pub(super) module: usize,
    /// Its name in that module.
    pub(super) class: String,
    /// The members of the class and of those that it extends, up to Doverb's own.
    pub(super) members: BTreeSet<String>,
    pub(super) kind: HandlerKind,
}

/// How a handler is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HandlerKind {
    /// A class that extends the SDK's.
    Class,
    /// Something with `fetch(request)`, of which a module of the SDK, by its number, makes a class.
    Fetch(usize),
}

/// Where a class is: its module and its name there.
type Place = (usize, String);

/// What a name leads to.
enum Found {
    Base,
    Class(Place),
}

/// Finds the class to serve: the one called `wanted`, the default export, or the only one.
pub(super) fn choose(graph: &Graph, wanted: Option<&str>) -> Result<Handler, SourceCause> {
    let Some(entry) = graph.modules.first() else { return Err(SourceCause::NoClass) };
    if let (None, Some(fetch)) = (wanted, graph.fetch) {
        let (class, members) = (UNNAMED.to_owned(), BTreeSet::from(["do_ANY".to_owned()]));
        return Ok(Handler { module: 0, class, members, kind: HandlerKind::Fetch(fetch) });
    }
    let facts = &entry.translated.facts;
    let locals = facts.classes.keys().map(|name| (name.clone(), Some(Found::Class((0, name.clone())))));
    let exports = facts.exports.keys().map(|name| (name.clone(), exported(graph, 0, name, 0)));
    let mut candidates: Vec<(String, Handler)> = Vec::new();
    for (name, found) in locals.chain(exports) {
        let Some(Found::Class(place)) = found else { continue };
        let Some(handler) = handler(graph, &place) else { continue };
        candidates.push((name, handler));
    }
    if let Some(wanted) = wanted {
        let there = names(&candidates);
        let chosen = candidates.into_iter().find(|(name, _)| name == wanted);
        let unknown = || SourceCause::UnknownClass { wanted: wanted.to_owned(), there };
        return chosen.map(|(_, handler)| handler).ok_or_else(unknown);
    }
    if let Some(at) = candidates.iter().position(|(name, _)| name == UNNAMED) {
        return Ok(candidates.swap_remove(at).1);
    }
    // What another one extends is there for that one.
    let extended: Vec<Place> = candidates.iter().flat_map(|(_, handler)| ancestors(graph, handler)).collect();
    candidates.retain(|(_, handler)| !extended.contains(&(handler.module, handler.class.clone())));
    candidates.dedup_by(|one, other| one.1 == other.1);
    let first = candidates.first().map(|(_, handler)| (handler.module, handler.class.clone()));
    match first {
        None => Err(SourceCause::NoClass),
        Some(place) if candidates.iter().all(|(_, it)| (it.module, &it.class) == (place.0, &place.1)) => {
            Ok(candidates.swap_remove(0).1)
        }
        Some(_) => Err(SourceCause::SeveralClasses(names(&candidates))),
    }
}

/// Of the members, the methods `do_*`.
pub(super) fn methods(members: &BTreeSet<String>) -> impl Iterator<Item = &str> {
    members.iter().filter(|name| name.len() > 3 && name.starts_with("do_")).map(String::as_str)
}

fn names(candidates: &[(String, Handler)]) -> Vec<String> {
    let names: BTreeSet<&String> = candidates.iter().map(|(name, _)| name).collect();
    names.into_iter().cloned().collect()
}

/// The class with all members, if what it extends leads to Doverb's own.
fn handler(graph: &Graph, place: &Place) -> Option<Handler> {
    let mut members = BTreeSet::new();
    let mut next = place.clone();
    for _ in 0..MAX_DEPTH {
        let class = graph.modules[next.0].translated.facts.classes.get(&next.1)?;
        members.extend(class.members.iter().cloned());
        let mut above = class.parent.as_ref()?;
        while let Parent::Mixin { by, of } = above {
            members.extend(mixin(graph, next.0, by, 0).into_iter().flatten().cloned());
            above = of;
        }
        match parent(graph, next.0, above)? {
            Found::Base => {
                let (module, class) = place.clone();
                return Some(Handler { module, class, members, kind: HandlerKind::Class });
            }
            Found::Class(place) => next = place,
        }
    }
    None
}

fn ancestors(graph: &Graph, handler: &Handler) -> Vec<Place> {
    let mut places = Vec::new();
    let mut next = (handler.module, handler.class.clone());
    while places.len() < MAX_DEPTH
        && let Some(class) = graph.modules[next.0].translated.facts.classes.get(&next.1)
        && let Some(Found::Class(place)) =
            class.parent.as_ref().and_then(|above| parent(graph, next.0, above))
    {
        places.push(place.clone());
        next = place;
    }
    places
}

fn parent(graph: &Graph, module: usize, parent: &Parent) -> Option<Found> {
    let facts = facts(graph, module);
    match parent {
        Parent::Name(name) => local(graph, module, name, 0),
        Parent::Member(namespace, name) => {
            let (specifier, whole) = facts.imports.get(namespace)?;
            if whole.as_ref().is_some_and(|name| name != UNNAMED) {
                return None;
            }
            foreign(graph, module, &(specifier.clone(), Some(name.clone())), 0)
        }
        Parent::Mixin { of, .. } => self::parent(graph, module, of),
    }
}

/// The members that a function adds to the class that it is given.
fn mixin<'a>(graph: &'a Graph, module: usize, name: &str, depth: usize) -> Option<&'a BTreeSet<String>> {
    let facts = facts(graph, module);
    if let Some(members) = facts.mixins.get(name) {
        return Some(members);
    }
    let exported = facts.exports.get(name).filter(|exported| **exported != Exported::Local(name.to_owned()));
    let (specifier, inner) = match (facts.imports.get(name), exported) {
        (Some(foreign), _) | (None, Some(Exported::Foreign(foreign))) => foreign,
        (None, Some(Exported::Local(inner))) if depth < MAX_DEPTH => {
            return mixin(graph, module, inner, depth + 1);
        }
        _ => return None,
    };
    match target(graph, module, specifier)? {
        Target::Module(other) if depth < MAX_DEPTH => mixin(graph, *other, inner.as_deref()?, depth + 1),
        _ => None,
    }
}

fn facts(graph: &Graph, module: usize) -> &Facts {
    &graph.modules[module].translated.facts
}

fn local(graph: &Graph, module: usize, name: &str, depth: usize) -> Option<Found> {
    let facts = facts(graph, module);
    if facts.classes.contains_key(name) {
        return Some(Found::Class((module, name.to_owned())));
    }
    foreign(graph, module, facts.imports.get(name)?, depth + 1)
}

fn foreign(graph: &Graph, module: usize, (specifier, name): &Foreign, depth: usize) -> Option<Found> {
    let name = name.as_ref()?;
    match target(graph, module, specifier)? {
        Target::Sdk(_) if name == BASE => Some(Found::Base),
        Target::Module(other) => exported(graph, *other, name, depth + 1),
        Target::Sdk(_) | Target::Host => None,
    }
}

fn target<'a>(graph: &'a Graph, module: usize, specifier: &str) -> Option<&'a Target> {
    let targets = &graph.modules[module].targets;
    [Way::Import, Way::Require].iter().find_map(|way| targets.get(&(specifier.to_owned(), *way)))
}

/// What a module exports under a name.
fn exported(graph: &Graph, module: usize, name: &str, depth: usize) -> Option<Found> {
    if depth > MAX_DEPTH {
        return None;
    }
    let facts = facts(graph, module);
    match facts.exports.get(name) {
        Some(Exported::Local(inner)) => local(graph, module, inner, depth + 1),
        Some(Exported::Foreign(inner)) => foreign(graph, module, inner, depth + 1),
        None => facts.stars.iter().find_map(|specifier| {
            foreign(graph, module, &(specifier.clone(), Some(name.to_owned())), depth + 1)
        }),
    }
}
