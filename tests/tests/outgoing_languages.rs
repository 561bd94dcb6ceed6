//! Outgoing HTTP in each language, by its own habit: what a program for CPython, Node or a browser does.

use doverb_tests::sources::folder;
use doverb_tests::upstream::{Upstream, ask, serve_calling};
use doverb_tests::{Server, repository, request};

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
    let server = serve_calling(&folder.path().join("app.js"), &[&upstream.authority()], &[]);
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
    let server = serve_calling(&folder.path().join("app.js"), &[&upstream.authority()], &[]);
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
    let server = serve_calling(&folder.path().join("app.js"), &[&upstream.authority()], &["--web-apis"]);
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
    let server = serve_calling(&folder.path().join("calls.go"), &[&upstream.authority()], &[]);
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
        let server = serve_calling(&folder.path().join(name), &[&upstream.authority()], &[]);
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
    serve_calling(&path, &[&upstream.authority()], &["--env", &environment])
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
