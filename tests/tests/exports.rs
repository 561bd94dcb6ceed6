//! Which method is served: as with Python's `hasattr(self, 'do_' + command)`.

use doverb_tests::command::run;
use doverb_tests::{LATER, Server, request};

#[test]
fn a_method_that_is_not_exported_is_501() {
    let server = Server::of("hello");
    for method in ["POST", "HEAD", "SPAM", "OPTIONS", "ANY", "GETGET", "GE"] {
        let mut client = server.connect();
        let response = client.call(request(method, "/", ""));
        assert_eq!(response.status_line, format!("HTTP/1.1 501 Unsupported method ('{method}')"));
        assert_eq!(response.field("Connection"), Some("close"));
        client.expect_end();
    }
}

#[test]
fn methods_differ_by_case() {
    let server = Server::of("hello");
    for method in ["get", "Get", "GEt"] {
        let response = server.connect().call(request(method, "/", ""));
        assert_eq!(response.status_line, format!("HTTP/1.1 501 Unsupported method ('{method}')"));
    }
}

#[test]
fn a_method_with_a_hyphen_is_served() {
    let server = Server::of("probe");
    assert_eq!(server.connect().call(request("M-SEARCH", "*", "")).text(), "found");
    assert_eq!(server.connect().call(request("M_SEARCH", "*", "")).status, 501);
}

#[test]
fn a_method_of_ones_own_is_served() {
    let server = Server::of("probe");
    let response = server.connect().call(request("BREW", "/pot", ""));
    assert_eq!(response.status_line, "HTTP/1.1 418 I'm a Teapot");
}

#[test]
fn names_of_other_exports_are_no_methods() {
    let server = Server::of("overrides");
    for method in ["setup", "finish", "send-error", "log-message"] {
        assert_eq!(server.connect().call(request(method, "/", "")).status, 501, "{method}");
    }
}

#[test]
fn do_any_serves_every_method() {
    let server = Server::of("any");
    let mut client = server.connect();
    for method in ["GET", "SPAM", "get", "X-1!#$%&'*+.^_`|~"] {
        let response = client.call(request(method, "/", ""));
        assert_eq!((response.status, response.text().as_str()), (200, method));
    }
    assert_eq!(client.call(request("HEAD", "/", "")).status, 200);
}

#[test]
fn a_long_method_is_answered_in_bounds() {
    let server = Server::of("hello");
    let response = server.connect().call(request(&"A".repeat(60_000), "/", ""));
    assert_eq!(response.status, 501);
    assert!(response.raw.len() < 8_192, "{} bytes", response.raw.len());
}

/// What a label can't spell: its words are all in one case, and a hyphen stands between two words.
const NO_LABELS: [&str; 12] =
    ["M_SEARCH", "Get", "GETx", "-GET", "GET-", "A--B", "GET!", "A.B", "A+B", "~", "A'B", "|"];

#[test]
fn a_label_spells_words_of_letters_and_digits_in_one_case_each() {
    let component = |label: &str| {
        let text = format!(
            r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
                (func $f (canon lift (core func $i "f"))) (export "do-{label}" (func $f)))"#
        );
        wat::parse_str(text).expect("it is valid but for the label")
    };
    let folder = tempfile::tempdir().expect("a folder");
    for label in
        ["GET", "get", "M-SEARCH", "m-search", "X-rate-LIMIT", "2FA", "3d", "1", "A-1", "1-A", "100-2x"]
    {
        let path = folder.path().join("handler.wasm");
        std::fs::write(&path, component(label)).expect("a file");
        let server = Server::start(&path, &["--no-watch"]);
        // It answers nothing, which is another failure than not to be there.
        assert_eq!(server.connect().call(request(label, "/", "")).status, 500, "{label}");
        let swapped: String = label.chars().map(swap_case).collect();
        if swapped != label {
            assert_eq!(server.connect().call(request(&swapped, "/", "")).status, 501, "{swapped}");
        }
    }
    for label in NO_LABELS {
        let path = folder.path().join("refused.wasm");
        std::fs::write(&path, component(label)).expect("a file");
        let outcome = run(doverb_tests::server::command(&[path.as_os_str(), "--no-watch".as_ref()]), LATER);
        assert_eq!(outcome.code, Some(1), "{label}: {outcome:#?}");
    }
}

fn swap_case(letter: char) -> char {
    if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
}

#[test]
fn a_method_that_no_label_spells_reaches_do_any_or_is_501() {
    let (any, probe) = (Server::of("any"), Server::of("probe"));
    for method in NO_LABELS {
        assert_eq!(any.connect().call(request(method, "/", "")).text(), method);
        let response = probe.connect().call(request(method, "/", ""));
        assert_eq!(response.status, 501, "{method}");
    }
}

#[test]
fn methods_with_digits_and_in_lower_case_are_served() {
    let server = Server::of("probe");
    assert_eq!(server.connect().call(request("2FA", "/", "")).text(), "a digit first");
    assert_eq!(server.connect().call(request("x-1", "/", "")).text(), "in lower case");
    for method in ["2fa", "X-1", "x_1"] {
        assert_eq!(server.connect().call(request(method, "/", "")).status, 501, "{method}");
    }
}
