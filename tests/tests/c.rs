//! Handlers in C and C++, built from their sources.

use std::fs;
use std::thread;

use doverb_tests::command::NO_TOOLS;
use doverb_tests::examples::{expect_echo, expect_failures, expect_hello, expect_shouts};
use doverb_tests::sources::{self, Copy, guest};
use doverb_tests::{LATER, Server, doverb, repository, request};

#[test]
fn hello_is_served_from_its_folder_and_from_its_file() {
    expect_hello(&sources::serve_example("c-hello"));
    expect_hello(&sources::serve_example("c-hello/hello.c"));
}

#[test]
fn hello_is_some_kilobytes_and_asks_for_nothing_but_the_contract() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("hello.wasm");
    let example = repository().join("guest/examples/c-hello");
    let outcome = doverb(&["build".as_ref(), example.as_os_str(), "-o".as_ref(), out.as_os_str()]);
    assert_eq!(outcome.code, Some(0), "{:?}", outcome.stderr);
    let wasm = fs::read(&out).expect("the component");
    assert!(wasm.len() < 12_000, "{} bytes", wasm.len());
    let has = |text: &str| wasm.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("doverb:handler/wfile@0.1.0"));
    for unused in ["wasi:", "doverb:handler/rfile", "doverb:handler/request", ".debug_"] {
        assert!(!has(unused), "{unused}");
    }
}

#[test]
fn sixty_four_mebibytes_are_echoed() {
    expect_echo(&sources::serve_example("c-echo"));
}

#[test]
fn the_mandelbrot_set_is_a_png() {
    let server = sources::serve_example("c-mandelbrot");
    let mut client = server.connect();
    let response = client.get("/?size=64&depth=50&x=-0.5&y=0&width=3");
    assert_eq!((response.status, response.field("Content-Type")), (200, Some("image/png")));
    let image = &response.body;
    assert!(image.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x40\x08\x03\0\0\0"));
    assert!(image.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"), "the checksum of IEND is known");
    // Rows are stored as they are: the chunk of a row is 12 bytes around 5 of zlib, a filter, and its pixels.
    let row = |number: usize| {
        let start = image.len() - 12 - 16 - (64 - number) * (12 + 6 + 64) + 8 + 6;
        &image[start..start + 64]
    };
    assert_eq!(row(32)[32], 0, "the middle is in the set");
    assert!(row(0).iter().all(|pixel| *pixel != 0), "the edge is not");
    assert_eq!(client.get("/?size=9999").status, 400);
}

#[test]
fn a_failure_is_in_the_log_with_its_stack_and_the_next_request_is_fine() {
    let server = sources::serve(&guest("c"));
    let failures = [
        ("/fail", "there is no cake", "!divide_the_cake"),
        ("/order", "out of order: send-header: call send-response first", "!do_GET"),
    ];
    expect_failures(&server, &failures);
}

#[test]
fn a_method_can_say_that_its_answer_has_failed_and_goes_on() {
    let source = r#"#include "doverb.h"
DOVERB_METHOD(GET) {
    static int served = 0;
    doverb_send_response(200);
    doverb_end_headers();
    doverb_printf("request %d", ++served);
    doverb_flush();
    if (doverb_equals(doverb_path(), "/fail")) doverb_fail_connection();
    served++;
}
"#;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("handler.c"), source).expect("a file");
    let one = ["--no-watch", "--isolation", "worker", "--workers", "1", "--threads", "1"];
    let server = Server::start(&folder.path().join("handler.c"), &one);
    let mut client = server.connect().with_patience(LATER);
    client.send(request("GET", "/fail", ""));
    let answer = String::from_utf8(client.read_to_end_or_reset()).expect("text");
    assert!(answer.contains("request 1") && !answer.ends_with("0\r\n\r\n"), "{answer}");
    assert_eq!(server.connect().get("/").text(), "request 3", "the same instance, which came to its end");
}

#[test]
fn a_failure_can_be_caught() {
    let server = sources::serve(&guest("c"));
    assert_eq!(server.connect().get("/catch").text(), "yes");
    // The numbers of doverb_failure, with what belongs to each.
    let line = server.wait_for_log("caught 1 2:1000 3 7:3 0 (");
    assert!(line.contains("the value of A holds") && line.ends_with(") 0"), "{line}");
}

#[test]
fn a_raw_connection_works() {
    expect_shouts(&sources::serve(&guest("c")), b"tick 1\n");
}

const CONNECTIONS: usize = 4;
const BATCH: usize = 500;

/// Sends the requests in batches over one connection, and says how many pages of memory its instance had after the first
/// and after the last. All answers are of the same length.
fn pages(server: &Server, request: &str, requests: usize) -> (u64, u64) {
    let mut client = server.connect().with_patience(LATER);
    let memory = |answer: &[u8]| {
        let text = String::from_utf8_lossy(answer);
        let (_, rest) = text.split_once("X-Memory: ").unwrap_or_else(|| panic!("no memory in {text}"));
        rest.lines().next().and_then(|number| number.parse().ok()).expect("pages")
    };
    let first = client.call(request).raw;
    let length = first.len();
    let batch = request.repeat(BATCH);
    let mut last = Vec::new();
    for _ in 0..requests / BATCH {
        client.send(&batch);
        last = client.take(length * BATCH).split_off(length * (BATCH - 1));
    }
    (memory(&first), memory(&last))
}

fn leak_nothing(path: &str, requests: usize) {
    let server = Server::start(&guest("c"), &["--no-watch", "--quiet"]);
    let value = "v".repeat(300);
    let fields = format!("X-Long: {value}\r\nX-Long: {value}\r\nContent-Length: 5\r\n");
    let request = request("GET", path, &fields) + "hello";
    let each = requests / CONNECTIONS;
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..CONNECTIONS).map(|_| scope.spawn(|| pages(&server, &request, each))).collect();
        for thread in threads {
            let (first, last) = thread.join().expect("all was answered");
            assert_eq!(first, last, "pages of memory after one request, and after {each}");
        }
    });
}

#[test]
fn a_million_requests_leak_nothing() {
    leak_nothing("/little", 1_000_000);
}

/// A leak of three bytes a request would be a page.
#[test]
fn what_the_host_gives_leaks_nothing() {
    leak_nothing("/everything?name=a%20b", 100_000);
}

#[test]
fn cpp_has_its_library_and_every_override() {
    let server = sources::serve(&guest("overrides.cpp"));
    let mut client = server.connect();
    for count in 1..=2 {
        let response = client.get("/a");
        assert_eq!(response.text(), format!("a {count}"));
        assert!(response.head().starts_with("HTTP/1.1 200 Fine"), "{}", response.head());
        assert_eq!(response.field("Server"), Some("Cpp/17 (custom)"));
        assert_eq!(response.field("Date"), Some("date -1"));
        assert_eq!(response.field("X-Negative"), Some("-7"));
    }
    server.wait_for_log("somebody at 127.0.0.1 - - [now] request 200 -1");
    assert_eq!(client.call(request("M-SEARCH", "/b", "")).text(), "b 1");
    assert_eq!(client.post("/", "some body").text(), "9:some body");
    let refused = client.call(request("POST", "/no", "Expect: 100-continue\r\nContent-Length: 3\r\n"));
    assert_eq!(refused.status, 417);
    server.wait_for_log("message <error <code 417, message Expectation Failed>>");
    let unsupported = server.connect().call(request("SPAM", "/", ""));
    assert!(
        unsupported.head().starts_with("HTTP/1.1 501 Sorry, Unsupported method"),
        "{}",
        unsupported.head()
    );
    assert_eq!(server.connect().post("/", "more than twenty bytes").status, 500);
    server.wait_for_log("over the bound of 20 bytes");
    drop(client);
    server.wait_for_log("finished");
}

#[test]
fn what_does_not_compile_is_said_with_its_place() {
    let copy = Copy::of(&guest("c"));
    copy.edit("answer.c", "doverb_end_headers();", "doverb_end_headers(oops);");
    copy.edit("probe.c", "return taken + caught.text.length;", "return nothing;");
    let outcome = sources::build(&copy.path, &[]);
    assert_eq!(outcome.code, Some(1));
    let said = outcome.stderr.join("\n");
    assert!(said.contains("answer.c:5:24: error: use of undeclared identifier 'oops'"), "{said}");
    assert!(said.contains("it does not build (2 errors above)"), "{said}");
}

#[test]
fn what_does_not_link_is_said() {
    let copy = Copy::of(&guest("c"));
    fs::remove_file(copy.path.join("answer.c")).expect("the file");
    let outcome = sources::build(&copy.path, &[]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.join("\n").contains("undefined symbol: answer"), "{:?}", outcome.stderr);
}

#[test]
fn an_export_of_another_type_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("odd.c");
    let text = "#include \"doverb.h\"\nDOVERB_EXPORT(\"do-GET\") int get(int x) { return x; }\n";
    fs::write(&file, text).expect("a file");
    let outcome = sources::build(&file, &[]);
    assert_eq!(outcome.code, Some(1));
    let said = outcome.stderr.join("\n");
    assert!(said.contains("it exports do-GET as (func (param i32) (result i32))"), "{said}");
}

#[test]
fn a_missing_compiler_is_said_with_how_to_get_it() {
    let outcome = sources::build(&repository().join("guest/examples/c-hello"), &NO_TOOLS);
    assert_eq!((outcome.code, outcome.stderr.len()), (Some(1), 1), "{:?}", outcome.stderr);
    assert!(
        outcome.stderr[0].contains("zig is missing. Install it: python3 -m venv"),
        "{:?}",
        outcome.stderr
    );
    assert!(outcome.stderr[0].ends_with("pip install ziglang"), "{:?}", outcome.stderr);
    let sdk = [("WASI_SDK_PATH", "/nonexistent")];
    let outcome = sources::build(&repository().join("guest/examples/c-hello"), &sdk);
    assert!(
        outcome.stderr.join("\n").contains("WASI_SDK_PATH is set, but there is no /nonexistent/bin/clang")
    );
}

#[test]
fn edits_are_taken_up_also_of_headers_and_of_new_files() {
    let copy = Copy::of(&guest("c"));
    let server = Server::start(&copy.path, &["--watch"]);
    let text = || server.connect().get("/").text();
    assert_eq!(text(), "good morning");
    let reloaded = |version: u32, act: &dyn Fn()| {
        let mark = server.log.mark();
        act();
        server.log.wait_after(mark, LATER, |line| line.contains(&format!("reloaded c (version {version})")));
    };
    reloaded(2, &|| copy.edit("greeting.h", "morning", "evening"));
    assert_eq!(text(), "good evening");
    // A mistake changes nothing but the log.
    let mark = server.log.mark();
    copy.edit("answer.c", "doverb_write_text(text);", "doverb_write_text(texts);");
    let line = server.log.wait_after(mark, LATER, |line| line.contains("the old version goes on serving"));
    assert!(line.contains("answer.c:6:"), "{line}");
    assert_eq!(text(), "good evening");
    reloaded(3, &|| copy.edit("answer.c", "doverb_write_text(texts);", "doverb_printf(\"%s!\", text);"));
    assert_eq!(text(), "good evening!");
    let more =
        "#include \"doverb.h\"\nDOVERB_METHOD(POST) { doverb_send_response(202); doverb_end_headers(); }\n";
    reloaded(4, &|| fs::write(copy.path.join("more.c"), more).expect("a file"));
    assert_eq!(server.connect().post("/", "").status, 202);
}
