//! The contract as a package: it resolves, every item of it is documented, and what the generators of four
//! languages make of it works.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use doverb_tests::command::{doverb, run};
use doverb_tests::{LATER, Outcome, Server, artifacts, repository, request};
use wit_bindgen_core::{Files, WorldGenerator};
use wit_parser::{Docs, PackageId, Resolve, Stability, TypeDefKind, WorldId, WorldItem};

const ALL: &str = "every-export";

fn resolved() -> (Resolve, PackageId, WorldId) {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(repository().join("wit")).expect("wit/ resolves");
    let world = resolve.packages[package].worlds[ALL];
    (resolve, package, world)
}

#[test]
fn the_package_is_doverb_handler_0_1_0() {
    let (resolve, own, _) = resolved();
    let names = resolve.packages.iter().map(|(_, package)| package.name.to_string());
    let is_beside = |name: &String| {
        let (package, version) = name.split_once('@').expect("a version");
        doverb_wit::POWERS
            .iter()
            .any(|power| power.starts_with(&format!("{package}/")) && power.ends_with(&format!("@{version}")))
    };
    let (beside, names): (Vec<_>, Vec<_>) = names.partition(is_beside);
    assert_eq!(names, ["wasi:io@0.2.0", "doverb:handler@0.1.0"], "and it depends on no other");
    assert_eq!(beside.len(), 3, "what handlers may be granted lies beside it");
    let ours = resolve.interfaces.iter().filter(|(_, interface)| interface.package == Some(own));
    let users = ours.filter(|(_, interface)| interface.types.contains_key("pollable"));
    let users: Vec<_> = users.filter_map(|(_, interface)| interface.name.as_deref()).collect();
    assert_eq!(users, ["readiness"], "and only this uses anything of it");
    let base = &resolve.worlds[resolve.packages[own].worlds["base"]];
    let imported: Vec<_> = base.imports.keys().map(|key| resolve.name_world_key(key)).collect();
    assert!(imported.iter().all(|name| name.starts_with("doverb:handler/")), "{imported:?}");
}

/// What has neither words nor a version.
struct Lacking(Vec<String>);

impl Lacking {
    fn look(&mut self, name: String, docs: &Docs, stability: &Stability) {
        let versioned = matches!(stability, Stability::Stable { since, .. } if since.to_string() == "0.1.0");
        if docs.contents.as_deref().unwrap_or_default().trim().is_empty() || !versioned {
            self.0.push(name);
        }
    }
}

#[test]
fn every_item_is_documented_and_has_the_version_that_it_came_with() {
    let (resolve, own, world) = resolved();
    let mut lacking = Lacking(Vec::new());
    let mut functions = 0;
    for (_, interface) in resolve.interfaces.iter().filter(|(_, it)| it.package == Some(own)) {
        let name = interface.name.as_deref().expect("all interfaces have names");
        lacking.look(name.to_owned(), &interface.docs, &interface.stability);
        for (function, item) in &interface.functions {
            functions += 1;
            lacking.look(format!("{name}.{function}"), &item.docs, &item.stability);
        }
        for (named, id) in &interface.types {
            let item = &resolve.types[*id];
            // A `use` has its words where the type is.
            if !matches!(item.kind, TypeDefKind::Type(_)) {
                lacking.look(format!("{name}.{named}"), &item.docs, &item.stability);
            }
        }
    }
    for (_, world) in resolve.worlds.iter().filter(|(_, it)| it.package == Some(own)) {
        lacking.look(world.name.clone(), &world.docs, &world.stability);
    }
    for item in resolve.worlds[world].exports.values() {
        let WorldItem::Function(function) = item else { panic!("handlers export functions only") };
        lacking.look(format!("export {}", function.name), &function.docs, &function.stability);
    }
    assert_eq!(lacking.0, [""; 0]);
    assert!(functions > 40, "{functions} functions: has the contract shrunk?");
}

/// componentize-py copies the words into Python strings as they are.
#[test]
fn no_words_of_the_contract_hold_a_backslash() {
    let folders =
        ["wit", "wit/deps"].map(|folder| fs::read_dir(repository().join(folder)).expect("the contract"));
    for entry in folders.into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            let text = fs::read_to_string(&path).expect("text");
            assert!(!text.contains('\\'), "{}", path.display());
        }
    }
}

fn generate(mut generator: Box<dyn WorldGenerator>) -> Vec<(String, Vec<u8>)> {
    let (mut resolve, _, world) = resolved();
    let mut files = Files::default();
    generator.generate(&mut resolve, world, &mut files).expect("it generates");
    files.iter().map(|(name, content)| (name.to_owned(), content.to_vec())).collect()
}

/// Runs a tool, which must succeed.
fn succeeds(command: Command) -> Outcome {
    let shown = format!("{command:?}");
    let outcome = run(command, LATER);
    assert_eq!(outcome.code, Some(0), "{shown}: {outcome:#?}");
    outcome
}

#[test]
fn it_generates_for_rust() {
    let files =
        generate(Box::new(wit_bindgen_rust::Opts { generate_all: true, ..Default::default() }.build()));
    let [(_, source)] = &files[..] else { panic!("{} files", files.len()) };
    let source = String::from_utf8_lossy(source);
    for item in [
        "fn do_get",
        "fn do_m_search",
        "pub fn send_response",
        "pub fn read_line",
        "pub fn subscribe_rfile",
        "enum Failure",
    ] {
        assert!(source.contains(item), "{item:?} is not in it");
    }
}

#[test]
fn it_generates_c_that_a_compiler_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in generate(wit_bindgen_c::Opts::default().build()) {
        fs::write(folder.path().join(name), content).expect("a file");
    }
    let header = fs::read_to_string(folder.path().join("every_export.h")).expect("the header");
    assert!(header.contains("doverb_handler_response_send_response("), "{header}");
    let mut compiler = Command::new("cc");
    // Its attributes for imports and exports mean something to a compiler for WebAssembly only.
    compiler.args(["-std=c11", "-Wall", "-Werror", "-Wno-attributes", "-Wno-pointer-to-int-cast"]);
    compiler.args(["-Wno-int-to-pointer-cast", "-fsyntax-only", "every_export.c"]).current_dir(folder.path());
    succeeds(compiler);
}

/// A folder with the contract and what it depends on as dependencies, as generators expect it.
fn world_of_guests() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (from, to) in [("wit", "wit/deps/doverb"), ("wit/deps", "wit/deps")] {
        let to = folder.path().join(to);
        fs::create_dir_all(&to).expect("a folder");
        for entry in fs::read_dir(repository().join(from)).expect("the contract") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "wit") {
                fs::copy(&path, to.join(path.file_name().expect("a file"))).expect("a copy");
            }
        }
    }
    let world = repository().join("tests/guests/world.wit");
    fs::copy(world, folder.path().join("wit/world.wit")).expect("a copy");
    folder
}

fn serves(component: &Path, language: &str) {
    let server = Server::start(component, &["--no-watch", "--protocol", "HTTP/1.1"]);
    let mut client = server.connect();
    let response = client.get("/a/b?c");
    assert_eq!((response.status, response.text()), (200, format!("{language} got /a/b?c")));
    assert_eq!(response.field("Content-Type"), Some("text/plain"));
    assert_eq!(client.post("/", "stressed").text(), "desserts");
    assert_eq!(client.call(request("PUT", "/", "")).status, 501);
}

/// A component with a `do-GET` and this import.
fn importing(folder: &Path, import: &str) -> PathBuf {
    let text = format!(
        r#"(component
            {import}
            (core module $m (func (export "get")))
            (core instance $i (instantiate $m))
            (func (export "do-GET") (canon lift (core func $i "get"))))"#
    );
    let path = folder.join("handler.wasm");
    fs::write(&path, wat::parse_str(text).expect("text of a component")).expect("a file");
    path
}

/// A version of the contract between two that fit each other adds functions, and takes none away.
#[test]
fn a_later_version_is_served_as_far_as_its_functions_are_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = r#"(export "path" (func (result string)))"#;
    for version in ["0.1.0", "0.1.1", "0.1.99"] {
        let import = format!(r#"(import "doverb:handler/request@{version}" (instance {path}))"#);
        let server = Server::start(&importing(folder.path(), &import), &["--no-watch"]);
        assert_eq!(server.connect().get("/").status, 500, "it is called, and answers nothing");
    }
    for (import, missing) in [
        (
            format!(
                r#"(import "doverb:handler/request@0.1.1" (instance {path} (export "colour" (func (result string)))))"#
            ),
            "it imports colour of doverb:handler/request@0.1.1, which is not offered here",
        ),
        (
            format!(r#"(import "doverb:handler/request@0.2.0" (instance {path}))"#),
            "it imports doverb:handler/request@0.2.0, which is not offered here",
        ),
        (
            r#"(import "doverb:handler/cookies@0.1.1" (instance (export "all" (func (result string)))))"#
                .to_owned(),
            "it imports doverb:handler/cookies@0.1.1, which is not offered here",
        ),
        (
            r#"(import "doverb:handler/request@0.1.1" (instance (export "path" (func (result u32)))))"#
                .to_owned(),
            "its imports do not fit this version of the contract",
        ),
    ] {
        let component = importing(folder.path(), &import);
        let outcome = doverb(&["serve", component.to_str().expect("UTF-8"), "--port", "0"]);
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        assert!(outcome.stderr.concat().contains(missing), "{missing}: {outcome:#?}");
    }
}

fn source(path: &str) -> PathBuf {
    repository().join("tests/guests").join(path)
}

#[test]
fn it_generates_python_that_serves() {
    let folder = world_of_guests();
    let component = folder.path().join("python.wasm");
    let mut tool = Command::new(artifacts::tool("python/bin/componentize-py"));
    tool.args(["-d", "wit", "-w", "guest", "componentize", "app", "-o"]).arg(&component);
    tool.arg("-p").arg(source("python")).current_dir(folder.path());
    succeeds(tool);
    serves(&component, "Python");
}

#[test]
fn it_generates_javascript_that_serves() {
    let folder = world_of_guests();
    let component = folder.path().join("javascript.wasm");
    let mut tool = Command::new(artifacts::tool("node_modules/.bin/componentize-qjs"));
    tool.args(["-w", "wit", "-n", "guest", "--sync", "-j"]).arg(source("javascript/app.js"));
    tool.arg("-o").arg(&component).current_dir(folder.path());
    succeeds(tool);
    serves(&component, "JavaScript");
}
