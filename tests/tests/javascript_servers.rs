//! Programs in JavaScript that make a server of their own, as for Node, Deno, Bun and the older Workers: they are served as they are.

use doverb_tests::sources::folder;
use doverb_tests::{Server, doverb, request};

fn serve(name: &str, source: &str) -> Server {
    let folder = folder(&[(name, source)]);
    Server::start(&folder.path().join(name), &["--no-watch"])
}

/// What is said of a program that does not build.
fn refusal(name: &str, source: &str) -> String {
    let folder = folder(&[(name, source)]);
    let built = doverb(&["build", &folder.path().join(name).display().to_string()]);
    assert_ne!(built.code, Some(0), "{:?}", built.stderr);
    built.stderr.join("\n")
}

const OF_NODE: &str = r#"import { createServer } from 'node:http';
const server = createServer(async (req, res) => {
  const { pathname } = new URL(req.url, 'http://localhost');
  if (pathname === '/echo') {
    let body = '';
    for await (const chunk of req) body += chunk;
    res.setHeader('Set-Cookie', ['a=1', 'b=2']);
    res.writeHead(201, 'Made', { 'Content-Type': 'text/plain', 'X-Complete': String(req.complete) });
    return res.end(body.toUpperCase());
  }
  if (pathname === '/events') {
    const seen = [];
    req.on('data', (piece) => seen.push(piece)).on('end', () => res.end(Buffer.concat(seen).toString('hex')));
    res.on('finish', () => console.log('finished', res.writableFinished)).on('close', () => console.log('closed'));
    return undefined;
  }
  if (pathname === '/parts') {
    res.write('a');
    setTimeout(() => { res.write(Buffer.from('b')); setTimeout(() => res.end('c'), 5); }, 5);
    return undefined;
  }
  if (pathname === '/pipe') return req.pipe(res.setHeader('Content-Type', 'a/b'));
  if (pathname === '/none') return res.writeHead(204).end();
  if (pathname === '/never') return undefined;
  if (pathname === '/throw') throw new Error('mine');
  if (pathname === '/late') {
    res.end('x');
    try { res.setHeader('a', 'b'); } catch (error) { setImmediate(() => console.log(error.code)); }
    return undefined;
  }
  const { headers: { 'x-a': a, cookie, 'x-twice': twice }, method, httpVersion, socket } = req;
  return res.end(JSON.stringify({ method, httpVersion, a, cookie, twice, from: socket.remoteAddress, address: server.address().port }));
});
server.listen(process.env.PORT || 3000, () => console.log('listens'));
"#;

#[test]
fn a_program_for_nodes_http_is_served() {
    let server = serve("app.mjs", OF_NODE);
    let mut client = server.connect();
    let fields = "X-A: 1\r\nCookie: a=1\r\nCookie: b=2\r\nX-Twice: x\r\nX-Twice: y\r\n";
    let plain = client.call(request("DELETE", "/", fields));
    let expected = r#"{"method":"DELETE","httpVersion":"1.1","a":"1","cookie":"a=1; b=2","twice":"x, y","from":"127.0.0.1","address":3000}"#;
    assert_eq!(plain.text(), expected);
    assert_eq!(plain.field("Content-Length"), Some(&expected.len().to_string()[..]));
    let echo = client.post("/echo", "héllo");
    assert_eq!((echo.status, echo.reason(), echo.text()), (201, "Made", "HÉLLO".to_owned()));
    assert_eq!(echo.values("Set-Cookie"), ["a=1", "b=2"]);
    assert_eq!(echo.field("X-Complete"), Some("true"));
    assert_eq!(client.post("/events", "abc").text(), "616263");
    server.wait_for_log("finished true");
    server.wait_for_log("closed");
    let parts = client.get("/parts");
    assert_eq!((parts.text(), parts.field("Transfer-Encoding")), ("abc".to_owned(), Some("chunked")));
    let piped = client.post("/pipe", "through");
    assert_eq!((piped.text(), piped.field("Content-Type")), ("through".to_owned(), Some("a/b")));
    let none = client.get("/none");
    assert_eq!((none.status, none.field("Content-Length"), none.text()), (204, None, String::new()));
    assert_eq!(client.get("/late").text(), "x");
    server.wait_for_log("ERR_HTTP_HEADERS_SENT");
}

#[test]
fn what_a_program_for_node_does_wrong_is_told() {
    let server = serve("app.mjs", OF_NODE);
    assert_eq!(server.connect().get("/throw").status, 500);
    server.wait_for_log("at <anonymous> (app.mjs:25:");
    assert_eq!(server.connect().get("/never").status, 500);
    server.wait_for_log("GET /never is not answered");
}

#[test]
fn an_app_that_is_exported_or_listens_later_is_served() {
    // As express and connect make theirs.
    let app = "const http = require('http');\nfunction app(req, res) { app.handle(req, res); }\napp.handle = (req, res) => { \
        res.statusCode = 203; res.end(`by ${req.url}`); };\napp.listen = (...values) => http.createServer(app).listen(...values);\n";
    for end in ["module.exports = app;\n", "(async () => { await null; await null; app.listen(3000); })();\n"]
    {
        let answer = serve("app.cjs", &format!("{app}{end}")).connect().get("/x");
        assert_eq!((answer.status, answer.text()), (203, "by /x".to_owned()));
    }
    // As koa makes its.
    let koa = "import https from 'node:https';\nexport default { callback: () => (req, res) => res.end('called back'), listen() {} };\n";
    assert_eq!(serve("app.mjs", koa).connect().get("/").text(), "called back");
    let exported = "import http from 'http';\nexport default http.createServer().on('request', (req, res) => res.end('exported'));\n";
    assert_eq!(serve("app.mjs", exported).connect().get("/").text(), "exported");
}

#[test]
fn a_server_of_deno_of_bun_and_of_an_event_is_served() {
    let deno = "Deno.serve({ port: 4000 }, async (request: Request, info) => new Response(`${await request.text()} ${info.remoteAddr.hostname} ${Deno.env.get('NONE')}`));\n";
    assert_eq!(serve("app.ts", deno).connect().post("/", "hi").text(), "hi 127.0.0.1 undefined");
    let bun = "const server = Bun.serve({\n  routes: { '/ok': new Response('OK'), '/users/:id': (request) => new Response(`user ${request.params.id}`), '/posts': { POST: async (request) => Response.json(await request.json()) }, '/a/*': new Response('star') },\n  \
        fetch(request) { if (request.url.endsWith('/bad')) throw new Error('bad'); return new Response(server.requestIP(request).address); },\n  error: (error) => new Response(`caught ${error.message}`, { status: 500 }),\n});\n";
    let server = serve("app.js", bun);
    let mut client = server.connect();
    for (path, text) in [
        ("/ok", "OK"),
        ("/ok", "OK"),
        ("/users/a%20b", "user a b"),
        ("/a/b/c", "star"),
        ("/else", "127.0.0.1"),
        ("/bad", "caught bad"),
    ] {
        assert_eq!(client.get(path).text(), text, "{path}");
    }
    assert_eq!(client.post("/posts", "{\"a\":1}").text(), "{\"a\":1}");
    let event = "addEventListener('fetch', (event) => event.respondWith(answer(event.request)));\nasync function answer(request) { return new Response(request.method); }\n";
    assert_eq!(serve("app.js", event).connect().get("/").text(), "GET");
}

#[test]
fn what_is_no_server_is_told_when_it_is_built() {
    let two = "import http from 'http';\nhttp.createServer(() => {}).listen(3000);\nhttp.createServer(() => {}).listen(9090);\n";
    assert!(refusal("app.mjs", two).contains("two servers listen, at port 3000 and port 9090"));
    let none = "import http from 'http';\nhttp.createServer(() => {});\n";
    assert!(refusal("app.mjs", none).contains("and no server listens"));
    let rejected = "import http from 'http';\nasync function main() {\n  await null;\n  throw new RangeError('no start');\n}\nmain();\n";
    let said = refusal("app.mjs", rejected);
    assert!(said.contains("RangeError: no start\n    at <anonymous> (app.mjs:4:"), "{said}");
    let ended = "import http from 'http';\ntry { throw new Error('no store'); } catch (error) { console.error('failed:', error.message); process.exit(1); }\n";
    let said = refusal("app.mjs", ended);
    assert!(said.contains("the program calls process.exit(1) while the component is built, after it has said:\n  failed: no store"), "{said}");
    // A handler that is a class, too.
    let class = "import { BaseHTTPRequestHandler } from 'doverb';\nPromise.reject(new RangeError('lost'));\nexport default class extends BaseHTTPRequestHandler { do_GET() {} }\n";
    let said = refusal("app.js", class);
    assert!(said.contains("RangeError: lost\n    at <anonymous> (app.js:2:"), "{said}");
}

#[test]
fn who_listens_for_rejections_is_told_of_them() {
    let source = "import http from 'http';\nprocess.on('unhandledRejection', (reason) => console.log('heard', reason.message));\n\
        http.createServer((req, res) => { Promise.reject(new Error('aside')); res.end('on'); }).listen(3000);\n";
    let server = serve("app.mjs", source);
    assert_eq!(server.connect().get("/").text(), "on");
    server.wait_for_log("heard aside");
}
