//! What JavaScript has beside the language: the Web's globals, Node's, and handlers that are written as for other servers.

use std::thread;
use std::time::{Duration, Instant};

use doverb_tests::sources::folder;
use doverb_tests::{Server, doverb, request};

const HEAD: &str = "import { BaseHTTPRequestHandler } from 'doverb';\n";

fn serve(name: &str, source: &str, arguments: &[&str]) -> Server {
    let folder = folder(&[(name, source)]);
    Server::start(&folder.path().join(name), &[&["--no-watch"], arguments].concat())
}

/// What a handler answers whose async function `answer` is in `code`.
fn answer(code: &str) -> String {
    let handler = format!(
        "{HEAD}export default class extends BaseHTTPRequestHandler {{\n  async do_GET() {{ const value = await answer(); \
         this.send_response(200); this.end_headers(); this.wfile.write(JSON.stringify(value)); }}\n}}\n{code}\n"
    );
    serve("app.js", &handler, &[]).connect().get("/").text()
}

#[test]
fn timers_wait_by_the_clock_and_others_are_served_meanwhile() {
    let source = format!(
        "{HEAD}export default class extends BaseHTTPRequestHandler {{\n  static protocol_version = 'HTTP/1.1';\n  async do_GET() {{\n    \
         const seen = [];\n    if (this.path === '/slow') {{\n      setImmediate(() => seen.push('immediate'));\n      \
         const ticks = setInterval(() => seen.push('tick'), 100);\n      clearTimeout(setTimeout(() => seen.push('never'), 1));\n      \
         await new Promise((resolve) => setTimeout(resolve, 350, 'x'));\n      clearInterval(ticks);\n    }}\n    \
         this.send_response(200); this.end_headers(); this.wfile.write(seen.join(' '));\n  }}\n}}\n"
    );
    let server = serve("app.js", &source, &["--threads", "1"]);
    server.connect().get("/");
    let began = Instant::now();
    let slow = thread::scope(|scope| {
        let slow = scope.spawn(|| server.connect().get("/slow").text());
        for _ in 0..5 {
            assert_eq!(server.connect().get("/").text(), "");
        }
        slow.join().expect("it is answered")
    });
    assert_eq!(slow, "immediate tick tick tick");
    assert!(began.elapsed() >= Duration::from_millis(350), "{:?}", began.elapsed());
}

#[test]
fn a_thousand_waits_for_the_clock_leave_no_handle_behind() {
    // More than an instance may have open.
    let code = "async function answer() {
  for (let count = 0; count < 1000; count++) await new Promise((resolve) => setTimeout(resolve, 1));
  return 'awake';
}";
    assert_eq!(answer(code), "\"awake\"");
}

#[test]
fn what_the_web_has_is_there_when_it_is_spoken_of() {
    let code = "async function answer() {
  const { port1, port2 } = new MessageChannel();
  const heard = new Promise((resolve) => { port2.onmessage = ({ data }) => resolve(data); });
  port1.postMessage({ a: [1] });
  const stop = new AbortController();
  let aborted; stop.signal.addEventListener('abort', () => { aborted = stop.signal.reason.name; });
  stop.abort();
  const form = new FormData(); form.append('f', new File(['abc'], 'x.txt', { type: 'text/plain' })); form.append('n', 'v');
  const again = await new Response(form).formData();
  const file = again.get('f');
  const copy = await new Response(new Blob(['he', new Uint8Array([108, 108]), 'o']).stream().pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream())).text();
  const made = new Request('http://a.b/c', { method: 'post', body: new URLSearchParams({ x: '1' }) });
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode('key'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  const data = new TextEncoder().encode('The quick brown fox jumps over the lazy dog');
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, data));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', new TextEncoder().encode('abc')));
  let refused; try { await crypto.subtle.encrypt({ name: 'AES-GCM' }, key, data); } catch (error) { refused = error.name; }
  let fetched; try { await fetch('http://a.b'); } catch (error) { fetched = error.message; }
  const pattern = new URLPattern({ pathname: '/books/:id' }).exec('http://a.b/books/7').pathname.groups.id;
  return [await heard, aborted, file.name, await file.text(), again.get('n'), copy, made.method, made.headers.get('content-type'), await made.text(),
    signature.toHex().slice(0, 8), await crypto.subtle.verify('HMAC', key, signature, data), await crypto.subtle.verify('HMAC', key, signature.fill(0), data),
    digest.toHex().slice(0, 8), refused, fetched, pattern, (await Array.fromAsync([Promise.resolve(1), 2])).length, structuredClone(new Map([[1, 2]])).get(1),
    typeof performance.now(), globalThis === global, await Response.json({ a: 1 }).json(), (await new Response('x').clone().text())];
}";
    let expected = r#"[{"a":[1]},"AbortError","x.txt","abc","v","hello","POST","application/x-www-form-urlencoded;charset=UTF-8","x=1","f7bc83f4",true,false,"a9993e36","InvalidAccessError","fetch failed","7",2,2,"number",true,{"a":1},"x"]"#;
    assert_eq!(answer(code), expected);
}

#[test]
fn locales_are_answered_in_english_and_zones_have_their_clocks() {
    let code = "async function answer() {
  const stopped = new Promise((resolve) => { AbortSignal.timeout(2).addEventListener('abort', resolve); });
  const zone = [0, 1720000000000].map((time) => new Date(time).toLocaleString('en', { timeZone: 'Europe/Berlin', timeZoneName: 'short' }));
  try { new Date(0).toLocaleString('en', { timeZone: 'Asia/Nowhere' }); } catch (error) { zone.push(error.message); }
  zone.push((await stopped).type);
  return [(1234567.891).toLocaleString('en-US'), (0.256).toLocaleString('en', { style: 'percent' }),
    new Date(0).toLocaleDateString('de', { dateStyle: 'long', timeZone: 'UTC' }), new Intl.NumberFormat('de').resolvedOptions().locale,
    ['b', 'a', 'C', 'ä'].sort((one, other) => one.localeCompare(other)).join(''), new Intl.PluralRules('en', { type: 'ordinal' }).select(22), [...new Intl.Segmenter().segment('e\u{301}👍🏽')].length, zone];
}";
    let expected = r#"["1,234,567.891","26%","January 1, 1970","en-US","aäbC","two",2,["1/1/1970, 1:00:00 AM GMT+1","7/3/2024, 11:46:40 AM GMT+2","Invalid time zone specified: Asia/Nowhere","abort"]]"#;
    assert_eq!(answer(code), expected);
}

#[test]
fn a_locale_has_its_likely_script_and_region() {
    let code = "async function answer() {
  return ['en', 'zh-tw', 'sr-Latn', 'de-AT', 'uz-AF', 'pt-u-ca-gregory'].map((tag) => {
    const locale = new Intl.Locale(tag);
    return [locale.baseName, locale.region ?? null, String(locale.maximize()), String(locale.maximize().minimize())];
  });
}";
    let expected = r#"[["en",null,"en-Latn-US","en"],["zh-TW","TW","zh-Hant-TW","zh-TW"],["sr-Latn",null,"sr-Latn-RS","sr-Latn"],["de-AT","AT","de-Latn-AT","de-AT"],["uz-AF","AF","uz-Arab-AF","uz-AF"],["pt",null,"pt-Latn-BR-u-ca-gregory","pt-u-ca-gregory"]]"#;
    assert_eq!(answer(code), expected);
}

#[test]
fn who_asks_for_a_locale_that_is_not_there_is_told_once() {
    let source = format!(
        "{HEAD}export default class extends BaseHTTPRequestHandler {{\n  do_GET() {{\n    const said = [(1.5).toLocaleString('de-DE'), (1.5).toLocaleString('de-DE'), new Date(0).toLocaleDateString('en-GB', {{ timeZone: 'UTC' }}),\n      'a'.localeCompare('b', 'sv'), (2).toLocaleString('en'), (2).toLocaleString(['xx', 'en-US']), (2).toLocaleString(), Intl.NumberFormat.supportedLocalesOf(['en-GB', 'en', 'pl'])];\n    \
         this.send_response(200); this.end_headers(); this.wfile.write(JSON.stringify(said));\n  }}\n}}\n"
    );
    let server = serve("app.js", &source, &[]);
    assert_eq!(server.connect().get("/").text(), r#"["1.5","1.5","1/1/1970",-1,"2","2","2",["en"]]"#);
    server.wait_for_log("the locale sv is not here, and was answered as en-US");
    let told = server.logged("Intl: the locale");
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("de-DE") && told[1].contains("en-GB"), "{told:?}");
}

#[test]
fn what_is_costly_is_in_a_component_only_when_it_is_used() {
    let there = folder(&[(
        "hello.js",
        &format!(
            "{HEAD}export default class extends BaseHTTPRequestHandler {{ do_GET() {{ this.send_error(404); }} }}"
        ),
    )]);
    let out = there.path().join("hello.wasm");
    let outcome = doverb(&[
        "build",
        &there.path().join("hello.js").display().to_string(),
        "--out",
        &out.display().to_string(),
    ]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let size = out.metadata().expect("it was built").len();
    assert!(size < 2 << 20, "{size} bytes");
}

#[test]
fn an_object_with_fetch_is_served_in_both_directions() {
    let source = "const log = [];
export default {
  async fetch(request, env, context) {
    const url = new URL(request.url);
    if (url.pathname === '/echo') return new Response(request.body, { headers: { 'Content-Type': request.headers.get('Content-Type') } });
    if (url.pathname === '/env') return Response.json([env.WORD, request.method, url.searchParams.get('q'), url.host]);
    if (url.pathname === '/later') { context.waitUntil(Promise.resolve().then(() => log.push('waited'))); return new Response(null, { status: 204 }); }
    if (url.pathname === '/log') return new Response(log.join());
    if (url.pathname === '/cookies') { const headers = new Headers(); headers.append('Set-Cookie', 'a=1'); headers.append('Set-Cookie', 'b=2'); return new Response('', { headers }); }
    if (url.pathname === '/wrong') return 'text';
    if (url.pathname === '/ticks') {
      let left = 3;
      return new Response(new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          if (left-- > 0) controller.enqueue(new TextEncoder().encode(`tick ${left}\\n`)); else controller.close();
        },
      }));
    }
    return new Response(`${await request.text()}!`, { status: 404, statusText: 'Nothing Here' });
  },
};
";
    let server = serve("app.js", source, &["--env", "WORD=granted"]);
    let mut client = server.connect();
    let host = server.address().to_string();
    let response = client.call(format!("GET /env?q=1 HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    assert_eq!(response.text(), format!(r#"["granted","GET","1","{host}"]"#));
    assert_eq!(response.field("Content-Type"), Some("application/json"));
    let response = client.post("/other", "body");
    assert_eq!(
        (response.status_line.as_str(), response.text()),
        ("HTTP/1.1 404 Nothing Here", "body!".into())
    );
    assert_eq!(client.get("/later").status, 204);
    assert_eq!(client.get("/log").text(), "waited");
    assert_eq!(client.get("/cookies").values("Set-Cookie"), ["a=1", "b=2"]);
    assert_eq!(client.get("/ticks").text(), "tick 2\ntick 1\ntick 0\n");
    let long = "0123456789abcdef".repeat(20_000);
    let fields = format!("Content-Type: text/x\r\nContent-Length: {}\r\n", long.len());
    let response = client.call(request("POST", "/echo", &fields) + &long);
    assert_eq!((response.field("Content-Type"), response.text() == long), (Some("text/x"), true));
    assert_eq!(server.connect().get("/wrong").status, 500);
    server.wait_for_log("fetch(request) is to return a Response, not text");
}

#[test]
fn an_app_that_routes_is_served_as_it_is_exported() {
    let app = "export class Router {\n  routes = new Map();\n  get(path, answer) { this.routes.set(path, answer); return this; }\n  \
        fetch = (request) => (this.routes.get(new URL(request.url).pathname) ?? (() => new Response('none', { status: 404 })))(request);\n}\n";
    let index = "import { Router } from './router.js';\nconst app = new Router();\napp.get('/', () => new Response('root'));\nexport default app;\n";
    let there = folder(&[("router.js", app), ("index.js", index)]);
    let server = Server::start(&there.path().join("index.js"), &["--no-watch"]);
    let mut client = server.connect();
    assert_eq!(client.get("/").text(), "root");
    assert_eq!(client.get("/else").status, 404);
    let common = "module.exports = { fetch() { return new Response('common'); } };\n";
    assert_eq!(serve("app.cjs", common, &[]).connect().get("/").text(), "common");
}

#[test]
fn what_a_default_export_cannot_serve_is_told() {
    let there = folder(&[("app.js", "export default { fetsch() {} };\n")]);
    let said = doverb(&["build", &there.path().join("app.js").display().to_string()]).stderr.join("\n");
    let words = "neither a class that extends BaseHTTPRequestHandler nor an object with fetch(request)";
    assert!(said.contains(words), "{said}");
}

#[test]
fn what_a_mixin_adds_is_served() {
    let mixin = "export const WithPing = (Base) => class extends Base { do_PING() { this.send_error(418); } };\n\
        export function WithPong(Base) { return class extends Base { do_PONG() { this.send_error(417); } }; }\n";
    let app = format!(
        "{HEAD}import {{ WithPing, WithPong as Pong }} from './mixins.js';\n\
         export class App extends WithPing(Pong(BaseHTTPRequestHandler)) {{ do_GET() {{ this.send_error(416); }} }}\n"
    );
    let there = folder(&[("mixins.js", mixin), ("app.js", &app)]);
    let server = Server::start(&there.path().join("app.js"), &["--no-watch"]);
    for (method, status) in [("GET", 416), ("PING", 418), ("PONG", 417), ("PUT", 501)] {
        assert_eq!(server.connect().call(request(method, "/", "")).status, status, "{method}");
    }
}

#[test]
fn names_that_are_nearly_right_are_told() {
    let class = "export default class extends BaseHTTPRequestHandler { doGet() {} do_POST() {} }";
    let there = folder(&[
        ("app.js", &format!("{HEAD}{class}")),
        (
            "base.js",
            "import { BaseHttpRequestHandler } from 'doverb';\nexport default class extends BaseHttpRequestHandler {}\n",
        ),
    ]);
    let said =
        |name: &str| doverb(&["build", &there.path().join(name).display().to_string()]).stderr.join("\n");
    assert!(said("app.js").contains("doGet serves nothing that clients send: the method for GET is do_GET"));
    for (name, source, words) in [
        (
            "a.js",
            format!("{HEAD}export default class Shop extends BaseHTTPRequestHandler {{ get() {{}} }}"),
            "Shop serves no method. Give it one: do_GET()",
        ),
        (
            "b.js",
            format!("{HEAD}export default class extends BaseHTTPRequestHandler {{ handlePost() {{}} }}"),
            "its class serves no method: the method for POST is do_POST, and not handlePost",
        ),
        (
            "c.js",
            "export default class Shop extends BaseHttpRequestHandler { do_GET() {} }".to_owned(),
            "Shop extends BaseHttpRequestHandler. It is called BaseHTTPRequestHandler: import",
        ),
        (
            "d.js",
            "export class Shop extends BaseHTTPRequestHandler { do_GET() {} }".to_owned(),
            "which is not imported: import { BaseHTTPRequestHandler } from 'doverb'",
        ),
        (
            "e.js",
            "export default class Shop { do_GET() {} }".to_owned(),
            "Shop has do_GET, and does not extend BaseHTTPRequestHandler",
        ),
        (
            "f.js",
            "await new Promise(() => {}); export default { fetch() {} }".to_owned(),
            "the top level awaits what nothing settles",
        ),
    ] {
        let there = folder(&[(name, &source)]);
        let said = doverb(&["build", &there.path().join(name).display().to_string()]).stderr.join("\n");
        assert!(said.contains(words) && !said.contains("do-"), "{name}: {said}");
    }
    let words = "base.js:1:10: \"doverb\" has no BaseHttpRequestHandler. It is called BaseHTTPRequestHandler";
    assert!(said("base.js").contains(words), "{}", said("base.js"));
}

#[test]
fn a_handler_that_throws_keeps_its_instance_and_what_it_knows() {
    let source = format!(
        "{HEAD}let calls = 0;\nexport default class extends BaseHTTPRequestHandler {{\n  static protocol_version = 'HTTP/1.1';\n  \
         do_GET() {{\n    calls++;\n    if (this.path === '/before') throw new TypeError('before');\n    this.send_response(200);\n    \
         if (this.path === '/half') this.send_header('Content-Length', '10');\n    this.end_headers();\n    this.wfile.write(`${{calls}}`);\n    \
         if (this.path === '/half') {{ this.wfile.flush(); throw new TypeError('half'); }}\n    if (this.path === '/whole') throw new TypeError('whole');\n  }}\n}}\n"
    );
    let server = serve("app.js", &source, &["--isolation", "worker", "--workers", "1", "--threads", "1"]);
    assert_eq!(server.connect().get("/").text(), "1");
    assert_eq!(server.connect().get("/before").status, 500);
    server.wait_for_log("TypeError: before");
    let mut client = server.connect();
    client.send(request("GET", "/half", ""));
    client.read_to_any_end();
    server.wait_for_log("TypeError: half");
    assert_eq!(server.connect().get("/whole").text(), "4");
    server.wait_for_log("TypeError: whole");
    assert_eq!(server.connect().get("/").text(), "5", "it is the instance of before");
    assert!(server.logged("wasm").is_empty(), "{:?}", server.logged("wasm"));
}

#[test]
fn an_error_is_shown_once_with_the_lines_around_it() {
    let source = format!(
        "{HEAD}export default class extends BaseHTTPRequestHandler {{\n  do_GET() {{\n    const none = undefined;\n    return none.field;\n  }}\n  \
         do_POST() {{ console.log(); console.log('%s is %d', 'a', 1, {{ b: new Map([[1, [2]]]) }}); console.table([{{ a: 1 }}]); console.dir({{ a: {{ b: 1 }} }}, {{ depth: 0 }}); console.log('%o', [3]); (function () {{ console.log(arguments); }})(7); console.assert(false, '%s!', 'no'); throw new AggregateError([new Error('one'), new RangeError('two')], 'both'); }}\n}}\n"
    );
    let server = serve("app.js", &source, &[]);
    assert_eq!(server.connect().get("/").status, 500);
    server.wait_for_log(">    5 |     return none.field;");
    assert_eq!(server.logged("cannot read property 'field' of undefined").len(), 1);
    assert_eq!(server.connect().post("/", "").status, 500);
    server.wait_for_log("a is 1 { b: Map(1) { 1 => [ 2 ] } }");
    server.wait_for_log("│ 0       │ 1 │");
    server.wait_for_log("{ a: [Object] }");
    server.wait_for_log("Assertion failed: no!");
    server.wait_for_log("[ 3, [length]: 1 ]");
    server.wait_for_log("[Arguments] { '0': 7 }");
    server.wait_for_log("AggregateError: both");
    server.wait_for_log("among them Error: one");
    server.wait_for_log("among them RangeError: two");
}

#[test]
fn texts_in_the_encodings_of_the_standard_are_read() {
    let code = "async function answer() {
  const read = (label, ...bytes) => new TextDecoder(label).decode(Uint8Array.from(bytes));
  const refused = (label, ...bytes) => { try { new TextDecoder(label, { fatal: true }).decode(Uint8Array.from(bytes)); } catch (error) { return error.name; } };
  return [read('latin1', 0xe9, 0x80), read('utf-16be', 0x20, 0xac), read('utf-16', 0xac, 0x20), read('Windows-1251', 0xcf, 0xf0), read('iso-8859-15', 0xa4),
    read('koi8-r', 0xf0), read('ibm866', 0x80), read('x-mac-roman', 0xdb), new TextDecoder('L5').encoding, refused('windows-1253', 0xff), refused('shift_jis')];
}";
    assert_eq!(
        answer(code),
        r#"["é€","€","€","Пр","€","П","А","€","windows-1254","TypeError","RangeError"]"#
    );
}

#[test]
fn letters_are_made_large_and_small_by_the_rules_of_turkish_and_what_has_others_is_told() {
    let source = format!(
        "{HEAD}export default class extends BaseHTTPRequestHandler {{\n  do_GET() {{\n    \
         const said = ['istanbul I'.toLocaleUpperCase('tr'), 'ISTANBUL \u{130} I\u{307}'.toLocaleLowerCase(['az-Latn', 'en']), 'i'.toLocaleUpperCase(), 'I'.toLocaleLowerCase('en'), '\u{e0}'.toLocaleUpperCase('lt')];\n    \
         try {{ 'i'.toLocaleUpperCase('!'); }} catch (error) {{ said.push(error.name); }}\n    \
         this.send_response(200); this.end_headers(); this.wfile.write(said.join());\n  }}\n}}\n"
    );
    let server = serve("app.js", &source, &[]);
    assert_eq!(server.connect().get("/").text(), "\u{130}STANBUL I,\u{131}stanbul i i,I,i,\u{c0},RangeError");
    server.wait_for_log("Intl: the locale lt is not here");
}

#[test]
fn code_that_is_made_of_a_text_awaits() {
    let code = "async function answer() {
  const made = new Function('return (async () => { await null; return 5; })()');
  const Made = (async () => {}).constructor;
  const later = new Made('given', 'return (await given) + 1');
  const failed = await new Made('await 1; throw new RangeError(\"inside\")')().catch((error) => error.message);
  return [await made(), await later(new Promise((resolve) => setTimeout(resolve, 5, 41))), failed, await eval('(async () => 7)()')];
}";
    assert_eq!(answer(code), r#"[5,42,"inside",7]"#);
}

#[test]
fn keys_that_are_not_there_are_refused_by_name() {
    let code = "async function answer() {
  const said = [];
  for (const work of [
    () => crypto.subtle.importKey('spki', new Uint8Array(8), { name: 'X448' }, true, []),
    () => crypto.subtle.importKey('jwk', { kty: 'EC', crv: 'P-256' }, { name: 'DH' }, true, ['deriveBits']),
    () => crypto.subtle.generateKey({ name: 'Ed448' }, true, ['sign']),
    () => crypto.subtle.encrypt({ name: 'RSAES-PKCS1-v1_5' }, {}, new Uint8Array(1)),
  ]) await work().catch(({ name, message }) => said.push(name, message));
  return said;
}";
    let said = answer(code);
    assert_eq!(said.matches("NotSupportedError").count(), 4, "{said}");
    for what in ["X448", "DH", "Ed448", "RSAES-PKCS1-v1_5"] {
        assert!(said.contains(&format!("{what} is not there: a handler in QuickJS has ")), "{said}");
    }
}

#[test]
fn what_is_not_a_function_is_named_with_its_place() {
    let source = format!(
        "{HEAD}export default class extends BaseHTTPRequestHandler {{\n  async do_GET() {{\n    \
         if (this.path === '/own') this.shop.find('x').open();\n    const made = {{}};\n    await null;\n    made.later(1);\n  }}\n  \
         shop = {{ find: () => ({{}}) }};\n}}\n"
    );
    let server = serve("app.js", &source, &[]);
    assert_eq!(server.connect().get("/").status, 500);
    server.wait_for_log("TypeError: made.later is not a function");
    server.wait_for_log("(app.js:7:");
    assert_eq!(server.connect().get("/own").status, 500);
    server.wait_for_log("TypeError: (...).open is not a function");
    server.wait_for_log("(app.js:4:");
}

#[test]
fn buffers_are_read_and_written_by_the_engine_as_in_node() {
    let code = "import { Buffer } from 'node:buffer';\nasync function answer() {
  const bytes = Buffer.from([0, 233, 0xc3, 0xa9, 255]);
  const read = ['utf8', 'latin1', 'base64', 'base64url', 'HEX'].map((encoding) => [bytes.toString(encoding), bytes.toString(encoding, 1, 3), bytes.toString(encoding, 4, 2)]);
  const written = [['aGk', 'base64'], ['a-_k', 'base64'], ['a*Gk=', 'base64'], ['w6k', 'base64url'], ['00FF', 'hex'], ['00fg', 'hex']];
  const large = Buffer.alloc(4_000_000, 'ab\u{e9}');
  const began = performance.now();
  const again = [large.toString(), large.toString('latin1').length, Buffer.from(large.toString('base64'), 'base64'), Buffer.from(large.toString('hex'), 'hex')];
  const took = performance.now() - began;
  return [read, written.map(([text, encoding]) => [...Buffer.from(text, encoding)]), again[1], again[2].equals(large), again[3].equals(large), Buffer.byteLength(again[0]), took < 2000 || took];
}";
    let expected = r#"[[["\u0000�é�","��",""],["\u0000éÃ©ÿ","éÃ",""],["AOnDqf8=","6cM=",""],["AOnDqf8","6cM",""],["00e9c3a9ff","e9c3",""]],[[104,105],[107,239,228],[104,105],[195,169],[0,255],[0]],4000000,true,true,4000000,true]"#;
    assert_eq!(answer(code), expected);
}

#[test]
fn ticks_stacks_and_bytes_are_as_in_node() {
    let code = "import { inspect, format } from 'node:util';
class Mine extends Error { constructor(text) { super(text); this.name = 'Mine'; } }
async function order() {
  const seen = [];
  await new Promise((resolve) => setTimeout(() => {
    Promise.resolve().then(() => seen.push('promise'));
    process.nextTick(() => { seen.push('tick'); process.nextTick(() => seen.push('tick of tick')); });
    queueMicrotask(() => { seen.push('micro'); process.nextTick(() => seen.push('tick of micro')); });
    resolve();
  }, 1));
  await new Promise((resolve) => setTimeout(resolve, 5));
  return seen;
}
async function answer() {
  const bytes = new Uint8Array([98, 99]);
  const captured = Object.assign(new Error('made'), { name: 'Made' });
  Error.captureStackTrace(captured, answer);
  const { stack } = new Mine('of mine');
  return [await order(), stack.split('\\n')[0], /^    at .*answer.* \\(app\\.js:\\d+:\\d+\\)$/m.test(stack), captured.stack.split('\\n')[0],
    inspect({ m: new Map([[1, { a: { b: { c: 1 } } }]]) }), inspect({ a: { b: { c: { d: 1 } } } }, { depth: null }), inspect('x', { colors: true }).length > 3, format('%s:%d', 'a', new Map().size, new Set([1])),
    Buffer.from('abcabc').indexOf(bytes), Buffer.from('abcabc').lastIndexOf(bytes), Buffer.from('abc').includes(bytes), Buffer.from('abc').indexOf(''), Buffer.prototype.indexOf.call(new Uint8Array([1, 98, 99]), bytes, 0)];
}";
    let expected = r#"[["tick","tick of tick","promise","micro","tick of micro"],"Mine: of mine",true,"Made: made","{ m: Map(1) { 1 => { a: [Object] } } }","{\n  a: { b: { c: { d: 1 } } }\n}",true,"a:0 Set(1) { 1 }",1,4,true,0,1]"#;
    assert_eq!(answer(code), expected);
}

#[test]
fn a_module_is_told_where_it_is_and_whether_it_is_the_first() {
    let app = "import * as other from './lib/other.mjs';\nimport { fileURLToPath } from 'node:url';\n\
        const isFirst = process.argv[1] === fileURLToPath(import.meta.url);\nexport default { fetch: () => Response.json([isFirst, import.meta.main, import.meta.filename, other.told]) };\n";
    let other = "export const told = [import.meta.url, import.meta.dirname, import.meta.main, new URL('./x.txt', import.meta.url).href];\n";
    let there = folder(&[("app.mjs", app), ("lib/other.mjs", other)]);
    let server = Server::start(&there.path().join("app.mjs"), &["--no-watch"]);
    let expected = r#"[true,true,"/app/app.mjs",["file:///app/lib/other.mjs","/app/lib",false,"file:///app/lib/x.txt"]]"#;
    assert_eq!(server.connect().get("/").text(), expected);
    let common = "const inner = require('./inner.cjs');\nexports.fetch = () => Response.json([require.main === module, inner.isFirst, module.require('./inner.cjs') === inner]);\n";
    let there = folder(&[("app.cjs", common), ("inner.cjs", "exports.isFirst = require.main === module;\n")]);
    let server = Server::start(&there.path().join("app.cjs"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "[true,false,true]");
}

#[test]
fn a_request_is_what_a_program_would_have_made_of_it() {
    let source = "export default { fetch(request) {
  const { headers, signal } = request;
  const same = [...headers].every(([name, value]) => headers.get(name) === value) && headers.has('HOST');
  headers.append('X-One', 'three');
  const copy = new Request(request);
  const said = [request.method, request.url, copy.url === request.url, same, headers.get('x-one'), headers.getSetCookie().length,
    copy.headers.get('x-one'), [...headers.keys()].join(), signal === request.signal, signal.aborted];
  return Response.json([...said, new URL(request.url).href === request.url]);
} };
";
    let folder = folder(&[("request.js", source)]);
    let server = Server::start(&folder.path().join("request.js"), &["--no-watch", "--cpu-time", "60s"]);
    let cases = [
        ("localhost", "/", "http://localhost/"),
        ("localhost:8000", "/a/b.c?d=e", "http://localhost:8000/a/b.c?d=e"),
        ("LOCALHOST:80", "/", "http://localhost/"),
        ("a.example:443", "/?", "http://a.example:443/?"),
        ("a.example:080", "/", "http://a.example/"),
        ("127.0.0.1:65535", "/", "http://127.0.0.1:65535/"),
        ("127.1", "/", "http://127.0.0.1/"),
        ("[::1]:80", "/", "http://[::1]/"),
        ("h", "/a/../b/./c", "http://h/b/c"),
        ("h", "/a/%2e%2E/b", "http://h/b"),
        ("h", "/.well-known/x", "http://h/.well-known/x"),
        // A path has one stroke at its beginning, as in CPython.
        ("h", "//double//", "http://h/double//"),
        ("h", "/%C3%A9?a='b'", "http://h/%C3%A9?a=%27b%27"),
    ];
    for (host, target, url) in cases {
        let mut client = server.connect();
        client.send(
            format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nX-One: one\r\nx-ONE: two\r\n\r\n").as_bytes(),
        );
        let wanted = format!(
            "[\"GET\",\"{url}\",true,true,\"one, two, three\",0,\"one, two, three\",\"host,x-one\",true,false,true]"
        );
        assert_eq!(client.read_response().text(), wanted, "{host} {target}");
    }
}
