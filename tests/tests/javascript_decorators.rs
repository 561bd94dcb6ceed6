//! Decorators: those of the standard, with `accessor`, and those of TypeScript's `experimentalDecorators`.

use doverb_tests::javascript::{HANDLER, answer};
use doverb_tests::sources::folder;
use doverb_tests::{Server, doverb};

/// Every kind of member, each with a decorator that writes down what it is given.
const EVERY_KIND: &str = "const log = [];
const seen = (value, context) => {
  const { kind, name, static: isStatic, private: isPrivate, access } = context;
  log.push(`${kind} ${String(name)} ${isStatic} ${isPrivate} ${access ? Object.keys(access).sort() : ''} ${typeof value}`);
  context.metadata[String(name)] = kind;
  context.addInitializer(function () { log.push(`init ${String(name)} ${typeof this}`); });
};
const key = Symbol('key');
@seen class C {
  @seen method() { return 1; }
  @seen static stat() {}
  @seen get got() { return 2; }
  @seen set put(value) {}
  @seen field = 3;
  @seen static Field = 4;
  @seen accessor auto = 5;
  @seen static accessor Auto = 6;
  @seen #method() { return 7; }
  @seen get #got() { return 8; }
  @seen #field = 9;
  @seen accessor #auto = 10;
  @seen [key]() {}
  @seen ['comp' + 'uted'] = 11;
  all() { this.#auto += 1; return [this.#method(), this.#got, this.#field, this.#auto, this.computed]; }
}
const c = new C();
const answer = () => [log, c.method(), c.got, c.all(), C.Auto, Object.keys(c), C[Symbol.metadata]];";

/// What TypeScript 5.9 and esbuild 0.27 make of the same gives this in Node, line for line.
const OF_EVERY_KIND: [&str; 28] = [
    "method stat true false get,has function",
    "accessor Auto true false get,has,set object",
    "method method false false get,has function",
    "getter got false false get,has function",
    "setter put false false has,set function",
    "accessor auto false false get,has,set object",
    "method #method false true get,has function",
    "getter #got false true get,has function",
    "accessor #auto false true get,has,set object",
    "method Symbol(key) false false get,has function",
    "field Field true false get,has,set undefined",
    "field field false false get,has,set undefined",
    "field #field false true get,has,set undefined",
    "field computed false false get,has,set undefined",
    "class C undefined undefined  function",
    "init stat function",
    "init Field function",
    "init Auto function",
    "init C function",
    "init method object",
    "init got object",
    "init put object",
    "init #method object",
    "init #got object",
    "init Symbol(key) object",
    "init field object",
    "init auto object",
    "init #field object",
];

#[test]
fn every_kind_of_member_is_decorated_in_the_order_of_the_standard() {
    let mut log: Vec<&str> = OF_EVERY_KIND.to_vec();
    log.extend(["init #auto object", "init computed object"]);
    let metadata = "{\"stat\":\"method\",\"Auto\":\"accessor\",\"method\":\"method\",\"got\":\"getter\",\"put\":\"setter\",\
        \"auto\":\"accessor\",\"#method\":\"method\",\"#got\":\"getter\",\"#auto\":\"accessor\",\"Symbol(key)\":\"method\",\
        \"Field\":\"field\",\"field\":\"field\",\"#field\":\"field\",\"computed\":\"field\",\"C\":\"class\"}";
    let log = serde_json::to_string(&log).unwrap();
    let expected = format!("[{log},1,2,[7,8,9,11,11],6,[\"field\",\"computed\"],{metadata}]");
    for name in ["app.js", "app.ts"] {
        assert_eq!(answer(name, EVERY_KIND, &[]), expected, "{name}");
    }
}

#[test]
fn decorators_put_something_else_in_the_place_of_what_they_decorate() {
    let code = "const twice = (value) => function (...args) { return value.apply(this, args) * 2; };
const plus = (n) => () => (value) => value * 10 + n;
const bound = (_, { name, addInitializer }) => { addInitializer(function () { this[name] = this[name].bind(this); }); };
const clamped = ({ get, set }) => ({ get() { return get.call(this) + 1; }, set(value) { set.call(this, Math.min(value, 10)); }, init: (value) => value + 100 });
const more = (value) => class extends value { extra = 'more'; };
const named = (value, { name }) => { names.push(name); };
const names = [];
class It {
  @twice @twice plain(n) { return n + 1; }
  @twice #hidden(n) { return n; }
  @bound who() { return this instanceof It; }
  @plus(1) @plus(2) value = 3;
  @clamped accessor level = 1;
  @clamped accessor #deep = 2;
  static accessor count = 0;
  accessor ['comp' + 1] = 'c';
  deep() { const first = this.#deep; this.#deep = 50; return [first, this.#deep, this.#hidden(4)]; }
}
@more class Old { self() { return new Old().extra; } static make() { return new Old(); } }
const Unnamed = @named class {};
const mixed = (Base) => @named class extends Base { @plus(5) v = 0; };
const [One, Two] = [mixed(Object), mixed(Object)];
const thrown = (work) => { try { work(); } catch ({ name, message }) { return `${name}: ${message}`; } };
const answer = () => {
  const it = new It(), { who } = it, first = it.level;
  it.level = 40;
  return [it.plain(3), who(), it.value, first, it.level, it.deep(), It.count, it.comp1, new Old().self(), Old.make().extra, names,
    new One().v + new Two().v, One === Two, thrown(() => { const bad = () => 5; class X { @bad m() {} } }), thrown(() => { const bad = 5; class X { @bad m() {} } })];
};";
    let expected = "[16,true,312,102,11,[103,11,8],0,\"c\",\"more\",\"more\",[\"Unnamed\",\"\",\"\"],10,false,\
        \"TypeError: a decorator of a method must be a function or undefined\",\"TypeError: a decorator must be a function\"]";
    assert_eq!(answer("app.js", code, &[]), expected);
}

#[test]
fn a_handler_may_be_decorated() {
    let greet = "import { BaseHTTPRequestHandler } from 'doverb';
const text = (type) => (method) => function () {
  const body = method.call(this);
  this.send_response(200); this.send_header('Content-Type', type); this.end_headers(); this.wfile.write(body);
};
const named = (_, context) => { context.metadata.title = `<${context.name}>`; };
@named
export default class Hello extends BaseHTTPRequestHandler {
  accessor word = 'Hello';
  @text('text/greeting') do_GET() { return `${this.word} ${Hello[Symbol.metadata].title}`; }
}
";
    let unnamed = greet.replace("class Hello", "class").replace("Hello[Symbol", "this.constructor[Symbol");
    let inner = greet.replace("@named\nexport default class Hello", "export const Hello = @named class");
    for (name, text, answer) in [
        ("a.js", greet, "Hello <Hello>"),
        ("b.ts", greet, "Hello <Hello>"),
        ("c.mjs", &*unnamed, "Hello <default>"),
        ("d.js", &*inner, "Hello <Hello>"),
    ] {
        let there = folder(&[(name, text)]);
        let server = Server::start(&there.path().join(name), &["--no-watch"]);
        let response = server.connect().get("/");
        assert_eq!(response.text(), answer, "{name}");
        assert!(response.head().contains("\nContent-Type: text/greeting"), "{name}");
    }
}

#[test]
fn a_tsconfig_asks_for_the_decorators_of_old() {
    let code = "const log: unknown[] = [];
function type(target: object, name: string) { log.push([name, typeof target, (Reflect as any).getMetadata?.('design:type', target, name)?.name]); }
function inject(_: object, name: string | undefined, at: number) { log.push(['parameter', name ?? 'new', at]); }
class It { @type when!: Date; @type accessor level: number = 4; constructor(@inject readonly base: string) {} }
const answer = () => [log, new It('b').level];";
    let metadata = "const known = new Map();\nReflect.metadata = (kind, value) => (target, name) => { known.set(`${kind} ${name}`, value); };\n\
        Reflect.getMetadata = (kind, target, name) => known.get(`${kind} ${name}`);\n";
    let config = r#"{"compilerOptions": {"experimentalDecorators": true, "emitDecoratorMetadata": true}}"#;
    let files = [("tsconfig.json", config), ("metadata.js", metadata)];
    let found = answer("app.ts", &format!("import './metadata.js';\n{code}"), &files);
    assert_eq!(found, r#"[[["when","object","Date"],["level","object","Number"],["parameter","new",0]],4]"#);
    let there = folder(&[("app.ts", &format!("{HANDLER}{code}"))]);
    let outcome = doverb(&["build", &there.path().join("app.ts").display().to_string()]);
    let said = outcome.stderr.join("\n");
    assert!(said.contains("app.ts:8:77: the standard has no decorators of parameters"), "{said}");
    assert!(said.contains("\"experimentalDecorators\": true"), "{said}");
}

#[test]
fn what_a_decorator_throws_has_its_place() {
    let code = "const checked = (method, { name }) => function (...args) {
  if (args.length === 0) throw new RangeError(`${name} wants something`);
  return method.apply(this, args);
};
class It {
  @checked
  check(value) { return value; }
  run() {
    return this.check();
  }
}
const answer = () => new It().run();";
    let there = folder(&[("app.js", &*format!("{HANDLER}{code}"))]);
    let server = Server::start(&there.path().join("app.js"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").status, 500);
    server.wait_for_log("RangeError: check wants something");
    server.wait_for_log("at <anonymous> (app.js:6:");
    server.wait_for_log("at run (app.js:13:");
}

#[test]
fn what_using_declares_is_disposed_of_in_its_order() {
    let source = "import { BaseHTTPRequestHandler } from 'doverb';
const open = (name, log, fails) => ({
  [Symbol.dispose]() { log.push(name); if (fails) throw new Error(name); },
});
async function answer() {
  const log = [];
  try {
    using one = open('one', log);
    await using two = { async [Symbol.asyncDispose]() { await null; log.push('two'); } };
    using none = null;
    using three = open('three', log, true);
    log.push('in');
    throw new Error('block');
  } catch (error) {
    log.push(error.name, error.error.message, error.suppressed.message);
  }
  try { using bad = 5; } catch (error) { log.push(error.name); }
  return log;
}
export default class extends BaseHTTPRequestHandler {
  async do_GET() { const value = JSON.stringify(await answer()); this.send_response(200); this.end_headers(); this.wfile.write(value); }
}
";
    let there = folder(&[("app.js", source)]);
    let server = Server::start(&there.path().join("app.js"), &["--no-watch"]);
    let expected = r#"["in","three","two","one","SuppressedError","three","block","TypeError"]"#;
    assert_eq!(server.connect().get("/").text(), expected);
}
