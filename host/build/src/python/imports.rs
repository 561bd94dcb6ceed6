//! What a program imports, by the words of its files: which of its own files it reaches, and the names of what is others'.
//!
//! This decides what is not worth installing, so whatever is not understood counts as imported.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use doverb_compile::files::MAX_BYTES;
use doverb_compile::regular_file;

/// Python's own modules, of all its versions that programs are written for.
const LIBRARY: &str = include_str!("library.txt");
/// What imports modules by names that no statement has, or runs files that nothing imports.
const BY_NAME: [&str; 9] = [
    "importlib",
    "__import__",
    "pkgutil",
    "runpy",
    "exec(",
    "imp.load_",
    "subprocess",
    "os.system",
    "CGIHTTPRequestHandler",
];
/// Lines of a list in brackets that are read on.
const MAX_CONTINUED: usize = 200;

/// The modules that a text in Python imports, by the first part of their names; none of those that it imports by dots.
pub(super) fn modules(text: &str) -> BTreeSet<&str> {
    let statements = statements(text);
    statements.iter().filter(|statement| statement.level == 0).map(Statement::top).collect()
}

/// Whether a line of Python imports a module, alone or among others.
pub(super) fn imports(line: &str, module: &str) -> bool {
    modules(line).contains(module)
}

/// How many folders above its own a file of a package reaches by dots, its own included.
pub(super) fn dots(text: &str) -> usize {
    statements(text).iter().map(|statement| statement.level).max().unwrap_or(0)
}

/// What a program imports.
#[derive(Debug, Default)]
pub(super) struct Imports {
    /// Names that neither the library nor the program itself has.
    pub(super) others: BTreeSet<String>,
    /// What stands in the files that it reaches.
    text: String,
}

impl Imports {
    /// What the program in `file` imports, whose own files in Python these are.
    pub(super) fn of(file: &Path, own: &[PathBuf]) -> Imports {
        let mut named = by_name(own);
        let mut reaches_all = false;
        let mut found = Imports::default();
        let mut seen = BTreeSet::new();
        let mut left = vec![file.to_owned()];
        while let Some(file) = left.pop() {
            if !seen.insert(file.clone()) {
                continue;
            }
            let text = regular_file::text(&file, MAX_BYTES).unwrap_or_default();
            if !reaches_all && BY_NAME.iter().any(|word| text.contains(word)) {
                reaches_all = true;
                left.extend(own.iter().cloned());
            }
            for statement in statements(&text) {
                let is_own = statement.level > 0 || named.contains_key(statement.top());
                if is_own {
                    // Wherever they lie: a program may look for them in any of its folders. Once is enough.
                    for part in statement.parts() {
                        left.append(named.get_mut(part).unwrap_or(&mut Vec::new()));
                    }
                } else if !is_library(statement.top()) {
                    found.others.insert(statement.top().to_owned());
                }
            }
            found.text.push_str(&text.to_lowercase());
            found.text.push('\n');
        }
        found
    }

    /// Whether a word stands in one of the files: in an import, or in a text that names a module.
    pub(super) fn mention(&self, word: &str) -> bool {
        let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        self.text.match_indices(&word.to_lowercase()).any(|(at, found)| {
            let before = self.text[..at].chars().next_back().is_some_and(is_of_word);
            let after = self.text[at + found.len()..].chars().next().is_some_and(is_of_word);
            !before && !after
        })
    }
}

fn is_library(module: &str) -> bool {
    module.starts_with('_') || LIBRARY.split_whitespace().any(|name| name == module)
}

/// The files that a part of a module's name may stand for: files of this name, and what is right in folders of this name.
fn by_name(own: &[PathBuf]) -> BTreeMap<String, Vec<PathBuf>> {
    let mut named: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let is_python = |file: &&PathBuf| file.extension().is_some_and(|extension| extension == "py");
    for file in own.iter().filter(is_python) {
        let folder = file.parent().and_then(Path::file_name);
        for name in [file.file_stem(), folder].into_iter().flatten() {
            named.entry(name.to_string_lossy().into_owned()).or_default().push(file.clone());
        }
    }
    named
}

/// A statement that imports.
#[derive(Debug, PartialEq, Eq)]
struct Statement<'a> {
    /// How many dots stand before the module.
    level: usize,
    module: &'a str,
    /// What is taken from it: it may be modules too.
    names: Vec<&'a str>,
}

impl<'a> Statement<'a> {
    fn top(&self) -> &'a str {
        self.module.split('.').next().unwrap_or_default()
    }

    /// Every name in it that may be one of a module.
    fn parts(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.module.split('.').chain(self.names.iter().copied()).filter(|part| !part.is_empty())
    }
}

/// The statements of a text that import, wherever they stand.
fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        for part in line.split(';') {
            let part = part.trim_start();
            // As in `try: import x`.
            let part = part.split_once(": ").map_or(part, |(_, rest)| match rest.trim_start() {
                rest if rest.starts_with("import ") || rest.starts_with("from ") => rest,
                _ => part,
            });
            if let Some(names) = part.strip_prefix("import ") {
                let modules = names.split(',').filter_map(first_word);
                found.extend(modules.map(|module| Statement { level: 0, module, names: Vec::new() }));
            } else if let Some((module, names)) =
                part.strip_prefix("from ").and_then(|rest| rest.split_once(" import"))
            {
                let module = module.trim();
                let plain = module.trim_start_matches('.');
                let mut names: Vec<_> = listed(names).collect();
                let is_in_brackets = part.contains('(') && !part.contains(')');
                let mut goes_on = is_in_brackets || part.ends_with('\\');
                for line in lines.clone().take(MAX_CONTINUED) {
                    if !goes_on {
                        break;
                    }
                    names.extend(listed(line));
                    goes_on = if is_in_brackets { !line.contains(')') } else { line.ends_with('\\') };
                }
                if first_word(plain).is_some() || module.starts_with('.') {
                    found.push(Statement { level: module.len() - plain.len(), module: plain, names });
                }
            }
        }
    }
    found
}

fn listed(names: &str) -> impl Iterator<Item = &str> {
    names.split(',').filter_map(first_word)
}

/// The first word of a text, if it is a name as modules have.
fn first_word(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(|letter: char| letter.is_whitespace() || "()\\".contains(letter));
    let is_of_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    let word = text.split(|letter| !is_of_name(letter)).next()?;
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_import_is_seen_wherever_it_stands() {
        for line in [
            "import cgi",
            "    import os, cgi",
            "from cgi import escape",
            "import cgi as c",
            "import cgi; print()",
            "try: import cgi",
            "import os; import cgi.more",
        ] {
            assert!(imports(line, "cgi"), "{line}");
        }
        for line in
            ["import cgitb", "import my.cgi", "# import cgi", "from x import cgi", "print('import cgi')"]
        {
            assert!(!imports(line, "cgi"), "{line}");
        }
    }

    #[test]
    fn what_stands_in_brackets_is_taken_as_well() {
        let text =
            "from .a import (\n    b,\n    c as d,\n)\nfrom e.f import g, \\\n    h\nimport i.j as k\n";
        let parts: Vec<Vec<_>> =
            statements(text).iter().map(|statement| statement.parts().collect()).collect();
        assert_eq!(parts, [vec!["a", "b", "c"], vec!["e", "f", "g", "h"], vec!["i", "j"]]);
        assert_eq!(["import a", text, "from .. import a\n"].map(dots), [0, 1, 2]);
    }

    /// What a program imports that consists of these files, the first of which is run.
    fn of(files: &[(&str, &str)]) -> Imports {
        let folder = tempfile::tempdir().unwrap();
        let put = |(name, text): &(&str, &str)| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        };
        let own: Vec<_> = files.iter().map(put).collect();
        Imports::of(&own[0], &own)
    }

    #[test]
    fn only_what_the_program_reaches_counts() {
        let files = [
            ("app.py", "import json, shop.pages\nfrom requests import get\ndef f():\n    import yaml\n"),
            ("shop/pages.py", "from . import texts\nimport _speedups\n"),
            ("shop/texts.py", "import markdown\nDRIVER = 'mysql+PyMySQL://'\n"),
            ("train.py", "import torch\n"),
        ];
        let found = of(&files);
        assert_eq!(Vec::from_iter(&found.others), ["markdown", "requests", "yaml"]);
        assert!(found.mention("pymysql") && !found.mention("mysql2") && !found.mention("torch"));
    }

    #[test]
    fn a_program_that_imports_by_name_or_runs_others_reaches_all_of_its_files() {
        for how in ["importlib.import_module(name)", "subprocess.run(['python3', name])"] {
            let found = of(&[("app.py", how), ("plugins/one.py", "import torch\n")]);
            assert_eq!(Vec::from_iter(&found.others), ["torch"], "{how}");
        }
    }
}
