//! Every rule of the contract: each call that `wit/*.wit` says fails does, and says why.

use doverb_tests::{SOON, Server, request};

/// What a failure is called in the contract, by the words in which the Rust SDK shows it.
fn named(failure: &str) -> &'static str {
    for (start, name) in [
        ("out of order: ", "out-of-order"),
        ("invalid field: ", "invalid-field"),
        ("the client closed the connection", "closed"),
        ("the client took too long", "timed-out"),
        ("malformed body: ", "malformed"),
        ("over the bound of ", "too-large"),
    ] {
        if failure.starts_with(start) {
            return name;
        }
    }
    if failure.ends_with(" is no status code: 100 to 999 are") { "invalid-status" } else { "none" }
}

/// The failures of each call in order, as `call: failure` lines have them.
fn failures<'a>(lines: impl IntoIterator<Item = &'a str>, call: &str) -> Vec<&'static str> {
    let of_call = |line: &'a str| line.strip_prefix(call)?.strip_prefix(": ").map(named);
    lines.into_iter().filter_map(of_call).collect()
}

#[test]
fn attributes_that_must_not_go_over_the_wire_are_refused() {
    let server = Server::of("probe");
    let report = server.connect().get("/rules/attributes").text();
    let of = |call: &str| failures(report.lines(), call);
    assert_eq!(of("set-protocol-version"), ["invalid-field"], "{report}");
    for setter in ["set-server-version", "set-sys-version", "set-error-content-type"] {
        assert_eq!(of(setter), ["invalid-field"; 3], "{setter}: {report}");
    }
    let of_format = ["invalid-field", "invalid-field", "invalid-field", "too-large"];
    assert_eq!(of("set-error-message-format"), of_format, "{report}");
    assert!(report.contains("\"%(cause)\""), "the text names the key: {report}");
    let of_responses = [
        "invalid-status",
        "invalid-status",
        "invalid-field",
        "invalid-field",
        "invalid-field",
        "too-large",
        "too-large",
        "too-large",
    ];
    assert_eq!(of("set-responses"), of_responses, "{report}");
    assert_eq!(of("date-time-string"), ["invalid-field"], "{report}");
}

#[test]
fn calls_that_would_spoil_the_head_or_the_body_are_refused() {
    let mut server = Server::of("probe");
    let _ = server.connect().get("/rules/head");
    assert!(server.stop().success());
    let lines = server.log.lines();
    let said: Vec<&str> = lines.iter().filter_map(|line| Some(line.split_once("] ")?.1)).collect();
    let of = |call: &str| failures(said.iter().copied(), call);
    for call in
        ["send-header first", "end-headers first", "write first", "write-text first", "send-response 101"]
    {
        assert_eq!(of(call), ["out-of-order"], "{call}: {lines:#?}");
    }
    let of_begin =
        ["invalid-status", "invalid-status", "invalid-field", "invalid-field", "invalid-field", "too-large"];
    for call in ["send-response", "send-response-only", "send-error"] {
        assert_eq!(of(call), of_begin, "{call}: {lines:#?}");
        assert_eq!(of(&format!("{call} again")), ["out-of-order"], "{call}: {lines:#?}");
    }
    for call in ["handle-expect-100", "write before end-headers", "end-headers again", "send-header late"] {
        assert_eq!(of(call), ["out-of-order"], "{call}: {lines:#?}");
    }
    let of_fields = of("send-header");
    assert_eq!(of_fields[..9], ["invalid-field"; 9], "{lines:#?}");
    assert_eq!(of_fields[9..], ["too-large"], "{lines:#?}");
    for call in ["send-header Content-Length", "send-header twice"] {
        assert_eq!(of(call), ["invalid-field"], "{call}: {lines:#?}");
    }
    assert_eq!(of("write-text wide"), ["invalid-field"], "{lines:#?}");
    assert_eq!(of("write-text long"), ["too-large"], "{lines:#?}");
    for call in ["write-text no chunk", "write no chunk"] {
        assert_eq!(of(call), ["malformed"], "{call}: {lines:#?}");
    }
}

#[test]
fn an_answer_in_one_call_fails_as_its_parts() {
    let server = Server::of("probe");
    let report = server.connect().get("/rules/answer").text();
    let of = |call: &str| failures(report.lines(), call);
    for call in ["begin", "answer", "answer-text"] {
        assert_eq!(of(call), ["invalid-status", "invalid-field", "too-large"], "{call}: {report}");
        assert_eq!(of(&format!("{call} again")), ["out-of-order"], "{call}: {report}");
    }
    assert_eq!(of("begin field"), ["invalid-field"], "{report}");
    assert!(report.contains("\"no colon\""), "the text names the line: {report}");
    assert_eq!(of("send-header"), ["too-large"], "the head is open: {report}");
    for call in ["answer", "answer-text"] {
        let _ = server.connect().get(&format!("/rules/{call}-chunks"));
        assert_eq!(logged(&server, call, &[]), ["malformed"]);
    }
}

/// The report of `/rules/*` in the log, from `first` on.
fn logged(server: &Server, first: &str, calls: &[&str]) -> Vec<&'static str> {
    let failure = |call: &str| {
        let start = format!("] {call}: ");
        let line = server.log.wait_for(SOON, |line| line.contains(&start));
        named(line.split_once(&start).expect("it contains it").1)
    };
    [first].iter().chain(calls).map(|call| failure(call)).collect()
}

fn reads_fail(server: &Server, framing: &str, body: &str, end: bool, failure: &str) {
    let mut client = server.connect();
    client.send(request("POST", "/rules/read", framing) + body);
    if end {
        client.end_sending();
    }
    let calls = ["read again", "read-line", "trailers before the end"];
    assert_eq!(
        logged(server, "read", &calls),
        [failure, failure, failure, "out-of-order"],
        "a failure is final"
    );
    assert!(!client.read_to_end_or_reset().is_empty(), "the handler could answer");
}

#[test]
fn a_malformed_body_fails_every_read() {
    let chunked = "Transfer-Encoding: chunked\r\n";
    reads_fail(&Server::of("probe"), chunked, "3\r\nabc\r\nxyz\r\n", false, "malformed");
}

#[test]
fn a_body_over_the_bound_fails_every_read() {
    let server = Server::with("probe", &["--max-body", "4"]);
    reads_fail(
        &server,
        "Transfer-Encoding: chunked\r\n",
        "3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n",
        false,
        "too-large",
    );
}

#[test]
fn a_client_that_stops_sending_fails_every_read() {
    let server = Server::with("probe", &["--client-timeout", "300ms"]);
    reads_fail(&server, "Content-Length: 9\r\n", "abc", false, "timed-out");
}

#[test]
fn a_client_that_ends_too_early_fails_every_read() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("POST", "/rules/read", "Content-Length: 9\r\n") + "abc").end_sending();
    let outcomes = logged(&server, "read", &["read again", "read-line", "trailers before the end"]);
    assert_eq!(outcomes, ["closed", "closed", "closed", "out-of-order"]);
}

const AFTER_A_LOSS: [&str; 9] = [
    "send-response",
    "send-response-only",
    "send-error",
    "handle-expect-100",
    "begin",
    "answer",
    "answer-text",
    "write",
    "write-text",
];

#[test]
fn calls_fail_when_the_client_has_gone() {
    let server = Server::of("probe");
    for (path, first, calls) in
        [("/rules/flush", "flush", &AFTER_A_LOSS[..]), ("/rules/flush-headers", "flush-headers", &[])]
    {
        let mut client = server.connect();
        client.send(request("POST", path, ""));
        client.take(1_000);
        client.vanish();
        let outcomes = logged(&server, first, calls);
        assert!(outcomes.iter().all(|outcome| *outcome == "closed"), "{path}: {outcomes:?}");
    }
    assert_eq!(server.connect().get("/buffered").status, 200, "the server goes on");
}

#[test]
fn flushes_fail_when_the_client_takes_nothing() {
    let server = Server::with("probe", &["--client-timeout", "300ms"]);
    let mut flush = server.connect();
    flush.send(request("POST", "/rules/flush", ""));
    // After it the connection is cut: nothing can succeed any more.
    assert_eq!(logged(&server, "flush", &AFTER_A_LOSS)[..2], ["timed-out", "closed"]);
    let mut headers = server.connect();
    headers.send(request("POST", "/rules/flush-headers", ""));
    assert_eq!(logged(&server, "flush-headers", &[]), ["timed-out"]);
}

#[test]
fn a_handler_that_says_that_it_failed_keeps_its_instance_and_an_answer_that_is_whole() {
    let server = Server::with(
        "probe",
        &["--protocol", "HTTP/1.1", "--isolation", "worker", "--workers", "1", "--threads", "1"],
    );
    let whole = server.connect().get("/fail-whole");
    assert_eq!((whole.status, whole.text()), (200, "whole".to_owned()));
    assert_eq!(whole.field("Connection"), Some("close"), "it ends the connection all the same");
    assert_eq!(server.connect().get("/fail").status, 500, "there is no answer");
    let mut client = server.connect();
    client.send(request("GET", "/fail-streamed", ""));
    let answer = String::from_utf8(client.read_to_end_or_reset()).expect("text");
    assert!(answer.contains("partial") && !answer.ends_with("0\r\n\r\n"), "{answer}");
    assert!(server.log.lines().iter().all(|line| !line.contains("the handler failed")), "none has trapped");
}
