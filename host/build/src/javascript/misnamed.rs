//! Handlers that are nearly ones: what is said of a class that the SDK's is not found above, and of one without methods.

use super::classes::{self, BASE, Handler, HandlerKind, methods};
use super::component::meant;
use super::facts::{ClassFacts, Facts, Parent, UNNAMED};
use super::graph::Graph;
use super::names::nearest;
use crate::error::SourceCause;

const HOW: &str = "import { BaseHTTPRequestHandler } from 'doverb'";
/// Members that no class has by chance.
const SURE: [&str; 9] =
    ["do_GET", "do_HEAD", "do_POST", "do_PUT", "do_PATCH", "do_DELETE", "do_OPTIONS", "do_ANY", "do_CONNECT"];

/// The class to serve, as [`classes::choose`] finds it.
pub(super) fn choose(graph: &Graph, wanted: Option<&str>) -> Result<Handler, SourceCause> {
    if let (None, Some(_), Some(cause)) = (wanted, graph.fetch, class(graph)) {
        return Err(cause);
    }
    classes::choose(graph, wanted).map_err(|cause| match cause {
        SourceCause::NoClass => class(graph).unwrap_or(SourceCause::NoClass),
        other => other,
    })
}

/// Why the entry has no class that handles requests, where one was meant to.
fn class(graph: &Graph) -> Option<SourceCause> {
    let facts = &graph.modules.first()?.translated.facts;
    let why = facts.classes.iter().find_map(|(name, class)| why(facts, name, class))?;
    Some(SourceCause::Refused(why))
}

fn why(facts: &Facts, name: &str, class: &ClassFacts) -> Option<String> {
    let name = shown(name);
    match &class.parent {
        Some(Parent::Name(parent)) => {
            let is_there = facts.classes.contains_key(parent) || facts.imports.contains_key(parent);
            match nearest(parent) {
                Some(BASE) if is_there => None,
                Some(BASE) if parent == BASE => {
                    Some(format!("{name} extends {BASE}, which is not imported: {HOW}"))
                }
                Some(BASE) => Some(format!("{name} extends {parent}. It is called {BASE}: {HOW}")),
                _ => None,
            }
        }
        Some(_) => None,
        None => {
            let method = SURE.iter().find(|method| class.members.contains(**method))?;
            Some(format!("{name} has {method}, and does not extend {BASE}: {HOW}"))
        }
    }
}

/// Why a class that was chosen serves nothing.
pub(super) fn methodless(handler: &Handler) -> Option<SourceCause> {
    if handler.kind != HandlerKind::Class || methods(&handler.members).next().is_some() {
        return None;
    }
    let name = shown(&handler.class);
    let nearly = handler.members.iter().find_map(|member| Some((member, meant(member)?)));
    Some(SourceCause::Refused(match nearly {
        Some((member, method)) => {
            format!("{name} serves no method: the method for {method} is do_{method}, and not {member}")
        }
        None => format!("{name} serves no method. Give it one: do_GET() {{ ... }}"),
    }))
}

fn shown(name: &str) -> &str {
    if name == UNNAMED { "its class" } else { name.strip_prefix("exports.").unwrap_or(name) }
}
