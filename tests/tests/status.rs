//! `--status`: a page and metrics of what the server does.

use doverb_tests::site::Site;
use doverb_tests::{Client, Server, doverb, eventually, guest, request};

fn status_of(server: &Server) -> Client {
    Client::connect(server.status_address())
}

fn serve(name: &str) -> Server {
    Server::with(name, &["--status", "127.0.0.1:0"])
}

/// An end is counted after the last byte of its answer, so a client may be faster.
fn shown(server: &Server, path: &str, expected: &[&str]) -> String {
    eventually(&format!("{expected:?}"), || {
        let page = status_of(server).get(path).text();
        expected.iter().all(|text| page.contains(text)).then_some(page)
    })
}

#[test]
fn metrics_count_requests_by_method_status_and_stop() {
    let server = serve("probe");
    for path in ["/buffered", "/buffered", "/trap", "/no-such-thing-here"] {
        let _ = server.connect().get(path);
    }
    for method in ["ODD1", "ODD2", "get"] {
        let _ = server.connect().call(request(method, "/", ""));
    }
    let of = |method: &str, status: u16, error: &str| {
        format!(
            "http_server_request_duration_seconds_count{{http_request_method=\"{method}\",\
             http_response_status_code=\"{status}\",url_scheme=\"http\",error_type=\"{error}\",mount=\"/\",handler=\"probe\"}}"
        )
    };
    let expected = [
        format!("{} 2\n", of("GET", 200, "")),
        format!("{} 1\n", of("GET", 404, "")),
        format!("{} 1\n", of("GET", 500, "trap")),
        format!("{} 3\n", of("_OTHER", 501, "501")),
        "doverb_stops_total{cause=\"trap\",mount=\"/\"} 1\n".to_owned(),
    ];
    let text = shown(&server, "/metrics", &expected.each_ref().map(String::as_str));
    for theirs in ["ODD", "no-such-thing", "buffered"] {
        assert!(!text.contains(theirs), "{text}");
    }
    assert!(text.contains("# TYPE http_server_request_duration_seconds histogram\n"), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
    let answer = status_of(&server).get("/metrics");
    assert!(
        answer.field("Content-Type").is_some_and(|kind| kind.starts_with("application/openmetrics-text"))
    );
}

#[test]
fn requests_that_threads_answer_at_once_are_all_counted() {
    let server =
        Server::with("hello", &["--status", "127.0.0.1:0", "--threads", "4", "--protocol", "HTTP/1.1"]);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let mut client = server.connect();
                for _ in 0..100 {
                    assert_eq!(client.get("/").status, 200);
                }
            });
        }
    });
    let labels = "http_request_method=\"GET\",http_response_status_code=\"200\",url_scheme=\"http\",error_type=\"\",\
                  mount=\"/\",handler=\"hello\"";
    let (count, bytes) = (format!("_seconds_count{{{labels}}} 1600\n"), 1600 * "Hello, World!".len());
    let text = shown(&server, "/metrics", &[&count, &format!("doverb_response_body_bytes_total {bytes}\n")]);
    let all = text.lines().find(|line| line.contains("le=\"+Inf\"")).expect("a bucket without an end");
    assert!(all.ends_with("} 1600"), "{text}");
    // On the page, of which the classes are sums of the same.
    shown(&server, "/", &["<td class=\"n\">1600<td class=\"n\">1600<td class=\"n\">0"]);
}

#[test]
fn requests_of_more_kinds_than_a_thread_remembers_are_all_counted() {
    let site = Site::new(&["hello"]);
    let mounts: Vec<_> = (0..24).map(|number| format!("/m{number}")).collect();
    let table = |path: &String| format!("[[mount]]\npath = \"{path}\"\nhandler = \"hello.wasm\"\n");
    let tables: String = mounts.iter().map(table).collect();
    site.put("doverb.toml", format!("[server]\nstatus = \"127.0.0.1:0\"\nthreads = 1\n{tables}"));
    let server = site.serve(&["--protocol", "HTTP/1.1"]);
    let mut client = server.connect();
    for _ in 0..3 {
        for path in &mounts {
            assert_eq!(client.get(path).status, 200, "{path}");
            assert_eq!(server.connect().call(request("ODD", path, "")).status, 501, "{path}");
        }
    }
    let counts = |path: &String| {
        let of = |method: &str, status: u16| {
            let labels = format!("http_request_method=\"{method}\",http_response_status_code=\"{status}\"");
            let error = if status == 501 { "501" } else { "" };
            format!(
                "{{{labels},url_scheme=\"http\",error_type=\"{error}\",mount=\"{path}/\",handler=\"hello\"}} 3\n"
            )
        };
        [of("GET", 200), of("_OTHER", 501)]
    };
    let expected: Vec<_> = mounts.iter().flat_map(counts).collect();
    shown(&server, "/metrics", &expected.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn the_page_shows_mounts_and_stops_and_nothing_of_a_clients_as_markup() {
    let server = serve("probe");
    let _ = server.connect().get("/buffered");
    let _ = server.connect().get("/trap?\"<script>&'");
    let numbers =
        |all: &[u8]| all.iter().map(|number| format!("<td class=\"n\">{number}")).collect::<String>();
    // Version, swaps and failed ones; after the instances and their memory the requests, 2xx, 3xx, 4xx, 5xx and others.
    let begins = format!("<tr><td>/<td>probe{}", numbers(&[1, 0, 0]));
    let ends = format!("{}</tr>", numbers(&[2, 1, 0, 0, 1, 0]));
    let page = shown(&server, "/", &[&begins, &ends, &format!("<td>trap{}</tr>", numbers(&[1]))]);
    assert!(page.contains("GET /trap?&quot;&lt;script&gt;&amp;") && !page.contains("<script"), "{page}");
    for (path, method, status) in [("/", "POST", 405), ("/x", "GET", 404)] {
        assert_eq!(status_of(&server).call(request(method, path, "")).status, status, "{method} {path}");
    }
}

#[test]
fn the_status_of_everybodys_address_is_said_to_be_reachable_and_ends_with_the_server() {
    let mut server = Server::with("hello", &["--status", "0.0.0.0:0"]);
    let line = server.wait_for_log("others can reach the status");
    assert!(line.contains("--status 127.0.0.1:"), "{line}");
    assert!(server.stop().success());
}

#[test]
fn instances_memory_and_swaps_are_shown_by_mount() {
    let site = Site::new(&["hello"]);
    site.put(
        "doverb.toml",
        "[server]\nstatus = \"127.0.0.1:0\"\n[[mount]]\npath = \"/a\"\nhandler = \"hello.wasm\"\n",
    );
    let server = site.serve(&["--watch", "--protocol", "HTTP/1.1"]);
    let mut client = server.connect();
    assert_eq!(client.get("/a").status, 200);
    let gauge = |name: &str, value: &str| format!("{name}{{mount=\"/a/\"}} {value}");
    let one = [gauge("doverb_instances", "1\n"), gauge("doverb_swaps_total", "0\n")];
    let text = shown(&server, "/metrics", &one.each_ref().map(String::as_str));
    let (_, memory) = text.split_once(&gauge("doverb_instances_memory_bytes", "")).expect("a gauge");
    let bytes: u64 = memory.lines().next().and_then(|line| line.parse().ok()).expect("a number");
    assert!(bytes >= 64 << 10, "{bytes}");
    drop(client);
    shown(
        &server,
        "/metrics",
        &[&gauge("doverb_instances", "0\n"), &gauge("doverb_instances_memory_bytes", "0\n")],
    );
    site.put("hello.wasm", "junk");
    shown(
        &server,
        "/metrics",
        &[&gauge("doverb_swaps_failed_total", "1\n"), &gauge("doverb_swaps_total", "0\n")],
    );
    site.put("hello.wasm", std::fs::read(guest("any")).expect("the guest"));
    shown(
        &server,
        "/metrics",
        &[&gauge("doverb_swaps_failed_total", "1\n"), &gauge("doverb_swaps_total", "1\n")],
    );
}

#[test]
fn refusals_are_counted_by_their_reason() {
    let server = Server::with("hello", &["--status", "127.0.0.1:0", "--max-connections", "1"]);
    let mut held = server.connect();
    assert_eq!(held.get("/").status, 200);
    assert_eq!(server.connect().get("/").status, 503);
    shown(&server, "/metrics", &["doverb_connections_refused_total{reason=\"connections\"} 1\n"]);
    shown(&server, "/", &["1 turned away"]);
}

#[test]
fn a_page_on_another_name_gets_no_status() {
    let server = serve("hello");
    let ask = |host: &str, path: &str| {
        status_of(&server).call(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")).status
    };
    for path in ["/", "/metrics", "/x"] {
        assert_eq!(ask("evil.example:9090", path), 421, "{path}");
    }
    assert_eq!(
        (ask("localhost:9090", "/"), ask("[::1]:9090", "/metrics"), ask("127.0.0.1", "/")),
        (200, 200, 200)
    );
}

#[test]
fn an_address_that_is_taken_is_named_with_its_flag() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = other.local_addr().expect("an address").to_string();
    let hello = guest("hello").display().to_string();
    let outcome = doverb(&["serve", &hello, "--port", "0", "--status", &taken]);
    assert!(outcome.code == Some(1) && outcome.stderr.len() == 1, "{outcome:#?}");
    assert!(
        outcome.stderr[0].contains(&taken) && outcome.stderr[0].ends_with("with --status"),
        "{outcome:#?}"
    );
}
