//! Files that packages have for browsers, and that need more of one than a handler has: the page. Then it is the file that the
//! package has for Node, if that needs nothing that is not there. So it is where the one for browsers only hands out what browsers
//! have of that name themselves, or lacks what is asked of it.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::data;
use super::depth::Depth;
use super::facts::{Facts, UNNAMED};
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

/// A file of fewer bytes that asks for nothing and speaks of the global object is nothing of its own.
const MAX_STAND_IN: usize = 400;
/// One of fewer that throws an error about browsers does nothing else.
const MAX_REFUSAL: usize = 2_000;
/// Members that every function and object has.
const OF_ALL: [&str; 11] = [
    "apply",
    "bind",
    "call",
    "constructor",
    "default",
    "hasOwnProperty",
    "length",
    "name",
    "prototype",
    "then",
    "toString",
];

/// What a file of a package needs, with those beside it that it is made of.
#[derive(Debug, Default)]
pub(super) struct Needs {
    page: bool,
    /// A module of Node's that is not there.
    absent: bool,
    /// One beside `fs`, by which those write to the log that are not told of another way.
    absent_beside_files: bool,
    /// It hands out what browsers have.
    stands_in: bool,
    /// It only says that it is not for browsers.
    refuses: bool,
    files: Vec<PathBuf>,
}

impl Needs {
    /// Whether the code has this name anywhere.
    fn speak_of(&self, name: &str) -> bool {
        let text = |file: &PathBuf| regular_file::text(file, MAX_SOURCE).unwrap_or_default();
        self.files.iter().any(|file| text(file).contains(name))
    }
}

/// The file that a request leads to: `found`, or the one for Node in its place.
pub(super) fn instead(
    finder: &Finder,
    from: &Path,
    request: &Request,
    found: &Path,
    known: &mut HashMap<PathBuf, Rc<Needs>>,
    depth: &mut Depth<'_>,
) -> PathBuf {
    let found = found.to_owned();
    if origin(&found) != Origin::Package {
        return found;
    }
    let Some(other) = finder.find_for_node(from, &request.specifier, request.way) else { return found };
    if other == found || origin(&other) != Origin::Package {
        return found;
    }
    let needed = needs(finder, &found, known, depth);
    if needed.stands_in {
        return other;
    }
    if !needed.page && !needed.refuses {
        return found;
    }
    // Node has no page: where its file speaks of one, it knows what to do without.
    if needs(finder, &other, known, depth).absent { found } else { other }
}

/// The file for Node in the place of `found`, if code asks `found` for members that its own never speaks of, and the other's does.
pub(super) fn for_members(
    finder: &Finder,
    from: &Path,
    request: &Request,
    found: &Path,
    members: &BTreeSet<String>,
    known: &mut HashMap<PathBuf, Rc<Needs>>,
    depth: &mut Depth<'_>,
) -> Option<PathBuf> {
    let other = finder.find_for_node(from, &request.specifier, request.way)?;
    if other == found || origin(&other) != Origin::Package {
        return None;
    }
    let (here, there) = (needs(finder, found, known, depth), needs(finder, &other, known, depth));
    let lacking =
        |name: &&String| !OF_ALL.contains(&name.as_str()) && !here.speak_of(name) && there.speak_of(name);
    (!there.absent_beside_files && members.iter().any(|name| lacking(&name))).then_some(other)
}

/// What code asks of a module: the names that it imports, takes apart, or speaks of as members of the whole.
pub(super) fn asked(facts: &Facts, code: &str, is_it: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (variable, (_, name)) in facts.imports.iter().filter(|(_, (specifier, _))| is_it(specifier)) {
        match name.as_deref() {
            Some(name) if name != UNNAMED => {
                names.insert(name.to_owned());
            }
            _ => names.extend(members(code, variable)),
        }
    }
    names
}

/// The package that a file for browsers is not to have, where the file asks itself whether there is a page: it is to have it where
/// there is none, if that needs nothing that is not there.
pub(super) fn without_page(
    finder: &Finder,
    from: &Path,
    request: &Request,
    asked: &BTreeSet<String>,
    known: &mut HashMap<PathBuf, Rc<Needs>>,
    depth: &mut Depth<'_>,
) -> Option<PathBuf> {
    let asks = OF_A_PAGE.iter().any(|name| asked.contains(*name));
    if !asks || request.specifier.starts_with('.') {
        return None;
    }
    let other = finder.find_for_node(from, &request.specifier, request.way)?;
    let needed = needs(finder, &other, known, depth);
    (!needed.absent && !needed.page && !data::is_data(&other)).then_some(other)
}

/// The members of a variable that code speaks of.
fn members(code: &str, variable: &str) -> BTreeSet<String> {
    let is_of_name = |character: char| character.is_alphanumeric() || character == '_' || character == '$';
    let mut members = BTreeSet::new();
    for (at, _) in code.match_indices(variable) {
        let before = code[..at].chars().next_back();
        let Some(behind) = code[at + variable.len()..].strip_prefix('.') else { continue };
        if before.is_some_and(|character| is_of_name(character) || character == '.') {
            continue;
        }
        let name: String = behind.chars().take_while(|character| is_of_name(*character)).collect();
        if !name.is_empty() {
            members.insert(name);
        }
    }
    members
}

fn needs(
    finder: &Finder,
    path: &Path,
    known: &mut HashMap<PathBuf, Rc<Needs>>,
    depth: &mut Depth<'_>,
) -> Rc<Needs> {
    if let Some(needs) = known.get(path) {
        return Rc::clone(needs);
    }
    let mut all = Needs::default();
    let mut files = vec![path.to_owned()];
    let mut next = 0;
    while let Some(file) = files.get(next).cloned()
        && next < MAX_FILES
    {
        next += 1;
        let Some((scan, text)) = scan(&file, depth) else { continue };
        all.page |= OF_A_PAGE.iter().any(|name| {
            scan.insisted.contains(*name) || (scan.free.contains(*name) && !scan.asked.contains(*name))
        });
        all.stands_in |= file == path
            && text.len() < MAX_STAND_IN
            && scan.requests.is_empty()
            && ["self", "window"].iter().any(|name| scan.free.contains(*name));
        all.refuses |= file == path && text.len() < MAX_REFUSAL && is_refusal(&text);
        for request in &scan.requests {
            if let Some(name) = node::module(&request.specifier) {
                let is_absent = node::file(name).is_none();
                all.absent |= is_absent;
                all.absent_beside_files |= is_absent && name != "fs";
            } else if request.specifier.starts_with('.')
                && let Found::File(beside) = finder.find(&file, &request.specifier, request.way)
                && !files.contains(&beside)
            {
                files.push(beside);
            }
        }
    }
    all.files = files;
    let all = Rc::new(all);
    known.insert(path.to_owned(), Rc::clone(&all));
    all
}

/// Whether the words of one of its errors are about browsers.
fn is_refusal(text: &str) -> bool {
    let errors = text.split("throw new ").skip(1);
    let mut words =
        errors.map(|thrown| thrown.split([')', ';']).next().unwrap_or_default().to_ascii_lowercase());
    words.any(|words| words.contains("browser"))
}

/// What a file asks for, and its text.
fn scan(path: &Path, depth: &mut Depth<'_>) -> Option<(Scan, String)> {
    if data::is_data(path) {
        return None;
    }
    let text = regular_file::text(path, MAX_SOURCE).ok()?;
    depth.check(path, &text).ok()?;
    let translated = translate(path, &text, &Manner::new(Origin::Package, Promises::Engine)).ok()?;
    Some((translated.scan, text))
}

#[cfg(test)]
mod tests {
    use super::{is_refusal, members};

    #[test]
    fn a_refusal_is_an_error_that_speaks_of_browsers() {
        assert!(is_refusal(
            "module.exports = () => { throw new Error(\n'It does not work in the Browser'\n); };"
        ));
        assert!(!is_refusal(
            "/* for browsers */ if (!name) { throw new TypeError('a name is needed') } browser()"
        ));
    }

    #[test]
    fn members_of_a_variable_are_found_in_code() {
        let code = "const { a } = pino.symbols; x.pino.no; pinot.no; pino.other(pino)";
        assert_eq!(members(code, "pino").into_iter().collect::<Vec<_>>(), ["other", "symbols"]);
    }
}
