//! What a handler may override, each with an effect on the wire or in the log.

use doverb_tests::{Server, request};

#[test]
fn setup_is_called_once_a_connection() {
    let server = Server::of("overrides");
    for _ in 0..2 {
        let mut client = server.connect();
        assert_eq!(client.get("/").text(), "setups: 1");
        assert_eq!(client.get("/").text(), "setups: 1");
    }
}

#[test]
fn finish_is_called_when_the_connection_has_ended() {
    let server = Server::of("overrides");
    let mut client = server.connect();
    assert_eq!(client.get("/").status, 200);
    assert_eq!(server.logged("finish was called"), [""; 0]);
    drop(client);
    server.wait_for_log("finish was called");
}

#[test]
fn version_string_and_date_time_string_are_the_fields() {
    let server = Server::of("overrides");
    let response = server.connect().get("/");
    assert_eq!(response.field("Server"), Some("Overrides/1 (Doverb/0.1.0)"));
    assert_eq!(response.field("Date"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
}

#[test]
fn send_error_answers_what_the_host_refuses() {
    let server = Server::of("overrides");
    let response = server.connect().call(request("DELETE", "/", ""));
    assert_eq!((response.status, response.field("Content-Type")), (501, Some("application/json")));
    assert!(response.text().contains("Unsupported method ('DELETE')"), "{}", response.text());
}

#[test]
fn send_error_answers_a_bad_request() {
    let server = Server::of("overrides");
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\n\r\n");
    let response = client.read_response();
    assert_eq!((response.status, response.field("Content-Type")), (400, Some("application/json")));
    assert!(response.text().contains(r#""line":"GET / HTTP/1.1","command":"GET""#), "{}", response.text());
    client.expect_end_or_reset();
}

#[test]
fn the_request_line_and_the_command_are_empty_when_none_was_valid() {
    let server = Server::of("overrides");
    for (sent, line) in [("nonsense\r\n\r\n".to_owned(), "nonsense"), ("x".repeat(70_000), "")] {
        let mut client = server.connect();
        client.send_what_it_takes(&sent);
        let text = client.read_response().text();
        assert!(text.contains(&format!(r#""line":{line:?},"command":"""#)), "{text}");
    }
}

#[test]
fn send_error_of_the_handler_itself_is_its_own() {
    let server = Server::of("overrides");
    let response = server.connect().get("/error");
    assert_eq!(response.status, 404);
    let own = r#"{"code":404,"message":Some("Nowhere"),"explain":None,"line":"GET /error HTTP/1.1","command":"GET"}"#;
    assert_eq!(response.text(), own);
}

#[test]
fn handle_expect_100_may_refuse_the_body() {
    let server = Server::of("overrides");
    let mut client = server.connect();
    client.send(request("POST", "/refuse", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
    assert_eq!(client.read_response().status, 417, "and no 100 before it");
    client.expect_end_or_reset();
}

#[test]
fn handle_expect_100_may_do_what_it_does_by_default() {
    let server = Server::of("overrides");
    let mut client = server.connect();
    client.send(request("POST", "/", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
    assert_eq!(client.read_response().status, 100);
    client.send("hello");
    assert_eq!(client.read_response().text(), "hello");
}

#[test]
fn log_lines_go_through_every_override() {
    let server = Server::of("overrides");
    assert_eq!(server.connect().get("/log").status, 200);
    let line = server.wait_for_log("log_request");
    let prefix = "client-at-127.0.0.1 - - [some day] ";
    assert_eq!(line, format!("{prefix}log_request GET /log HTTP/1.1 Some(200) None"));
    let line = server.wait_for_log("said by the handler");
    assert_eq!(line, format!("{prefix}log_message said by the handler"));
    let line = server.wait_for_log("an error by default");
    assert_eq!(line, format!("{prefix}log_message an error by default"), "as in Python, through log_message");
}

#[test]
fn outside_of_a_request_calls_fail_or_are_empty() {
    let server = Server::of("overrides");
    assert_eq!(server.connect().get("/").status, 200);
    let line = server.wait_for_log("in setup");
    assert!(line.ends_with("in setup 10 of 10 out of order, empty: true, ready: true"), "{line}");
}

#[test]
fn send_error_answers_whatever_the_host_refuses() {
    let server = Server::with("overrides", &["--max-body", "10", "--header-timeout", "500ms"]);
    let long = "x".repeat(66_000);
    for (status, sent) in [
        (400, "GET / HTTP/x\r\n\r\n".to_owned()),
        (400, request("GET", "/", "A : b\r\n")),
        (408, "GET / HTTP/1.1\r\nHost: a\r\n".to_owned()),
        (413, request("POST", "/", "Content-Length: 11\r\n")),
        (414, format!("GET /{long} HTTP/1.1\r\n\r\n")),
        (431, request("GET", "/", &format!("A: {long}\r\n"))),
        (431, request("GET", "/", &"A: b\r\n".repeat(101))),
        (501, request("DELETE", "/", "")),
        (501, request("POST", "/", "Transfer-Encoding: gzip, chunked\r\n")),
        (505, "GET / HTTP/2.0\r\n\r\n".to_owned()),
    ] {
        let mut client = server.connect();
        client.send_what_it_takes(&sent);
        let response = client.read_response();
        assert_eq!(
            (response.status, response.field("Content-Type")),
            (status, Some("application/json")),
            "{sent:.80}"
        );
        client.expect_end_or_reset();
    }
}

#[test]
fn send_error_may_call_the_default_without_end() {
    let server = Server::of("overrides");
    for path in ["/default", "/again"] {
        let mut client = server.connect();
        let response = client.call(request("DELETE", path, ""));
        assert_eq!(response.field("Content-Type"), Some("text/html;charset=utf-8"), "{path}");
        // The second error fails, as an answer has begun; so the handler has failed.
        assert_eq!(response.status, if path == "/again" { 500 } else { 501 }, "{path}");
        client.expect_end_or_reset();
    }
}

#[test]
fn send_error_that_answers_nothing_is_a_500() {
    let server = Server::of("overrides");
    let mut client = server.connect();
    assert_eq!(client.call(request("DELETE", "/nothing", "")).status, 500);
    client.expect_end_or_reset();
}

#[test]
fn close_connection_may_be_set_before_do() {
    let server = Server::of("overrides");
    let mut client = server.connect();
    client.send(request("POST", "/last", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
    assert_eq!(client.read_response().status, 100);
    client.send("hello");
    let response = client.read_response();
    assert_eq!((response.text().as_str(), response.field("Connection")), ("hello", Some("close")));
    client.expect_end();
}

#[test]
fn what_handle_expect_100_logs_reaches_the_overrides() {
    let server = Server::of("overrides");
    let mut client = server.connect();
    client.send(request("POST", "/refuse", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
    assert_eq!(client.read_response().status, 417);
    server.wait_for_log("log_request POST /refuse HTTP/1.1 Some(417) None");
}

#[test]
fn overrides_cannot_forge_a_line_or_a_field() {
    let mut server = Server::of("overrides");
    let response = server.connect().get("/forge");
    assert_eq!((response.status, response.values("Set-Cookie").len()), (200, 0));
    assert_eq!(response.field("Server"), Some("Doverb/0.1.0"), "the default is used");
    assert!(server.stop().success());
    let lines = server.log.lines();
    let shown = "client-at-127.0.0.1\\x0d\\x0a127.0.0.1 - - [\\u202e - - [a\\x0aday] log_request GET /forge";
    assert!(lines.iter().any(|line| line.starts_with(shown)), "{lines:#?}");
    let forged = |line: &&String| {
        line.starts_with("127.0.0.1") && !line.contains("in setup") && !line.contains("finish")
    };
    assert_eq!(lines.iter().find(forged), None, "{lines:#?}");
}
