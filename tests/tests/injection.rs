//! No text of a client's or a handler's can become a field, a second answer, a log line or a terminal command.

use doverb_tests::{Server, request};

#[test]
fn a_handler_cannot_split_the_head() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let response = client.get("/split");
    assert_eq!(response.names(), ["Server", "Date", "Latin", "Content-Length"], "none of the bad fields");
    let report = response.text();
    assert_eq!(report.lines().count(), 8, "{report}");
    for line in report.lines() {
        assert!(line.contains("InvalidField("), "{line}");
    }
    assert_eq!(client.get("/count").text(), "2", "the connection goes on");
}

#[test]
fn field_values_are_latin_1_on_the_wire() {
    let server = Server::of("probe");
    let raw = server.connect().get("/split").raw;
    let field = b"\r\nLatin: caf\xe9\r\n";
    assert!(raw.windows(field.len()).any(|window| window == field), "{}", String::from_utf8_lossy(&raw));
}

#[test]
fn a_reason_phrase_cannot_split_the_head() {
    let server = Server::of("probe");
    let response = server.connect().get("/status?code=200&message=OK%0d%0aSet-Cookie:+evil");
    assert_eq!((response.status, response.values("Set-Cookie").len()), (500, 0));
}

#[test]
fn a_bad_request_is_shown_escaped_in_the_answer() {
    let server = Server::of("hello");
    let response = server.connect().call("GET /<script>\u{1} HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(response.reason(), "Bad request syntax ('GET /<script>\\x01 HTTP/1.1')");
    assert!(response.text().contains("&lt;script&gt;") && !response.text().contains("<script>"));
}

/// What ends a line or steers a terminal.
fn has_control(line: &str) -> bool {
    line.chars().any(|character| character.is_control() || character == '\u{2028}' || character == '\u{202e}')
}

#[test]
fn a_client_cannot_forge_a_log_line() {
    let mut server = Server::of("probe");
    let forged = "127.0.0.1 - - [01/Jan/2000 00:00:00] \"GET /forged HTTP/1.1\" 200 -";
    for line in [
        format!("GET /\r{forged}\r HTTP/1.1"),
        "GET /\x1b[2J\x1b[31mred HTTP/1.1".to_owned(),
        "GET /\x07\x08\x7f\0 HTTP/1.1".to_owned(),
        "G\x1b]0;title\x07ET / HTTP/1.1".to_owned(),
        "GET / HTTP/1.\x1b".to_owned(),
    ] {
        let mut client = server.connect();
        client.send(line + "\r\nHost: a\r\n\r\n");
        assert_eq!(client.read_response().status, 400);
    }
    // C1 control characters are bytes above ASCII, which a path may have.
    assert_eq!(server.connect().call(b"GET /\x9b31m\x85\xad HTTP/1.1\r\nHost: a\r\n\r\n").status, 404);
    assert_eq!(server.connect().get("/a\\x1b\"b").status, 404);
    assert!(server.stop().success());
    let lines = server.log.lines();
    let odd: Vec<_> = lines.iter().filter(|line| has_control(line)).collect();
    assert!(odd.is_empty(), "{odd:#?}");
    assert!(!lines.iter().any(|line| line.starts_with(forged)), "{lines:#?}");
    let shown = |text: &str| lines.iter().any(|line| line.contains(text));
    assert!(shown("GET /\\x1b[2J\\x1b[31mred HTTP/1.1"), "{lines:#?}");
    assert!(shown("\\x9b31m\\x85"), "{lines:#?}");
    assert!(shown("\"GET /a\\\\x1b"), "a backslash of the client's is doubled: {lines:#?}");
}

#[test]
fn a_handler_cannot_forge_a_log_line() {
    let mut server = Server::of("probe");
    assert_eq!(server.connect().get("/print").text(), "printed");
    assert!(server.stop().success());
    let lines = server.log.lines();
    assert!(!lines.iter().any(|line| has_control(line)), "{lines:#?}");
    let count = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
    assert_eq!(count("probe stdout: printed \\x1b[31mred\\x1b[0m"), 1, "{lines:#?}");
    assert_eq!(count("probe stdout: second line"), 1, "{lines:#?}");
    assert_eq!(count("probe stderr: to stderr"), 1, "{lines:#?}");
    let message = "] a message with \\x1b[2J and \"quotes\" and a \\\\ and a line\\x0abreak";
    assert_eq!(count(message), 1, "{lines:#?}");
    assert_eq!(count("] an error"), 1, "{lines:#?}");
}

#[test]
fn a_log_line_is_bounded() {
    let mut server = Server::of("probe");
    assert_eq!(server.connect().get(&format!("/{}", "a".repeat(60_000))).status, 404);
    assert!(server.stop().success());
    let longest = server.log.lines().iter().map(|line| line.chars().count()).max();
    assert!(longest <= Some(8_192), "{longest:?}");
}

#[test]
fn the_access_log_looks_like_pythons() {
    let server = Server::of("hello");
    let client = server.connect().call(request("GET", "/a?b=c", ""));
    assert_eq!(client.status, 200);
    let line = server.wait_for_log("GET /a?b=c");
    let (host, rest) = line.split_once(" - - [").expect("a host");
    let (date, text) = rest.split_once("] ").expect("a date");
    assert_eq!((host, text), ("127.0.0.1", "\"GET /a?b=c HTTP/1.1\" 200 -"));
    // 06/Nov/1994 08:49:37
    let shape: String = date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!((&shape[..3], &shape[6..], date.len()), ("00/", "/0000 00:00:00", 20), "{date}");
}

#[test]
fn a_quiet_server_logs_no_requests() {
    let mut server = Server::with("probe", &["--quiet"]);
    assert_eq!(server.connect().get("/buffered").status, 200);
    assert_eq!(server.connect().get("/print").status, 200);
    assert!(server.stop().success());
    assert_eq!(server.logged("HTTP/1.1\" 200").len(), 0, "{:#?}", server.log.lines());
    assert_eq!(server.logged("] an error").len(), 1, "what a handler says is still there");
}
