//! Modules that are imported by a call, and need the one that calls: they can run only when that one has.

use std::collections::{BTreeSet, HashSet};

use super::graph::Graph;
use super::module::{Module, Target};
use super::scan::{Form, Way};

/// The modules that some other one imports by a call while they need it themselves.
pub(super) fn late(graph: &Graph) -> BTreeSet<usize> {
    let mut late = BTreeSet::new();
    for (place, module) in graph.modules.iter().enumerate() {
        for target in called(module) {
            if !graph.modules[target].is_common() && needs(graph, target, place) {
                late.insert(target);
            }
        }
    }
    late
}

/// Modules that this one imports by calls.
fn called(module: &Module) -> Vec<usize> {
    let requests = module.translated.scan.requests.iter();
    let calls = requests.filter(|request| matches!(request.form, Form::Dynamic(..)));
    calls.filter_map(|call| place(module, &(call.specifier.clone(), Way::Import))).collect()
}

fn place(module: &Module, key: &(String, Way)) -> Option<usize> {
    match module.targets.get(key)? {
        Target::Module(place) => Some(*place),
        Target::Sdk(_) | Target::Host => None,
    }
}

/// Whether a module leads to the other one, however far.
fn needs(graph: &Graph, from: usize, other: usize) -> bool {
    let mut seen = HashSet::from([from]);
    let mut next = vec![from];
    while let Some(at) = next.pop() {
        if at == other {
            return true;
        }
        for target in graph.modules[at].targets.values() {
            if let Target::Module(target) = target
                && seen.insert(*target)
            {
                next.push(*target);
            }
        }
    }
    false
}
