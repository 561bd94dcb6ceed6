//! Which method is served: as with Python's `hasattr(self, 'do_' + command)`.

use doverb_tests::{Server, request};

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
