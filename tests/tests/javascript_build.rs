//! What becomes of sources in JavaScript and TypeScript when they are built, and what is said of those that do not build.

use std::fs;

use doverb_tests::sources::folder;
use doverb_tests::{Outcome, Server, doverb, request};
use tempfile::TempDir;

const HEAD: &str = "import { BaseHTTPRequestHandler } from 'doverb';\n";

/// Builds one of the files with `doverb build`.
fn build(folder: &TempDir, name: &str, more: &[&str]) -> Outcome {
    let path = folder.path().join(name).display().to_string();
    let out = folder.path().join("out.wasm").display().to_string();
    doverb(&[&["build", &path, "--out", &out], more].concat())
}

/// What `doverb build` says of a file, all of it.
fn refusal(name: &str, text: &str) -> String {
    let outcome = build(&folder(&[(name, text)]), name, &[]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    outcome.stderr.join("\n")
}

fn methods(files: &[(&str, &str)], more: &[&str]) -> String {
    let outcome = build(&folder(files), files[0].0, more);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let line = &outcome.stdout[0];
    line.split_once("serves ").unwrap_or_else(|| panic!("{line}")).1.to_owned()
}

#[test]
fn methods_are_found_wherever_a_class_has_them() {
    let base = "export { Middle as default } from './middle.js';";
    let middle = "import * as doverb from 'doverb';\n\
                  export class Middle extends doverb.BaseHTTPRequestHandler { do_HEAD() {} log_message() {} }";
    let app = "import Base from './lib/base.js';\n\
               const Shop = class extends Base {\n  do_GET() {}\n  do_POST = () => {};\n  'do_M-SEARCH'() {}\n  \
               ['do_2FA'] = this.do_GET;\n  static do_STATIC() {}\n  get do_NOTHING() { return 1; }\n  do_ANY() {}\n}\n\
               Shop.prototype.do_SPAM = Shop.prototype['do_x-eggs'] = Shop.prototype.do_GET;\n";
    let found = methods(&[("app.js", app), ("lib/base.js", base), ("lib/middle.js", middle)], &[]);
    let mut found: Vec<_> = found.split(", ").collect();
    found.sort_unstable();
    assert_eq!(found, ["2FA", "ANY", "GET", "HEAD", "M-SEARCH", "NOTHING", "POST", "SPAM"]);
}

#[test]
fn the_class_is_the_default_export_or_the_only_one_or_the_one_that_is_chosen() {
    let class = |name: &str, method: &str, parent: &str| {
        format!("class {name} extends {parent} {{ {method}() {{}} }}\n")
    };
    let parent = class("A", "do_GET", "BaseHTTPRequestHandler");
    let two = format!("{HEAD}{parent}{}", class("B", "do_POST", "BaseHTTPRequestHandler"));
    assert!(
        refusal("two.js", &two)
            .ends_with("it has several handler classes: A, B. Choose one with --class NAME")
    );
    assert_eq!(methods(&[("two.js", &two)], &["--class", "B"]), "POST");
    let outcome = build(&folder(&[("two.js", &two)]), "two.js", &["--class", "C"]);
    assert!(outcome.stderr[0].ends_with("it has no handler class C; there are: A, B"), "{outcome:?}");
    assert_eq!(methods(&[("two.js", &format!("{two}export default A;"))], &[]), "GET");
    // One that only others extend is there for them.
    let inherited = format!("{HEAD}{parent}{}", class("B", "do_POST", "A"));
    assert_eq!(methods(&[("a.js", &inherited)], &[]), "GET, POST");
    assert!(
        refusal("none.js", "export class A {}")
            .contains("it has no class that extends BaseHTTPRequestHandler. Export one: ")
    );
}

#[test]
fn typescript_is_built_without_its_types() {
    let app = "import { BaseHTTPRequestHandler, type Message } from 'doverb';\n\
        import { type Item, Kind } from './items.js';\nimport type { Gone } from './gone';\n\
        abstract class Base<T> extends BaseHTTPRequestHandler { declare item: T; constructor(protected readonly kind = Kind.B) { super(); } }\n\
        export default class App extends Base<Item> {\n  declare gone: Gone;\n  do_GET(this: App): void {\n    \
        const headers = this.headers satisfies Message as Message;\n    this.send_response(200);\n    this.end_headers();\n    \
        this.wfile.write(`${headers.get('Host')!.length > 0} ${this.kind}`);\n  }\n}\n";
    let folder =
        folder(&[("app.mts", app), ("items.ts", "export interface Item {}\nexport enum Kind { A, B }\n")]);
    let server = Server::start(&folder.path().join("app.mts"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "true 1");
}

#[test]
fn a_folder_is_a_package_and_its_packages_are_found() {
    let app = format!(
        "{HEAD}import {{ greet }} from 'greeter';\nimport {{ name }} from '#name';\n\
         export default class extends BaseHTTPRequestHandler {{ do_GET() {{ this.send_response(200); this.end_headers(); \
         this.wfile.write(greet(name)); }} }}"
    );
    let folder = folder(&[
        (
            "shop/package.json",
            r##"{"exports": {".": {"import": "./src/main.js"}}, "imports": {"#name": "./src/name.js"}}"##,
        ),
        ("shop/src/main.js", &app),
        ("shop/src/name.js", "export const name = 'World';"),
        ("node_modules/greeter/package.json", r#"{"type": "module", "exports": "./lib/index.js"}"#),
        ("node_modules/greeter/lib/index.js", "export const greet = (name) => `Hello, ${name}!`;"),
    ]);
    let server = Server::start(&folder.path().join("shop"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "Hello, World!");
    let usual = format!("{HEAD}export class A extends BaseHTTPRequestHandler {{ do_GET() {{}} }}");
    let outcome = build(&self::folder(&[("it/app.js", &usual)]), "it", &[]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let outcome = build(&self::folder(&[("it/package.json", r#"{"main": "x.js"}"#)]), "it", &[]);
    assert!(
        outcome.stderr[0].ends_with("package.json names \"x.js\", and there is no such file"),
        "{outcome:?}"
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let class = "export default class extends BaseHTTPRequestHandler { do_GET() {} }\n";
    for (name, rest, words) in [
        ("a.ts", "let a: = 1;", "a.ts:3:8: Unexpected token"),
        ("a.js", "let a; let a;", "a.js:3:5: Identifier `a` has already been declared"),
        ("a.js", "import x from './x.js';", "a.js:3:15: \"./x.js\" is not found"),
        ("a.ts", "\nimport x from './x.js'; x();", "a.ts:4:15: \"./x.js\" is not found"),
        ("a.js", "import x from 'x';", "a.js:3:15: \"x\" is not found. Install it: npm install x"),
        ("a.js", "import 'node:fs';", "a.js:3:8: Node's module \"fs\" is not there"),
        (
            "a.js",
            "function f() { throw new RangeError('no start'); }\n\nf();",
            "RangeError: no start\n    at f (a.js:3:",
        ),
        (
            "a.ts",
            "interface I {}\nthrow new Error(`typed` as string);",
            "Error: typed\n    at <anonymous> (a.ts:4:",
        ),
        (
            "a.js",
            "new BaseHTTPRequestHandler().send_response(200);",
            "response.send-response is called while the module is loaded",
        ),
    ] {
        let said = refusal(name, &format!("{HEAD}{class}{rest}"));
        assert!(said.contains(words), "{rest}:\n{said}");
        let last = said.lines().last().expect("a line");
        assert!(last.starts_with("doverb: ") && last.contains("it does not build (1 error above)"), "{said}");
    }
}

#[test]
fn other_files_are_named_when_they_are_wrong() {
    let app = format!(
        "{HEAD}import x from './x';\nimport y from './y.json';\nexport default class extends BaseHTTPRequestHandler {{}}"
    );
    let files = [("app.js", &*app), ("x.js", "export default 5 5;"), ("y.json", "{\n  'no': 1 }")];
    let said = build(&folder(&files), "app.js", &[]).stderr.join("\n");
    assert!(said.contains("x.js:1:17: "), "{said}");
    assert!(said.contains("y.json:2:3: "), "{said}");
    assert!(said.contains("it does not build (2 errors above)"), "{said}");
}

#[test]
fn a_name_that_no_component_can_export_is_told() {
    let class =
        "export default class extends BaseHTTPRequestHandler { do_GET() {} do_parseIt() {} do_get() {} }";
    let outcome = build(&folder(&[("a.js", &format!("{HEAD}{class}"))]), "a.js", &[]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let said = outcome.stderr.join("\n");
    assert!(said.contains("do_parseIt serves no method"), "{said}");
    assert!(said.contains("differs from it in case alone"), "{said}");
}

#[test]
fn code_that_runs_without_an_end_when_it_is_built_is_stopped() {
    let said =
        refusal("a.js", &format!("{HEAD}export class A extends BaseHTTPRequestHandler {{}}\nfor (;;) {{}}"));
    assert!(said.contains("takes more than 20 s of processor time and was stopped"), "{said}");
}

#[test]
fn code_that_takes_all_memory_when_it_is_built_is_stopped() {
    let greedy = "const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1));";
    let said =
        refusal("a.js", &format!("{HEAD}export class A extends BaseHTTPRequestHandler {{}}\n{greedy}"));
    assert!(said.contains("needs more than 1024 MiB"), "{said}");
}

#[test]
fn nothing_is_imported_but_the_contract_time_and_chance() {
    let class = "export default class extends BaseHTTPRequestHandler { do_GET() {} }";
    let folder = folder(&[("a.js", &format!("{HEAD}{class}"))]);
    assert_eq!(build(&folder, "a.js", &[]).code, Some(0));
    let wasm = fs::read(folder.path().join("out.wasm")).expect("it was built");
    let decoded = wit_parser::decoding::decode(&wasm).expect("a component");
    let world = &decoded.resolve().worlds[decoded.resolve().worlds.iter().next().expect("a world").0];
    let names: Vec<String> = world.imports.keys().map(|key| decoded.resolve().name_world_key(key)).collect();
    let foreign: Vec<_> = names.iter().filter_map(|name| name.strip_prefix("wasi:")).collect();
    assert!(names.iter().any(|name| name == "doverb:handler/wfile@0.1.0"), "{names:?}");
    let mut kinds: Vec<_> = foreign.iter().map(|name| name.split('@').next().expect("a name")).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["cli/environment", "clocks/wall-clock", "random/insecure-seed", "random/random"]);
}

#[test]
fn overrides_are_called_as_pythons_are() {
    let class = "export default class extends BaseHTTPRequestHandler {
        static server_version = 'Shared/1';
        static responses = { 299: ['Nearly', 'almost fine'] };
        sys_version = 'own';
        setup() { this.protocol_version = 'HTTP/1.1'; this.count = 0; }
        finish() { this.log_message('finished after %d', this.count); }
        do_GET() { this.count++; this.send_response(299); this.end_headers(); }
        do_POST() { this.send_error(418); }
        version_string() { return `${super.version_string()}!`; }
        date_time_string(timestamp) { return timestamp === undefined ? 'today' : super.date_time_string(timestamp); }
        log_request(code = '-', size = '-') { this.log_message('asked %s %s %s', this.command, code, size); }
        log_error(text) { super.log_error('error: ' + text); }
        send_error(code, message, explain) {
            this.send_response(code, message);
            this.send_header('Content-Length', '0');
            this.end_headers();
        }
        handle_expect_100() { this.send_error(417); return false; }
        address_string() { return 'somebody'; }
    }";
    let folder = folder(&[("a.js", &format!("{HEAD}{class}"))]);
    let server = Server::start(&folder.path().join("a.js"), &["--no-watch"]);
    let mut client = server.connect();
    let response = client.get("/");
    assert_eq!(response.status_line, "HTTP/1.1 299 Nearly");
    assert_eq!((response.field("Server"), response.field("Date")), (Some("Shared/1 own!"), Some("today")));
    server.wait_for_log("somebody - - ");
    server.wait_for_log("asked GET 299 -");
    assert_eq!(client.get("/").status, 299, "the connection is kept: setup has set the version");
    assert_eq!(
        client.call(request("DELETE", "/", "")).field("Content-Length"),
        Some("0"),
        "the override has answered"
    );
    let expecting = request("POST", "/", "Expect: 100-continue\r\nContent-Length: 1\r\n");
    assert_eq!(server.connect().call(expecting).status, 417);
    drop(client);
    server.wait_for_log("finished after 2");
}
