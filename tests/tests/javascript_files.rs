//! Which file of a package it is, and what packages read of files.

use doverb_tests::doverb;
use doverb_tests::javascript::{HANDLER, answer};
use doverb_tests::sources::folder;

#[test]
fn a_package_reads_the_files_that_it_has_beside_itself() {
    let files = [
        (
            "node_modules/styled/index.js",
            "const fs = require('fs'), path = require('path');\n\
             const style = fs.readFileSync(path.join(__dirname, 'public', 'style.css'), 'utf8');\n\
             exports.style = style;\n\
             exports.page = (name) => fs.readFileSync(`${__dirname}/pages/${name}.html`).toString();\n\
             exports.pages = () => fs.readdirSync(path.resolve(__dirname, 'pages')).map((name) => [name, fs.statSync(__dirname + '/pages/' + name).size]);\n\
             exports.there = ['index.html', 'no.html'].map((name) => fs.existsSync(path.join(__dirname, 'pages', name)));\n\
             exports.none = () => { try { fs.readFileSync('/etc/passwd'); } catch (error) { return [error.code, error.message.split(':')[0]]; } };\n\
             exports.real = [typeof fs.realpath.native, typeof { ...fs }.mkdir];\n",
        ),
        ("node_modules/styled/public/style.css", "p { color: red }"),
        ("node_modules/styled/pages/index.html", "<p>é</p>"),
        ("node_modules/styled/pages/deep/inner.html", "inner"),
        ("node_modules/moduled/package.json", r#"{"type": "module", "exports": "./index.js"}"#),
        (
            "node_modules/moduled/index.js",
            "import { readFileSync } from 'node:fs';\nimport { readFile } from 'node:fs/promises';\n\
             export const text = readFileSync(new URL('./data/a.txt', import.meta.url), 'utf8');\n\
             export const later = await readFile(new URL('./data/a.txt', import.meta.url));\n",
        ),
        ("node_modules/moduled/data/a.txt", "text"),
    ];
    let code = "import { none, page, pages, real, style, there } from 'styled';\nimport { later, text } from 'moduled';\n\
        const answer = () => [style, page('index'), page('deep/inner'), pages(), there, none(), real, text, String(later)];";
    let expected = "[\"p { color: red }\",\"<p>é</p>\",\"inner\",[[\"deep\",0],[\"index.html\",9]],[true,false],\
        [\"ENOENT\",\"fs.readFileSync is called, and Node's module \\\"fs\\\" is not there\"],[\"function\",\"function\"],\"text\",\"text\"]";
    assert_eq!(answer("app.js", code, &files), expected);
}

#[test]
fn files_out_of_a_packages_folder_are_not_in_the_component() {
    let files = [
        (
            "node_modules/curious/index.js",
            "const fs = require('fs');\nexports.read = () => fs.readFileSync(__dirname + '/../../secret.txt', 'utf8');\n",
        ),
        ("secret.txt", "a secret of the project"),
        ("app.js", &*format!("{HANDLER}import {{ read }} from 'curious';\nconst answer = () => read();\n")),
    ];
    let there = folder(&files);
    let out = there.path().join("out.wasm");
    let path = |name: &str| there.path().join(name).display().to_string();
    assert_eq!(doverb(&["build", &path("app.js"), "--out", &path("out.wasm")]).code, Some(0));
    let component = std::fs::read(out).unwrap();
    assert!(!component.windows(8).any(|part| part == b"a secret"));
}

#[test]
fn what_is_imported_and_required_is_the_same_as_in_node() {
    let files = [
        ("node_modules/schema/package.json", r#"{"main": "index", "module": "index.mjs"}"#),
        ("node_modules/schema/index.js", "exports.Schema = class Schema {};"),
        ("node_modules/schema/index.mjs", "export class Schema {}"),
        (
            "node_modules/maker/index.js",
            "const { Schema } = require('schema');\nexports.make = () => new Schema();",
        ),
        // What nobody requires is the module.
        ("node_modules/alone/package.json", r#"{"main": "index", "module": "index.mjs"}"#),
        ("node_modules/alone/index.js", "exports.kind = 'common';"),
        ("node_modules/alone/index.mjs", "export const kind = 'module';"),
    ];
    let code = "import { Schema } from 'schema';\nimport { make } from 'maker';\nimport { kind } from 'alone';\n\
        const answer = () => [make() instanceof Schema, kind];";
    assert_eq!(answer("app.js", code, &files), r#"[true,"module"]"#);
}

#[test]
fn a_file_for_browsers_that_refuses_or_lacks_what_is_taken_apart_gives_way_to_the_one_for_node() {
    let both = r#"{"main": "node.js", "browser": "browser.js"}"#;
    let files = [
        ("node_modules/context/package.json", both),
        (
            "node_modules/context/browser.js",
            "exports.get = () => { throw new Error('get cannot be called from the Browser'); };",
        ),
        ("node_modules/context/node.js", "exports.get = () => 'of node';"),
        ("node_modules/logger/package.json", both),
        ("node_modules/logger/browser.js", "exports.log = () => 'browser';"),
        ("node_modules/logger/node.js", "exports.log = () => 'node'; exports.symbols = { level: 'l' };"),
        (
            "node_modules/uses/index.js",
            "const { log, symbols: { level } } = require('logger');\nexports.said = [log(), level];",
        ),
    ];
    let code =
        "import { get } from 'context';\nimport { said } from 'uses';\nconst answer = () => [get(), said];";
    assert_eq!(answer("app.js", code, &files), r#"["of node",["node","l"]]"#);
}

#[test]
fn what_is_taken_apart_by_require_is_looked_for_beyond_what_a_file_asks_for_itself() {
    let files = [
        ("node_modules/logger/package.json", r#"{"main": "node.js", "browser": "browser.js"}"#),
        ("node_modules/logger/browser.js", "require('ms');\nmodule.exports = () => 'browser';"),
        (
            "node_modules/logger/node.js",
            "module.exports = () => 'node';\nmodule.exports.marks = { level: 'l' };",
        ),
        ("node_modules/ms/index.js", ""),
        (
            "node_modules/uses/index.js",
            "const log = require('logger');\nconst { marks: { level } } = require('logger');\nexports.said = [log(), level];",
        ),
    ];
    let code = "import { said } from 'uses';\nconst answer = () => said;";
    assert_eq!(answer("app.js", code, &files), r#"["node","l"]"#);
}

#[test]
fn a_package_that_asks_for_a_page_has_what_it_has_without_one() {
    let files = [
        // It is for both, and takes a package for where there is no page.
        ("node_modules/tree/package.json", r#"{"browser": {"elements": false, "files": false}}"#),
        (
            "node_modules/tree/index.js",
            "const page = typeof window === 'undefined' ? require('elements') : window;\n\
             exports.made = page.document.make();\nexports.nothing = typeof require('files').read;",
        ),
        ("node_modules/elements/index.js", "exports.document = { make: () => 'made without a page' };"),
        (
            "node_modules/files/index.js",
            "const fs = require('fs');\nexports.read = () => fs.readFileSync('x');",
        ),
        // It asks for a page only to say that it needs one.
        (
            "node_modules/sheet/package.json",
            r#"{"main": "node.js", "browser": {"./node.js": "./browser.js"}}"#,
        ),
        (
            "node_modules/sheet/browser.js",
            "const isPage = typeof document !== 'undefined';\n\
             exports.sheet = () => { if ('undefined' == typeof document) { throw new Error('no page'); } return isPage; };",
        ),
        ("node_modules/sheet/node.js", "exports.sheet = () => 'of node';"),
    ];
    let code = "import { made, nothing } from 'tree';\nimport { sheet } from 'sheet';\n\
        const answer = () => [made, nothing, sheet()];";
    assert_eq!(answer("app.js", code, &files), r#"["made without a page","undefined","of node"]"#);
}

#[test]
fn files_that_one_package_reads_by_another_are_read_also_if_that_has_none_in_browsers() {
    let files = [
        ("node_modules/fonts/package.json", r#"{"browser": {"fs": false}}"#),
        ("node_modules/fonts/index.js", "exports.load = (path) => require('fs').readFileSync(path, 'utf8');"),
        (
            "node_modules/picture/lib/index.js",
            "const path = require('path');\nexports.font = require('fonts').load(path.join(__dirname, '../fonts/a.ttf'));",
        ),
        ("node_modules/picture/package.json", r#"{"main": "lib/index.js"}"#),
        ("node_modules/picture/fonts/a.ttf", "a font"),
    ];
    let code = "import { font } from 'picture';\nconst answer = () => font;";
    assert_eq!(answer("app.js", code, &files), r#""a font""#);
}

#[test]
fn a_module_that_needs_the_one_that_imports_it_by_a_call_runs_after_it() {
    let files = [
        ("node_modules/vendors/package.json", r#"{"type": "module", "exports": "./index.js"}"#),
        (
            "node_modules/vendors/index.js",
            "export class Missing extends Error {}\nexport const load = async () => (await import('./one.js')).made;\n",
        ),
        (
            "node_modules/vendors/one.js",
            "import { two } from './two.js';\nimport { Missing } from './index.js';\nexport const made = [new Missing('one').message, two];\n",
        ),
        (
            "node_modules/vendors/two.js",
            "import { Missing } from './index.js';\nexport const two = new Missing('two').message;\n",
        ),
    ];
    let code = "import { load } from 'vendors';\nconst early = await load();\nlet made;\n\
        const answer = () => { load().then((found) => { made = found; }); return [early, made ?? 'later']; };";
    assert_eq!(answer("app.js", code, &files), r#"[["one","two"],"later"]"#);
}

#[test]
fn what_is_kept_of_the_global_object_may_fetch_and_names_of_all_that_there_is_are_found() {
    let files = [(
        "node_modules/fetcher/index.js",
        "const getGlobal = () => { if (typeof self !== 'undefined') return self; if (typeof global !== 'undefined') return global; };\n\
         const root = getGlobal();\nexports.kinds = [root.fetch, root.Response, root.Headers].map((it) => typeof it);\n\
         exports.all = ['Atomics', 'JSON', 'Reflect'].map((name) => Reflect.ownKeys(globalThis[name]).length > 1);\n\
         const shared = new Int32Array([5]);\nexports.counted = [Atomics.add(shared, 0, 2), Atomics.load(shared, 0), Atomics.compareExchange(shared, 0, 7, 1), shared[0]];\n",
    )];
    let code = "import { all, counted, kinds } from 'fetcher';\nconst answer = () => [kinds, all, counted, process.browser === undefined];";
    let expected = r#"[["function","function","function"],[true,true,true],[5,7,7,1],true]"#;
    assert_eq!(answer("app.js", code, &files), expected);
}

#[test]
fn expressions_of_sets_take_signs_as_they_are_outside_of_classes() {
    let code = "const said = (text) => { try { return new RegExp(text, 'v').source; } catch (error) { return error.name; } };\n\
        const answer = () => [/^(\\d{2})-(\\d{2})$/v.exec('12-34').slice(1), /-?a::b&&c/v.test('-a::b&&c'), 'ab'.replace(/[\\p{L}--b]/v, 'x'), said('[(]'), said('[a&&&b]')];";
    let expected = r#"[["12","34"],true,"xb","SyntaxError","SyntaxError"]"#;
    assert_eq!(answer("app.js", code, &[]), expected);
}
