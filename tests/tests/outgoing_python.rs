//! Outgoing HTTP in Python: what a program for CPython does, unchanged, with what is granted.

use doverb_tests::sources::{folder, serve_example};
use doverb_tests::tls::Certificate;
use doverb_tests::upstream::{Upstream, ask, serve_calling};
use doverb_tests::{Server, artifacts, request, server};

/// A Python program that does what the path says with the URL in its query, and answers with the repr of what came of it.
const PYTHON: &str = r#"
import http.client, io, socket, ssl, time, urllib.error, urllib.request
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit


class Calls:
    def get(self, url):
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.reason, answer.geturl().rpartition("/")[2], answer.read()

    def parts(self, url):
        with urllib.request.urlopen(url) as answer:
            return answer.read(2), answer.read(1), answer.read()

    def client(self, url):
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        answers = []
        for number in range(3):
            connection.request("GET", parts.path, headers={"X-Number": str(number)})
            answer = connection.getresponse()
            answers.append((answer.status, answer.getheader("Content-Length"), answer.read()))
        connection.close()
        return answers

    def upload(self, url):
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc)
        connection.request("POST", parts.path, body=(b"x" * 10_000 for _ in range(300)))
        return connection.getresponse().read()

    def file(self, url):
        request = urllib.request.Request(url, data=io.BytesIO(b"y" * 100_000), method="PUT", headers={"Content-Length": "100000"})
        return urllib.request.urlopen(request).read()

    def echo(self, url):
        data = bytes(range(256)) * 1000
        return urllib.request.urlopen(url, data=data).read() == data

    def failed(self, url):
        try:
            return self.get(url)
        except urllib.error.HTTPError as error:
            return error.code
        except urllib.error.URLError as error:
            return type(error.reason).__mro__[0].__name__, isinstance(error.reason, OSError), str(error.reason)
        except Exception as error:
            return type(error).__name__, str(error)

    def timeout(self, url):
        began = time.monotonic()
        try:
            urllib.request.urlopen(url, timeout=0.3).read()
        except (TimeoutError, urllib.error.URLError) as error:
            return isinstance(getattr(error, "reason", error), TimeoutError), 0.2 < time.monotonic() - began < 20

    def redirects(self, url):
        class None_(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *args):
                return None
        try:
            urllib.request.build_opener(None_).open(url)
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Location"]

    def auth(self, url):
        manager = urllib.request.HTTPPasswordMgrWithPriorAuth()
        manager.add_password(None, url, "me", "secret", is_authenticated=True)
        opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager))
        return b"authorization: Basic bWU6c2VjcmV0" in opener.open(url).read().replace(b"Authorization", b"authorization")

    def raw(self, url):
        parts = urlsplit(url)
        answers = []
        for sent in (b"EHLO x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: other\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n"):
            try:
                with socket.create_connection((parts.hostname, parts.port)) as sock:
                    sock.sendall(sent)
                    answers.append(sock.recv(100))
            except OSError as error:
                answers.append(type(error).__name__)
        return answers

    def memory(self, url):
        data = b"z" * 1_000_000
        for _ in range(40):
            urllib.request.urlopen(url, data=data).read()
        return "done"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        how, _, url = self.path[1:].partition("?")
        answer = repr(getattr(Calls(), how)(url)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
"#;

#[test]
fn a_python_program_calls_as_under_cpython() {
    let upstream = Upstream::new();
    let folder = folder(&[("app.py", PYTHON)]);
    let server = serve_calling(&folder.path().join("app.py"), &[&upstream.authority()], &[]);
    let url = |path: &str| upstream.url(path);
    assert_eq!(ask(&server, "get", &url("/x")), "(200, 'OK', 'x', b'hello')");
    assert_eq!(ask(&server, "get", &url("/to?/final")), "(200, 'OK', 'final', b'hello')");
    assert_eq!(ask(&server, "parts", &url("/x")), "(b'he', b'l', b'lo')");
    assert_eq!(
        ask(&server, "client", &url("/x")),
        "[(200, '5', b'hello'), (200, '5', b'hello'), (200, '5', b'hello')]"
    );
    assert_eq!(ask(&server, "upload", &url("/length")), "b'3000000'");
    assert_eq!(ask(&server, "file", &url("/length")), "b'100000'");
    assert_eq!(ask(&server, "echo", &url("/echo")), "True");
    assert_eq!(ask(&server, "redirects", &url("/to?/final")), "(302, '/final')");
    assert_eq!(ask(&server, "auth", &url("/fields")), "True");
    assert_eq!(ask(&server, "raw", &url("/")), "['NotHTTP', 'NotHTTP', 'NotHTTP']");
    assert_eq!(ask(&server, "timeout", &url("/hold")), "(True, True)");
    assert_eq!(
        ask(&server, "failed", &url("/cut")),
        "('IncompleteRead', 'IncompleteRead(4 bytes read, 96 more expected)')"
    );
    assert_eq!(
        ask(&server, "failed", "http://127.0.0.1:1/"),
        "('NotAllowed', True, '[Errno 13] Permission denied')"
    );
    server.wait_for_log("(--allow-http 127.0.0.1:1 allows it)");
}

#[test]
fn a_python_program_sees_a_server_that_is_not_there_as_cpython_does() {
    let folder = folder(&[("app.py", PYTHON)]);
    let server = serve_calling(&folder.path().join("app.py"), &["127.0.0.1", "nobody.invalid"], &[]);
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let refused = ask(&server, "failed", &format!("http://127.0.0.1:{port}/"));
    assert_eq!(refused, "('ConnectionRefusedError', True, '[Errno 111] Connection refused')");
    assert!(ask(&server, "failed", "http://nobody.invalid/").starts_with("('gaierror', True"));
    let junk = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", junk.local_addr().expect("an address"));
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = junk.accept().expect("a client");
        // Its request first: an end before it is another failure.
        let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
        std::io::Write::write_all(&mut stream, b"220 mail.example ESMTP ready\r\n\r\n")
    });
    let answer = ask(&server, "failed", &url);
    assert!(answer.starts_with("('BadStatusLine', "), "{answer}");
    answering.join().expect("it ends").expect("it is heard");
}

#[test]
fn a_python_program_calls_over_tls_which_the_host_verifies() {
    let certificate = Certificate::new();
    let upstream = Upstream::secure(&certificate);
    let folder = folder(&[("app.py", PYTHON)]);
    let app = folder.path().join("app.py");
    let (authority, path) = (upstream.authority(), app.display().to_string());
    let mut command = server::command(&["--no-watch", "--allow-http", &authority, &path]);
    command.env("SSL_CERT_FILE", certificate.cert());
    let trusting = Server::spawn(command);
    assert_eq!(ask(&trusting, "get", &upstream.url("/x")), "(200, 'OK', 'x', b'hello')");
    let doubting = serve_calling(&app, &[&upstream.authority()], &[]);
    let answer = ask(&doubting, "failed", &upstream.url("/x"));
    assert!(
        answer.starts_with("('SSLCertVerificationError', True, '[Errno 1] [SSL: CERTIFICATE_VERIFY_FAILED]"),
        "{answer}"
    );
}

/// Programs that call by packages of others, which bring their connections themselves.
const PACKAGES: &str = r#"
import httpx
import requests
import urllib3
from http.server import BaseHTTPRequestHandler

session, pool = requests.Session(), urllib3.PoolManager()


def parts():
    for _ in range(100):
        yield b"x" * 1000


class Calls:
    def requests(self, url):
        answers = [session.get(url, timeout=30) for _ in range(3)]
        return [(answer.status_code, answer.text, answer.url.rpartition("/")[2]) for answer in answers]

    def urllib3(self, url):
        return [pool.request("GET", url).data for _ in range(3)]

    def httpx(self, url):
        with httpx.Client(follow_redirects=True) as client:
            return [(client.get(url).status_code, client.get(url).text) for _ in range(2)]

    def stream(self, url):
        with requests.get(url, stream=True) as answer:
            sizes = [len(part) for part in answer.iter_content(1000)]
        with httpx.stream("GET", url) as answer:
            return sizes, sum(len(part) for part in answer.iter_bytes())

    def upload(self, url):
        return requests.post(url, data=parts()).text, requests.post(url, json={"a": 1}).text, httpx.post(url, content=parts()).text

    def denied(self, url):
        found = []
        for get in requests.get, httpx.get:
            try:
                get(url)
            except (requests.ConnectionError, httpx.TransportError) as error:
                found.append(type(error).__name__)
        return found

    def certificate(self, url):
        try:
            return requests.get(url).text
        except requests.exceptions.SSLError:
            return "SSLError"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        how, _, url = self.path[1:].partition("?")
        answer = repr(getattr(Calls(), how)(url)).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)
"#;

#[test]
fn a_python_program_calls_by_the_packages_that_programs_use() {
    let folder = folder(&[("app.py", PACKAGES)]);
    let app = folder.path().join("app.py");
    let site = artifacts::tool("python/bin/python3").ancestors().nth(2).expect("the environment").join("lib");
    let site = std::fs::read_dir(site).expect("it has packages").flatten().next().expect("a version").path();
    for name in
        "requests urllib3 certifi charset_normalizer idna httpx httpcore h11 anyio typing_extensions.py"
            .split(' ')
    {
        let from = site.join("site-packages").join(name);
        let copied = std::process::Command::new("cp").arg("-r").args([&from, folder.path()]).status();
        assert!(
            copied.is_ok_and(|status| status.success()),
            "{} is missing: tests/run --set-up",
            from.display()
        );
    }
    let (upstream, certificate) = (Upstream::new(), Certificate::new());
    let secure = Upstream::secure(&certificate);
    let server = serve_calling(&app, &[&upstream.authority(), &secure.authority()], &[]);
    let call = |how: &str, path: &str| ask(&server, how, &upstream.url(path));
    assert_eq!(call("requests", "/to?/x"), "[(200, 'hello', 'x'), (200, 'hello', 'x'), (200, 'hello', 'x')]");
    assert_eq!(call("urllib3", "/to?/x"), "[b'hello', b'hello', b'hello']");
    assert_eq!(call("httpx", "/to?/x"), "[(200, 'hello'), (200, 'hello')]");
    assert_eq!(call("stream", "/body?2500"), "([1000, 1000, 500], 2500)");
    assert_eq!(call("upload", "/length"), "('100000', '8', '100000')");
    assert_eq!(ask(&server, "denied", "http://127.0.0.1:1/"), "['ConnectionError', 'ReadError']");
    assert_eq!(ask(&server, "certificate", &secure.url("/")), "'SSLError'");
    let arguments = ["--no-watch", "--allow-http", &secure.authority(), &app.display().to_string()];
    let mut command = server::command(&arguments);
    command.env("SSL_CERT_FILE", certificate.cert());
    assert_eq!(ask(&Server::spawn(command), "certificate", &secure.url("/")), "'hello'");
}

#[test]
fn what_a_python_program_sends_takes_no_memory_for_ever() {
    let upstream = Upstream::new();
    let folder = folder(&[("app.py", PYTHON)]);
    let server =
        serve_calling(&folder.path().join("app.py"), &[&upstream.authority()], &["--max-memory", "64MiB"]);
    // 80 MB, of which none may stay.
    assert_eq!(ask(&server, "memory", &upstream.url("/length")), "'done'");
    assert_eq!(ask(&server, "memory", &upstream.url("/length")), "'done'");
}

#[test]
fn others_are_served_while_a_python_program_waits_for_a_server() {
    let upstream = Upstream::new();
    let folder = folder(&[("app.py", PYTHON)]);
    let server = serve_calling(&folder.path().join("app.py"), &[&upstream.authority()], &["--threads", "1"]);
    let mut waiting = server.connect();
    waiting.send(request("GET", &format!("/get?{}", upstream.url("/hold")), ""));
    upstream.wait_for_requests(1);
    assert_eq!(ask(&server, "get", &upstream.url("/x")), "(200, 'OK', 'x', b'hello')");
    upstream.release();
    assert_eq!(waiting.read_response().text(), "(200, 'OK', 'hold', b'held')");
}

#[test]
fn a_program_that_calls_nobody_needs_no_grant() {
    let server = serve_example("python-hello");
    assert_eq!(server.connect().get("/").status, 200);
    assert!(server.logged("was refused").is_empty());
}
