//! What Python's programs send, to the byte: as CPython 3.11 does under the version that it begins with, but for dates and the
//! number of Python's version.

use doverb_tests::server::command;
use doverb_tests::sources::folder;
use doverb_tests::{LATER, Server, request};

/// The version that programs begin with under CPython.
const AS_PYTHON: [&str; 3] = ["--no-watch", "--protocol", "HTTP/1.0"];

const PLAIN: &str = r#"
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/length":
            self.send_response(413)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/error":
            self.send_error(416, explain="a < b")
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(b"hello")


HTTPServer(("", 8000), Handler).serve_forever()
"#;

/// All that the server sends to a request until it closes, with its lines' ends as they are read best.
fn sent_by(server: &Server, request: impl AsRef<[u8]>) -> String {
    let mut client = server.connect().with_patience(LATER);
    let text = String::from_utf8(client.send(request).read_to_end()).expect("text");
    let is_date = |line: &&str| !line.starts_with("Date: ");
    let lines = text.split("\r\n").filter(is_date).collect::<Vec<_>>().join("\n");
    let (before, after) = lines.split_once("Python/3.").expect("a version");
    let number = after.find(|character: char| character != '.' && !character.is_ascii_digit());
    format!("{before}Python/3{}", &after[number.expect("a line's end")..])
}

fn page(code: u16, message: &str, explain: &str) -> String {
    format!(
        "<!DOCTYPE HTML>\n<html lang=\"en\">\n    <head>\n        <meta charset=\"utf-8\">\n        \
         <title>Error response</title>\n    </head>\n    <body>\n        <h1>Error response</h1>\n        \
         <p>Error code: {code}</p>\n        <p>Message: {message}.</p>\n        \
         <p>Error code explanation: {code} - {explain}.</p>\n    </body>\n</html>\n"
    )
}

fn error(code: u16, message: &str, explain: &str) -> String {
    let page = page(code, message, explain);
    let fields = "Server: BaseHTTP/0.6 Python/3\nConnection: close\nContent-Type: text/html;charset=utf-8";
    format!("HTTP/1.0 {code} {message}\n{fields}\nContent-Length: {}\n\n{page}", page.len())
}

#[test]
fn an_answer_has_what_the_program_says_and_nothing_else() {
    let sources = folder(&[("app.py", PLAIN)]);
    let server = Server::start(&sources.path().join("app.py"), &AS_PYTHON);
    let hello = "HTTP/1.0 200 OK\nServer: BaseHTTP/0.6 Python/3\nContent-Type: text/plain\n\nhello";
    assert_eq!(sent_by(&server, request("GET", "/", "")), hello);
    assert_eq!(sent_by(&server, request("GET", "/", "Connection: close\r\n")), hello);
    assert_eq!(sent_by(&server, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), hello);
    let large = "HTTP/1.0 413 Request Entity Too Large\nServer: BaseHTTP/0.6 Python/3\nContent-Length: 0\n\n";
    assert_eq!(sent_by(&server, request("GET", "/length", "")), large);
    let range = error(416, "Requested Range Not Satisfiable", "a &lt; b");
    assert_eq!(sent_by(&server, request("GET", "/error", "")), range);
    let unsupported = error(501, "Unsupported method ('POST')", "Server does not support this operation");
    assert_eq!(
        sent_by(&server, request("POST", "/", "Expect: 100-continue\r\nContent-Length: 1\r\n")),
        unsupported,
        "nobody reads the body, so nobody asks for it"
    );
    let head = sent_by(&server, request("HEAD", "/", ""));
    let (without_page, _) = unsupported.split_once("<!DOCTYPE").expect("a page");
    let (long, short) = ("('POST')", "('HEAD')");
    assert_eq!(head, without_page.replace(long, short));
}

#[test]
fn the_commands_version_counts_where_the_program_says_none() {
    let sources = folder(&[("app.py", PLAIN)]);
    let app = sources.path().join("app.py");
    let server = Server::start(&app, &["--no-watch"]);
    let asked = request("GET", "/length", "");
    let response = server.connect().with_patience(LATER).call(asked);
    assert_eq!(response.status_line, "HTTP/1.1 413 Request Entity Too Large");
    let mut client = server.connect().with_patience(LATER);
    assert_eq!(client.get("/").text(), "hello");
    assert_eq!(client.get("/").text(), "hello", "the connection was kept");

    let says_so =
        PLAIN.replace("Handler):\n    def", "Handler):\n    protocol_version = \"HTTP/1.0\"\n\n    def");
    assert_ne!(says_so, PLAIN);
    let sources = folder(&[("app.py", &says_so)]);
    let server = Server::start(&sources.path().join("app.py"), &["--no-watch"]);
    let response = server.connect().with_patience(LATER).call(request("GET", "/length", ""));
    assert_eq!(response.status_line, "HTTP/1.0 413 Request Entity Too Large");
}

#[test]
fn an_override_of_send_error_is_called_as_in_python() {
    let overrides = r#"Handler):
    def send_error(self, code, message=None):
        super().send_error(code.value, f"{message} - {self.path}")

    def"#;
    let sources = folder(&[("app.py", &PLAIN.replace("Handler):\n    def", overrides))]);
    let server = Server::start(&sources.path().join("app.py"), &AS_PYTHON);
    let message = "Unsupported method ('PUT') - /x";
    let unsupported = error(501, message, "Server does not support this operation");
    assert_eq!(sent_by(&server, request("PUT", "/x", "Content-Length: 0\r\n")), unsupported);
}

#[test]
fn who_asks_for_the_end_of_a_kept_connection_is_told_of_it() {
    let says = PLAIN.replace("Handler):\n    def", "Handler):\n    protocol_version = \"HTTP/1.1\"\n    sys_version = \"\"\n    server_version = \"Own Python/3.\"\n\n    def");
    let sources = folder(&[("app.py", &says)]);
    let server = Server::start(&sources.path().join("app.py"), &["--no-watch"]);
    let sent = sent_by(&server, request("GET", "/length", "Connection: close\r\n"));
    // With a blank for the version that there is none of.
    assert_eq!(
        sent,
        "HTTP/1.1 413 Request Entity Too Large\nServer: Own Python/3 \nContent-Length: 0\nConnection: close\n\n"
    );
}

#[test]
fn the_page_of_a_folder_is_that_of_cpython_3_11() {
    let source = "import http.server\nhttp.server.test(http.server.SimpleHTTPRequestHandler)\n";
    let sources = folder(&[("app.py", source), ("a&b/x.txt", "x")]);
    let server = Server::start(&sources.path().join("app.py"), &AS_PYTHON);
    let page = "<!DOCTYPE HTML>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <title>Directory listing for /?a=b#c</title>\n</head>\n<body>\n<h1>Directory listing for /?a=b#c</h1>\n\
        <hr>\n<ul>\n<li><a href=\"a%26b/\">a&amp;b/</a></li>\n<li><a href=\"app.py\">app.py</a></li>\n</ul>\n\
        <hr>\n</body>\n</html>\n";
    let fields = "Server: SimpleHTTP/0.6 Python/3\nContent-type: text/html; charset=utf-8";
    let head = format!("HTTP/1.0 200 OK\n{fields}\nContent-Length: {}\n\n", page.len());
    assert_eq!(sent_by(&server, request("GET", "/?a=b%23c", "")), head.clone() + page);
    assert_eq!(sent_by(&server, request("HEAD", "/?a=b%23c", "")), head);
}

#[test]
fn a_wsgi_applications_head_is_wsgirefs() {
    let source = "
from wsgiref.simple_server import make_server


def app(environ, start_response):
    start_response('201 Made so', [('Content-Type', 'text/plain'), ('X-Own', '1')])
    return [b'one', b'two']


make_server('', 8000, app).serve_forever()
";
    let sources = folder(&[("app.py", source)]);
    let server = Server::start(&sources.path().join("app.py"), &AS_PYTHON);
    let fields = "Server: WSGIServer/0.2 CPython/3\nContent-Type: text/plain\nX-Own: 1";
    let sent = sent_by(&server, request("GET", "/", ""));
    assert_eq!(sent, format!("HTTP/1.0 201 Made so\n{fields}\n\nonetwo"));
}

/// Each request finds what the loop has done by then. The first finds its first round.
#[test]
fn a_loop_that_rests_beside_the_server_goes_on_before_requests() {
    let source = r#"
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from time import sleep

told, lock, stop = [], threading.Lock(), threading.Event()


def measure(name, *, rest):
    rounds = 0
    while True:
        rounds += 1
        with lock:
            told.append(f"{name} {rounds}")
        time.sleep(rest)


class Watch(threading.Thread):
    __rounds = 0

    def run(self):
        while not stop.wait(0):
            self.__rounds += 1
            told.append(f"watch {self.__rounds}")
            if self.__rounds == 2:
                raise ValueError("enough")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        text = " ".join(told) + threading.current_thread().name
        if self.path == "/sleep":
            sleep(0.001)
            text = "slept"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


threading.Thread(target=measure, args=("often",), kwargs={"rest": 0}, daemon=True).start()
threading.Thread(target=measure, args=("once",), kwargs={"rest": 3600}, daemon=True).start()
Watch(daemon=True).start()
threading.Timer(0, told.append, ["timer"]).start()
threading.Timer(3600, told.append, ["late"]).start()
HTTPServer(("", 8000), Handler).serve_forever()
"#;
    let sources = folder(&[("app.py", source)]);
    let server = Server::start(&sources.path().join("app.py"), &["--no-watch"]);
    server.wait_for_log("the thread measure goes on when a request comes");
    let often = |from: usize, to: usize| (from..=to).map(|n| format!("often {n} ")).collect::<String>();
    let first = often(1, 16) + "once 1 watch 1 watch 2 timerMainThread";
    assert_eq!(server.connect().get("/").text(), first);
    server.wait_for_log("ValueError: enough");
    let second = first.replace("timerMainThread", "timer ") + &often(17, 32);
    assert_eq!(server.connect().get("/").text(), second.trim_end().to_owned() + "MainThread");
    assert_eq!(server.connect().get("/sleep").text(), "slept");
}

#[test]
fn a_body_without_chunks_that_is_said_to_have_some_is_one_as_it_stands() {
    let server = Server::of_source("tests/guests/python/programs/says_chunked.py", &[]);
    for (path, text) in
        [("/none", "be it sobeef"), ("/worded", "be it sobeef"), ("/one", "hello"), ("/pieces", "hello me")]
    {
        let answer = server.connect().get(path);
        assert_eq!((answer.status, answer.text().as_str()), (200, text), "{path}");
        assert_eq!(answer.field("X-Behind"), Some("it"), "{path}");
    }
    server.wait_for_log("Transfer-Encoding: chunked is left out, as the body has no chunks");
    // Where a length is said as well, before it or behind, clients go by the chunks if there are some.
    for (path, text) in
        [("/one?first", "hello"), ("/one?last", "hello"), ("/none?first", "be it"), ("/none?last", "be it")]
    {
        let answer = server.connect().get(path);
        assert_eq!((answer.status, answer.text().as_str()), (200, text), "{path}");
    }
    server.wait_for_log("Content-Length is left out, as the body comes in chunks");
    assert_eq!(server.connect().call(request("HEAD", "/one", "")).status, 200);
}

/// Bodies that are longer than their length, of which most come of texts whose characters were counted.
const LONGER: &str = r#"
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        text = "a caf\u00e9 in K\u00f6ln"
        pieces = [text.encode()]
        if self.path == "/pieces":
            pieces = [b"a caf", text.encode()[5:8], text.encode()[8:], b"more"] * 2
        elif self.path in ("/large", "/whole"):
            pieces = [bytes(100_000)]
        self.send_response(200, "Fine" if self.path == "/phrase" else None)
        self.send_header("Content-Length", str({"/large": 70_000, "/whole": 100_000}.get(self.path, len(text))))
        self.end_headers()
        if self.path == "/flushed":
            self.wfile.flush()
        for piece in pieces:
            self.wfile.write(piece)


HTTPServer(("", 8000), Handler).serve_forever()
"#;

#[test]
fn of_a_body_that_is_longer_than_its_length_comes_as_much_as_fits() {
    let sources = folder(&[("app.py", LONGER)]);
    let server = Server::start(&sources.path().join("app.py"), &["--no-watch"]);
    let mut client = server.connect();
    for path in ["/", "/pieces", "/flushed", "/phrase"] {
        let answer = client.get(path);
        assert_eq!((answer.status, answer.text().as_str()), (200, "a caf\u{e9} in K\u{f6}"), "{path}");
    }
    for (path, length) in [("/large", 70_000), ("/whole", 100_000)] {
        let answer = client.get(path);
        assert_eq!((answer.status, answer.body.len()), (200, length), "{path}");
    }
    server.wait_for_log("are left out, as they are more than the Content-Length says");
}

/// Handlers that keep what they have found out of a request, with nothing said of a version.
const REMEMBERS: &str = r#"
from functools import cached_property
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
import sys
import threading


class Remembers(BaseHTTPRequestHandler):
    served = 0

    @cached_property
    def words(self):
        return self.path

    def do_GET(self):
        self.served += 1
        thread = threading.current_thread().name.split(" ")[0].split("-")[1]
        body = f"{self.words} {self.served} {self.more()} {thread}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def more(self):
        return "-"


class Counts(Remembers):
    def __init__(self, *arguments):
        self.seen = []
        super().__init__(*arguments)

    def more(self):
        self.seen.append(self.path)
        client, self.client_address = self.client_address[0], ("of a proxy", 1)
        return len(self.seen) if client == "127.0.0.1" else client

    def finish(self):
        super().finish()
        print("finished", self.seen, file=sys.stderr)


class Server(ThreadingMixIn, HTTPServer):
    pass


Server(("", 8000), Counts if "counts" in sys.argv else Remembers).serve_forever()
"#;

#[test]
fn a_handler_of_http_1_0_is_as_new_for_each_request_of_a_kept_connection() {
    let sources = folder(&[("app.py", REMEMBERS)]);
    let file = sources.path().join("app.py");
    let server = Server::start(&file, &["--no-watch"]);
    let mut kept = server.connect();
    for (count, path) in ["/a", "/b", "/b", "/c"].into_iter().enumerate() {
        assert_eq!(kept.get(path).text(), format!("{path} 1 - {}", count + 1), "as in CPython");
    }
    let mut counts = command(&["--no-watch".to_owned(), file.display().to_string()]);
    counts.args(["--", "counts"]);
    let server = Server::spawn(counts);
    let mut kept = server.connect();
    for (count, path) in ["/a", "/b", "/c"].into_iter().enumerate() {
        assert_eq!(
            kept.get(path).text(),
            format!("{path} 1 1 {}", count + 1),
            "its own __init__ runs for each"
        );
    }
    server.wait_for_log("finished ['/b']");
    // Who says HTTP/1.1 has one for a connection.
    let says = REMEMBERS.replace("    served = 0\n", "    served = 0\n    protocol_version = \"HTTP/1.1\"\n");
    let sources = folder(&[("app.py", &says)]);
    let server = Server::start(&sources.path().join("app.py"), &["--no-watch"]);
    let mut kept = server.connect();
    assert_eq!(kept.get("/a").text(), "/a 1 - 1");
    assert_eq!(kept.get("/b").text(), "/a 2 - 1");
}
