//! Scripts: sequences of calls, such as handlers make and such as they had better not make.

use fastrand::Rng;

use super::generator::{once_in, pick};
use super::request::{Request, Step};

const METHODS: [&str; 6] = ["GET", "GET", "GET", "GET", "HEAD", "POST"];
const VERSIONS: [&str; 5] = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"];

const CODES: [&str; 22] = [
    "200", "200", "200", "200", "201", "204", "205", "206", "226", "299", "301", "304", "400", "404", "413",
    "414", "416", "422", "500", "599", "600", "999",
];
const PHRASES: [&str; 9] =
    ["*", "*", "*", "", "Fine", "two words", "caf\u{e9}", "  blanks ", "<b> & \"c\" 'd'"];
const FIELDS: [&str; 14] = [
    "X-A:one",
    "x-a:two",
    "X-A:",
    "Set-Cookie:a=b; Path=/",
    "Set-Cookie:c=d",
    "Content-Type:text/plain",
    "Content-Type:text/html",
    "X-Latin:caf\u{e9}",
    "X-Tab:a\tb",
    "Location:/else:where",
    "Server:Mine/1",
    "ETag:\"x\"",
    "Cache-Control:no-cache",
    "X_B!:c",
];

fn step(name: &str, value: &str) -> Step {
    (name.to_owned(), value.to_owned())
}

fn script(rng: &mut Rng, steps: Vec<Step>) -> Vec<Request> {
    vec![Request::script(pick(rng, &METHODS), steps, pick(rng, &VERSIONS))]
}

fn begin(rng: &mut Rng, steps: &mut Vec<Step>) {
    let value = format!("{}:{}", pick(rng, &CODES), pick(rng, &PHRASES));
    steps.push(step(if once_in(rng, 5) { "only" } else { "response" }, &value));
    for _ in 0..rng.usize(..5) {
        steps.push(step("header", pick(rng, &FIELDS)));
    }
}

/// A body in a few pieces, and its length in bytes.
fn pieces(rng: &mut Rng) -> (Vec<Step>, usize) {
    let texts = ["spam", "egg and bacon", "caf\u{e9}", "", "a:b", "line\r\nline"];
    let mut steps = Vec::new();
    let mut length = 0;
    for _ in 0..rng.usize(..4) {
        let text = pick(rng, &texts);
        length += text.len();
        steps.push(step("write", text));
        if once_in(rng, 4) {
            steps.push(step("flush", ""));
        }
    }
    (steps, length)
}

/// What ordinary handlers do.
pub fn answer(rng: &mut Rng) -> Vec<Request> {
    let mut steps = Vec::new();
    begin(rng, &mut steps);
    let (body, length) = pieces(rng);
    let place = rng.usize(1..=steps.len());
    match rng.usize(..4) {
        0 => steps.insert(place, step("header", &format!("Content-Length:{length}"))),
        1 if once_in(rng, 2) => steps.insert(place, step("flush-headers", "")),
        _ => {}
    }
    steps.push(step("end", ""));
    steps.extend(body);
    script(rng, steps)
}

/// Lengths that do not fit, and chunks of the handler's own.
pub fn framing(rng: &mut Rng) -> Vec<Request> {
    let mut steps = vec![step("response", pick(rng, &["200", "200", "204", "304", "404"]))];
    let (field, body): (&str, &str) = pick(
        rng,
        &[
            ("Content-Length:3", "spam"),
            ("Content-Length:5", "spam"),
            ("Content-Length:50", "spam"),
            ("Content-Length:4", "spam"),
            ("content-length:4", "spam"),
            ("Transfer-Encoding:chunked", "4\r\nspam\r\n0\r\n\r\n"),
            ("Transfer-Encoding:chunked", "4\r\nspam\r\n3\r\negg\r\n0\r\n\r\n"),
            ("Transfer-Encoding:Chunked", "0\r\n\r\n"),
            ("Transfer-Encoding:chunked", "4\r\nspam\r\n"),
            ("Transfer-Encoding:chunked", "spam"),
        ],
    );
    steps.push(step("header", field));
    steps.push(step("end", ""));
    if once_in(rng, 3) {
        steps.push(step("flush", ""));
    }
    steps.push(step("write", body));
    script(rng, steps)
}

pub fn informational(rng: &mut Rng) -> Vec<Request> {
    let mut steps = Vec::new();
    for _ in 0..rng.usize(1..3) {
        match rng.usize(..4) {
            0 => steps.push(step("continue", "")),
            _ => {
                let code = pick(rng, &["103", "102", "100", "199", "101"]);
                steps.push(step(pick(rng, &["only", "only", "response"]), code));
                if once_in(rng, 2) {
                    steps.push(step("header", pick(rng, &["Link:</a>; rel=preload", "X-A:one"])));
                }
                steps.push(step("end", ""));
            }
        }
    }
    begin(rng, &mut steps);
    steps.push(step("header", "Content-Length:4"));
    steps.push(step("end", ""));
    steps.push(step("write", "spam"));
    script(rng, steps)
}

/// `send_error` in all its forms.
pub fn error(rng: &mut Rng) -> Vec<Request> {
    let codes = [
        "400", "401", "404", "404", "405", "410", "413", "414", "416", "418", "422", "429", "431", "451",
        "500", "501", "503", "505", "599", "299", "200", "201", "204", "205", "304", "301", "600", "999",
        "100", "103",
    ];
    let texts = ["*", "*", "*", "", "Own words", "<script>&amp;\"'", "caf\u{e9}", "percent % and %s"];
    let mut steps = Vec::new();
    if once_in(rng, 4) {
        steps.push(step(
            "reason",
            pick(rng, &["404:Lost:It is lost", "599:Odd:Very odd & <strange>", "200:Yes:No"]),
        ));
    }
    let code = pick(rng, &codes);
    steps.push(step(
        "error",
        &match rng.usize(..3) {
            0 => code.to_owned(),
            1 => format!("{code}:{}", pick(rng, &texts)),
            _ => format!("{code}:{}:{}", pick(rng, &texts), pick(rng, &texts)),
        },
    ));
    script(rng, steps)
}

pub fn attributes(rng: &mut Rng) -> Vec<Request> {
    let settings = [
        ("server", "Mine/1"),
        ("server", "caf\u{e9}/2"),
        ("server", ""),
        ("system", "Wasm/3"),
        ("system", ""),
        ("protocol", "HTTP/1.1"),
        ("protocol", "HTTP/1.0"),
        ("format", "%(code)d|%(message)s|%(explain)s"),
        ("format", "100%% %(code)s"),
        ("format", ""),
        ("format", "caf\u{e9} \u{20ac} %(message)s"),
        ("type", "application/json"),
        ("type", "text/x; y=\"\u{e9}\""),
        ("reason", "200:Fine:Very fine"),
        ("reason", "299:New:Brand new"),
        ("reason", "404::"),
    ];
    let mut steps = Vec::new();
    for _ in 0..rng.usize(1..4) {
        let (name, value) = pick(rng, &settings);
        steps.push(step(name, value));
    }
    if once_in(rng, 2) {
        steps.push(step("error", pick(rng, &["404", "404:*:Own", "299", "500:Own:<b>"])));
        return script(rng, steps);
    }
    steps.push(step("response", pick(rng, &["200", "299", "404"])));
    steps.push(step("end", ""));
    let seconds = ["0", "784111777", "951782399", "951782400", "4102444800", "253402300799", "253402300800"];
    match rng.usize(..3) {
        0 => steps.push(step("date", pick(rng, &seconds))),
        1 => steps.push(step("state", "")),
        _ => steps.push(step("write", "text")),
    }
    script(rng, steps)
}

/// Reads of the body, of all and of parts of it.
pub fn reads(rng: &mut Rng) -> Vec<Request> {
    let body = pick(
        rng,
        &["", "spam", "one\ntwo\nthree", "\n\n", "a\r\nb\r\n", "no line end, but a long text all the same"],
    );
    let mut steps = Vec::new();
    let mut left = body.len();
    while left > 0 && !once_in(rng, 6) {
        // Beyond the end now and then.
        let size = if once_in(rng, 8) { left + 3 } else { rng.usize(1..=left) };
        steps.push(step(pick(rng, &["read", "line"]), &size.to_string()));
        left = left.saturating_sub(size);
    }
    if once_in(rng, 3) {
        steps.push(step("read", &left.to_string()));
    }
    steps.extend([step("response", "200"), step("end", ""), step("kept", "")]);
    vec![Request::script("POST", steps, pick(rng, &VERSIONS)).with_body(body.as_bytes())]
}

/// What a handler should not do.
pub fn misuse(rng: &mut Rng) -> Vec<Request> {
    let misuses: [&[(&str, &str)]; 34] = [
        &[],
        &[("fail", "")],
        &[("response", "200")],
        &[("response", "200"), ("fail", "")],
        &[("response", "200"), ("end", ""), ("write", "spam"), ("fail", "")],
        &[("response", "200"), ("end", ""), ("write", "spam"), ("flush", ""), ("fail", "")],
        &[
            ("response", "200"),
            ("header", "Content-Length:9"),
            ("end", ""),
            ("write", "spam"),
            ("flush", ""),
            ("fail", ""),
        ],
        &[("write", "spam")],
        &[("end", "")],
        &[("header", "X-A:one"), ("response", "200"), ("end", "")],
        &[("header", "X-A:one"), ("end", ""), ("write", "spam")],
        &[("response", "200"), ("write", "spam"), ("end", "")],
        &[("response", "200"), ("response", "201"), ("end", "")],
        &[("response", "200"), ("end", ""), ("end", "")],
        &[("response", "200"), ("end", ""), ("header", "X-A:one"), ("end", "")],
        &[("response", "200"), ("end", ""), ("response", "200"), ("end", "")],
        &[("response", "200"), ("end", ""), ("error", "500")],
        &[("response", "200"), ("error", "500")],
        &[("error", "500"), ("response", "200"), ("end", "")],
        &[("error", "404"), ("write", "more")],
        &[("response", "200:a\r\nX-Evil: b"), ("end", "")],
        &[("response", "200:a\u{1b}b"), ("end", "")],
        &[("response", "200"), ("header", "X-A:a\r\nX-Evil: b"), ("end", "")],
        &[("response", "200"), ("header", "X A:b"), ("end", "")],
        &[("response", "200"), ("header", "X-A:a\0b"), ("end", "")],
        &[("response", "200"), ("header", "X-A:\u{20ac}"), ("end", "")],
        &[("response", "200:\u{20ac}"), ("end", "")],
        &[("error", "404:\u{20ac}")],
        &[("error", "404:a\r\nb")],
        &[("response", "99"), ("end", "")],
        &[("response", "1000"), ("end", "")],
        &[("error", "1000")],
        &[("format", "%(cause)s"), ("error", "404")],
        &[("response", "200"), ("header", "Content-Length:x"), ("end", ""), ("write", "spam")],
    ];
    let more: [&[(&str, &str)]; 5] = [
        &[
            ("response", "200"),
            ("header", "Content-Length:4"),
            ("header", "Content-Length:4"),
            ("end", ""),
            ("write", "spam"),
        ],
        &[("response", "200"), ("header", "Transfer-Encoding:gzip"), ("end", ""), ("write", "spam")],
        &[("response", "200"), ("header", "Connection:close"), ("header", "Connection:close"), ("end", "")],
        &[("response", "200"), ("header", "X-A: blanks  "), ("end", "")],
        &[
            ("response", "200"),
            ("header", "Content-Length:4"),
            ("end", ""),
            ("write", "spam"),
            ("write", "more"),
        ],
    ];
    let place = rng.usize(..misuses.len() + more.len());
    let steps = misuses.get(place).unwrap_or_else(|| &more[place - misuses.len()]);
    script(rng, steps.iter().map(|(name, value)| step(name, value)).collect())
}
