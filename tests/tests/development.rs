//! `serve --dev`: the browser shows what failed, and pages show themselves anew.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use doverb_tests::artifacts::binary;
use doverb_tests::browser::{Browser, Done, expect_text};
use doverb_tests::log_lines::LogLines;
use doverb_tests::{Client, LATER, Server, cache, guest, padded, request};

/// A program that its author edits.
struct Program {
    folder: tempfile::TempDir,
}

const PROGRAM: &str = r#"
from http.server import *

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/fail":
            raise ValueError("no <such> thing")
        kind, body = ("text/html", b"<h1>one</h1>") if self.path == "/" else ("text/plain", b"plain")
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if self.path != "/streamed":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET

HTTPServer(("", 8000), Handler).serve_forever()
"#;

impl Program {
    fn new() -> Program {
        let program = Program { folder: tempfile::tempdir().expect("a folder") };
        program.write(PROGRAM);
        program
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("app.py")
    }

    fn write(&self, text: &str) {
        fs::write(self.path(), text).expect("a file");
    }

    fn serve(&self) -> Server {
        Server::start(&self.path(), &["--dev", "--protocol", "HTTP/1.1"])
    }
}

/// A server at a terminal of its own, which is asked to end when this is dropped.
struct AtTerminal {
    child: Child,
    screen: LogLines,
}

impl AtTerminal {
    fn serve(handler: &Path) -> AtTerminal {
        let mut command = Command::new("python3");
        command
            .args(["-c", "import pty, sys; pty.spawn(sys.argv[1:])"])
            .arg(binary())
            .arg("serve")
            .arg(handler);
        command.args(["--port", "0"]).env("DOVERB_CACHE_DIR", cache()).env("TERM", "xterm");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3");
        let screen = LogLines::of(child.stdout.take().expect("it is piped"));
        let server = AtTerminal { child, screen };
        server.screen.wait_for(LATER, |line| line.contains("Serving HTTP on"));
        server
    }

    /// All that was ever shown up to a line with this.
    fn shown_until(&self, text: &str) -> String {
        self.screen.wait_for(LATER, |line| line.contains(text));
        self.screen.lines().join("\n")
    }
}

impl Drop for AtTerminal {
    fn drop(&mut self) {
        // The key for it: whoever only closes a terminal has the server look for changes.
        let mut keys = self.child.stdin.take().expect("it is piped");
        let _ = keys.write_all(b"q\n").and_then(|()| keys.flush());
        let _ = self.screen.wait_for_end(LATER);
        let _ = self.child.wait();
    }
}

#[test]
fn a_build_at_a_terminal_is_shown_until_it_has_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let handler = folder.path().join("index.js");
    let write = |text: &str| {
        let source = format!(
            "import {{ BaseHTTPRequestHandler }} from 'doverb';\nexport default class extends BaseHTTPRequestHandler {{\n  \
             do_GET() {{\n    {text}\n  }}\n}}\n"
        );
        fs::write(&handler, source).expect("a file");
    };
    write("this.send_error(404);");
    let server = AtTerminal::serve(&handler);
    write("this.send_error(410);");
    let shown = server.shown_until("reloaded index.js (version 2) in ");
    let begun = shown.find("index.js changed, building").unwrap_or_else(|| panic!("{shown:?}"));
    assert!(begun < shown.find("reloaded").expect("it is there"), "{shown:?}");
    // One that fails ends as well, with the words of the compiler, once and in colour, and the lines around the place.
    write("this.send_error(;");
    let shown = server.shown_until("the old version goes on serving");
    let red = "\u{1b}[1;31m";
    assert!(shown.contains(&format!("{red}Unexpected token")), "{shown:?}");
    assert_eq!(shown.matches("Unexpected token").count(), 1, "{shown:?}");
    assert!(shown.contains(&format!("{red}>")) && shown.contains("   this.send_error(;"), "{shown:?}");
    assert!(
        shown.contains("it does not build (1 error above); the old version goes on serving"),
        "{shown:?}"
    );
}

#[test]
fn pages_of_html_get_a_script_and_nothing_else_does() {
    let program = Program::new();
    let server = program.serve();
    let mut client = server.connect();
    let page = client.get("/");
    let text = page.text();
    assert!(text.starts_with("<h1>one</h1>\n<script>") && text.ends_with("</script>\n"), "{text}");
    assert_eq!(page.field("Content-Length"), Some(text.len().to_string().as_str()));
    client.send(request("HEAD", "/", ""));
    assert_eq!(client.read_bodiless().field("Content-Length"), page.field("Content-Length"));
    assert_eq!(client.get("/plain").text(), "plain");
    assert!(server.connect().call(request("POST", "/", "Content-Length: 0\r\n")).text().contains("<script>"));

    let without = Server::start(&program.path(), &["--no-watch"]);
    assert_eq!(without.connect().get("/").text(), "<h1>one</h1>");
    let failed = without.connect().get("/fail");
    assert!(!failed.text().contains("ValueError"), "{}", failed.text());
    assert_eq!(without.connect().get("/_doverb/events").status, 200, "it is the handler's");
}

#[test]
fn a_request_that_fails_shows_why() {
    let program = Program::new();
    let server = program.serve();
    let response = server.connect().get("/fail");
    assert_eq!(response.status, 500);
    let text = response.text();
    for part in [
        "<h1>500 Internal Server Error</h1>",
        "GET /fail HTTP/1.1",
        "line 7, in do_GET",
        "no &lt;such&gt; thing",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    server.wait_for_log("\"GET /fail HTTP/1.1\" 500 -");
    assert!(
        server.connect().get("/").status == 200 && server.logged("\"GET /fail HTTP/1.1\" 500 -").len() == 1
    );
    let probe = Server::start(&guest("probe"), &["--dev"]);
    let trap = probe.connect().get("/panic");
    assert_eq!(trap.status, 500);
    probe.wait_for_log("\"GET /panic HTTP/1.1\" 500 -");
    let text = trap.text();
    assert!(text.contains("panicked at") && !text.contains("\n  at 0: "), "{text}");
    assert_eq!(text.matches("GET /panic").count(), 1, "{text}");
}

/// What pages are told next.
fn told(client: &mut Client) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"}\n\n") {
        text.extend(client.read_chunk().expect("the stream goes on"));
    }
    // After a while without news there is a comment, by which a page that has gone is found out.
    String::from_utf8(text).expect("UTF-8").trim_start_matches(":\n\n").to_owned()
}

#[test]
fn pages_are_told_of_new_versions_and_of_what_does_not_build() {
    let program = Program::new();
    let server = program.serve();
    let mut client = server.connect();
    client.send(request("GET", "/_doverb/events", ""));
    client.read_until(b"\r\n\r\n");
    let first = told(&mut client);
    assert!(first.contains("\"failure\":null"), "{first}");
    program.write(&PROGRAM.replace("one", "two"));
    let second = told(&mut client);
    assert!(second.contains("\"failure\":null") && second != first, "{second}");
    server.wait_for_log("app.py changed, building");
    server.wait_for_log("reloaded app.py (version 2) in ");
    program.write("x = (");
    let failure = told(&mut client);
    assert!(failure.contains("SyntaxError: '(' was never closed"), "{failure}");
    program.write(&PROGRAM.replace("one", "two"));
    assert_eq!(told(&mut client), second);
    server.wait_for_log("app.py is as before again");
}

#[test]
fn pages_are_told_of_files_that_have_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    fs::create_dir(folder.path().join("css")).expect("a folder");
    write("index.html", "<h1>one</h1>");
    write("css/site.css", "h1 { color: red }");
    let server = Server::start(folder.path(), &["--dev"]);
    let mut client = server.connect();
    client.send(request("GET", "/_doverb/events", ""));
    client.read_until(b"\r\n\r\n");
    let mut states = vec![told(&mut client)];
    for (name, text) in
        [("css/site.css", "h1 { color: green }"), ("index.html", "<h1>two</h1>"), ("new.txt", "new")]
    {
        write(name, text);
        let state = told(&mut client);
        assert!(!states.contains(&state), "{name}: {state}");
        states.push(state);
    }
    let page = server.connect().get("/");
    assert!(page.text().starts_with("<h1>two</h1>"), "{}", page.text());
    assert_eq!(page.field("Cache-Control"), Some("no-cache"));
    let without = Server::start(folder.path(), &["--no-watch"]);
    assert_eq!(without.connect().get("/").field("Cache-Control"), None);
}

#[test]
fn who_ends_a_server_does_not_wait_for_open_pages() {
    let program = Program::new();
    let mut server = program.serve();
    let mut client = server.connect();
    client.send(request("GET", "/_doverb/events", ""));
    client.read_until(b"\r\n\r\n");
    told(&mut client);
    assert!(server.stop().success());
    assert!(client.read_chunk().is_none(), "the stream ended in good order");
}

#[test]
fn components_of_several_versions_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hello.wasm");
    let hello = fs::read(guest("hello")).expect("it is built");
    fs::write(&file, &hello).expect("a file");
    let server = Server::start(&file, &["--dev"]);
    let mut client = server.connect();
    client.send(request("GET", "/_doverb/events", ""));
    client.read_until(b"\r\n\r\n");
    let first = told(&mut client);
    fs::write(&file, padded("hello", b"2")).expect("a file");
    assert_ne!(told(&mut client), first);
}

#[tokio::test]
async fn a_browser_shows_the_new_version_and_what_failed() {
    let program = Program::new();
    let server = program.serve();
    let browser = Browser::start().await;
    visit(&browser, &program, &server).await.expect("the browser does as it is told");
    browser.close().await;
}

async fn visit(browser: &Browser, program: &Program, server: &Server) -> Done {
    browser.client.goto(&format!("http://{}/", server.address())).await?;
    expect_text(&browser.client, "h1", "one").await?;
    program.write(&PROGRAM.replace("one", "two"));
    expect_text(&browser.client, "h1", "two").await?;
    program.write("x = (");
    expect_text(
        &browser.client,
        "#doverb-failure",
        "app.py:1:5: SyntaxError: '(' was never closed\n    x = (\n",
    )
    .await?;
    program.write(&PROGRAM.replace("one", "three"));
    expect_text(&browser.client, "h1", "three").await?;
    browser.client.goto(&format!("http://{}/fail", server.address())).await?;
    expect_text(&browser.client, "h1", "500 Internal Server Error").await?;
    program.write(&PROGRAM.replace("raise ValueError", "print"));
    expect_text(&browser.client, "body", "plain").await?;
    Ok(())
}
