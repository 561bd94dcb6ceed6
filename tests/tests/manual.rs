//! `wit/README.md` can't rot: its tables name all that there is, and nothing that there is not.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use doverb_tests::command::run;
use doverb_tests::{LATER, repository};
use wit_parser::{Function, Resolve, WorldItem};

type Names = BTreeSet<String>;

fn read(path: &str) -> String {
    let path = repository().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cells of a section's table, a row each, its two head rows aside.
fn table(section: &str) -> Vec<Vec<String>> {
    let manual = read("wit/README.md");
    let (_, rest) = manual.split_once(&format!("\n## {section}\n")).expect(section);
    let section = rest.split("\n## ").next().expect("split gives one part at least");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows: Vec<_> = rows.skip(2).map(|row| row.split(" | ").map(str::to_owned).collect()).collect();
    assert!(rows.len() > 15, "{} rows", rows.len());
    rows
}

/// What stands in backquotes.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn column(rows: &[Vec<String>], place: usize) -> Names {
    rows.iter().flat_map(|row| names(&row[place])).map(str::to_owned).collect()
}

/// `interface.function` and `export name` of everything in the package, with the functions of interfaces.
fn contract() -> (Names, Vec<(String, Function)>) {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(repository().join("wit")).expect("wit/ resolves");
    let mut functions = Vec::new();
    for (_, interface) in resolve.interfaces.iter().filter(|(_, it)| it.package == Some(package)) {
        let name = interface.name.as_deref().expect("all interfaces have names");
        functions
            .extend(interface.functions.values().map(|item| (format!("{name}.{}", item.name), item.clone())));
    }
    let world = &resolve.worlds[resolve.packages[package].worlds["every-export"]];
    let exports = world.exports.values().map(|item| match item {
        WorldItem::Function(function) => format!("export {}", function.name),
        _ => panic!("handlers export functions only"),
    });
    let all = functions.iter().map(|(name, _)| name.clone()).chain(exports).collect();
    (all, functions)
}

fn missing(expected: &Names, given: &Names) -> Vec<String> {
    expected.difference(given).cloned().collect()
}

#[test]
fn every_item_of_the_contract_is_in_the_table_and_no_other() {
    let (all, _) = contract();
    let told = column(&table("Member by member"), 1);
    assert_eq!((missing(&all, &told), missing(&told, &all)), (vec![], vec![]));
}

#[test]
fn every_member_of_pythons_class_is_in_the_table() {
    let script =
        "import http.server\nfor m in dir(http.server.BaseHTTPRequestHandler):\n if m[0] != '_': print(m)";
    let mut python = Command::new("python3");
    python.args(["-c", script]);
    let outcome = run(python, LATER);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let told = column(&table("Member by member"), 0);
    let told: Names = told.iter().map(|name| name.trim_end_matches("()").to_owned()).collect();
    // And what `__init__` and `parse_request` set on the object.
    let of_objects =
        "client_address server requestline command path request_version headers rfile wfile close_connection";
    let members = outcome.stdout.iter().map(String::as_str).chain(of_objects.split(' '));
    let members: Names = members.map(str::to_owned).collect();
    assert!(members.len() > 40, "{members:?}");
    assert_eq!(missing(&members, &told), [""; 0]);
}

/// `fn name` of the SDK's trait and types, and the names that its macro looks for.
fn is_in_the_sdk(name: &str, source: &str) -> bool {
    let is_method = [format!("fn {name}("), format!("fn {name}<")].iter().any(|item| source.contains(item));
    is_method || source.contains(&format!("\"{name}\"")) || name.starts_with("do_")
}

#[test]
fn every_row_names_what_the_rust_sdk_has() {
    let files =
        ["src/attributes.rs", "src/base.rs", "src/body.rs", "macros/src/expand.rs", "macros/src/exports.rs"];
    let source: String = files.iter().map(|file| read(&format!("guest/rust/{file}"))).collect();
    for row in table("Member by member") {
        assert_eq!(names(&row[1]).count() == 0, names(&row[2]).count() == 0, "{row:?}");
        for name in names(&row[2]) {
            assert!(is_in_the_sdk(name, &source), "{name} is not in the SDK");
        }
    }
}

/// Each of these is `file::function` and a test; one of `module::tests` is the core's own, and one of `crate::module::tests` that of
/// another crate of the host.
fn are_tests(cell: &str) {
    assert!(names(cell).count() > 0, "no test is named: {cell:?}");
    for name in names(cell) {
        let (file, function) = name.rsplit_once("::").expect("file::function");
        let (source, margin) = match file.strip_suffix("::tests") {
            Some(module) => (of_host(module), "    "),
            None => (read(&format!("tests/tests/{}.rs", file.replace("::", "/"))), ""),
        };
        let test = format!("#[test]\n{margin}fn {function}() {{");
        assert!(source.contains(&test), "there is no test {name}");
    }
}

/// The text of a module of the core's, or of a crate that is named before it.
fn of_host(module: &str) -> String {
    let path = module.replace("::", "/");
    match path.split_once('/') {
        Some((name, module)) if repository().join("host").join(name).is_dir() => {
            read(&format!("host/{name}/src/{module}.rs"))
        }
        _ => read(&format!("host/core/src/{path}.rs")),
    }
}

#[test]
fn every_test_that_the_tables_name_is_there() {
    for row in table("Member by member") {
        are_tests(&row[3]);
        assert!(!row[4].is_empty(), "{row:?}");
    }
    for row in table("What fails, and how") {
        are_tests(&row[2]);
    }
}

/// What is promised of attacks is shown by a test, or by all of a subject.
#[test]
fn every_test_that_the_security_policy_names_is_there() {
    let policy = read("SECURITY.md");
    let rows = policy.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells =
        rows.filter_map(|row| row.rsplit(" | ").next()).filter(|cell| !matches!(*cell, "test" | "---"));
    let cells: Vec<_> = cells.collect();
    assert!(cells.len() > 30, "{cells:?}");
    for name in cells.iter().flat_map(|cell| names(cell)) {
        match name.strip_suffix("::") {
            Some(subject) => drop(read(&format!("tests/tests/{subject}.rs"))),
            None => are_tests(&format!("`{name}`")),
        }
    }
    assert!(cells.iter().all(|cell| cell.contains("::")), "each has a test");
}

/// The names in `text` that stand between `before` and `after`.
fn between<'t>(text: &'t str, before: &'t str, after: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(before).skip(1).filter_map(move |rest| Some(rest.split_once(after)?.0))
}

/// A file that `main.rs` forgets would be no test, and nobody would miss it.
#[test]
fn every_file_of_tests_is_a_module() {
    let main = read("tests/tests/main.rs");
    let modules: Names = between(&main, "\nmod ", ";").map(str::to_owned).collect();
    let entries = fs::read_dir(repository().join("tests/tests")).expect("the tests");
    let files = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let files = files.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned));
    let files: Names = files.filter(|name| name != "main").collect();
    assert_eq!((missing(&files, &modules), missing(&modules, &files)), (vec![], vec![]));
}

/// Were it not, `--fast` would run what it cannot, and a heavy test would be one of several at a time.
#[test]
fn what_the_runner_names_is_there() {
    let text = read(".config/nextest.toml");
    let whole: Vec<_> = between(&text, "test(=", ")").collect();
    assert!(whole.len() > 10, "{whole:?}");
    for name in whole {
        are_tests(&format!("`{name}`"));
    }
    let subjects: Vec<_> = between(&text, "test(/^(", ")::/)").flat_map(|names| names.split('|')).collect();
    assert!(subjects.len() > 10, "{subjects:?}");
    for subject in subjects {
        assert!(repository().join(format!("tests/tests/{subject}.rs")).is_file(), "{subject}");
    }
}

const FAILURES: [&str; 7] =
    ["out-of-order", "invalid-status", "invalid-field", "closed", "timed-out", "malformed", "too-large"];

/// The failures that a function's words promise; those of another function where it fails as that does.
fn promised(name: &str, functions: &[(String, Function)]) -> Vec<String> {
    let (_, function) = functions.iter().find(|(other, _)| other == name).expect(name);
    let words = function.docs.contents.as_deref().unwrap_or_default().replace('\n', " ");
    if let Some((_, other)) = words.split_once("Fails as `") {
        let (interface, _) = name.split_once('.').expect("an interface");
        let (other, _) = other.split_once('`').expect("a function");
        return promised(&format!("{interface}.{other}"), functions);
    }
    let (_, sentence) = words.split_once("Fails with ").unwrap_or_default();
    names(sentence).filter(|name| FAILURES.contains(name)).map(str::to_owned).collect()
}

#[test]
fn every_failure_that_the_contract_promises_is_in_the_table_and_no_other() {
    let (_, functions) = contract();
    let mut expected = Names::new();
    for (name, function) in &functions {
        let failures = promised(name, &functions);
        let fails = function.result.is_some_and(|_| !failures.is_empty());
        let words = function.docs.contents.as_deref().unwrap_or_default();
        assert_eq!(words.contains("Fails "), fails, "{name}");
        expected.extend(failures.iter().map(|failure| format!("{name} {failure}")));
    }
    assert!(expected.len() > 40, "{expected:?}");
    let rows = table("What fails, and how");
    let pairs = |row: &Vec<String>| {
        let call = names(&row[0]).next().expect("a call").to_owned();
        names(&row[1]).map(|failure| format!("{call} {failure}")).collect::<Vec<_>>()
    };
    let told: Names = rows.iter().flat_map(pairs).collect();
    assert_eq!((missing(&expected, &told), missing(&told, &expected)), (vec![], vec![]));
}
