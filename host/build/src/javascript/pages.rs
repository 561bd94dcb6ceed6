//! Files that packages have for browsers, and that need more of one than a handler has: the page. Then it is the file that the
//! package has for Node, if that needs nothing that is not there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::depth::Depth;
use super::finder::{Finder, Found};
use super::graph::MAX_SOURCE;
use super::module::origin;
use super::node;
use super::scan::{Request, Scan};
use super::translate::{Manner, Origin, Promises, translate};
use doverb_compile::regular_file;

/// What only a page has.
const OF_A_PAGE: [&str; 6] =
    ["document", "window", "DOMParser", "XMLSerializer", "XMLHttpRequest", "HTMLElement"];
/// How many files of a package are looked at: those that the first one has beside it.
const MAX_FILES: usize = 50;

/// What a file of a package needs, with those beside it that it is made of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    page: bool,
    /// A module of Node's that is not there.
    absent: bool,
}

/// The file that a request leads to: `found`, or the one for Node in its place.
pub(super) fn instead(
    finder: &Finder,
    from: &Path,
    request: &Request,
    found: &Path,
    known: &mut HashMap<PathBuf, Needs>,
    depth: &mut Depth<'_>,
) -> PathBuf {
    let found = found.to_owned();
    if origin(&found) != Origin::Package {
        return found;
    }
    let Some(other) = finder.find_for_node(from, &request.specifier, request.way) else { return found };
    if other == found || origin(&other) != Origin::Package || !needs(finder, &found, known, depth).page {
        return found;
    }
    // Node has no page: where its file speaks of one, it knows what to do without.
    if needs(finder, &other, known, depth).absent { found } else { other }
}

fn needs(finder: &Finder, path: &Path, known: &mut HashMap<PathBuf, Needs>, depth: &mut Depth<'_>) -> Needs {
    if let Some(needs) = known.get(path) {
        return *needs;
    }
    let mut all = Needs::default();
    let mut files = vec![path.to_owned()];
    let mut next = 0;
    while let Some(file) = files.get(next).cloned()
        && next < MAX_FILES
    {
        next += 1;
        let Some(scan) = scan(&file, depth) else { continue };
        all.page |= OF_A_PAGE.iter().any(|name| scan.free.contains(*name) && !scan.asked.contains(*name));
        for request in &scan.requests {
            if let Some(name) = node::module(&request.specifier) {
                all.absent |= node::file(name).is_none();
            } else if request.specifier.starts_with('.')
                && let Found::File(beside) = finder.find(&file, &request.specifier, request.way)
                && !files.contains(&beside)
            {
                files.push(beside);
            }
        }
    }
    known.insert(path.to_owned(), all);
    all
}

fn scan(path: &Path, depth: &mut Depth<'_>) -> Option<Scan> {
    let is_data = path.extension().is_some_and(|extension| extension == "json");
    let text = regular_file::text(path, MAX_SOURCE).ok().filter(|_| !is_data)?;
    depth.check(path, &text).ok()?;
    let translated = translate(path, &text, &Manner::new(Origin::Package, Promises::Engine)).ok()?;
    Some(translated.scan)
}
