//! `--status`: a page and metrics of what the server does.

use doverb_tests::{Client, Server, eventually, request};

fn status_of(server: &Server) -> Client {
    let line = server.wait_for_log("status at http://");
    let (_, rest) = line.split_once("http://").expect("an address");
    Client::connect(rest.trim_end_matches('/').parse().expect("an address and a port"))
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
    let of = |method: &str, status: u16| {
        format!(
            "http_server_request_duration_seconds_count{{http_request_method=\"{method}\",\
             http_response_status_code=\"{status}\",mount=\"/\",handler=\"probe\"}}"
        )
    };
    let expected = [
        format!("{} 2\n", of("GET", 200)),
        format!("{} 1\n", of("GET", 404)),
        format!("{} 1\n", of("GET", 500)),
        format!("{} 3\n", of("_OTHER", 501)),
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
fn the_page_shows_mounts_and_stops_and_nothing_of_a_clients_as_markup() {
    let server = serve("probe");
    let _ = server.connect().get("/buffered");
    let _ = server.connect().get("/trap?\"<script>&'");
    let page =
        shown(&server, "/", &["<tr><td>/<td>probe<td>1<td>2<td>1<td>0<td>0<td>1<td>0</tr>", "<td>trap</tr>"]);
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
