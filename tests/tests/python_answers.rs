//! What a program in Python answers: machine code gathers what is plain, Python what is not, and what neither takes goes to the host. No client
//! and no program sees which it was.

use std::collections::HashSet;

use doverb_tests::sources::folder;
use doverb_tests::{Server, request};

/// Statements of a `do_GET` with `response`, `header`, `end` and `write` for the handler's methods.
const ANSWERS: &[&str] = &[
    "response(200); end()",
    "response(200); end(); said(write(b'plain'))",
    "response(HTTPStatus.OK); end(); said(write(b'a status by its name'))",
    "response(True); end()",
    "response('200'); end()",
    "response(200.5); end()",
    "response(None)",
    "response(10 ** 30)",
    "response(-1)",
    "response(99)",
    "response(199); end(); response(200); end(); said(write(b'behind one that informs'))",
    "response(204); end()",
    "response(299); end()",
    "response(304); header('ETag', '\"x\"'); end()",
    "response(404); end(); said(write(b'none'))",
    "response(413); end()",
    "response(414); end()",
    "response(416); end()",
    "response(422); end()",
    "response(500); end()",
    "response(599); end()",
    "response(999); end()",
    "response(1000); end()",
    "response(200, 'Fine'); end()",
    "response(200, ''); end()",
    "response(200, 5); end()",
    "response(200, 'caf\\u00e9'); end()",
    "response(200, '\\u20ac'); end()",
    "response(200); header('X', 5); header('Y', -5); header('Z', 1.5); header('N', None); header('T', True); end()",
    "response(200); header('X', 10 ** 30); header('L', ['a', 'b']); header(5, 'a number'); end()",
    "response(200); header('X', ''); header('Y', ' padded '); header('Z', 'a\\tb'); end()",
    "response(200); header('X', '\\u00e9\\u00ff'); header('Y', '~ '); header('Z', '\\x7f'); end()",
    "response(200); header('X', '\\u0100'); end()",
    "response(200); header('X', '\\ud800'); end()",
    "response(200); header('X', 'a\\r\\nb: c'); end()",
    "response(200); header('X', 'a\\0'); end()",
    "response(200); header('', 'x'); end()",
    "response(200); header('a b', 'x'); end()",
    "response(200); header('a:b', 'x'); end()",
    "response(200); header('\\u00e9', 'x'); end()",
    "response(200); header('\\u0100', 'x'); end()",
    "response(200); header('!#$%&*+-.^_`|~09AZaz', 'x'); header(\"'\", 'x'); end()",
    "response(200); header(type('Text', (str,), {})('X'), type('Text', (str,), {})('y')); end()",
    "response(200); header(b'X', b'y'); end()",
    "response(200)\nfor i in range(300): header(f'X-{i}', 'y' * 30)\nend(); said(write(b'many'))",
    "response(200); header('X', 'y' * 4000); header('Y', 'y' * 4090); header('Z', 'z'); end(); said(write(b'long'))",
    "response(200); header('X', 'y' * 5000); header('Y', 'y' * 9000); header('Z', 'z'); end(); said(write(b'long'))",
    "response(200); header('N' * 3000, 'y'); header('M' * 5000, 'y'); end()",
    "response(200); header('X', 'y' * 300000); end()",
    "response(200); header('Content-Length', 3); end(); said(write(b'abc'))",
    "response(200); header('content-length', '3'); end(); said(write(b'abc'))",
    "response(200); header('CONTENT-LENGTH', '0'); end()",
    "response(200); header('Content-Length', '3'); end(); said(write(b'a')); said(write(b'bc'))",
    "response(200); header('Content-Length', '3'); end(); said(write(b'ab'))",
    "response(200); header('Content-Length', '3'); end(); said(write(b'abcd'))",
    "response(200); header('Content-Length', '3'); end(); said(write(b'ab')); said(write(b'cd')); said(write(b'ef'))",
    "response(200); header('Content-Length', '3'); header('Content-Length', '3'); end(); said(write(b'abc'))",
    "response(200); header('Content-Length', '3'); header('Content-Length', '4'); end(); said(write(b'abc'))",
    "response(200); header('Content-Length', '03'); end(); said(write(b'abc'))",
    "response(200); header('Content-Length', ' 3'); end(); said(write(b'abc'))",
    "response(200); header('Content-Length', '+3'); end(); said(write(b'abc'))",
    "response(200); header('Content-Length', '-1'); end()",
    "response(200); header('Content-Length', ''); end(); said(write(b'abc'))",
    "response(200); header('Content-Length', '9' * 18); end(); said(write(b'abc'))",
    "response(200); header('Content-Length', '9' * 19); end(); said(write(b'abc'))",
    "response(200); header('Connection', 'close'); end(); said(write(b'closes'))",
    "response(200); header('connection', 'keep-alive'); end(); said(write(b'stays'))",
    "response(200); header('Transfer-Encoding', 'chunked'); end(); said(write(b'3\\r\\nabc\\r\\n0\\r\\n\\r\\n'))",
    "response(200); header('Upgrade', 'x'); end()",
    "response(200); end(); said(write(b'')); said(write(b'after nothing'))",
    "response(200); end(); said(write(bytearray(b'changes'))); said(write(memoryview(b'views')))",
    "response(200); end(); said(write(array('i', [1, 2])))",
    "response(200); end(); write('a text')",
    "response(200); end(); write(5)",
    "response(200); end(); said(write(b'x' * 4000)); said(write(b'y' * 4000)); said(write(b'z'))",
    "response(200); end(); said(write(bytes(range(256)) * 100)); said(write(b'z'))",
    "response(200); end(); said(write(b'x' * 65536)); said(write(b'y' * 65537)); said(write(b'z' * 200000))",
    "response(200); header('X', 'y' * 4000); end(); said(write(b'x' * 65000)); said(write(b'z'))",
    "response(200); header('Content-Length', '70000'); end(); said(write(b'x' * 65530)); said(write(b'y' * 4470))",
    "header('X', 'early')",
    "end()",
    "said(write(b'early'))",
    "said(write(b'HTTP/1.1 200 OK\\r\\nX: by hand\\r\\nContent-Length: 2\\r\\n\\r\\nab'))",
    "response(200); said(write(b'X: by hand\\r\\n')); end(); said(write(b'ab'))",
    "response(200); said(write(b'before the head has ended')); end()",
    "response(200); end(); end()",
    "response(200); header('X', '1'); response(404); header('Y', '2'); end(); said(write(b'both'))",
    "response(200); end(); said(write(b'one')); response(404); end(); said(write(b'two'))",
    "response(200); end(); said(write(b'one')); self.send_error(500)",
    "response(200); header('X', '1'); self.send_error(404)",
    "self.send_error(418, 'short', 'and long')",
    "response(200); header('X', '1'); self.flush_headers(); header('Y', '2'); end(); said(write(b'flushed'))",
    "response(200); end(); said(write(b'a')); self.wfile.flush(); said(write(b'b'))",
    "self.send_response_only(200); header('X', '1'); end(); said(write(b'only'))",
    "response(200); header('Server', 'mine'); header('Date', 'today'); end()",
    "response(200); end(); write(b'a'); raise ValueError('behind an answer')",
    "response(200); raise ValueError('in a head')",
    "raise ValueError('before anything')",
    "response(); end()",
    "header('X')",
    "response(200); end(1)",
    "response(200); end(); write()",
    // Nothing is said of it behind its line in the log, for which is waited.
    "response(204); end()",
];

/// The same, where the body decides what becomes of the head: the host is told before that comes.
const BY_BODY: &[&str] = &[
    "response(200); header('Transfer-Encoding', 'chunked'); end(); said(write(b'no chunks'))",
    "response(200); header('Transfer-Encoding', 'chunked'); header('Content-Length', '9'); end(); said(write(b'no chunks'))",
    "response(200); header('X', '1'); header('Content-Length', '9'); header('Y', '2'); header('Transfer-Encoding', 'chunked'); header('Z', '3'); end(); said(write(b'no chunks'))",
    "response(200); header('CONTENT-LENGTH', '9'); header('Transfer-Encoding', 'chunked'); end(); said(write(b'3\\r\\nabc\\r\\n0\\r\\n\\r\\n'))",
];

/// How a program calls the methods.
const PLAIN: &str =
    "response, header, end, write = self.send_response, self.send_header, self.end_headers, self.wfile.write";
/// What is said by name, and bytes that are no `bytes`, Python takes itself.
const BY_NAME: &str = "\
def response(*all): return self.send_response(**dict(zip(('code', 'message', 'more'), all)))
        def header(*all): return self.send_header(**dict(zip(('keyword', 'value'), all)))
        end = self.end_headers
        def write(*all): return self.wfile.write(*[memoryview(one) if type(one) is bytes else one for one in all])";
/// The host has everything before the next call, as it is told of the connection.
const AT_HOST: &str = "\
def at_host(method):
            def call(*all):
                self.close_connection = self.close_connection
                return method(*all)
            return call
        response, header, end = at_host(self.send_response), at_host(self.send_header), at_host(self.end_headers)
        write = at_host(self.wfile.write)";

/// A program that answers so, each at the path with its number, and logs what `write` returned.
fn server(answers: &[&str], calls: &str) -> Server {
    let source = format!(
        "from array import array\nfrom http import HTTPStatus\nfrom http.server import BaseHTTPRequestHandler, HTTPServer\n\
         ANSWERS = {answers:?}\nclass Answers(BaseHTTPRequestHandler):\n    protocol_version = 'HTTP/1.1'\n    def do_GET(self):\n        \
         {calls}\n        def said(count): self.log_message('wrote %s', count)\n        \
         exec(ANSWERS[int(self.path[1:])], {{**globals(), **locals()}})\n\
         HTTPServer(('', 8000), Answers).serve_forever()\n"
    );
    let folder = folder(&[("answers.py", &source)]);
    Server::start(&folder.path().join("answers.py"), &["--no-watch", "--cpu-time", "60s"])
}

/// All that a client gets, but for what differs from one second to the next.
fn answer(server: &Server, number: usize) -> Vec<u8> {
    let mut client = server.connect();
    client.send(request("GET", &format!("/{number}"), "Connection: close\r\n"));
    let mut answer = client.read_to_end();
    while let Some(date) = answer.windows(10).position(is_date) {
        answer.drain(date..date + "Date: Sat, 28 Nov 2026 15:00:00 GMT".len());
    }
    answer
}

fn is_date(window: &[u8]) -> bool {
    window.starts_with(b"Date: ") && window[9] == b','
}

/// What the program says of each request: its own lines and the last of each traceback.
fn said(server: &Server, answers: &[&str]) -> Vec<String> {
    server.wait_for_log(&format!("\"GET /{} ", answers.len() - 1));
    let lines = server.logged("");
    let said = lines.iter().filter(|line| line.contains("wrote ") || line.contains("Error: "));
    said.map(|line| line.rsplit_once("] ").map_or(line.as_str(), |(_, said)| said).to_owned()).collect()
}

/// What the one says is what the other does.
fn alike(answers: &[&str], server_of: &str, wanted_of: &str) {
    let (server, wanted) = (server(answers, server_of), server(answers, wanted_of));
    let mut different = HashSet::new();
    for (number, calls) in answers.iter().enumerate() {
        let (one, other) = (answer(&server, number), answer(&wanted, number));
        let (shown, wanted) = (String::from_utf8_lossy(&one), String::from_utf8_lossy(&other));
        assert!(one == other, "{calls}\n--- one\n{shown:.600}\n--- other\n{wanted:.600}");
        different.insert(one);
    }
    assert!(different.len() > answers.len() / 2, "the answers are told from each other");
    assert_eq!(said(&server, answers), said(&wanted, answers));
}

#[test]
fn what_machine_code_gathers_is_what_python_would_have_gathered() {
    alike(&[BY_BODY, ANSWERS].concat(), PLAIN, BY_NAME);
}

#[test]
fn what_is_gathered_is_what_the_host_would_have_made_of_it() {
    alike(ANSWERS, PLAIN, AT_HOST);
}
