//! What a handler in JavaScript answers, and reads of the request's head: the engine gathers the one and has the other, and what either does not
//! take goes to the host. No client and no handler sees which it was.

use std::collections::HashSet;
use std::fmt::Write;

use doverb_tests::sources::folder;
use doverb_tests::{Server, request};

const HEAD: &str = "import { BaseHTTPRequestHandler } from 'doverb';\n";

/// Statements of a `do_GET`, between which nothing waits. `w` is the file that is written to.
const ANSWERS: &[&str] = &[
    "this.send_response(200); this.end_headers();",
    "this.send_response(200); this.end_headers(); said(w.write('plain'));",
    "this.send_response('201'); this.end_headers(); said(w.write('a code in a text'));",
    "this.send_response(200, null); this.end_headers();",
    "this.send_response(200, undefined); this.end_headers();",
    "this.send_response(200, 'Fine'); this.end_headers();",
    "this.send_response(200, ''); this.end_headers();",
    "this.send_response(299); this.end_headers();",
    "this.send_response(204); this.end_headers();",
    "this.send_response(304); this.send_header('ETag', '\"x\"'); this.end_headers();",
    "this.send_response(999); this.end_headers();",
    "this.send_response(102); this.end_headers(); this.send_response(200); this.end_headers(); said(w.write('second'));",
    "this.send_response(1000);",
    "this.send_response(-1);",
    "this.send_response(200.5);",
    "this.send_response();",
    "this.send_response(200); this.send_response(404);",
    "this.send_header('X-Early', '1');",
    "this.end_headers();",
    "w.write('early');",
    "this.send_response(200); w.write('before the head has ended');",
    "this.send_response(200); this.end_headers(); this.send_header('X-Late', '1');",
    "this.send_response(200); this.end_headers(); this.end_headers();",
    "this.send_response(200); this.send_header('X', 5); this.send_header('X', -5); this.send_header('X', 1.5); this.end_headers();",
    "this.send_response(200); this.send_header('X', null); this.send_header('X', undefined); this.send_header('X', true); this.end_headers();",
    "this.send_response(200); this.send_header('X', ['a', 'b']); this.send_header('X', { toString: () => 'made' }); this.end_headers();",
    "this.send_response(200); this.send_header('X', 10n); this.send_header(5, 'a number'); this.end_headers();",
    "this.send_response(200); this.send_header('X', ''); this.send_header('Y', ' padded '); this.send_header('Z', 'a\\tb'); this.end_headers();",
    "this.send_response(200); this.send_header('X', '\\u00e9\\u00ff'); this.end_headers();",
    "this.send_response(200); this.send_header('X', 'a'.repeat(3) + 'b'.repeat(3)); this.end_headers();",
    "this.send_response(200); this.send_header('X', '\\u0100'); this.end_headers();",
    "this.send_response(200); this.send_header('X', 'a\\r\\nb: c'); this.end_headers();",
    "this.send_response(200); this.send_header('X', 'a\\0'); this.end_headers();",
    "this.send_response(200); this.send_header('X', Symbol('x')); this.end_headers();",
    "this.send_response(200); this.send_header('X', { toString() { throw new Error('no text'); } }); this.end_headers();",
    "this.send_response(200); this.send_header('', 'x'); this.end_headers();",
    "this.send_response(200); this.send_header('a b', 'x'); this.end_headers();",
    "this.send_response(200); this.send_header('a:b', 'x'); this.end_headers();",
    "this.send_response(200); this.send_header('\\u00e9', 'x'); this.end_headers();",
    "this.send_response(200); this.send_header('\\u0100', 'x'); this.end_headers();",
    "this.send_response(200); this.send_header(\"!#$%&'*+-.^_`|~09AZaz\", 'x'); this.end_headers();",
    "this.send_response(200); for (let i = 0;i < 300;i++) this.send_header(`X-${i}`, 'y'.repeat(30)); this.end_headers(); said(w.write('many'));",
    "this.send_response(200); this.send_header('X', 'y'.repeat(5000)); this.send_header('Z', 'z'); this.end_headers();",
    "this.send_response(200); this.send_header('X', 'y'.repeat(300000)); this.end_headers();",
    "this.send_response(200); this.send_header('Content-Length', 3); this.end_headers(); said(w.write('abc'));",
    "this.send_response(200); this.send_header('content-length', '3'); this.end_headers(); said(w.write('abc'));",
    "this.send_response(200); this.send_header('CONTENT-LENGTH', '0'); this.end_headers();",
    "this.send_response(200); this.send_header('Content-Length', '3'); this.end_headers(); said(w.write('ab'));",
    "this.send_response(200); this.send_header('Content-Length', '3'); this.end_headers(); w.write('ab'); w.write('cd');",
    "this.send_response(200); this.send_header('Content-Length', '3'); this.send_header('Content-Length', '3'); this.end_headers(); w.write('abc');",
    "this.send_response(200); this.send_header('Content-Length', '3'); this.send_header('Content-Length', '4'); this.end_headers(); w.write('abc');",
    "this.send_response(200); this.send_header('Content-Length', '03'); this.end_headers(); w.write('abc');",
    "this.send_response(200); this.send_header('Content-Length', ' 3'); this.end_headers(); w.write('abc');",
    "this.send_response(200); this.send_header('Content-Length', '+3'); this.end_headers(); w.write('abc');",
    "this.send_response(200); this.send_header('Content-Length', '-1'); this.end_headers();",
    "this.send_response(200); this.send_header('Content-Length', ''); this.end_headers();",
    "this.send_response(200); this.send_header('Content-Length', '3.0'); this.end_headers(); w.write('abc');",
    "this.send_response(200); this.send_header('Content-Length', '99999999999999999999'); this.end_headers(); w.write('abc');",
    "this.send_response(200); this.send_header('Connection', 'close'); this.end_headers(); said(w.write('closes'));",
    "this.send_response(200); this.send_header('Connection', 'keep-alive'); this.end_headers(); said(w.write('stays'));",
    "this.send_response(200); this.send_header('Transfer-Encoding', 'chunked'); this.end_headers(); w.write('3\\r\\nabc\\r\\n0\\r\\n\\r\\n');",
    "this.send_response(200); this.send_header('Upgrade', 'x'); this.end_headers();",
    "this.send_response(200); this.end_headers(); said(w.write('')); said(w.write(new Uint8Array(0))); said(w.write('after'));",
    "this.send_response(200); this.end_headers(); said(w.write('caf\\u00e9')); said(w.write('\\u20ac')); said(w.write('\\u{1f600}'));",
    "this.send_response(200); this.end_headers(); said(w.write('\\ud800 half')); said(w.write('half \\udc00'));",
    "this.send_response(200); this.end_headers(); said(w.write(new Uint8Array([1, 2, 255]))); said(w.write('\\u00e9')); said(w.write('z'));",
    "this.send_response(200); this.end_headers(); said(w.write(new Uint8Array([1, 2, 3, 4]).subarray(1, 3)));",
    "this.send_response(200); this.end_headers(); said(w.write(new Uint8Array([1, 2, 3, 4]).buffer)); said(w.write(new DataView(new Uint8Array([65, 66]).buffer, 1)));",
    "this.send_response(200); this.end_headers(); said(w.write(new Uint16Array([0x4241]))); said(w.write(new Uint8ClampedArray([67])));",
    "this.send_response(200); this.end_headers(); const kept = new Uint8Array([97]); w.write(kept); kept[0] = 98; w.write(kept);",
    "this.send_response(200); this.end_headers(); w.write(5);",
    "this.send_response(200); this.end_headers(); w.write(null);",
    "this.send_response(200); this.end_headers(); w.write();",
    "this.send_response(200); this.end_headers(); w.write([1, 2]);",
    "this.send_response(200); this.end_headers(); const gone = new ArrayBuffer(4); const view = new Uint8Array(gone); gone.transfer(); said(w.write(view));",
    "this.send_response(200); this.end_headers(); for (let i = 0;i < 100;i++) w.write('y'.repeat(99));",
    "this.send_response(200); this.end_headers(); for (const n of [4095, 1, 1]) said(w.write('y'.repeat(n)));",
    "this.send_response(200); this.end_headers(); for (const n of [32768, 1]) said(w.write('y'.repeat(n)));",
    "this.send_response(200); this.end_headers(); for (const n of [1, 32768, 32769]) said(w.write('y'.repeat(n)));",
    "this.send_response(200); this.end_headers(); said(w.write('\\u00e9'.repeat(20000))); said(w.write('\\u20ac'.repeat(20000)));",
    "this.send_response(200); this.end_headers(); said(w.write(new Uint8Array(5000000).fill(65)));",
    "this.send_response(200); this.end_headers(); w.writelines(['a', new Uint8Array([98]), 'c']);",
    "const { write } = w; this.send_response(200); this.end_headers(); said(write('apart'));",
    "const { send_response, end_headers } = this; send_response(200); end_headers();",
    "this.send_response(200); this.send_header('X', '1'); this.flush_headers(); this.send_header('Y', '2'); this.end_headers();",
    "this.send_response(200); this.end_headers(); w.write('a'); w.flush(); said(w.write('b'));",
    "this.send_response(200); this.send_header('X', '1'); this.send_error(404);",
    "this.send_response(200); this.end_headers(); w.write('a'); throw new Error('behind an answer');",
    "this.send_response(200); throw new Error('in a head');",
    "this.send_error(418, 'short', 'and long');",
];

/// A handler that answers so, each of `answers` at the path with its number, and says in the trailing lines of its log what `write` returned. With `waits`
/// the host has looked at each call before the next.
fn server(answers: &[&str], waits: bool) -> Server {
    let mut cases = String::new();
    for (number, answer) in answers.iter().enumerate() {
        // Whoever asks whether the connection will be closed is told by the host, which has all that was gathered then.
        let answer = if waits {
            answer.replace("; ", "; this.close_connection = this.close_connection; ")
        } else {
            (*answer).to_owned()
        };
        writeln!(cases, "      case '/{number}': {{ {answer} break; }}").expect("a text takes it");
    }
    let source = format!(
        "{HEAD}export default class extends BaseHTTPRequestHandler {{\n  static protocol_version = 'HTTP/1.1';\n  do_GET() {{\n    \
         const w = this.wfile;\n    const said = (count) => this.log_message('wrote %s', count);\n    switch (this.path) {{\n{cases}    }}\n  }}\n}}\n"
    );
    let folder = folder(&[("answers.js", &source)]);
    Server::start(&folder.path().join("answers.js"), &["--no-watch", "--cpu-time", "60s"])
}

/// All that a client gets, but for what differs from one second to the next.
fn answer(server: &Server, number: usize) -> Vec<u8> {
    let mut client = server.connect();
    client.send(request("GET", &format!("/{number}"), "Connection: close\r\n"));
    let mut answer = client.read_to_end();
    if let Some(date) = answer.windows(6).position(|window| window == b"Date: ") {
        answer.drain(date..date + "Date: Sat, 28 Nov 2026 15:00:00 GMT".len());
    }
    answer
}

/// What the handlers say of each request: their own lines and the failures, without what stands before them.
fn said(server: &Server) -> Vec<String> {
    server.wait_for_log(&format!("\"GET /{} ", ANSWERS.len() - 1));
    let lines = server.logged("");
    let said =
        lines.iter().filter(|line| ["wrote ", "Error: ", "Failure: "].iter().any(|part| line.contains(part)));
    said.map(|line| line.rsplit_once("] ").map_or(line.as_str(), |(_, said)| said).to_owned()).collect()
}

#[test]
fn what_is_gathered_is_what_the_host_would_have_made_of_it() {
    let (gathered, at_host) = (server(ANSWERS, false), server(ANSWERS, true));
    let mut different = HashSet::new();
    for (number, calls) in ANSWERS.iter().enumerate() {
        let (one, other) = (answer(&gathered, number), answer(&at_host, number));
        let (shown, wanted) = (String::from_utf8_lossy(&one), String::from_utf8_lossy(&other));
        assert!(one == other, "{calls}\n--- gathered\n{:.600}\n--- at the host\n{:.600}", shown, wanted);
        different.insert(one);
    }
    assert!(different.len() > ANSWERS.len() / 2, "the answers are told from each other");
    assert_eq!(said(&gathered), said(&at_host));
}

#[test]
fn fields_are_found_whatever_their_case() {
    let reads = [
        "this.headers.get('x-one')",
        "this.headers.get('X-ONE', 'missing')",
        "this.headers.get('x-none')",
        "this.headers.get('x-none', 'missing')",
        "this.headers.get('x-on')",
        "this.headers.get('')",
        "this.headers.get(5)",
        "this.headers.get('x-\\u0131')",
        "this.headers.get('X-Empty')",
        "this.headers.get('x-latin') === '\\u00e9\\u00ff'",
        "this.headers.get_all('X-Two')",
        "this.headers.get_all('x-none')",
        "this.headers.get_all('x-none', [])",
        "this.headers.has('X-Two')",
        "this.headers.has('x-three')",
        "this.headers.length",
        "this.headers.keys()",
        "[...this.headers].length",
        "[this.command, this.path, this.request_version, this.requestline]",
        "this.cookie('b')",
    ];
    let source = format!(
        "{HEAD}export default class extends BaseHTTPRequestHandler {{\n  do_GET() {{\n    const body = JSON.stringify([{}]);\n    \
         this.send_response(200);\n    this.end_headers();\n    this.wfile.write(body);\n  }}\n}}\n",
        reads.join(",\n")
    );
    let folder = folder(&[("fields.js", &source)]);
    let server = Server::start(&folder.path().join("fields.js"), &["--no-watch"]);
    let mut client = server.connect();
    client.send(
        &b"GET /a?b HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-two: a\r\nX-TWO: b\r\nX-Empty:\r\nX-Latin: \xe9\xff\r\nCookie: a=1; b=2\r\n\r\n"[..],
    );
    let wanted = "[\"1\",\"1\",null,\"missing\",null,null,null,null,\"\",true,[\"a\",\"b\"],null,[],true,false,7,\
        [\"Host\",\"X-One\",\"x-two\",\"X-TWO\",\"X-Empty\",\"X-Latin\",\"Cookie\"],7,[\"GET\",\"/a?b\",\"HTTP/1.1\",\"GET /a?b HTTP/1.1\"],\"2\"]";
    assert_eq!(client.read_response().text(), wanted);
}

#[test]
fn forms_are_read_as_the_url_standard_has_it() {
    let cases = [
        ("", "[]"),
        ("?", "[]"),
        ("??a=1", "[[\"?a\",\"1\"]]"),
        ("a=1&b=2&a=3", "[[\"a\",\"1\"],[\"b\",\"2\"],[\"a\",\"3\"]]"),
        ("&&a&=b&=&c=", "[[\"a\",\"\"],[\"\",\"b\"],[\"\",\"\"],[\"c\",\"\"]]"),
        ("a+b=c%2Bd+", "[[\"a b\",\"c+d \"]]"),
        ("a=%C3%A9%E2%82%AC", "[[\"a\",\"\u{e9}\u{20ac}\"]]"),
        ("a=%C3&b=%FF%41", "[[\"a\",\"\u{fffd}\"],[\"b\",\"\u{fffd}A\"]]"),
        (
            "a=%&b=%4&c=%zz&d=%4g&e=%%41",
            "[[\"a\",\"%\"],[\"b\",\"%4\"],[\"c\",\"%zz\"],[\"d\",\"%4g\"],[\"e\",\"%A\"]]",
        ),
        ("a=%EF%BB%BFb", "[[\"a\",\"\u{feff}b\"]]"),
        ("a=\u{e9}%C3%A9\u{20ac}", "[[\"a\",\"\u{e9}\u{e9}\u{20ac}\"]]"),
        ("a=b=c", "[[\"a\",\"b=c\"]]"),
    ];
    let texts: Vec<&str> = cases.iter().map(|(text, _)| *text).collect();
    let source = format!(
        "{HEAD}const texts = {texts:?};\nexport default class extends BaseHTTPRequestHandler {{\n  do_GET() {{\n    \
         const all = texts.map((text) => JSON.stringify([...new URLSearchParams(text)]));\n    \
         all.push(JSON.stringify([...new URLSearchParams('a=\\ud800&b=\\udc00+')]), this.query.get('x y'), this.query.get('none'));\n    \
         this.send_response(200);\n    this.end_headers();\n    this.wfile.write(all.join('\\n'));\n  }}\n}}\n"
    );
    let folder = folder(&[("forms.js", &source)]);
    let server = Server::start(&folder.path().join("forms.js"), &["--no-watch"]);
    let answer = server.connect().get("/?x+y=%31&x+y=2").text();
    let wanted: Vec<&str> = cases
        .iter()
        .map(|(_, pairs)| *pairs)
        .chain(["[[\"a\",\"\u{fffd}\"],[\"b\",\"\u{fffd} \"]]", "1", ""])
        .collect();
    assert_eq!(answer.split('\n').collect::<Vec<_>>(), wanted);
}

#[test]
fn a_text_that_is_too_long_for_the_server_is_an_error_where_it_is_given_and_a_line_of_the_log_is_cut() {
    let source = format!(
        "{HEAD}const LONG = '\u{20ac}'.repeat(3 << 20);\nexport default class extends BaseHTTPRequestHandler {{\n  do_GET() {{\n    \
         const said = [];\n    const tried = (work) => {{ try {{ work(); }} catch (error) {{ said.push(error.kind); }} }};\n    \
         this.send_response(200);\n    tried(() => this.send_header('X', LONG));\n    tried(() => this.send_header(LONG, 'x'));\n    \
         tried(() => this.send_error(400, LONG, LONG));\n    tried(() => {{ this.error_message_format = LONG; }});\n    \
         this.log_message(`%s`, LONG);\n    console.log(LONG);\n    this.end_headers();\n    this.wfile.write(said.join());\n  }}\n}}\n"
    );
    let folder = folder(&[("long.js", &source)]);
    let server = Server::start(&folder.path().join("long.js"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "too-large,too-large,too-large,too-large");
    // The server has cut it again, to what it writes of a line.
    server.wait_for_log("\u{20ac} [...]");
}
