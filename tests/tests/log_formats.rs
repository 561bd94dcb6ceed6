//! `--log-format`: lines about requests as other servers write them.

use doverb_tests::{Server, request};
use serde_json::Value;

fn answered(format: &str, name: &str, path: &str) -> Server {
    let server = Server::with(name, &["--log-format", format]);
    let fields = "Referer: http://a/\"b\r\nUser-Agent: test\x1b/1\r\n";
    let _ = server.connect().call(request("GET", path, fields.replace('\x1b', "").as_str()));
    server
}

#[test]
fn the_common_format_has_the_size_and_no_line_of_pythons() {
    let server = answered("common", "hello", "/");
    let line = server.wait_for_log("GET / HTTP/1.1");
    let (head, tail) = line.split_once("] ").expect("a date");
    assert_eq!(tail, "\"GET / HTTP/1.1\" 200 13");
    let date = head.strip_prefix("127.0.0.1 - - [").expect("the client");
    assert!(date.len() == "10/Oct/2000:13:55:36 -0700".len() && date.ends_with(" +0000"), "{date}");
    assert_eq!(server.logged("GET / ").len(), 1);
}

#[test]
fn the_combined_format_has_two_fields_whose_quotes_end_nothing() {
    let server = answered("combined", "hello", "/");
    let line = server.wait_for_log("GET / HTTP/1.1");
    assert!(line.ends_with("\"GET / HTTP/1.1\" 200 13 \"http://a/\\x22b\" \"test/1\""), "{line}");
}

#[test]
fn with_json_every_line_is_an_object() {
    let server = answered("json", "hello", "/?q=%22");
    let line: Value = serde_json::from_str(&server.wait_for_log("\"path\"")).expect("JSON");
    for (key, value) in [
        ("client", Value::from("127.0.0.1")),
        ("method", "GET".into()),
        ("path", "/?q=%22".into()),
        ("protocol", "HTTP/1.1".into()),
        ("status", 200.into()),
        ("bytes", 13.into()),
        ("mount", "/".into()),
        ("handler", "hello".into()),
        ("version", 1.into()),
        ("id", "1-1".into()),
        ("referer", "http://a/\"b".into()),
        ("user_agent", "test/1".into()),
    ] {
        assert_eq!(line[key], value, "{key} of {line}");
    }
    assert!(line["duration_ms"].as_f64().is_some_and(|time| time > 0.0), "{line}");

    let server = answered("json", "probe", "/trap");
    let line: Value = serde_json::from_str(&server.wait_for_log("\"stop\"")).expect("JSON");
    assert_eq!((&line["status"], &line["stop"]), (&Value::from(500), &Value::from("trap")));
    let why: Value = serde_json::from_str(&server.wait_for_log("the handler failed")).expect("JSON");
    assert!(why["message"].as_str().is_some_and(|text| text.contains("/trap HTTP/1.1")), "{why}");
    assert_eq!(why["level"], "info");
}
