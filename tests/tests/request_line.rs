//! Request lines that are refused, with Python's words (`parse_request`), and some that are not.

use doverb_tests::{Response, Server, request};

const LONGEST: usize = 65_536;

/// The answer to a request that is refused: it must be readable, and the connection must end.
fn refused(server: &Server, bytes: impl AsRef<[u8]>) -> Response {
    let mut client = server.connect();
    client.send_what_it_takes(bytes);
    let response = client.read_response();
    assert_eq!(response.field("Connection"), Some("close"), "{}", response.head());
    client.expect_end_or_reset();
    response
}

fn line_of(length: usize) -> String {
    let path = "/".to_owned() + &"a".repeat(length - "GET / HTTP/1.1".len());
    format!("GET {path} HTTP/1.1")
}

#[test]
fn bad_syntax_is_400_with_the_offending_text() {
    let server = Server::of("hello");
    for (line, shown) in [
        ("GET", "GET"),
        ("GET / extra HTTP/1.1", "GET / extra HTTP/1.1"),
        ("GET  / HTTP/1.1", "GET  / HTTP/1.1"),
        (" GET / HTTP/1.1", " GET / HTTP/1.1"),
        ("GET\t/\tHTTP/1.1", "GET\\t/\\tHTTP/1.1"),
        ("G(T / HTTP/1.1", "G(T / HTTP/1.1"),
        ("GET /a\tb HTTP/1.1", "GET /a\\tb HTTP/1.1"),
        ("GET /\u{1} HTTP/1.1", "GET /\\x01 HTTP/1.1"),
        ("GET /'\"\\\u{7f} HTTP/1.1", "GET /\\'\"\\\\\\x7f HTTP/1.1"),
        ("GET /a#b HTTP/1.1", "GET /a#b HTTP/1.1"),
        ("GET a HTTP/1.1", "GET a HTTP/1.1"),
        ("GET * HTTP/1.1", "GET * HTTP/1.1"),
        ("GET a:80 HTTP/1.1", "GET a:80 HTTP/1.1"),
        ("GET http:///a HTTP/1.1", "GET http:///a HTTP/1.1"),
        ("CONNECT /a HTTP/1.1", "CONNECT /a HTTP/1.1"),
        ("GET /", "GET /"),
    ] {
        let response = refused(&server, format!("{line}\r\nHost: a\r\n\r\n"));
        assert_eq!(response.status_line, format!("HTTP/1.1 400 Bad request syntax ('{shown}')"), "{line:?}");
    }
    let response = refused(&server, "GET /'\\\u{7f} HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(
        response.status_line, r#"HTTP/1.1 400 Bad request syntax ("GET /'\\\x7f HTTP/1.1")"#,
        "quoted as repr does"
    );
}

#[test]
fn a_bad_version_is_400_with_the_offending_text() {
    let server = Server::of("hello");
    for word in [
        "HTTP",
        "HTTP/",
        "HTTP/1",
        "HTTP/1.",
        "HTTP/.1",
        "HTTP/1.1.1",
        "HTTP/a.b",
        "HTTP/-1.1",
        "HTTP/+1.1",
        "HTTP/1.12345678901",
        "HTTP/0.9",
        "HTTP/01.1",
        "http/1.1",
        "FUBAR/1.1",
        "D",
    ] {
        let response = refused(&server, format!("GET / {word}\r\nHost: a\r\n\r\n"));
        assert_eq!(response.status_line, format!("HTTP/1.1 400 Bad request version ('{word}')"));
    }
}

#[test]
fn version_2_and_above_is_505() {
    let server = Server::of("hello");
    for number in ["2.0", "2.1", "3.0", "10.0"] {
        let response = refused(&server, format!("GET / HTTP/{number}\r\nHost: a\r\n\r\n"));
        assert_eq!(response.status_line, format!("HTTP/1.1 505 Invalid HTTP version ({number})"));
    }
}

#[test]
fn the_preface_of_http_2_is_505() {
    let server = Server::of("hello");
    let response = refused(&server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_eq!(response.status, 505);
}

#[test]
fn the_beginning_of_a_tls_connection_is_400_at_most_and_harms_nobody() {
    let server = Server::of("hello");
    let hello = b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n\xff\xfe\x00\x0a\r\n\r\n";
    assert_eq!(refused(&server, hello).status, 400);
    assert_eq!(server.connect().get("/").status, 200);
}

#[test]
fn two_words_are_http_0_9_and_must_be_get() {
    let server = Server::of("hello");
    for method in ["POST", "PUT", "get"] {
        let response = refused(&server, format!("{method} /\r\n\r\n"));
        assert_eq!(response.reason(), format!("Bad HTTP/0.9 request type ('{method}')"));
        assert_eq!(response.status, 400);
    }
}

#[test]
fn the_longest_line_passes_and_one_byte_more_is_414() {
    let server = Server::of("hello");
    let head = |line: String| line + "\r\nHost: a\r\n\r\n";
    assert_eq!(server.connect().call(head(line_of(LONGEST))).status, 200);
    let response = refused(&server, head(line_of(LONGEST + 1)));
    assert_eq!(response.status_line, "HTTP/1.1 414 URI Too Long");
    server.wait_for_log("\"\" 414 -");
}

#[test]
fn a_line_without_an_end_is_414_and_bounded() {
    let server = Server::of("hello");
    let response = refused(&server, "a".repeat(10 * LONGEST));
    assert_eq!(response.status, 414);
}

#[test]
fn slashes_at_the_beginning_are_one() {
    let server = Server::of("probe");
    let report = server.connect().call(request("GET", "//headers", "")).text();
    assert!(report.contains("\npath=/headers\n"), "{report}");
    assert!(report.contains("requestline=GET //headers HTTP/1.1\n"), "{report}");
}

#[test]
fn a_line_feed_alone_ends_no_line() {
    let server = Server::of("hello");
    let response = refused(&server, "GET / HTTP/1.1\nHost: a\n\n");
    assert_eq!(response.status_line, "HTTP/1.1 400 Bad request syntax ('GET / HTTP/1.1\\n')");
    let response = refused(&server, "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n");
    assert_eq!(response.status_line, "HTTP/1.1 400 Bad header: a bare line feed");
}

#[test]
fn a_bad_line_is_refused_without_the_rest_of_the_head() {
    let server = Server::of("hello");
    for (line, status) in [("GET  / HTTP/1.1\r\n", 400), ("GET / HTTP/2.0\r\n", 505), ("\x16\x03\x01", 400)] {
        assert_eq!(refused(&server, line).status, status, "{line:?}");
    }
}

#[test]
fn a_target_of_another_scheme_is_misdirected() {
    let server = Server::of("hello");
    let response = refused(&server, "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(response.status_line, "HTTP/1.1 421 Misdirected Request");
}

#[test]
fn bytes_above_ascii_are_the_characters_of_latin_1() {
    let server = Server::of("probe");
    let report = server.connect().call(b"GET /headers?caf\xe9 HTTP/1.1\r\nHost: a\r\nX: \xe9\xff\r\n\r\n");
    assert!(report.text().contains("path=/headers?café\n"), "{}", report.text());
    assert!(report.text().contains("X: éÿ"), "{}", report.text());
}

#[test]
fn a_request_is_given_to_the_handler_as_it_came() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let fields = "aCCept: text/html\r\nX-Repeat: 1\r\nOther:\r\nx-repeat:  2 \r\n";
    let report = client.call(request("GET", "/headers?a=b%20c", fields)).text();
    let address = server.address();
    for line in [
        "requestline=GET /headers?a=b%20c HTTP/1.1".to_owned(),
        "command=GET".into(),
        "path=/headers?a=b%20c".into(),
        "request_version=HTTP/1.1".into(),
        "scheme=http".into(),
        format!("client_address={}", client.local_address()),
        format!("server=127.0.0.1:{} (\"127.0.0.1\", {})", address.port(), address.port()),
        "mount=/".into(),
        "accept=Some(\"text/html\")".into(),
        "x-all=[\"1\", \"2\"]".into(),
    ] {
        assert!(report.lines().any(|other| other == line), "{line}:\n{report}");
    }
    let raw = "raw=\"Host: localhost\\r\\naCCept: text/html\\r\\nX-Repeat: 1\\r\\nOther:\\r\\nx-repeat:  2 \\r\\n\\r\\n\"";
    assert!(report.contains(raw), "{report}");
    assert!(
        report.ends_with("Host: localhost\naCCept: text/html\nX-Repeat: 1\nOther: \nx-repeat: 2"),
        "{report}"
    );
}

#[test]
fn every_request_has_an_id_of_its_own() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let id = |text: String| {
        let line = text.lines().find_map(|line| line.strip_prefix("request_id=")).map(str::to_owned);
        line.expect("a request_id")
    };
    let ids = [
        id(client.get("/headers").text()),
        id(client.get("/headers").text()),
        id(server.connect().get("/headers").text()),
    ];
    assert!(ids.iter().all(|id| !id.is_empty() && id.len() <= 64 && id.is_ascii()), "{ids:?}");
    assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2], "{ids:?}");
}

#[test]
fn an_error_before_the_line_is_parsed_still_has_a_head() {
    let server = Server::of("hello");
    let response = refused(&server, "NONSENSE\r\n\r\n");
    assert_eq!(response.names(), ["Server", "Date", "Connection", "Content-Type", "Content-Length"]);
}
