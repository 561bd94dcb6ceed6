//! The SDKs have what the contract has. Those in Rust, JavaScript and Go are held against it where they are built.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use doverb_tests::command::run;
use doverb_tests::{LATER, repository};
use serde::Deserialize;
use wit_parser::{Resolve, WorldItem};

fn read(path: &str) -> String {
    let path = repository().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What `choice.py` exports for a class, and for which of its members.
#[derive(Deserialize)]
struct Choice {
    others: BTreeSet<String>,
    of_errors: BTreeSet<String>,
}

#[test]
fn the_python_sdk_knows_every_export_and_no_other() {
    // It can only be imported inside of a component.
    let script = "import ast, json\n\
        tree = ast.parse(open('doverb/choice.py').read())\n\
        values = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}\n\
        others = [key.value for key in values['OTHERS'].keys]\n\
        print(json.dumps({'others': others, 'of_errors': ast.literal_eval(values['OF_ERRORS'])}))";
    let mut python = Command::new("python3");
    python.args(["-B", "-c", script]).current_dir(repository().join("guest/python"));
    let outcome = run(python, LATER);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let choice: Choice = serde_json::from_str(&outcome.stdout.concat()).expect("JSON");
    for export in doverb_wit::EXPORTS {
        // Python's own code calls those that make up an answer or a log line: `send-error` stands for them.
        let is_known =
            choice.others.contains(export.name) || choice.of_errors.contains(&export.python_name());
        assert!(is_known, "{}", export.name);
    }
    let world = read("guest/python/doverb/world.py");
    for name in &choice.others {
        let export = doverb_wit::export(name).unwrap_or_else(|| panic!("{name} is none of the contract"));
        assert!(world.contains(&format!("        \"{}\": ", export.python_name())), "{name}");
    }
}

#[test]
fn the_header_for_c_has_every_export_and_no_other() {
    let header = read("guest/c/doverb.h");
    let named =
        header.split(['(', ',']).filter_map(|part| part.trim_start().strip_prefix('"')?.split_once('"'));
    let exports = header.lines().filter(|line| line.contains("DOVERB_EXPORT(\"")).count();
    assert!(exports >= 4, "{exports}: are they written in another way?");
    let named: BTreeSet<_> =
        named.map(|(name, _)| name).filter(|name| doverb_wit::export(name).is_some()).collect();
    let named: BTreeSet<_> = named.into_iter().filter(|name| !name.starts_with("do-")).collect();
    let expected: BTreeSet<_> = doverb_wit::EXPORTS.iter().map(|export| export.name).collect();
    assert_eq!(named, expected);
}

/// What the SDKs for C and Go do without: they take the parts of the head from `head`, and have bytes at hand.
const UNUSED: [&str; 9] = [
    "request.requestline",
    "request.command",
    "request.path",
    "request.request-version",
    "request.header",
    "request.header-all",
    "request.headers",
    "response.answer-text",
    "wfile.write-text",
];
/// A handler in Go may wait at any time, by its goroutines.
const UNUSED_IN_GO: &str = "response.can-gather";

/// `interface.function` of everything that the world `base` imports.
fn functions() -> BTreeSet<String> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(repository().join("wit")).expect("wit/ resolves");
    let base = &resolve.worlds[resolve.packages[package].worlds["base"]];
    let mut functions = BTreeSet::new();
    for item in base.imports.values() {
        let WorldItem::Interface { id, .. } = item else { panic!("{item:?} is no interface") };
        let interface = &resolve.interfaces[*id];
        let name = interface.name.as_deref().expect("all interfaces have names");
        functions.extend(interface.functions.keys().map(|function| format!("{name}.{function}")));
    }
    functions.retain(|name| !UNUSED.contains(&name.as_str()));
    functions
}

#[test]
fn the_header_for_c_imports_every_function() {
    let header = read("guest/c/doverb-abi.h");
    let words: Vec<_> = header.split('"').collect();
    let mut found = BTreeSet::new();
    for name in functions() {
        let (interface, function) = name.split_once('.').expect("interface.function");
        if words.windows(3).any(|part| part[0] == interface && part[1] == ", " && part[2] == function) {
            found.insert(name);
        }
    }
    assert_eq!(found, functions());
}

#[test]
fn the_go_sdk_imports_every_function_and_no_other() {
    let source = read("guest/go/imports.go");
    let version = "@0.1.0 ";
    let lines = source.lines().filter_map(|line| line.strip_prefix("//go:wasmimport doverb:handler/"));
    let found: BTreeSet<_> = lines.map(|line| line.replace(version, ".")).collect();
    let mut expected = functions();
    assert!(expected.remove(UNUSED_IN_GO));
    assert_eq!(found, expected);
}
