//! Outgoing HTTP in each language, by its own habit: what a program for CPython, Node or a browser does.

use std::path::Path;

use doverb_tests::sources::{folder, serve_example};
use doverb_tests::tls::Certificate;
use doverb_tests::upstream::Upstream;
use doverb_tests::{Server, artifacts, repository, request, server};

/// Serves a source that may call these servers.
fn serve(path: &Path, allowed: &[&str], more: &[&str]) -> Server {
    let mut arguments = vec!["--no-watch", "--cpu-time", "60s"];
    allowed.iter().for_each(|host| arguments.extend(["--allow-http", *host]));
    arguments.extend(more);
    Server::start(path, &arguments)
}

fn ask(server: &Server, how: &str, url: &str) -> String {
    server.connect().get(&format!("/{how}?{url}")).text()
}

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
    let server = serve(&folder.path().join("app.py"), &[&upstream.authority()], &[]);
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
        "('NotAllowed', True, '[Errno 13] this handler may not call 127.0.0.1:1')"
    );
    server.wait_for_log("(--allow-http 127.0.0.1:1 allows it)");
}

#[test]
fn a_python_program_sees_a_server_that_is_not_there_as_cpython_does() {
    let folder = folder(&[("app.py", PYTHON)]);
    let server = serve(&folder.path().join("app.py"), &["127.0.0.1", "nobody.invalid"], &[]);
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let refused = ask(&server, "failed", &format!("http://127.0.0.1:{port}/"));
    assert_eq!(refused, "('ConnectionRefusedError', True, '[Errno 111] Connection refused')");
    assert!(ask(&server, "failed", "http://nobody.invalid/").starts_with("('gaierror', True"));
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
    let doubting = serve(&app, &[&upstream.authority()], &[]);
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
    let server = serve(&app, &[&upstream.authority(), &secure.authority()], &[]);
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
    let server = serve(&folder.path().join("app.py"), &[&upstream.authority()], &["--max-memory", "64MiB"]);
    // 80 MB, of which none may stay.
    assert_eq!(ask(&server, "memory", &upstream.url("/length")), "'done'");
    assert_eq!(ask(&server, "memory", &upstream.url("/length")), "'done'");
}

#[test]
fn others_are_served_while_a_python_program_waits_for_a_server() {
    let upstream = Upstream::new();
    let folder = folder(&[("app.py", PYTHON)]);
    let server = serve(&folder.path().join("app.py"), &[&upstream.authority()], &["--threads", "1"]);
    let mut waiting = server.connect();
    waiting.send(request("GET", &format!("/get?{}", upstream.url("/hold")), ""));
    upstream.wait_for_requests(1);
    assert_eq!(ask(&server, "get", &upstream.url("/x")), "(200, 'OK', 'x', b'hello')");
    upstream.release();
    assert_eq!(waiting.read_response().text(), "(200, 'OK', 'hold', b'held')");
}

/// A handler in JavaScript that does what the path says with the URL in its query, and answers with what came of it.
const JAVASCRIPT: &str = r#"
import { BaseHTTPRequestHandler } from 'doverb';

const calls = {
  async get(url) {
    const answer = await fetch(url);
    const { status, ok, redirected, headers } = answer;
    return [status, ok, answer.url.endsWith('/final'), redirected, headers.get('content-length'), await answer.text()];
  },
  async redirects(url) {
    const manual = await fetch(url, { redirect: 'manual' });
    let refused; try { await fetch(url, { redirect: 'error' }); } catch (error) { refused = error.message; }
    const all = await Promise.all([1, 2, 3].map(async () => (await fetch(url)).text()));
    return [manual.status, manual.headers.get('Location'), refused, all];
  },
  async stream(url) {
    const parts = (async function* () { for (let at = 0; at < 200; at++) yield new Uint8Array(10000).fill(at); })();
    const answer = await fetch(url, { method: 'POST', body: ReadableStream.from(parts), duplex: 'half' });
    let size = 0, sum = 0;
    for await (const part of answer.body) { size += part.length; sum += part[0]; }
    const again = await fetch(url, { method: 'POST', body: JSON.stringify({ a: 1 }), headers: { 'Content-Type': 'application/json' } });
    return [size, sum > 0, await again.json()];
  },
  async abort(url) {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    return fetch(url, { signal: stop.signal });
  },
  timeout: (url) => fetch(url, { signal: AbortSignal.timeout(50) }),
  async middle(url) {
    const stop = new AbortController();
    const answer = await fetch(url, { signal: stop.signal });
    const reader = answer.body.getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    stop.abort();
    try { await reader.read(); } catch (error) { return [first, error.name]; }
  },
  text: async (url) => (await fetch(url)).text(),
  status: async (url) => (await fetch(url)).status,
};

export default class extends BaseHTTPRequestHandler {
  static protocol_version = 'HTTP/1.1';
  async do_GET() {
    const [how, url] = this.path.slice(1).split(/\?(.*)/);
    let text;
    try {
      text = JSON.stringify(await calls[how](url));
    } catch (error) {
      text = `${error.name}: ${error.message} ${error.cause?.code ?? ''}`;
    }
    this.send_response(200);
    this.send_header('Content-Type', 'text/plain');
    this.end_headers();
    this.wfile.write(text);
  }
}
"#;

#[test]
fn javascript_fetches_as_the_standard_has_it() {
    let upstream = Upstream::new();
    let folder = folder(&[("app.js", JAVASCRIPT)]);
    let server = serve(&folder.path().join("app.js"), &[&upstream.authority()], &[]);
    let call = |how: &str, path: &str| ask(&server, how, &upstream.url(path));
    assert_eq!(call("get", "/to?/final"), r#"[200,true,true,true,"5","hello"]"#);
    assert_eq!(call("redirects", "/to?/final"), r#"[302,"/final","fetch failed",["hello","hello","hello"]]"#);
    assert_eq!(call("stream", "/echo"), r#"[2000000,true,{"a":1}]"#);
    assert_eq!(call("text", "/cut"), "TypeError: terminated ECONNRESET");
    assert!(call("text", "/garbage").starts_with("TypeError: fetch failed "));
    assert_eq!(ask(&server, "text", "http://127.0.0.1:1/"), "TypeError: fetch failed EACCES");
    assert_eq!(ask(&server, "text", "ftp://a.b/"), "TypeError: fetch failed ");
}

#[test]
fn a_fetch_in_javascript_can_be_given_up() {
    let upstream = Upstream::new();
    let folder = folder(&[("app.js", JAVASCRIPT)]);
    let server = serve(&folder.path().join("app.js"), &[&upstream.authority()], &[]);
    let call = |how: &str, path: &str| ask(&server, how, &upstream.url(path));
    assert_eq!(call("abort", "/hold"), "AbortError: This operation was aborted ");
    assert!(call("timeout", "/hold").starts_with("TimeoutError: "));
    assert_eq!(call("middle", "/stream"), r#"["one ","AbortError"]"#);
    upstream.release();
    upstream.wait_for_open(0);
    // What a script has not read ends with its request.
    let mut client = server.connect();
    for _ in 0..3 {
        assert_eq!(client.get(&format!("/status?{}", upstream.url("/body?5000000"))).text(), "200");
    }
    assert_eq!(client.get(&format!("/text?{}", upstream.url("/x"))).text(), "\"hello\"");
    upstream.wait_for_open(1);
}

#[test]
fn the_other_engine_fetches_with_the_same_grant() {
    let upstream = Upstream::new();
    let folder = folder(&[("app.js", JAVASCRIPT)]);
    let server = serve(&folder.path().join("app.js"), &[&upstream.authority()], &["--web-apis"]);
    assert_eq!(ask(&server, "text", &upstream.url("/x")), "\"hello\"");
    assert_eq!(ask(&server, "status", &upstream.url("/to?/x")), "302", "its own fetch follows none");
    assert!(ask(&server, "text", "http://127.0.0.1:1/").contains("Error"));
    server.wait_for_log("(--allow-http 127.0.0.1:1 allows it)");
}

const GO: &str = r#"package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"doverb"
)

type Calls struct {
	doverb.BaseHTTPRequestHandler
}

func (h *Calls) DoGET() error {
	h.SetProtocolVersion("HTTP/1.1")
	how, url := strings.TrimPrefix(h.PathOnly(), "/"), h.RawQuery()
	text, err := call(how, url)
	if err != nil {
		text = fmt.Sprintf("error: %v; denied %t, timeout %t, cut %t", err, errors.Is(err, syscall.EACCES), os.IsTimeout(err), errors.Is(err, io.ErrUnexpectedEOF))
	}
	h.SendResponse(200)
	h.EndHeaders()
	_, err = io.WriteString(h.Wfile(), text)
	return err
}

func call(how, url string) (string, error) {
	ctx := context.Background()
	var body io.Reader
	method := "GET"
	switch how {
	case "timeout":
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
	case "upload":
		method, body = "POST", io.LimitReader(endless{}, 3_000_000)
	case "echo":
		method, body = "PUT", strings.NewReader(strings.Repeat("0123456789", 100_000))
	}
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return "", err
	}
	request.Header.Set("X-Own", "1")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if how == "echo" {
		return fmt.Sprint(answer.Status, " ", string(all) == strings.Repeat("0123456789", 100_000)), nil
	}
	return fmt.Sprint(answer.Status, " ", answer.ContentLength, " ", string(all)), nil
}

type endless struct{}

func (endless) Read(buffer []byte) (int, error) {
	for at := range buffer {
		buffer[at] = 'x'
	}
	return len(buffer), nil
}

func main() {}
"#;

#[test]
fn go_calls_by_its_own_client() {
    let upstream = Upstream::new();
    let folder = folder(&[("calls.go", GO)]);
    let server = serve(&folder.path().join("calls.go"), &[&upstream.authority()], &[]);
    let call = |how: &str, path: &str| ask(&server, how, &upstream.url(path));
    assert_eq!(call("get", "/to?/final"), "200 OK 5 hello");
    assert_eq!(call("upload", "/length"), "200 OK 7 3000000");
    assert_eq!(call("echo", "/echo"), "200 OK true");
    assert!(
        call("timeout", "/hold").ends_with("denied false, timeout true, cut false"),
        "{}",
        call("timeout", "/hold")
    );
    assert!(
        call("get", "/cut").ends_with("denied false, timeout false, cut true"),
        "{}",
        call("get", "/cut")
    );
    let denied = ask(&server, "get", "http://127.0.0.1:1/");
    assert!(denied.contains("may not call 127.0.0.1:1") && denied.contains("denied true"), "{denied}");
    assert!(upstream.asked()[0].to_lowercase().contains("\r\nx-own: 1\r\n"));
}

const C: &str = r#"#include "doverb_http.h"

DOVERB_METHOD(GET) {
    const char *url = doverb_after(doverb_path(), '?').data;
    doverb_http call = doverb_http_new("GET", url);
    doverb_http_header(&call, "X-Own", 1);
    doverb_http_timeout(&call, 300);
    doverb_http_send(&call, NULL, 0);
    doverb_send_response(call.failure == NULL ? call.status : 502);
    doverb_string place = doverb_http_field(&call, "location");
    if (place.data != NULL) doverb_send_header("X-Place", place);
    doverb_end_headers();
    char piece[1000];
    for (size_t size; (size = doverb_http_read(&call, piece, sizeof piece)) > 0;) doverb_write(piece, size);
    if (call.failure != NULL) doverb_write_text(call.failure);
    doverb_http_close(&call);
}

DOVERB_METHOD(POST) {
    const char *url = doverb_after(doverb_path(), '?').data;
    doverb_http call = doverb_http_new("POST", url);
    char piece[5000];
    if (doverb_http_begin(&call)) {
        for (size_t size; (size = doverb_read1(piece, sizeof piece)) > 0;) {
            if (!doverb_http_write(&call, piece, size)) break;
        }
    }
    doverb_http_answer(&call);
    doverb_send_response(call.failure == NULL ? call.status : 502);
    doverb_end_headers();
    for (size_t size; (size = doverb_http_read(&call, piece, sizeof piece)) > 0;) doverb_write(piece, size);
    doverb_http_close(&call);
}
"#;

#[test]
fn c_calls_by_a_header_of_its_own() {
    let upstream = Upstream::new();
    for name in ["calls.c", "calls.cpp"] {
        let folder = folder(&[(name, C)]);
        let server = serve(&folder.path().join(name), &[&upstream.authority()], &[]);
        let call = |path: &str| ask(&server, "", &upstream.url(path));
        assert_eq!(call("/x?y"), "hello");
        assert_eq!(call("/body?300000").len(), 300_000);
        let answer = server.connect().get(&format!("/?{}", upstream.url("/to?/final")));
        assert_eq!((answer.status, answer.field("X-Place")), (302, Some("/final")));
        assert_eq!(call("/hold"), "timed out");
        assert_eq!(call("/cut"), "partthe connection was closed");
        assert_eq!(ask(&server, "", "http://127.0.0.1:1/"), "the handler may not call this server");
        assert_eq!(ask(&server, "", "ftp://a/"), "no URL of HTTP's");
        let body = "0123456789".repeat(100_000);
        assert!(server.connect().post(&format!("/?{}", upstream.url("/echo")), &body).text() == body);
    }
}

/// What the examples of a reverse proxy do, whatever they are written in.
fn passes_everything_on(proxy: &Server, upstream: &Upstream) {
    let mut client = proxy.connect();
    let answer =
        client.call(request("GET", "/fields?a=b", "X-Own: 1\r\nCookie: c=d\r\nConnection: keep-alive\r\n"));
    assert_eq!(answer.status, 200);
    let head = answer.text().to_lowercase();
    assert!(head.starts_with("get /fields?a=b http/1.1"), "{head}");
    for field in
        ["x-own: 1", "cookie: c=d", "x-forwarded-for: 127.0.0.1", &format!("host: {}", upstream.authority())]
    {
        assert!(head.contains(&format!("\r\n{field}\r\n")), "{field}: {head}");
    }
    assert_eq!(client.get("/to?/elsewhere").field("Location"), Some("/elsewhere"));
    let body = "0123456789".repeat(300_000);
    assert!(client.post("/echo", &body).text() == body, "the same bytes");
    // What has come is passed on before there is more.
    client.send(request("GET", "/stream", ""));
    assert_eq!(client.read_bodiless().status, 200);
    assert_eq!(client.read_chunk().as_deref(), Some(&b"one "[..]));
    upstream.release();
    assert_eq!(client.read_chunk().as_deref(), Some(&b"two"[..]));
}

fn proxy(example: &str, upstream: &Upstream) -> Server {
    let environment = format!("UPSTREAM={}", upstream.url(""));
    let path = repository().join("guest/examples").join(example);
    serve(&path, &[&upstream.authority()], &["--env", &environment])
}

#[test]
fn the_reverse_proxy_in_rust_passes_everything_on() {
    let upstream = Upstream::new();
    let server = proxy("proxy", &upstream);
    passes_everything_on(&server, &upstream);
}

#[test]
fn the_reverse_proxy_in_python_passes_everything_on() {
    let upstream = Upstream::new();
    let server = proxy("python-proxy", &upstream);
    passes_everything_on(&server, &upstream);
}

#[test]
fn a_program_that_calls_nobody_needs_no_grant() {
    let server = serve_example("python-hello");
    assert_eq!(server.connect().get("/").status, 200);
    assert!(server.logged("was refused").is_empty());
}
