//! Packages as npm installs them, and projects as people lay them out: how their modules find one another.

use doverb_tests::javascript::{HANDLER, answer};
use doverb_tests::sources::folder;
use doverb_tests::{Outcome, Server, doverb};
use tempfile::TempDir;

fn build(folder: &TempDir, name: &str) -> Outcome {
    let path = folder.path().join(name).display().to_string();
    let out = folder.path().join("out.wasm").display().to_string();
    doverb(&["build", &path, "--out", &out])
}

#[test]
fn commonjs_modules_are_imported_by_name_by_default_and_whole() {
    let code = "import whole, { add, missing } from 'sums';\nimport * as names from 'sums';\n\
        import babel, { named } from 'babel-made';\nimport { again } from './again.js';\nimport { version } from './package.json';\nimport data from './node_modules/sums/data.json' with { type: 'json' };\n\
        const answer = () => [whole.add(1, 2), add(3, 4), missing === undefined, names.add(5, 6), names.default === whole, \
        babel, named, again(7), version, data.zero, whole.dir];";
    let files = [
        ("package.json", r#"{"type": "commonjs", "version": "1.2.3"}"#),
        ("node_modules/sums/package.json", r#"{"main": "lib"}"#),
        (
            "node_modules/sums/lib/index.js",
            "'use strict';\nconst inner = require('./inner');\nmodule.exports = { add: inner.add, dir: __dirname };\n",
        ),
        (
            "node_modules/sums/lib/inner.js",
            "exports.add = function (a, b) { return a + b + require('../data').zero + require(__dirname + '/more.js').none; };",
        ),
        ("node_modules/sums/data.json", r#"{"zero": 0}"#),
        ("node_modules/sums/lib/more.js", "exports.none = 0;"),
        (
            "node_modules/babel-made/index.js",
            "Object.defineProperty(exports, '__esModule', { value: true });\nexports.default = 'the default';\nexports.named = 'a name';",
        ),
        ("again.js", "export * from './twice.cjs';"),
        ("twice.cjs", "exports.again = (value) => value * 2;"),
    ];
    let expected = r#"[3,7,true,11,true,"the default","a name",14,"1.2.3",0,"/app/node_modules/sums/lib"]"#;
    assert_eq!(answer("app.js", code, &files), expected);
    // A module by Node's rules has the whole as its default.
    let code = "import babel from 'babel-made';\nconst answer = () => [babel.default, babel.named];";
    assert_eq!(answer("app.mjs", code, &files), r#"["the default","a name"]"#);
}

#[test]
fn commonjs_modules_that_need_each_other_see_what_is_there() {
    let code = "import { seen } from './one.cjs';\nconst answer = () => seen;";
    let files = [
        (
            "one.cjs",
            "exports.early = 1; const two = require('./two.cjs'); exports.seen = [two.early, two.late, require('./two.cjs') === two];",
        ),
        (
            "two.cjs",
            "const one = require('./one.cjs'); exports.early = one.early; exports.late = one.seen === undefined;",
        ),
    ];
    assert_eq!(answer("app.js", code, &files), "[1,true,true]");
}

#[test]
fn commonjs_requires_modules_and_tries_what_may_not_be_there() {
    let code = "import all from './all.cjs';\nconst answer = () => all;";
    let files = [
        ("app.d.ts", ""),
        (
            "all.cjs",
            "const whole = require('./module.mjs');\nlet tried = 'none';\ntry { tried = require('not-there'); } catch (error) { tried = error.code; }\n\
             let named; try { named = require(['./mod', 'ule'].join('')); } catch (error) { named = error.message; }\n\
             module.exports = [whole.default, whole.name, whole.__esModule, tried, named.includes('names are written out'), typeof require.resolve];",
        ),
        ("module.mjs", "export default 'd'; export const name = await Promise.resolve('n');"),
    ];
    let expected = r#"["d","n",true,"MODULE_NOT_FOUND",true,"function"]"#;
    assert_eq!(answer("app.js", code, &files), expected);
}

#[test]
fn code_that_is_not_strict_runs_as_it_is_meant() {
    let code = "import sloppy from './sloppy.cjs';\nconst answer = () => sloppy;";
    let files =
        [("sloppy.cjs", "with ({ inside: 010 }) { module.exports = [inside, typeof this, typeof module]; }")];
    assert_eq!(answer("app.js", code, &files), r#"[8,"object","object"]"#);
}

#[test]
fn a_commonjs_module_may_be_the_handler() {
    let named = "const { BaseHTTPRequestHandler } = require('doverb');\nconst { word } = require('./word');\n\
        class Shop extends BaseHTTPRequestHandler {\n  async do_GET() { await null; this.send_response(200); this.end_headers(); this.wfile.write(word); }\n}\n\
        module.exports = { Shop };\n";
    let unnamed = "const doverb = require('doverb');\nmodule.exports = class extends doverb.BaseHTTPRequestHandler {\n  \
        do_GET() { this.send_response(200); this.end_headers(); this.wfile.write(require('./word').word); }\n};\n";
    for (name, text) in [("a.js", named), ("a.cjs", unnamed), ("a.cts", named)] {
        let folder = folder(&[(name, text), ("word.js", "exports.word = 'Hello';")]);
        let server = Server::start(&folder.path().join(name), &["--no-watch"]);
        assert_eq!(server.connect().get("/").text(), "Hello", "{name}");
    }
}

#[test]
fn a_package_has_the_files_that_it_means_for_browsers() {
    let code = "import { where } from 'everywhere';\nimport { kind } from 'conditional';\nimport inner from 'conditional/inner';\n\
        const answer = () => [where, kind, inner];";
    let files = [
        (
            "node_modules/everywhere/package.json",
            r#"{"main": "./node.js", "browser": {"./node.js": "./browser.js", "fs": false, "./heavy.js": false}}"#,
        ),
        ("node_modules/everywhere/node.js", "exports.where = require('net').connect();"),
        (
            "node_modules/everywhere/browser.js",
            "exports.where = ['browser', Object.keys(require('fs')).length, Object.keys(require('./heavy')).length];",
        ),
        ("node_modules/everywhere/heavy.js", "throw new Error('too heavy');"),
        (
            "node_modules/conditional/package.json",
            r##"{"exports": {".": {"node": "./n.js", "browser": {"import": "./b.mjs", "require": "./b.cjs"}}, "./inner": "./inner.js"}, "imports": {"#kind": "./kind.mjs"}}"##,
        ),
        ("node_modules/conditional/b.mjs", "export { kind } from '#kind';"),
        ("node_modules/conditional/kind.mjs", "export const kind = 'import';"),
        ("node_modules/conditional/b.cjs", "exports.kind = 'require';"),
        ("node_modules/conditional/inner.js", "module.exports = require('conditional').kind;"),
    ];
    assert_eq!(answer("app.js", code, &files), r#"[["browser",0,0],"import","require"]"#);
}

#[test]
fn a_package_has_its_file_for_workers_and_its_default_where_there_is_one() {
    let code = "import { where } from 'shown';\nimport rules, { Rule } from 'rules';\nimport { Page, late, Other } from 'many';\n\
        const answer = () => [where, rules.Rule === rules.default.Rule, typeof Rule, Page, late, Other];";
    let files = [
        (
            "node_modules/shown/package.json",
            r#"{"exports": {"worker": "./worker.js", "browser": "./dom.js", "default": "./dom.js"}}"#,
        ),
        ("node_modules/shown/dom.js", "document.title = 'x'; exports.where = 'dom';"),
        ("node_modules/shown/worker.js", "exports.where = 'worker';"),
        ("node_modules/rules/package.json", r#"{"main": "common.js", "module": "module.js"}"#),
        ("node_modules/rules/module.js", "export const Rule = 1;"),
        (
            "node_modules/rules/common.js",
            "exports.Rule = function () {}; exports.default = exports; Object.defineProperty(exports, '__esModule', { value: true });",
        ),
        ("node_modules/many/package.json", r#"{"module": "index.mjs"}"#),
        (
            "node_modules/many/index.mjs",
            "export * from './types'; export * from './page.mjs'; export * from './one.cjs'; export * from './two.cjs';",
        ),
        ("node_modules/many/types.js", "//# nothing but types"),
        ("node_modules/many/page.mjs", "export { default as Page } from './inner.mjs';"),
        ("node_modules/many/inner.mjs", "export default 'page';"),
        ("node_modules/many/one.cjs", "exports.late = 'late';"),
        ("node_modules/many/two.cjs", "exports.Other = 'other';"),
    ];
    let shown = r#"["worker",true,"function","page","late","other"]"#;
    assert_eq!(answer("app.mjs", code, &files), shown);
}

#[test]
fn what_old_packages_take_for_granted_is_there() {
    let code = "import { Buffer } from 'node:buffer';\nimport process from 'node:process';\n\
        const answer = () => {\n  const found = [];\n  if (/(a)(b)?/.test('xabz')) found.push(RegExp.$1, RegExp.$2, RegExp.$3, RegExp.leftContext, RegExp.rightContext);\n  \
        'key=value'.replace(/(\\w+)=(\\w+)/, ''); found.push(RegExp.$2, RegExp.lastMatch, RegExp.lastParen);\n  \
        const bytes = Buffer.from('h\u{e9}llo'); found.push(bytes.latin1Slice(0, 1), bytes.utf8Slice(1, 3), bytes.hexSlice(), Buffer.alloc(2).utf8Write('ab'));\n  \
        return [found, Number(process.versions.node.split('.')[0]) >= 18];\n};";
    assert_eq!(
        answer("app.js", code, &[]),
        r#"[["a","b","","x","z","value","key=value","value","h","é","68c3a96c6c6f",2],true]"#
    );
}

#[test]
fn streams_of_old_and_calls_are_as_in_node() {
    let files = [(
        "node_modules/old/index.js",
        "const Stream = require('stream'), util = require('util');\n\
         function Old() { Stream.call(this); this.readable = true; }\nutil.inherits(Old, Stream);\n\
         const seen = [], old = new Old();\nold.on('data', (data) => seen.push(data)); old.on('end', () => seen.push('end'));\n\
         old.emit('data', 1); old.emit('end');\n\
         const before = Error.prepareStackTrace; Error.prepareStackTrace = (_, calls) => calls; const [call] = new Error().stack; Error.prepareStackTrace = before;\n\
         exports.all = [seen, new Stream.Writable() instanceof Stream, Stream.Stream === Stream, typeof Stream.promises.pipeline, call.isEval(), String(call).includes('index.js:')];\n",
    )];
    let code = "import { all } from 'old';\nconst answer = () => all;";
    assert_eq!(answer("app.js", code, &files), r#"[[1,"end"],true,true,"function",false,true]"#);
}

#[test]
fn projects_are_laid_out_as_people_do() {
    let app = format!("{HANDLER}import {{ word }} from '@/lib/word';\nconst answer = () => word;\n");
    let files = [
        ("it/tsconfig.json", r#"{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}"#),
        ("it/src/lib/word.ts", "export const word: string = 'found';"),
        ("it/src/index.ts", &app),
    ];
    let there = folder(&files);
    let server = Server::start(&there.path().join("it"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "\"found\"");
    let plain = format!("{HANDLER}const answer = () => 'plain';\n");
    for files in [
        [("it/server.js", &plain[..]), ("it/package.json", "{}")],
        [("it/lib/index.js", &plain), ("it/package.json", r#"{"main": "./lib"}"#)],
        [("it/start.mjs", &plain), ("it/package.json", r#"{"main": "start"}"#)],
    ] {
        let there = folder(&files);
        let server = Server::start(&there.path().join("it"), &["--no-watch"]);
        assert_eq!(server.connect().get("/").text(), "\"plain\"", "{files:?}");
    }
}

#[test]
fn jsx_decorators_and_exports_of_types_are_translated() {
    let code = "import { Kind, type Item, item } from './items';\nimport { Page } from './page';\n\
        function twice(_: object, name: string, property: PropertyDescriptor) { const inner = property.value; property.value = () => inner() + inner(); }\n\
        class Words { @twice word() { return name; } }\nconst name = 'ab';\n\
        const answer = () => [Kind.B, (item satisfies Item).id, Page({ title: 'T' }), new Words().word()];";
    let files = [
        (
            "tsconfig.json",
            r#"{"compilerOptions": {"jsx": "react-jsx", "jsxImportSource": "tiny", "experimentalDecorators": true}}"#,
        ),
        ("items.ts", "export { Kind, Item, item } from './inner';"),
        (
            "inner.ts",
            "export enum Kind { A, B }\nexport interface Item { id: number }\nexport const item: Item = { id: 7 };",
        ),
        (
            "page.tsx",
            "export const Page = ({ title }: { title: string }) => <p class=\"x\">{title}<br /></p>;",
        ),
        ("node_modules/tiny/package.json", r#"{"exports": {"./jsx-runtime": "./runtime.js"}}"#),
        (
            "node_modules/tiny/runtime.js",
            "export const jsx = (type, { children = [], ...more }) => [type, more, children];\nexport const jsxs = jsx;",
        ),
    ];
    let expected = r#"[1,7,["p",{"class":"x"},["T",["br",{},[]]]],"abab"]"#;
    assert_eq!(answer("app.ts", code, &files), expected);
}

#[test]
fn what_is_only_for_development_is_not_in_the_component() {
    let code = "import { mode } from 'modes';\nimport process from 'node:process';\n\
        const answer = () => [mode, process.env.NODE_ENV === 'production', process.env.SHOWN, process.env.HIDDEN === undefined];";
    let files = [(
        "node_modules/modes/index.js",
        "if (process.env.NODE_ENV !== 'production') { module.exports = require('./not-even-there'); }\n\
         else { exports.mode = process.env.NODE_ENV; }",
    )];
    let handler = format!("{HANDLER}{code}\n");
    let folder = folder(&[&[("app.js", &handler[..])], &files[..]].concat());
    let server = Server::start(&folder.path().join("app.js"), &["--no-watch", "--env", "SHOWN=yes"]);
    assert_eq!(server.connect().get("/").text(), r#"["production",true,"yes",true]"#);
}

#[test]
fn nodes_pure_modules_are_there() {
    let code = "import path, { join } from 'node:path';\nimport util from 'util';\nimport { EventEmitter, once } from 'events';\n\
        import { Buffer as Bytes } from 'buffer';\nimport { parse, fileURLToPath } from 'url';\nimport querystring from 'querystring';\n\
        import assert from 'node:assert';\nimport { createHash, createHmac, randomBytes, timingSafeEqual, scryptSync } from 'node:crypto';\n\
        import { Readable, Transform } from 'node:stream';\nimport { StringDecoder } from 'string_decoder';\nimport os from 'os';\n\
        class Bus extends EventEmitter {}\n\
        function thrown(work) { try { work(); } catch (error) { return error.name; } }\n\
        const answer = () => {\n  const bus = new Bus(); let heard; bus.on('x', (value) => { heard = value; }); bus.emit('x', 5);\n  \
        return [join('/a', '../b', 'c.js'), path.extname('x.tar.gz'), util.format('%s %d %j', 'a', 1, { b: 2 }), util.inspect({ a: [1] }), heard,\n  \
        Bytes.from('h\u{e9}').toString('base64'), Buffer.concat([Buffer.from('6162', 'hex'), Buffer.from('c')]).toString(), parse('http://a.b:1/c?d=e').query,\n  \
        fileURLToPath('file:///a%20b'), querystring.stringify({ a: ['1', '2'] }), thrown(() => assert.strictEqual(1, 2)), thrown(() => assert.ok(true)) ?? 'fine',\n  \
        createHash('sha256').update('abc').digest('hex').slice(0, 8), createHash('md5').update('abc').digest('base64'),\n  \
        createHmac('sha1', 'key').update('abc').digest('hex').slice(0, 8), randomBytes(5).length, timingSafeEqual(Buffer.from('a'), Buffer.from('b')),\n  \
        scryptSync('p', 's', 8, { N: 2 }).length, new StringDecoder('utf8').write(Buffer.from([0xe2, 0x82])) === '', os.EOL, typeof Readable.from, typeof once]; };";
    let expected = r#"["/b/c.js",".gz","a 1 {\"b\":2}","{ a: [ 1 ] }",5,"aMOp","abc","d=e","/a b","a=1&a=2","AssertionError","fine","ba7816bf","kAFQmDzST7DWlj99KOF/cg==","4fd0b215",5,false,8,true,"\n","function","function"]"#;
    assert_eq!(answer("app.js", code, &[]), expected);
}

#[test]
fn nodes_pure_modules_have_their_newer_names() {
    let code = "import EventEmitter, { errorMonitor, getEventListeners, setMaxListeners } from 'node:events';\n\
        import { match } from 'node:assert';\nimport net, { isIP } from 'node:net';\nimport { parseArgs, formatWithOptions, types } from 'node:util';\n\
        import { isFloat32Array, isProxy } from 'node:util/types';\nimport { escape, unescape } from 'node:querystring';\n\
        import Module from 'node:module';\nimport { validateHeaderName } from 'node:http';\nimport { addAbortSignal, isReadable } from 'node:stream';\n\
        import streams, { ReadableStream } from 'node:stream/web';\nimport { PerformanceEntry } from 'node:perf_hooks';\nimport { promises } from 'node:timers';\n\
        function thrown(work) { try { work(); } catch (error) { return error.code; } }\n\
        const answer = () => {\n  const bus = new EventEmitter(); const heard = []; setMaxListeners(5, bus);\n  \
        bus.on(errorMonitor, (error) => heard.push('seen ' + error)); bus.on('error', (error) => heard.push(error)); bus.emit('error', 'e');\n  \
        const { values, positionals } = parseArgs({ args: ['-v', '--name=a', 'b'], options: { v: { type: 'boolean', short: 'v' }, name: { type: 'string' } }, allowPositionals: true });\n  \
        return [heard, getEventListeners(bus, 'error').length, thrown(() => match('abc', /x/)), isIP('::1'), net.isIPv4('1.2.3.4'), values, positionals,\n  \
        formatWithOptions({}, '%s', 1), types.isProxy({}), isFloat32Array(new Float32Array(1)), isProxy({}), escape('a b'), unescape('%41%zz'), typeof Module,\n  \
        thrown(() => validateHeaderName('a b')), typeof addAbortSignal, typeof isReadable, streams.ReadableStream === ReadableStream, typeof PerformanceEntry, typeof promises.setTimeout]; };";
    let expected = r#"[["seen e","e"],1,"ERR_ASSERTION",6,true,{"v":true,"name":"a"},["b"],"1",false,true,false,"a%20b","A%zz","function","ERR_INVALID_HTTP_TOKEN","function","function",true,"function","function"]"#;
    assert_eq!(answer("app.js", code, &[]), expected);
}

#[test]
fn a_name_that_one_of_nodes_modules_lacks_is_told_where_it_is_called() {
    let files = [
        (
            "app.js",
            &*format!("{HANDLER}import {{ ok, read }} from 'newer';\nconst answer = () => ok() + read();"),
        ),
        (
            "node_modules/newer/index.mjs",
            "import { readLater, EventEmitter } from 'events';\nexport const ok = () => typeof EventEmitter;\nexport const read = () => readLater();",
        ),
        ("node_modules/newer/package.json", r#"{"exports": "./index.mjs"}"#),
    ];
    let there = folder(&files);
    let server = Server::start(&there.path().join("app.js"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").status, 500);
    server.wait_for_log("events.readLater is called, and it is not there: a handler runs without Node");
}

#[test]
fn what_is_asynchronous_is_told_from_what_is_not() {
    let code = "import util from 'node:util';\nconst AsyncFunction = (async () => {}).constructor;\n\
        const iterator = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype);\n\
        const gathered = async function* () { yield 1; yield 2; };\n\
        const all = [];\nfor await (const value of gathered()) all.push(value);\n\
        const answer = () => {\n  return [AsyncFunction.name, (async () => {}) instanceof AsyncFunction, (() => {}) instanceof AsyncFunction, typeof iterator[Symbol.asyncIterator],\n  \
        Object.prototype.toString.call(async () => {}), Object.prototype.toString.call(gathered()), all]; };";
    let expected =
        r#"["AsyncFunction",true,false,"function","[object AsyncFunction]","[object AsyncGenerator]",[1,2]]"#;
    assert_eq!(answer("app.js", code, &[]), expected);
}

#[test]
fn what_is_of_browsers_alone_is_told_with_what_to_do() {
    let there = folder(&[("app.js", &format!("{HANDLER}const answer = () => document.title;"))]);
    let server = Server::start(&there.path().join("app.js"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").status, 500);
    server.wait_for_log("document is not defined: a handler has no page; the package linkedom makes one");
}

#[test]
fn what_a_package_leaves_out_for_browsers_may_be_called() {
    let files = [
        ("node_modules/coder/package.json", r#"{"browser": {"./extend": false}}"#),
        (
            "node_modules/coder/index.js",
            "exports.coded = process.versions.node ? require('./extend')({}) : 1; exports.made = Object.keys(require.extensions).length;",
        ),
        ("node_modules/coder/extend.js", "throw new Error('not here');"),
    ];
    let code = "import { coded, made } from 'coder';\nconst answer = () => [coded === undefined, made];";
    assert_eq!(answer("app.js", code, &files), "[true,0]");
}

#[test]
fn what_of_node_is_not_there_is_told_as_what_it_is() {
    let own = folder(&[(
        "app.js",
        &format!("{HANDLER}import fs from 'fs';\nconst answer = () => fs.readFileSync('/x');"),
    )]);
    let said = build(&own, "app.js").stderr.join("\n");
    assert!(
        said.contains("app.js:5:16: Node's module \"fs\" is not there: a handler has no files"),
        "{said}"
    );
    assert!(!said.contains("npm install"), "{said}");
    let alias = folder(&[("app.js", &format!("{HANDLER}import x from '@/x';\nconst answer = () => x;"))]);
    let said = build(&alias, "app.js").stderr.join("\n");
    assert!(said.contains("\"@/x\" is not found") && !said.contains("npm install"), "{said}");
    let files = [
        (
            "app.js",
            &*format!(
                "{HANDLER}import {{ load, ok, Socket }} from 'files';\nconst answer = () => {{ if (ok() !== 1) throw new Error('no'); new Socket(); return load(); }};"
            ),
        ),
        (
            "node_modules/files/index.js",
            "const fs = require('fs'), net = require('net');\nclass Socket extends net.Socket {}\nmodule.exports = { ok: () => 1, Socket, load: () => fs.readFileSync('/x') };",
        ),
    ];
    let there = folder(&files);
    let said = build(&there, "app.js").stderr.join("\n");
    assert!(said.contains("files asks for Node's module \"fs\", which is not there"), "{said}");
    let server = Server::start(&there.path().join("app.js"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").status, 500);
    server.wait_for_log(
        "fs.readFileSync is called, and Node's module \"fs\" is not there: a handler has no files",
    );
}

#[test]
fn a_module_may_be_imported_by_a_call() {
    let code = "const answer = () => found;\nlet found;\nconst load = async () => (await import('./late.js')).value + (await import('./late.cjs')).default.value;\n\
        load().then((value) => { found = value; });";
    let files = [("late.js", "export const value = 'late';"), ("late.cjs", "exports.value = 'common';")];
    assert_eq!(answer("app.js", code, &files), "\"latecommon\"");
    let inside = "import { BaseHTTPRequestHandler } from 'doverb';\nexport default class extends BaseHTTPRequestHandler {\n  \
        async do_GET() { const { value } = await import('./late.js'); this.send_response(200); this.end_headers(); this.wfile.write(value); }\n}\n";
    let there = folder(&[&[("in.js", inside)], &files[..]].concat());
    let server = Server::start(&there.path().join("in.js"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "late");
}

#[test]
fn types_are_checked_where_the_project_has_typescript() {
    let app = format!("{HANDLER}const answer = (): number => 5;\n");
    // It stands for the real one, and sees what that would be given.
    let tsc = "const fs = require('fs'), path = require('path');\n\
        const folder = process.argv.at(-1);\nconst config = JSON.parse(fs.readFileSync(path.join(folder, 'tsconfig.json'), 'utf8'));\n\
        const types = fs.readFileSync(config.files[1], 'utf8');\n\
        if (!types.includes(\"declare module 'doverb'\") || !config.compilerOptions.noEmit) process.exit(0);\n\
        console.log(`${path.basename(config.files[0])}(2,3): error TS2322: It is wrong.\\n  in some detail`);\nprocess.exit(2);\n";
    let checked = folder(&[("app.ts", &app), ("node_modules/typescript/bin/tsc", tsc)]);
    let outcome = build(&checked, "app.ts");
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(outcome.stderr, ["doverb: app.ts:2:3: TS2322: It is wrong."]);
    let path = checked.path().join("app.ts").display().to_string();
    let outcome = doverb(&["build", "--strict-types", &path]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(outcome.stderr[0], "app.ts:2:3: TS2322: It is wrong.");
    let bare = folder(&[("app.ts", &app)]);
    let said = build(&bare, "app.ts").stderr;
    assert_eq!(said, ["doverb: nothing checks the types; with npm install --save-dev typescript they are"]);
}

#[test]
fn a_file_for_browsers_that_needs_a_page_gives_way_to_the_one_for_node() {
    let package = |node: &str| {
        [
            (
                "node_modules/paged/package.json".to_owned(),
                r#"{"exports": {"browser": "./page.js", "default": "./plain.js"}, "browser": {"only-node": false}}"#.to_owned(),
            ),
            (
                "node_modules/paged/page.js".to_owned(),
                "exports.made = require('./inner.js').made;".to_owned(),
            ),
            (
                "node_modules/paged/inner.js".to_owned(),
                "exports.made = typeof self === 'object' && document.title;".to_owned(),
            ),
            ("node_modules/paged/plain.js".to_owned(), node.to_owned()),
            ("node_modules/only-node/index.js".to_owned(), "exports.made = 'plain';".to_owned()),
            (
                "node_modules/asks/package.json".to_owned(),
                r#"{"browser": "page.js", "main": "plain.js"}"#.to_owned(),
            ),
            (
                "node_modules/asks/page.js".to_owned(),
                // More of its own than to hand out what browsers have.
                format!("exports.made = typeof window === 'undefined' ? 'asked' : window.name; // {}", "-".repeat(400)),
            ),
            ("node_modules/asks/plain.js".to_owned(), "exports.made = 'plain';".to_owned()),
        ]
    };
    let files = package("exports.made = require('only-node').made;");
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&name[..], &text[..])).collect();
    let code = "import { made } from 'paged';\nimport * as asks from 'asks';\nconst answer = () => [made, asks.made];";
    assert_eq!(answer("app.js", code, &files), r#"["plain","asked"]"#);
    // The one for Node needs what is not there either: then it is left as it is, and the page is what is told of.
    let files = package("exports.made = require('fs').readFileSync('/x');");
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&name[..], &text[..])).collect();
    let there = folder(
        &[
            &files[..],
            &[(
                "app.js",
                "import { made } from 'paged';\nexport default { fetch: () => new Response(made) };",
            )],
        ]
        .concat(),
    );
    let said = build(&there, "app.js").stderr.join("\n");
    assert!(
        said.contains("ReferenceError: 'document' is not defined")
            || said.contains("document is not defined"),
        "{said}"
    );
}

#[test]
fn a_file_for_browsers_that_hands_out_theirs_or_lacks_what_is_asked_gives_way_to_the_one_for_node() {
    let code = "import Form from 'form';\nimport log from 'log';\nimport fitting from 'fitting';\n\
        const answer = () => [new Form().made(), log.symbols.level, fitting.name2];";
    let files = [
        ("node_modules/form/package.json", r#"{"main": "node.js", "browser": "browser.js"}"#),
        (
            "node_modules/form/browser.js",
            "module.exports = typeof self === 'object' ? self.FormData : window.FormData;\n",
        ),
        (
            "node_modules/form/node.js",
            "const fs = require('fs');\nmodule.exports = class { made() { return 'here'; } file() { return fs.openSync('x'); } };\n",
        ),
        ("node_modules/log/package.json", r#"{"main": "node.js", "browser": "browser.js"}"#),
        ("node_modules/log/browser.js", "module.exports = () => 'browser';\n"),
        (
            "node_modules/log/node.js",
            "module.exports = () => 'node';\nmodule.exports.symbols = require('./lib/more').all;\n",
        ),
        ("node_modules/log/lib/more.js", "exports.all = { level: 'of node' };\n"),
        // What is asked of it is there.
        ("node_modules/fitting/package.json", r#"{"main": "node.js", "browser": "browser.js"}"#),
        ("node_modules/fitting/browser.js", "exports['name2'] = 'of browsers';\n"),
        ("node_modules/fitting/node.js", "exports.name2 = 'of node';\n"),
    ];
    assert_eq!(answer("app.js", code, &files), r#"["here","of node","of browsers"]"#);
}

#[test]
fn a_text_is_imported_as_it_is_and_what_is_none_is_told() {
    let code = "import page from './page.html' with { type: 'text' };\nimport query from './all.sql';\nconst answer = () => [page, query];";
    let files = [("page.html", "<p>\"é\"</p>\n"), ("all.sql", "select 1;")];
    assert_eq!(answer("app.js", code, &files), r#"["<p>\"é\"</p>\n","select 1;"]"#);
    let handler = format!("import it from './it.wasm';\n{HANDLER}const answer = () => it;\n");
    let folder = folder(&[("app.js", &handler), ("it.wasm", "\0asm")]);
    let said = build(&folder, "app.js").stderr.join("\n");
    assert!(said.contains("app.js:1:16: \"./it.wasm\" is it.wasm, and a handler in QuickJS runs JavaScript alone: take a package"), "{said}");
}

#[test]
fn a_module_whose_name_is_computed_is_an_error_that_says_what_to_do() {
    let code = "async function load(name) { try { return (await import(`./${name}.js`)).value; } catch (error) { return error.message; } }\n\
        const made = new Function('name', 'return import(name)');\n\
        export default class extends BaseHTTPRequestHandler {\n  async do_GET() { const said = [await load('a'), await made('b').catch((error) => error.name)]; this.send_response(200); this.end_headers(); this.wfile.write(said.join('\\n')); }\n}\n";
    let handler = format!("import {{ BaseHTTPRequestHandler }} from 'doverb';\n{code}");
    let folder = folder(&[("app.js", &handler), ("a.js", "export const value = 1;\n")]);
    let answer = Server::start(&folder.path().join("app.js"), &["--no-watch"]).connect().get("/");
    let said = answer.text();
    assert!(said.contains("write import() with a fixed text for each"), "{said}");
    assert!(said.ends_with("\nReferenceError"), "{said}");
}

#[test]
fn what_is_no_function_is_named_in_packages_too() {
    let code = "import tool from 'tool';\nconst said = (work) => { try { return work(); } catch (error) { return `${error.name}: ${error.message}`; } };\n\
        const answer = () => [said(tool.one), said(() => tool.two({ a: {} })), said(() => tool.three()), said(() => [1].map(5))];";
    let files = [(
        "node_modules/tool/index.js",
        "exports.one = () => { const b = exports.inner.deeper(); return b; };\nexports.inner = {};\nexports.two = ({ a }) => {\n  const b = 1;\n  return a.missing?.none ?? a.missing(b);\n};\n\
         exports.three = function () { const list = []; return list.at(0)(1); };\n",
    )];
    // What is called on `exports` itself has no name left.
    let expected = r#"["TypeError: not a function","TypeError: a.missing is not a function","TypeError: not a function","TypeError: not a function"]"#;
    assert_eq!(answer("app.js", code, &files), expected);
}

#[test]
fn a_logger_of_nodes_writes_to_the_log_and_asynchronous_functions_are_known_by_their_tag() {
    let code = "import { log } from 'logger';\nimport vm from 'vm';\nasync function named(a) { await a; }\n\
        const answer = () => { log('from afar'); return [named, async (a, b) => a + b, { async m(a) { await a; } }.m, function plain(a) { return a; }, (a) => a].map((it) => \
        [it[Symbol.toStringTag], Object.prototype.toString.call(it)].join(' ')).concat(vm.runInContext('a + b', vm.createContext({ a: 1, b: 2 })), new vm.Script('3 * 3').runInThisContext()); };";
    let files = [(
        "node_modules/logger/index.js",
        "const fs = require('fs');\nexports.log = (text) => { fs.writeSync(1, `${text}\\n`); fs.write(2, Buffer.from('and near'), (error, size) => console.log(error, size)); };\n",
    )];
    let handler = format!("{HANDLER}{code}\n");
    let folder = folder(&[&[("app.js", &handler[..])], &files[..]].concat());
    let server = Server::start(&folder.path().join("app.js"), &["--no-watch"]);
    let is_async = "\"AsyncFunction [object AsyncFunction]\"";
    let plain = "\" [object Function]\"";
    assert_eq!(
        server.connect().get("/").text(),
        format!("[{is_async},{is_async},{is_async},{plain},{plain},3,9]")
    );
    server.wait_for_log("from afar");
    server.wait_for_log("and near");
    server.wait_for_log("null 8");
}

#[test]
fn a_tsconfig_that_names_what_is_not_there_does_not_count_and_that_is_told() {
    let files = [
        ("tsconfig.json", r#"{"extends": "./nowhere.json"}"#),
        ("other.ts", "export const made: string = 'found';\n"),
        ("app.ts", "import { made } from './other';\nexport default { fetch: () => new Response(made) };\n"),
    ];
    let there = folder(&files);
    let built = build(&there, "app.ts");
    assert_eq!(built.code, Some(0), "{:?}", built.stderr);
    assert!(built.stderr.join("\n").contains("tsconfig.json does not count: "), "{:?}", built.stderr);
}
