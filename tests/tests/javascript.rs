//! Handlers in JavaScript and TypeScript, served from their sources.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::thread;

use doverb_tests::browser::{Browser, Done, expect_text};
use doverb_tests::sources::folder;
use doverb_tests::{LATER, Server, repository, request, server};
use fantoccini::{Client, Locator};

const MIB: usize = 1 << 20;
const HEAD: &str = "import { BaseHTTPRequestHandler } from 'doverb';\n";

fn example(name: &str) -> Server {
    Server::start(&repository().join("guest/examples").join(name), &["--no-watch", "--cpu-time", "120s"])
}

/// A server of a class with these members.
fn serve(members: &str) -> Server {
    serve_with(members, &[])
}

fn serve_with(members: &str, arguments: &[&str]) -> Server {
    let source = format!("{HEAD}export default class extends BaseHTTPRequestHandler {{\n{members}\n}}\n");
    let folder = folder(&[("handler.js", &source)]);
    Server::start(&folder.path().join("handler.js"), &[&["--no-watch"], arguments].concat())
}

/// What the handler answers that sends what `expression` becomes.
fn value(expression: &str) -> String {
    serve(&format!("{ANSWER} do_GET() {{ this.answer({expression}); }}"))
        .connect()
        .get("/page?a=1&b=x+y")
        .text()
}

const ANSWER: &str =
    "answer(value) { this.send_response(200); this.end_headers(); this.wfile.write(String(value)); }";

/// Differs from place to place, so that a lost, repeated or swapped piece is seen.
fn pattern() -> Vec<u8> {
    (0..(64 * MIB / 4) as u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

#[test]
fn connections_that_share_an_instance_have_handlers_of_their_own() {
    let members = format!(
        "{ANSWER} static protocol_version = 'HTTP/1.1'; count = 0; do_GET() {{ this.answer(++this.count); }}"
    );
    let server = serve_with(&members, &["--isolation", "worker", "--workers", "1", "--threads", "1"]);
    let (mut one, mut other) = (server.connect(), server.connect());
    let counts = [one.get("/").text(), other.get("/").text(), one.get("/").text(), one.get("/").text()];
    assert_eq!(counts, ["1", "1", "2", "3"]);
    drop(one);
    assert_eq!(server.connect().get("/").text(), "1");
    assert_eq!(other.get("/").text(), "2");
}

#[test]
fn hello_answers_as_in_every_language() {
    let server = example("js-hello");
    let mut client = server.connect();
    for _ in 0..2 {
        let response = client.get("/any/where?x");
        assert_eq!(response.status_line, "HTTP/1.1 200 OK");
        assert_eq!(response.values("Content-Type"), ["text/plain"]);
        assert_eq!(response.values("Content-Length"), ["13"]);
        assert_eq!(response.text(), "Hello, World!");
    }
    assert_eq!(client.call(request("PUT", "/", "")).status, 501);
}

#[test]
fn a_body_with_a_length_is_echoed_as_it_comes() {
    let server = example("js-echo");
    let mut client = server.connect().with_patience(LATER);
    assert_eq!(client.post("/", "warm").text(), "warm");
    let idle = server.memory();
    let body = pattern();
    let fields = format!("Content-Type: text/x\r\nContent-Length: {}\r\n", body.len());
    client.send(request("POST", "/", &fields));
    let mut writer = client.writer();
    let sent = body.clone();
    let sender = thread::spawn(move || writer.write_all(&sent));
    let head = client.read_bodiless();
    assert_eq!(head.field("Content-Type"), Some("text/x"));
    assert!(client.take(body.len()) == body, "it came back changed");
    sender.join().expect("no panic").expect("all was sent");
    assert!(server.peak_memory() < idle + (32 << 20), "it was not gathered: {}", server.peak_memory() - idle);
}

#[test]
fn a_body_in_chunks_is_echoed_as_it_comes() {
    let server = example("js-echo");
    let mut client = server.connect().with_patience(LATER);
    client.send(request("PUT", "/", "Transfer-Encoding: chunked\r\n"));
    let (mut writer, body) = (client.writer(), pattern());
    let sent = body.clone();
    let sender = thread::spawn(move || -> std::io::Result<()> {
        for piece in sent.chunks(MIB) {
            write!(writer, "{:x}\r\n", piece.len())?;
            writer.write_all(piece)?;
            writer.write_all(b"\r\n")?;
        }
        writer.write_all(b"0\r\n\r\n")
    });
    let head = client.read_bodiless();
    assert_eq!(head.field("Content-Type"), Some("application/octet-stream"));
    let mut got = Vec::with_capacity(body.len());
    while let Some(chunk) = client.read_chunk() {
        got.extend_from_slice(&chunk);
    }
    assert!(got == body, "it came back changed, with {} bytes", got.len());
    sender.join().expect("no panic").expect("all was sent");
}

#[test]
fn the_list_of_things_to_do_speaks_json() {
    let server = example("ts-todo");
    let mut client = server.connect();
    let added = client.post("/items", r#"{"title": " Caf\u00e9 "}"#);
    assert_eq!((added.status, &*added.text()), (201, "{\"id\":1,\"title\":\"Caf\u{e9}\",\"done\":false}\n"));
    let cookie = added.field("Set-Cookie").expect("the list").split(';').next().expect("a pair").to_owned();
    let with = |method: &str, path: &str, body: &str| {
        request(method, path, &format!("Cookie: {cookie}\r\nContent-Length: {}\r\n", body.len())) + body
    };
    let done = client.call(with("PATCH", "/items/1", r#"{"done": true}"#));
    assert!(done.text().contains("\"done\":true"), "{}", done.text());
    assert_eq!(client.call(with("GET", "/items?done=true", "")).text(), "[]\n");
    assert_eq!(client.call(with("DELETE", "/items/1", "")).text(), "[]\n");
    for (method, path, body, status, words) in [
        ("POST", "/items", "{", 400, "the body is not JSON"),
        ("POST", "/items", "{}", 400, "title must be a text"),
        ("PATCH", "/items/1", "{\"done\": 1}", 400, "done must be true or false"),
        ("PATCH", "/items/7", "{}", 404, "no such item"),
    ] {
        // An error closes the connection.
        let response = server.connect().call(with(method, path, body));
        assert_eq!(response.status, status, "{method} {path} {body}");
        assert_eq!(response.text(), format!("{{\"error\": \"{words}\"}}\n"));
    }
}

#[test]
fn the_page_of_things_to_do_works_in_a_browser() {
    visit_in_a_browser(&example("ts-todo"), "/");
}

#[test]
fn the_page_of_things_to_do_works_below_a_path() {
    let below = format!("/todo={}", repository().join("guest/examples/ts-todo").display());
    let server = Server::spawn(server::command(&["--no-watch", &below]));
    let front = server.connect().get("/todo");
    assert_eq!((front.status, front.field("Location")), (301, Some("/todo/")));
    let added = server.connect().post("/todo/items", r#"{"title": "Milk"}"#);
    assert!(
        added.field("Set-Cookie").is_some_and(|cookie| cookie.contains("; Path=/todo/;")),
        "{}",
        added.head()
    );
    visit_in_a_browser(&server, "/todo");
}

fn visit_in_a_browser(server: &Server, path: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let browser = Browser::start().await;
        let url = format!("http://{}{path}", server.address());
        visit(&browser.client, &url).await.expect("the browser does as told");
        browser.close().await;
    });
}

async fn visit(browser: &Client, url: &str) -> Done {
    browser.goto(url).await?;
    for title in ["Milk", "<b>Bread</b>"] {
        browser.find(Locator::Css("[name=title]")).await?.send_keys(title).await?;
        browser.find(Locator::Css("form button")).await?.click().await?;
        expect_text(browser, "li:last-child label", title).await?;
    }
    browser.find(Locator::Css("li:first-child button")).await?.click().await?;
    expect_text(browser, "li:first-child label", "<b>Bread</b>").await?;
    browser.refresh().await?;
    expect_text(browser, "ul", "<b>Bread</b>\nRemove").await
}

#[test]
fn an_error_is_logged_with_its_stack_and_the_next_request_is_fine() {
    let handler = "\
import { BaseHTTPRequestHandler } from 'doverb';
import { check } from './lib/check.ts';
interface Unused { of: 'types' }
export default class extends BaseHTTPRequestHandler {
  do_GET() {
    if (this.path === '/late') { this.send_response(200); this.end_headers(); this.wfile.write('x'); this.wfile.flush(); }
    check(this.path as string);
    this.send_response(200);
    this.end_headers();
  }
}
";
    let check = "type Path = string;\n\nexport function check(path: Path): void {\n  \
                 if (path !== '/') throw new RangeError('no such path', { cause: 'typed' });\n}\n";
    let folder = folder(&[
        ("package.json", r#"{"main": "src/app.ts"}"#),
        ("src/app.ts", handler),
        ("src/lib/check.ts", check),
    ]);
    let server = Server::start(folder.path(), &["--no-watch"]);
    assert_eq!(server.connect().get("/bad").status, 500);
    server.wait_for_log("RangeError: no such path");
    server.wait_for_log("    at check (src/lib/check.ts:4:");
    server.wait_for_log("    at do_GET (src/app.ts:7:");
    server.wait_for_log("Caused by Thrown: typed");
    assert_eq!(server.connect().get("/").status, 200);
    let mut client = server.connect();
    client.send(request("GET", "/late", ""));
    let (sent, _) = client.read_to_any_end();
    assert!(sent.ends_with(b"1\r\nx\r\n"), "its last chunk is missing: {}", sent.escape_ascii());
    assert_eq!(server.connect().get("/").status, 200);
}

#[test]
fn async_methods_may_await_what_settles_by_itself() {
    let server = serve(&format!(
        "{ANSWER}
        async *numbers() {{ yield 1; yield* [2, await Promise.resolve(3)]; }}
        async do_GET() {{
            const all = [];
            for await (const number of this.numbers()) all.push(number);
            const [four] = await Promise.all([4, new Promise((resolve) => queueMicrotask(resolve))]);
            this.answer([...all, four]);
        }}
        async do_POST() {{ await new Promise(() => {{}}); }}
        async do_PUT() {{ await null; throw new TypeError('after a while'); }}
        do_DELETE() {{ Promise.reject(new TypeError('nobody listens')); this.answer(''); }}"
    ));
    assert_eq!(server.connect().get("/").text(), "1,2,3,4");
    for (method, status, words) in [
        ("POST", 500, "do_POST awaits a promise that nothing settles"),
        ("PUT", 500, "TypeError: after a while"),
        // Its answer was whole by then.
        ("DELETE", 200, "TypeError: nobody listens"),
    ] {
        assert_eq!(
            server.connect().call(request(method, "/", "Content-Length: 0\r\n")).status,
            status,
            "{method}"
        );
        server.wait_for_log(words);
    }
}

#[test]
fn a_raw_connection_is_the_handlers() {
    let server = serve(
        "static protocol_version = 'HTTP/1.1';
        do_GET() {
            this.send_response(101);
            this.send_header('Connection', 'Upgrade');
            this.send_header('Upgrade', 'shout');
            this.end_headers();
            this.timeout = 0.05;
            for (;;) {
                try {
                    const text = new TextDecoder().decode(this.connection.recv());
                    if (text === '') return this.connection.sendall('bye');
                    this.connection.sendall(text.toUpperCase());
                } catch (error) {
                    if (error.kind !== 'timed-out') throw error;
                    this.connection.send('.');
                }
            }
        }",
    );
    let mut client = server.connect();
    client.send(request("GET", "/", "Connection: Upgrade\r\nUpgrade: shout\r\n"));
    assert_eq!(client.read_bodiless().status, 101);
    assert_eq!(client.take(1), b".", "a wait that timed out");
    client.send("loud");
    client.read_until(b"LOUD");
    client.end_sending();
    assert!(client.read_to_end().ends_with(b"bye"));
}

#[test]
fn an_edit_of_any_module_is_taken_up() {
    let handler = format!(
        "{HEAD}import {{ text }} from './text.js';\nimport data from './data.json' with {{ type: 'json' }};\n\
         export class Edited extends BaseHTTPRequestHandler {{ do_GET() {{ this.send_response(200); this.end_headers(); \
         this.wfile.write(text + data.number); }} }}\n"
    );
    let folder = folder(&[
        ("app.js", &handler),
        ("text.js", "export const text = 'one';"),
        ("data.json", "{ \"number\": 1 }"),
    ]);
    let server = Server::start(&folder.path().join("app.js"), &[]);
    assert_eq!(server.connect().get("/").text(), "one1");
    let edit = |name: &str, text: &str, logged: &str| {
        let mark = server.log.mark();
        fs::write(folder.path().join(name), text).expect("a file");
        server.log.wait_after(mark, LATER, |line| line.contains(logged))
    };
    edit("text.js", "export const text = 'two';", "reloaded");
    assert_eq!(server.connect().get("/").text(), "two1");
    edit("data.json", "{ \"number\": 2 }", "reloaded");
    assert_eq!(server.connect().get("/").text(), "two2");
    // One that does not build is told with its place, and the old version serves on.
    edit("text.js", "export const text = ;", "text.js:1:21: Unexpected token");
    assert_eq!(server.connect().get("/").text(), "two2");
    edit("text.js", "export { text } from './more.js';", "text.js:1:22: \"./more.js\" is not found");
    edit("more.js", "export const text = 'three';", "reloaded");
    assert_eq!(server.connect().get("/").text(), "three2");
}

#[test]
fn time_and_chance_are_not_those_of_the_build() {
    let members = format!(
        "{ANSWER} do_GET() {{ this.answer([Math.random(), crypto.randomUUID(), Date.now() - START, new Date().getTimezoneOffset(), \
         performance.now() < 5000]); }}"
    );
    let source = format!(
        "{HEAD}Math.random();\nconst START = Date.now();\nexport default class extends BaseHTTPRequestHandler {{ {members} }}"
    );
    let folder = folder(&[("handler.js", &source)]);
    let server = Server::start(&folder.path().join("handler.js"), &["--no-watch"]);
    let answers: Vec<Vec<String>> =
        (0..2).map(|_| server.connect().get("/").text().split(',').map(str::to_owned).collect()).collect();
    let [one, two] = &answers[..] else { panic!("two answers") };
    assert!(one[0] != two[0] && one[1] != two[1], "two instances have the same numbers: {answers:?}");
    assert!(one[2].parse::<i64>().expect("a number") > 0, "the clock stands still: {one:?}");
    assert_eq!(&two[3..], ["0", "true"]);
}

#[test]
fn sizes_may_be_numbers_or_bigints() {
    let epoch =
        value("[this.date_time_string(0), this.date_time_string(0n), this.date_time_string(0.9)].join('|')");
    assert_eq!(epoch, ["Thu, 01 Jan 1970 00:00:00 GMT"; 3].join("|"));
    let server = serve(&format!(
        "{ANSWER} do_GET() {{ this.log_request(201, 12345678901n); this.log_request(202n, 5); this.log_request(); \
         this.rfile.read(2 ** 53); this.timeout = 7n; this.answer(this.timeout); }}"
    ));
    assert_eq!(server.connect().get("/").text(), "7");
    for line in ["\" 201 12345678901", "\" 202 5", "\" - -"] {
        server.wait_for_log(line);
    }
}

#[test]
fn the_scheme_and_the_timeout_are_the_servers() {
    let expression =
        "[this.scheme, (this.timeout = 0.2, this.timeout), (this.timeout = 1e9, this.timeout < 1e9)]";
    assert_eq!(value(expression), "http,0.2,true");
}

#[test]
fn wrong_arguments_are_errors_of_the_language() {
    let cases = [
        ("this.send_response('two hundred')", "Failure: two hundred is no status"),
        ("this.send_response(70000)", "Failure: 70000 is no status"),
        ("this.send_header('a', 'b')", "Failure: send-header: call send-response first"),
        ("this.send_response(200); this.send_header('X', 'a\\ud800')", "only characters up to U+00FF"),
        (
            "this.send_response(200); this.end_headers(); this.wfile.write(5)",
            "TypeError: a string or a Uint8Array is needed, not number",
        ),
        ("this.timeout = 'soon'", "TypeError: timeout is a number of seconds"),
        ("this.protocol_version = 'HTTP/3'", "Failure: "),
        ("null.x", "TypeError: "),
    ];
    let numbered = cases.iter().enumerate();
    let steps: Vec<String> =
        numbered.map(|(number, (call, _))| format!("if (this.path === '/{number}') {{ {call}; }}")).collect();
    let server = serve(&format!("do_GET() {{\n{}\n}}", steps.join("\n")));
    for (number, (call, words)) in cases.iter().enumerate() {
        // An answer whose head has ended is whole without a body, and is sent.
        let status = if call.contains("end_headers") { 200 } else { 500 };
        assert_eq!(server.connect().get(&format!("/{number}")).status, status, "{call}");
        server.wait_for_log(words);
        server.wait_for_log(&format!("handler.js:{}:", number + 4));
    }
}

/// The SDK's parts that need no server are compared with Node's.
#[test]
fn what_quickjs_lacks_is_as_in_node() {
    let mut node = std::process::Command::new("node");
    node.arg("--test").arg("tests/").current_dir(repository().join("guest/js"));
    let outcome = doverb_tests::command::run(node, LATER);
    assert_eq!(outcome.code, Some(0), "{}\n{}", outcome.stdout.join("\n"), outcome.stderr.join("\n"));
}

#[test]
fn the_other_engine_serves_the_same_handlers() {
    let source = "\
import { BaseHTTPRequestHandler } from 'doverb';
export default class Web extends BaseHTTPRequestHandler {
  static protocol_version = 'HTTP/1.1';
  async do_POST(): Promise<void> {
    if (this.path === '/fail') throw new RangeError('on purpose');
    const stream = new Response(this.rfile.read()).body!.pipeThrough(new TransformStream());
    const text = await new Response(stream).text();
    this.send_response(200);
    this.end_headers();
    this.wfile.write(text + this.date_time_string(0));
  }
  async do_GET(): Promise<void> {
    if (this.path === '/never') await new Promise(() => {});
    await new Promise(() => {
      setTimeout(() => {
        this.missing();
      }, 5);
    });
  }
}
";
    let folder = folder(&[("web.ts", source)]);
    let server =
        Server::start(&folder.path().join("web.ts"), &["--no-watch", "--web-apis", "--cpu-time", "60s"]);
    assert_eq!(server.connect().post("/", "caf\u{e9} ").text(), "caf\u{e9} Thu, 01 Jan 1970 00:00:00 GMT");
    assert_eq!(server.connect().post("/fail", "").status, 500);
    server.wait_for_log("RangeError: on purpose");
    server.wait_for_log("do_POST (web.ts:5:");
    // The engine itself ends the instance over these, without a word.
    assert_eq!(server.connect().get("/never").status, 500);
    server.wait_for_log("do_GET awaits a promise that nothing settles");
    assert_eq!(server.connect().get("/timer").status, 500);
    server.wait_for_log("TypeError: this.missing is not a function");
    server.wait_for_log("(web.ts:16:");
}

#[test]
fn a_missing_tool_comes_with_a_line_that_installs_it() {
    let folder = folder(&[("a.js", "")]);
    let source = format!("{HEAD}export class A extends BaseHTTPRequestHandler {{ do_GET() {{}} }}");
    fs::write(folder.path().join("a.js"), source).expect("a file");
    let run = |path: &str| {
        let mut command =
            doverb_tests::server::command(&[Path::new("--web-apis"), &folder.path().join("a.js")]);
        command.envs([("PATH", path), ("DOVERB_TOOLS", "/nonexistent"), ("HOME", "/nonexistent")]);
        doverb_tests::command::run(command, LATER)
    };
    let outcome = run("/nonexistent");
    assert_eq!((outcome.code, outcome.stderr.len()), (Some(1), 1), "{outcome:?}");
    assert!(outcome.stderr[0].contains("node is missing. Install it: "), "{outcome:?}");
    let outcome = run(&std::env::var("PATH").expect("it is set"));
    assert_eq!((outcome.code, outcome.stderr.len()), (Some(1), 1), "{outcome:?}");
    assert!(
        outcome.stderr[0].contains("npm install --prefix ~/.local/share/doverb/tools @bytecodealliance/"),
        "{outcome:?}"
    );
}
