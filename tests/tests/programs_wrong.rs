//! What Python's programs answer wrongly, and CPython lets through: their clients see as much of it as there, as far as it is HTTP.

use doverb_tests::sources::folder;
use doverb_tests::{LATER, Server, request};

/// A program with these statements at each path, in HTTP/1.1.
fn serving(answers: &[(&str, &str)]) -> Server {
    let mut source = "from http.server import BaseHTTPRequestHandler, HTTPServer\n\n\n\
        class Handler(BaseHTTPRequestHandler):\n    protocol_version = 'HTTP/1.1'\n\n    \
        def do_GET(self):\n        getattr(self, self.path[1:].split('?')[0])()\n\n    \
        def begin(self, *fields):\n        self.send_response(200)\n        \
        for name, value in fields:\n            self.send_header(name, value)\n\n    \
        def says(self, data):\n        self.end_headers()\n        self.wfile.write(data)\n\n"
        .to_owned();
    for (name, statements) in answers {
        source += &format!("    def {name}(self):\n        {statements}\n\n");
    }
    source += "HTTPServer(('', 8000), Handler).serve_forever()\n";
    let sources = folder(&[("app.py", &source)]);
    Server::start(&sources.path().join("app.py"), &["--no-watch"])
}

/// All that comes until the connection ends.
fn sent(server: &Server, path: &str) -> String {
    let mut client = server.connect().with_patience(LATER);
    client.send(request("GET", path, ""));
    String::from_utf8(client.read_to_end_or_reset()).expect("text")
}

#[test]
fn a_length_that_is_said_twice_is_said_once_and_of_two_that_differ_none_is() {
    let server = serving(&[
        ("twice", "self.begin(('Content-Length', 3), ('content-length', '03')); self.says(b'abc')"),
        (
            "differ",
            "self.begin(('Content-Length', 3), ('Content-Length', 5), ('Content-Length', 4)); self.says(b'abcdef')",
        ),
        ("error", "self.log_error = print; self.begin(('Content-Length', 3)); self.send_error(404)"),
        ("identity", "self.begin(('Transfer-Encoding', 'identity')); self.says(b'abc')"),
        (
            "flushed",
            "self.begin(('Content-Length', 3)); self.flush_headers(); self.send_header('Content-Length', 5); self.says(b'abc')",
        ),
    ]);
    let mut client = server.connect();
    let answer = client.get("/twice");
    assert_eq!((answer.text().as_str(), answer.values("Content-Length")), ("abc", vec!["3"]));
    assert!(server.logged("Content-Length").is_empty(), "there is nothing wrong with it");
    assert_eq!(client.get("/differ").text(), "abcdef");
    assert_eq!(client.get("/flushed").text(), "abc", "what has left stands");
    server.wait_for_log("a second Content-Length, of 5, which is not the first: send one, or none");
    assert_eq!(client.get("/identity").text(), "abc");
    let answer = client.get("/error");
    assert!(answer.status == 200 && answer.text().ends_with("</html>\n"), "the whole page");
}

#[test]
fn a_field_with_two_colons_has_the_second_in_its_value_and_one_without_a_name_is_left_out() {
    let server = serving(&[
        ("colons", "self.begin(('X-Own:', 'a'), ('X-All: b', 'c')); self.says(b'it')"),
        ("length", "self.begin(('Content-Length:', '1')); self.says(b'it')"),
        ("names", "self.begin(('Content Type', 'a/b'), ('', 'c'), ('X', 'd')); self.says(b'it')"),
        ("split", "self.begin(('X\\r\\nY', 'a')); self.says(b'it')"),
        ("split_by_colon", "self.begin(('X: a\\r\\nY', 'b')); self.says(b'it')"),
    ]);
    let mut client = server.connect();
    let answer = client.get("/colons");
    assert_eq!(answer.field("X-Own"), Some(": a"), "as clients of CPython's read it");
    assert_eq!((answer.field("X-All"), answer.text().as_str()), (Some("b: c"), "it"));
    assert_eq!(client.get("/length").text(), "it", "it is no length");
    let answer = client.get("/names");
    assert_eq!((answer.status, answer.text().as_str(), answer.field("X")), (200, "it", Some("d")));
    server.wait_for_log("the field 'Content Type' is left out: a name has letters, digits and hyphens");
    for path in ["/split", "/split_by_colon"] {
        assert_eq!(server.connect().get(path).status, 500, "{path}: no head can be split");
    }
}

#[test]
fn a_second_answer_goes_as_far_into_the_first_as_its_length() {
    let server = serving(&[
        ("begun", "self.begin(('Content-Length', 12)); self.says(b'one\\n'); self.send_error(500)"),
        ("empty", "self.begin(('Content-Length', 4)); self.end_headers(); self.send_error(500)"),
        ("whole", "self.begin(('Content-Length', 3)); self.says(b'one'); self.send_error(500)"),
    ]);
    let mut client = server.connect();
    assert_eq!(client.get("/begun").text(), "one\nHTTP/1.1");
    let mut client = server.connect();
    assert_eq!(client.get("/empty").text(), "HTTP");
    assert_eq!(server.connect().get("/whole").text(), "one");
    server.wait_for_log("a second answer to one request.");
    assert!(server.logged("are left out").is_empty(), "more is said of it already");
}

#[test]
fn chunks_of_a_programs_own_need_a_last_one_and_a_whole_answer_stands() {
    let chunked = "self.begin(('Transfer-Encoding', 'chunked')); self.says(b'3\\r\\nabc\\r\\n')";
    let ends = format!("{chunked}; self.wfile.write(b'0\\r\\n\\r\\n')");
    let late = format!("{ends}; raise KeyError('behind it')");
    let server = serving(&[("forgets", chunked), ("ends", &ends), ("late", &late)]);
    assert_eq!(server.connect().get("/forgets").status, 500);
    server.wait_for_log("the handler's own chunks have no last one");
    assert_eq!(server.connect().get("/ends").text(), "abc");
    let answer = server.connect().get("/late");
    assert_eq!((answer.status, answer.text().as_str()), (200, "abc"));
    server.wait_for_log("KeyError: 'behind it'");
}

#[test]
fn an_exception_in_a_body_that_nobody_has_yet_sends_what_was_written() {
    let server = serving(&[
        ("head", "self.begin(); self.end_headers(); raise KeyError"),
        ("part", "self.begin(); self.says(b'part'); raise KeyError"),
        ("short", "self.begin(('Content-Length', 9)); self.says(b'part'); raise KeyError"),
        ("in_head", "self.begin(('X', 'y')); raise KeyError"),
    ]);
    for (path, body) in [("/head", ""), ("/part", "part"), ("/short", "part")] {
        let answer = sent(&server, path);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {answer}");
        assert_eq!(answer.split_once("\r\n\r\n").expect("a head").1, body, "{path}");
    }
    assert!(sent(&server, "/in_head").starts_with("HTTP/1.1 500 "), "there is no answer yet");
    assert!(server.logged("returned without end-headers").is_empty(), "the traceback says more");
}

#[test]
fn calls_out_of_order_are_named_as_in_python() {
    let server = serving(&[("early", "self.send_header('A', 'b')"), ("bare", "self.wfile.write(b'text')")]);
    for (path, said) in [
        ("/early", "RuntimeError: send_header: call send_response first"),
        ("/bare", "RuntimeError: write: call send_response and end_headers first"),
    ] {
        assert_eq!(server.connect().get(path).status, 500, "{path}");
        server.wait_for_log(said);
    }
}
