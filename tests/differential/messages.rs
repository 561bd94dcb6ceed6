//! Requests, well-formed and malformed.

use fastrand::Rng;

use super::generator::{once_in, pick};
use super::request::Request;

const METHODS: [&str; 16] = [
    "GET", "GET", "GET", "GET", "HEAD", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "SPAM", "M-SEARCH",
    "M_SEARCH", "BREW", "get", "ANY",
];

const TARGETS: [&str; 14] = [
    "/",
    "/",
    "/facts",
    "/facts",
    "/facts?a=b&c=%20d",
    "/headers",
    "/unframed",
    "/unframed",
    "/missing",
    "//double/slash",
    "///facts",
    "/%2e%2e/x",
    "/caf\u{e9}",
    "/a'b\"c\\d|{}^`<>",
];

const VERSIONS: [&str; 6] = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.0", "HTTP/1.2"];

const FIELDS: [&str; 16] = [
    "X-A: one",
    "x-a: two",
    "X-A:",
    "X-A:three",
    "x-A: \t four",
    "X-A: tab\tinside",
    "Accept: */*",
    "Cookie: a=b; c=d",
    "User-Agent: differential/1",
    "X-Latin: caf\u{e9}",
    "X!#$%&'*+-.^_`|~9: token",
    "Accept-Encoding: gzip, br",
    "X-Empty:  ",
    "X-Colons: a:b::c",
    "X-Quotes: \"a\" 'b' \\",
    "Upgrade-Insecure-Requests: 1",
];

/// ISO-8859-1, as all text here.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).expect("ISO-8859-1")).collect()
}

fn request(method: &str, target: &str, version: &str) -> Request {
    let line = latin1(&format!("{method} {target} {version}"));
    Request { line, ..Request::new(method, target, version) }
}

fn some_request(rng: &mut Rng) -> Request {
    request(pick(rng, &METHODS), pick(rng, &TARGETS), pick(rng, &VERSIONS))
}

fn some_fields(rng: &mut Rng, mut request: Request) -> Request {
    for _ in 0..rng.usize(..6) {
        request = request.with(latin1(pick(rng, &FIELDS)));
    }
    request
}

fn some_body(rng: &mut Rng) -> Vec<u8> {
    let words = [
        "spam ",
        "egg\n",
        "\r\n",
        "bacon",
        "\u{e9}",
        "\0",
        "=&%",
        "a line that is longer than twenty bytes\n",
    ];
    let count = rng.usize(..8);
    latin1(&(0..count).map(|_| pick(rng, &words)).collect::<String>())
}

pub fn plain(rng: &mut Rng) -> Vec<Request> {
    if once_in(rng, 12) {
        let target = pick(rng, &["/", "/facts", "/missing", "/unframed", "//facts"]);
        let request =
            Request { line: format!("GET {target}").into_bytes(), ..request("GET", "/", "HTTP/1.0") };
        return vec![some_fields(rng, request)];
    }
    let request = some_request(rng);
    vec![some_fields(rng, request)]
}

pub fn good_fields(rng: &mut Rng) -> Vec<Request> {
    let request = request(pick(rng, &["GET", "HEAD", "POST"]), "/headers", pick(rng, &VERSIONS));
    vec![some_fields(rng, request)]
}

pub fn bad_line(rng: &mut Rng) -> Vec<Request> {
    let request = some_request(rng);
    let request = some_fields(rng, request);
    let line = request.line.clone();
    let blank = line.iter().position(|&byte| byte == b' ').expect("there are three words");
    let mut changed = line.clone();
    match rng.usize(..12) {
        0 => changed.insert(blank, b' '),
        1 => changed[blank] = pick(rng, b"\t\x0b\x0c\x1c\x85\xa0"),
        2 => changed.push(pick(rng, b" \t\x0c")),
        3 => changed.insert(0, pick(rng, b" \t\x0b")),
        4 => changed.insert(blank + 2, pick(rng, b"\0\x01\x1b\x7f#\x80\xad\xff\r")),
        5 => changed
            .splice(..blank, pick(rng, &[&b"G@T"[..], b"GE(T)", b"G\xc9T", b"\"GET\"", b"G:T"]).to_vec())
            .for_each(drop),
        6 => changed.truncate(rng.usize(1..line.len())),
        7 => changed.extend_from_slice(pick(rng, &[&b" x"[..], b" HTTP/1.1", b"x", b".1", b"'", b"\xb2"])),
        8 => {
            changed = pick(
                rng,
                &[&b"GET"[..], b"POST /", b"HEAD /x", b"get /", b"'", b"it's \"both\"", b"\xb5", b"\\"],
            )
            .to_vec()
        }
        9 => {
            changed = latin1(pick(
                rng,
                &[
                    "GET facts HTTP/1.1",
                    "GET * HTTP/1.1",
                    "OPTIONS * HTTP/1.1",
                    "GET ?a HTTP/1.1",
                    "CONNECT a:80 HTTP/1.1",
                    "GET https://differential/ HTTP/1.1",
                    "GET http://differential/facts HTTP/1.1",
                    "GET a:80 HTTP/1.0",
                    "CONNECT / HTTP/1.1",
                ],
            ))
        }
        10 => {
            return vec![Request {
                before: pick(rng, &[&b"\r\n"[..], b"\r\n\r\n", b"\n"]).to_vec(),
                ..request
            }];
        }
        _ => return vec![Request { line_end: "\n", ..request }],
    }
    vec![Request { line: changed, ..request }]
}

pub fn version(rng: &mut Rng) -> Vec<Request> {
    let versions = [
        "HTTP/1.3",
        "HTTP/1.9",
        "HTTP/1.10",
        "HTTP/1.01",
        "HTTP/01.1",
        "HTTP/0.9",
        "HTTP/0.8",
        "HTTP/2.0",
        "HTTP/3.0",
        "HTTP/02.0",
        "HTTP/12.5",
        "http/1.1",
        "HTTP/1",
        "HTTP/1.",
        "HTTP/.1",
        "HTTP/1.1.1",
        "HTTP/1,1",
        "HTTP/+1.1",
        "HTTP/1.-1",
        "HTTP/12345678901.1",
        "HTTPS/1.1",
        "HTTP1.1",
        "HTTP/a.b",
        "HTTP/1.1'",
        "ICY/1.0",
        "FTP",
        "/x",
    ];
    let method = pick(rng, &["GET", "GET", "HEAD", "SPAM", "BREW"]);
    let target = pick(rng, &["/facts", "/", "/unframed", "/missing"]);
    let request = request(method, target, pick(rng, &versions));
    vec![some_fields(rng, request)]
}

pub fn bad_fields(rng: &mut Rng) -> Vec<Request> {
    let bad = [
        "X-A : one",
        " X-A: one",
        "\tX-A: one",
        "X-A",
        "",
        ": one",
        "X A: one",
        "X@A: one",
        "X(A): one",
        "X\u{e9}: one",
        "X-A: a\rb",
        "X-A: a\0b",
        "X-A: a\u{1}b",
        "X-A: a\u{1b}b",
        "X-A: a\u{7f}b",
        "X-A: a\u{b}b",
        "X-A: one\r\n two",
        "X-A: one\nX-B: two",
        "X-A: one\r\n\ttwo",
        "From me",
        "X-A: trailing ",
        "X-A: trailing \t",
        "Connection: close ",
        "X\u{0}: one",
        "X/A: one",
        "{X}: one",
        "X-A:one:\r",
    ];
    let target = pick(rng, &["/headers", "/headers", "/headers", "/"]);
    let mut request = request(pick(rng, &["GET", "GET", "HEAD", "POST"]), target, pick(rng, &VERSIONS));
    request = some_fields(rng, request);
    let at = rng.usize(..=request.fields.len());
    // An empty line would end the head.
    let line = Some(pick(rng, &bad)).filter(|line| !line.is_empty()).unwrap_or("X");
    request.fields.insert(at, latin1(line));
    vec![request]
}

const CONNECTIONS: [&[&str]; 14] = [
    &[],
    &[],
    &["close"],
    &["close"],
    &["Keep-Alive"],
    &["keep-alive"],
    &["keep-alive"],
    &["CLOSE"],
    &["upgrade"],
    &["foo, close"],
    &["keep-alive, foo"],
    &["close", "keep-alive"],
    &["keep-alive", "close"],
    &["close, keep-alive"],
];

pub fn persistence(rng: &mut Rng) -> Vec<Request> {
    let steps: &[&str] = match rng.usize(..5) {
        0 => &["", "close:true", "close:false", "close:true close:false"],
        1 => &[
            "header:close",
            "header:keep-alive",
            "header:Close",
            "header:foo",
            "header:foo, close",
            "header:Keep-Alive",
        ],
        2 => &[
            "protocol:HTTP/1.0",
            "protocol:HTTP/1.1",
            "protocol:HTTP/1.0 close:false",
            "protocol:HTTP/1.1 close:true",
        ],
        _ => &[],
    };
    let method = pick(rng, &["GET", "GET", "HEAD", "POST"]);
    let version = pick(rng, &VERSIONS);
    let mut request = if steps.is_empty() {
        let target = pick(rng, &["/", "/facts", "/unframed", "/missing"]);
        if once_in(rng, 8) {
            Request { line: b"GET /facts".to_vec(), ..request("GET", "/", "HTTP/1.0") }
        } else {
            request(method, target, version)
        }
    } else {
        let choice = pick(rng, steps);
        let steps = persistence_steps(rng, choice);
        if once_in(rng, 8) {
            let mut request = Request::script("GET", steps, "HTTP/1.0");
            request.line.truncate(request.line.len() - " HTTP/1.0".len());
            return vec![request];
        }
        Request::script(method, steps, version)
    };
    for value in pick(rng, &CONNECTIONS) {
        request = request.with(format!("Connection: {value}"));
    }
    vec![request]
}

fn persistence_steps(rng: &mut Rng, choice: &str) -> Vec<(String, String)> {
    let mut steps = Vec::new();
    let mut step = |name: &str, value: &str| steps.push((name.to_owned(), value.to_owned()));
    let (header, attributes) = match choice.strip_prefix("header:") {
        Some(value) => (Some(value), ""),
        None => (None, choice),
    };
    for (name, value) in attributes.split_whitespace().filter_map(|attribute| attribute.split_once(':')) {
        step(name, value);
    }
    step("response", "200");
    if let Some(value) = header {
        step("header", &format!("Connection:{value}"));
    }
    if rng.bool() {
        step("header", "Content-Length:4");
    }
    step("end", "");
    step("write", "text");
    steps
}

pub fn body(rng: &mut Rng) -> Vec<Request> {
    let target = pick(rng, &["/echo", "/echo", "/echo", "/lines", "/lines", "/half", "/facts", "/missing"]);
    let method = pick(rng, &["POST", "POST", "POST", "PUT", "GET", "SPAM", "HEAD"]);
    let mut request = request(method, target, pick(rng, &VERSIONS));
    if once_in(rng, 3) {
        request = request.with("Content-Type: text/plain; charset=\"x\"");
    }
    let body = some_body(rng);
    request = request.with_body(&body);
    if once_in(rng, 8) {
        // Longer than what is sent, so that the sentinel is a part of it or the client goes away too early.
        let length = body.len() + pick(rng, &[1, 10, 20, 500]);
        let field = request.fields.last_mut().expect("it was added");
        *field = format!("Content-Length: {length}").into_bytes();
    }
    vec![some_fields(rng, request)]
}

pub fn expect(rng: &mut Rng) -> Vec<Request> {
    let expectation = pick(
        rng,
        &["100-continue", "100-continue", "100-Continue", "100-continue, x", "nothing", "200-ok", ""],
    );
    let target = pick(rng, &["/echo", "/lines", "/refuse", "/refuse/echo", "/facts", "/missing"]);
    let method = pick(rng, &["POST", "PUT", "GET", "BREW", "HEAD"]);
    let mut request = request(method, target, pick(rng, &VERSIONS)).with(format!("Expect: {expectation}"));
    if !once_in(rng, 3) {
        let body = some_body(rng);
        request = request.with_body(&body);
    }
    vec![request]
}

pub fn host(rng: &mut Rng) -> Vec<Request> {
    let hosts: [&[&str]; 12] = [
        &[],
        &["a", "a"],
        &["a", "b"],
        &["a b"],
        &["a,b"],
        &["a/b"],
        &[""],
        &["127.0.0.1:80"],
        &["[::1]:8000"],
        &["user@a"],
        &["ex\u{e4}mple"],
        &["xn--exmple-cua.org"],
    ];
    let target = pick(rng, &["/facts", "/headers"]);
    let mut request = request("GET", target, pick(rng, &VERSIONS));
    request.fields.clear();
    for value in pick(rng, &hosts) {
        request = request.with(latin1(&format!("Host: {value}")));
    }
    vec![request]
}

pub fn content_length(rng: &mut Rng) -> Vec<Request> {
    let lengths: [&[&str]; 14] = [
        &["+5"],
        &["-5"],
        &["5, 5"],
        &["5", "5"],
        &["5", "6"],
        &["0x5"],
        &["5 5"],
        &[""],
        &["five"],
        &["99999999999999999999"],
        &["05"],
        &["5."],
        &["5;"],
        &["5"],
    ];
    let method = pick(rng, &["POST", "PUT", "GET"]);
    let target = pick(rng, &["/echo", "/lines", "/facts"]);
    let mut request = request(method, target, pick(rng, &VERSIONS));
    for value in pick(rng, &lengths) {
        request = request.with(format!("Content-Length: {value}"));
    }
    request.body = b"12345".to_vec();
    vec![request]
}

pub fn transfer_encoding(rng: &mut Rng) -> Vec<Request> {
    let codings: [&[&str]; 10] = [
        &["chunked"],
        &["chunked"],
        &["Chunked"],
        &["gzip, chunked"],
        &["chunked, gzip"],
        &["gzip"],
        &["chunked", "chunked"],
        &["identity"],
        &[""],
        &["xchunked"],
    ];
    let bodies = [
        "5\r\n12345\r\n0\r\n\r\n",
        "0\r\n\r\n",
        "3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-T: t\r\n\r\n",
        "5\r\n1234\r\n",
        "z\r\n\r\n",
    ];
    let target = pick(rng, &["/echo", "/facts"]);
    let mut request = request("POST", target, pick(rng, &VERSIONS));
    for value in pick(rng, &codings) {
        request = request.with(format!("Transfer-Encoding: {value}"));
    }
    if once_in(rng, 6) {
        request = request.with("Content-Length: 5");
    }
    request.body = pick(rng, &bodies).as_bytes().to_vec();
    vec![request]
}

/// Lines and sections at the bounds. They cost much, so they are few: most of these are short after all.
pub fn limits(rng: &mut Rng) -> Vec<Request> {
    const LINE: usize = 65_536;
    let request = request("GET", "/headers", "HTTP/1.1");
    let many = |count: usize, mut request: Request| {
        // The Host field is one of them.
        request.fields.extend((1..count).map(|number| format!("X-{number}: {number}").into_bytes()));
        request
    };
    vec![match rng.usize(..10) {
        0 => {
            // With its line end the whole line has this many bytes.
            let length = LINE - 2 + rng.usize(..5);
            let path = "a".repeat(length - "GET / HTTP/1.1\r\n".len());
            Request { line: format!("GET /{path} HTTP/1.1").into_bytes(), ..request }
        }
        1 => {
            let length = LINE - 2 + rng.usize(..5);
            request.with([b"X-Long: ".as_slice(), &vec![b'a'; length - "X-Long: \r\n".len()]].concat())
        }
        2 => (0..5)
            .fold(request, |request, _| request.with([b"X-Long: ".as_slice(), &vec![b'a'; 60_000]].concat())),
        3 | 4 => many(rng.usize(99..102), request),
        5 | 6 => {
            let word = pick(rng, &["'", "\"", "\\", "x"]).repeat(rng.usize(150..400));
            let line = if rng.bool() { format!("{word} / x HTTP/1.1") } else { word };
            Request { line: line.into_bytes(), ..request }
        }
        _ => many(rng.usize(1..99), request),
    }]
}
