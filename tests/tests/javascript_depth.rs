//! How deep calls in JavaScript may be, and what comes when they are deeper; and text of many bytes.

use doverb_tests::sources::folder;
use doverb_tests::{LATER, Server};

const HEAD: &str = "import { BaseHTTPRequestHandler } from 'doverb';\n";

fn serve(source: &str) -> Server {
    let folder = folder(&[("handler.js", &format!("{HEAD}{source}"))]);
    let arguments = ["--no-watch", "--cpu-time", "120s", "--max-memory", "512MiB", "--max-body", "64MiB"];
    Server::start(&folder.path().join("handler.js"), &arguments)
}

/// A class that answers what `answer` of the query gives.
fn answering(functions: &str) -> Server {
    serve(&format!(
        "{functions}\nexport default class extends BaseHTTPRequestHandler {{
  static protocol_version = 'HTTP/1.1';
  async do_GET() {{
    const text = await answer(this.query.get('kind'));
    this.send_response(200);
    this.end_headers();
    this.wfile.write(String(text));
  }}
}}\n"
    ))
}

#[test]
fn ten_thousand_calls_may_be_inside_of_each_other() {
    let server = answering(
        "function plain(n, a, b, c, d) { return n === 0 ? 0 : 1 + plain(n - 1, a, b, c, d); }
const later = async (n) => (n === 0 ? 0 : 1 + (await later(n - 1)));
const answer = (kind) => (kind === 'plain' ? plain(10_000, 1, 2, 3, 4) : later(2_000));
export const loaded = plain(10_000);",
    );
    let mut client = server.connect().with_patience(LATER);
    assert_eq!(client.get("/?kind=plain").text(), "10000");
    assert_eq!(client.get("/?kind=async").text(), "2000");
}

/// What recurses: code, the engine's functions that call code, and those that call themselves.
const ENDLESS: &str = r"
const nested = (text, end = '') => text.repeat(100_000) + '1' + end.repeat(100_000);
const code = (text, end) => new Function(`return ${nested(text, end)}`)();
const list = () => { let it = []; for (let n = 0; n < 100_000; n++) it = [it]; return it; };
const kinds = {
  plain() { const f = () => 1 + f(); return f(); },
  method() { class A { m() { return this.m() + 1; } } return new A().m(); },
  construct() { class A { constructor() { this.a = new A(); } } return new A(); },
  spread() { const f = (...a) => f(...[a[0]]) + 1; return f(1); },
  apply() { const f = () => f.apply(null, []) + 1; return f(); },
  reflect() { const f = () => Reflect.apply(f, null, []) + 1; return f(); },
  map() { const f = () => [1].map(f); return f(); },
  sort() { const f = () => [2, 1].sort(f); return f(); },
  replace() { const f = () => 'a'.replace(/a/, f); return f(); },
  getter() { const it = { get x() { return this.x + 1; } }; return it.x; },
  proxy() { const it = new Proxy({}, { get: () => it.x + 1 }); return it.x; },
  proxies() { let it = { x: 1 }; for (let n = 0; n < 100_000; n++) it = new Proxy(it, {}); return it.x; },
  generator() { function* f() { yield* f(); } return [...f()]; },
  iterator() { const it = { [Symbol.iterator]: () => [...it][Symbol.iterator]() }; return [...it]; },
  toString() { const it = { toString: () => `${it}` }; return String(it); },
  toJSON() { const it = { toJSON: () => JSON.stringify(it) }; return JSON.stringify(it); },
  reviver() { const f = () => JSON.parse('[1]', f); return f(); },
  async: async () => { const f = async () => 1 + (await f()); return f(); },
  join: () => String(list()),
  flat: () => list().flat(Infinity).length,
  clone: () => structuredClone(list()).length,
  stringify: () => JSON.stringify(list()).length,
  parse: () => JSON.parse(nested('[', ']')),
  parseObjects: () => JSON.parse(nested('{\x22a\x22:', '}')),
  parseWide: () => JSON.parse(nested('[{\x22\u20ac\x22:', '}]')),
  parseUnended: () => JSON.parse(nested('[0,')),
  stringifyMixed: () => { let it = {}; for (let n = 0; n < 100_000; n++) it = n % 3 ? { it } : n % 2 ? [0, it] : new Proxy([it], {}); return JSON.stringify(it); },
  stringifyLater: () => { const it = () => ({ toJSON: () => [it()] }); return JSON.stringify([it()], null, 1); },
  parentheses: () => code('(', ')'),
  arrays: () => code('[', ']'),
  not: () => code('!'),
  templates: () => code('`${', '}`'),
  conditional: () => code('1?1:'),
  arrows: () => code('()=>'),
  blocks: () => new Function(nested('{', '}'))(),
  ifs: () => new Function(nested('if(1)'))(),
};
const answer = async (kind) => {
  if (!kind) return Object.keys(kinds);
  try {
    await kinds[kind]();
  } catch (error) {
    return `${error instanceof RangeError} ${error.message} ${/\.js:\d+|native/.test(error.stack)}`;
  }
  return 'it ends';
};
";

#[test]
fn recursion_without_an_end_is_an_error_that_can_be_caught() {
    let server = answering(ENDLESS);
    let mut client = server.connect().with_patience(LATER);
    let kinds = client.get("/").text();
    assert!(kinds.split(',').count() > 30, "{kinds}");
    for kind in kinds.split(',') {
        let caught = client.get(&format!("/?kind={kind}")).text();
        assert_eq!(caught, "true Maximum call stack size exceeded true", "{kind}");
    }
}

#[test]
fn what_nobody_catches_is_logged_with_its_line() {
    let server = serve(
        "function deeper() {\n  return 1 + deeper();\n}\n
export default class extends BaseHTTPRequestHandler { do_GET() { deeper(); } }\n",
    );
    assert_eq!(server.connect().get("/").status, 500);
    server.wait_for_log("RangeError: Maximum call stack size exceeded");
    server.wait_for_log("handler.js:3:");
}

/// Bytes that are UTF-8 in part: the same for each run.
fn broken_text() -> Vec<u8> {
    const PIECES: [&[u8]; 9] = [
        b"plain ",
        "é".as_bytes(),
        "\u{20ac}".as_bytes(),
        "\u{1f600}".as_bytes(),
        &[0xff],
        &[0xc3],
        &[0xe2, 0x82],
        &[0xed, 0xa0, 0x80],
        &[0xf0, 0x9f, 0x98],
    ];
    let mut seed = 1_u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        PIECES[(seed >> 16) as usize % PIECES.len()]
    };
    (0..200_000).flat_map(|_| next().iter().copied()).collect()
}

#[test]
fn text_of_many_bytes_is_what_the_standard_says() {
    let server = serve(
        "export default class extends BaseHTTPRequestHandler {
  static protocol_version = 'HTTP/1.1';
  do_POST() {
    const text = this.rfile.text();
    this.send_response(200);
    this.send_header('X-Length', String(text.length));
    this.end_headers();
    this.wfile.write(new TextEncoder().encode(text));
  }
  do_GET() {
    const halves = new TextEncoder().encode('a\\ud800b\\udc00\\ud83d\\ude00');
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    this.send_response(200);
    this.end_headers();
    this.wfile.write([...halves].join() + ' ' + (atob(btoa(String.fromCharCode(...bytes))).length));
  }
}\n",
    );
    let mut client = server.connect().with_patience(LATER);
    for bytes in [broken_text(), "naïve ".repeat(300_000).into_bytes(), vec![b'x'; 3_000_000], vec![0xff]] {
        let expected = String::from_utf8_lossy(&bytes).into_owned();
        let answer = client.post("/", &bytes);
        assert_eq!(answer.values("X-Length"), [expected.encode_utf16().count().to_string()]);
        assert!(answer.body == expected.as_bytes(), "the text comes back as other bytes");
    }
    assert_eq!(client.get("/").text(), "97,239,191,189,98,239,191,189,240,159,152,128 256");
}
