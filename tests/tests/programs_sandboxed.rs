//! What programs ask for that no sandbox has: each gets a line that says what to do in its place.

use doverb_tests::command::doverb_with;
use doverb_tests::sources::folder;
use doverb_tests::{Server, request};

/// A server that does this before it serves, and that in its method.
fn program(first: &str, method: &str) -> tempfile::TempDir {
    let text = format!(
        "import os, socket, sys\nfrom http.server import BaseHTTPRequestHandler, HTTPServer\n\n{first}\n\n\nclass Handler(BaseHTTPRequestHandler):\n    \
         def do_GET(self):\n        {method}\n        self.send_response(200)\n        self.end_headers()\n        \
         self.wfile.write(b'served')\n\n\nHTTPServer((\"\", 80), Handler).serve_forever()\n"
    );
    folder(&[("app.py", &text)])
}

#[test]
fn what_cannot_be_had_when_a_program_begins_is_told_with_what_to_do() {
    for (first, said) in [
        (
            "if os.geteuid() != 0:\n    sys.exit('run it as root')",
            "here nobody's, and the server is what listens. Leave the question out",
        ),
        (
            "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
            "What needs another one can run beside it, and be asked over HTTP",
        ),
        (
            "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
            "What needs another one can run beside it, and be asked over HTTP",
        ),
        ("os.pipe()", "goes by a queue.Queue, or by an attribute of the server's"),
        ("os.chroot('/srv')", "Leave it out, or go on without it where it fails"),
        (
            "socket.create_connection(('127.0.0.1', 5555))",
            "connect when a request comes, in a method of the handler",
        ),
    ] {
        let sources = program(first, "pass");
        let file = sources.path().join("app.py").display().to_string();
        let out = sources.path().join("out.wasm").display().to_string();
        let outcome = doverb_with(&["build", &file, "-o", &out], &[]);
        assert_eq!(outcome.code, Some(1), "{first}");
        assert!(outcome.stderr.iter().any(|line| line.ends_with(said)), "{first}: {:#?}", outcome.stderr);
    }
}

#[test]
fn a_request_that_asks_for_a_process_is_told_what_to_do() {
    let sources = program("", "os.fork() if self.path == '/fork' else os.pipe()");
    let server = Server::start(&sources.path().join("app.py"), &["--no-watch"]);
    for (path, said) in [
        (
            "/fork",
            "Do it in the method itself, or in a threading.Thread, which is run before the answer ends",
        ),
        ("/pipe", "goes by a queue.Queue, or by an attribute of the server's"),
    ] {
        assert_eq!(server.connect().call(request("GET", path, "")).status, 500);
        server.wait_for_log(said);
    }
}

/// As servers do that root starts at port 80.
#[test]
fn rights_can_be_given_up_as_nobody_has_any() {
    let sources = program("os.initgroups('www-data', 33)\nos.setgid(33)\nos.setuid(33)", "pass");
    let server = Server::start(&sources.path().join("app.py"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "served");
}
