//! Requests that Python accepts, or understands otherwise, and that Doverb refuses.

use super::Deviation;
use crate::differential::comparison::difference::{Difference, Scene, What};
use crate::differential::comparison::outcome::Answer;
use crate::differential::comparison::request::Request;

pub const DEVIATIONS: &[Deviation] = &[
    Deviation { name: "blank lines before a request", why: "9112 2.2: skipped", explains: blank_lines },
    Deviation {
        name: "end of input in a head",
        why: "9112 8: an incomplete request is none",
        explains: truncated,
    },
    Deviation {
        name: "request line",
        why: "9112 3: exactly one blank between the words",
        explains: |scene, difference| refused(scene, difference, "Bad request syntax", has_wrong_blanks),
    },
    Deviation {
        name: "request target: its characters",
        why: "9112 3.2: no control characters and no #",
        explains: |scene, difference| refused(scene, difference, "Bad request syntax", has_bad_target),
    },
    Deviation {
        name: "request target",
        why: "9112 3.2; 9110 7.4: one of the four forms, each with its methods, and no other scheme",
        explains: |scene, difference| {
            refused(scene, difference, "Bad request syntax", has_other_form)
                || refused(scene, difference, "Misdirected Request", has_other_form)
        },
    },
    Deviation {
        name: "HTTP/0.9 with fields",
        why: "9112 3: somebody left the version out",
        explains: |scene, difference| {
            refused(scene, difference, "Bad request syntax", |request| {
                request.is_0_9() && !request.fields.is_empty()
            })
        },
    },
    Deviation {
        name: "line ends in a head",
        why: "9112 2.2, 11.2: CR LF, as servers that differ about LF alone see different fields",
        explains: |scene, difference| refused(scene, difference, "Bad request syntax", has_bare_line_feed),
    },
    Deviation {
        name: "method",
        why: "9110 9.1: a token",
        explains: |scene, difference| {
            refused(scene, difference, "Bad request syntax", |request| !is_token(request.method()))
        },
    },
    Deviation {
        name: "version",
        why: "9112 2.3: a digit, a dot and a digit, the first above 0",
        explains: |scene, difference| refused(scene, difference, "Bad request version", has_bad_version),
    },
    Deviation {
        name: "fields",
        why: "9112 2.2, 5.1, 5.2; 9110 5.5: a token, a colon, and no control characters",
        explains: |scene, difference| refused(scene, difference, "Bad header", has_bad_field),
    },
    Deviation {
        name: "white space at the end of field values",
        why: "9112 5.1: no part of the value",
        explains: trailing_blanks,
    },
    Deviation {
        name: "size of the header section",
        why: "256 KiB in all: 6 MiB for each idle client are too much",
        explains: |scene, difference| {
            refused(scene, difference, "Header section too long", |request| {
                request.fields.iter().map(|field| field.len() + 2).sum::<usize>() > 256 * 1024
            })
        },
    },
    Deviation {
        name: "size of a line",
        why: "65,536 bytes without its end; Python counts that too",
        explains: line_end,
    },
    Deviation {
        name: "number of fields",
        why: "100; through 3.14 Python counts the blank line too",
        explains: blank_line_counts,
    },
    Deviation {
        name: "Host",
        why: "9112 3.2: exactly one in HTTP/1.1, at most one before, and only what a host can be",
        explains: |scene, difference| refused(scene, difference, "Host field", has_bad_host),
    },
    Deviation {
        name: "Content-Length",
        why: "9112 6.3; 9110 8.6: digits only, and never two that differ",
        explains: |scene, difference| refused(scene, difference, "Content-Length", has_bad_length),
    },
    Deviation {
        name: "Transfer-Encoding",
        why: "9112 6.1, 6.3: chunked or refused",
        explains: |scene, difference| {
            refused(scene, difference, "Transfer-Encoding", |request| {
                !request.values("Transfer-Encoding").is_empty()
            })
        },
    },
];

/// Whether the difference is in or after an answer of Doverb's that refuses such a request and closes.
fn refused(scene: &Scene<'_>, difference: &Difference, phrase: &str, is_bad: fn(&Request) -> bool) -> bool {
    let Some(place) = scene.doverb.answers.len().checked_sub(1) else { return false };
    let answer: &Answer = &scene.doverb.answers[place];
    difference.answer >= place
        && !scene.doverb.persists
        && matches!(answer.status(), 400 | 421 | 431 | 501)
        && answer.phrase().contains(phrase)
        && answer.values("Connection") == ["close"]
        && scene.case.request(place).is_some_and(is_bad)
}

fn is_token(text: &[u8]) -> bool {
    let symbols = b"!#$%&'*+-.^_`|~";
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || symbols.contains(byte))
}

/// What Python's `str.split` takes for white space, in ISO-8859-1.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | 0x1c..=0x20 | 0x85 | 0xa0)
}

fn has_wrong_blanks(request: &Request) -> bool {
    request.words().iter().any(|word| word.is_empty() || word.iter().copied().any(is_blank))
}

fn has_bad_target(request: &Request) -> bool {
    let words = request.words();
    words.len() > 1 && words[1].iter().any(|&byte| byte < b' ' || byte == 0x7f || byte == b'#')
}

fn has_bare_line_feed(request: &Request) -> bool {
    request.line_end == "\n" || request.before == b"\n"
}

fn has_other_form(request: &Request) -> bool {
    let target = request.words().get(1).copied().unwrap_or_default();
    request.method() == b"CONNECT" || !target.starts_with(b"/") && !target.starts_with(b"http://")
}

fn has_bad_version(request: &Request) -> bool {
    !matches!(request.version(), Some([b'H', b'T', b'T', b'P', b'/', b'1'..=b'9', b'.', b'0'..=b'9']))
}

fn has_bad_field(request: &Request) -> bool {
    request.fields.iter().any(|field| {
        let Some(colon) = field.iter().position(|&byte| byte == b':') else { return true };
        let is_control = |&byte: &u8| byte != b'\t' && (byte < b' ' || byte == 0x7f);
        !is_token(&field[..colon]) || field[colon..].iter().any(is_control)
    })
}

fn trailing_blanks(scene: &Scene<'_>, difference: &Difference) -> bool {
    let has_some = |request: &Request| {
        request.fields.iter().any(|field| field.ends_with(b" ") || field.ends_with(b"\t"))
    };
    let shows = |request: &Request| has_some(request) && request.target_path() == b"/headers";
    let without_blanks =
        |answer: &Answer| String::from_utf8_lossy(&answer.body).replace("%09", "").replace(' ', "");
    match &difference.what {
        // To Python such a value is not close.
        What::Persists => scene
            .last_request()
            .is_some_and(|request| request.fields.contains(&b"Connection: close ".to_vec())),
        What::Field(name) if name == "content-length" => {
            scene.case.request(difference.answer).is_some_and(shows)
        }
        What::Body => {
            let same = |[theirs, ours]: [&Answer; 2]| without_blanks(theirs) == without_blanks(ours);
            scene.case.request(difference.answer).is_some_and(shows)
                && scene.answers(difference).is_some_and(same)
        }
        _ => false,
    }
}

fn has_bad_host(request: &Request) -> bool {
    let hosts = request.values("Host");
    let is_host =
        |host: &&[u8]| host.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-._~:[]%".contains(&byte));
    hosts.len() > 1 || hosts.is_empty() && request.is_1_1() || !hosts.iter().all(is_host)
}

fn has_bad_length(request: &Request) -> bool {
    let lengths = request.values("Content-Length");
    let is_number =
        |length: &&[u8]| !length.is_empty() && length.len() < 20 && length.iter().all(u8::is_ascii_digit);
    lengths.len() > 1 || !lengths.iter().all(is_number)
}

fn blank_lines(scene: &Scene<'_>, difference: &Difference) -> bool {
    // Where a body has eaten half of the next request, what is left may begin with a line end.
    let is_left = difference.what == What::Count
        && scene.case.requests.iter().any(Request::declares_too_much)
        && scene.doverb.answers.len() == scene.python.answers.len() + 1
        && scene
            .doverb
            .answers
            .last()
            .is_some_and(|answer| answer.phrase().starts_with("Bad request syntax"));
    is_left
        || matches!(difference.what, What::Count | What::Persists)
            && scene.python.answers.is_empty()
            && scene.case.requests.first().is_some_and(|request| !request.before.is_empty())
}

fn truncated(scene: &Scene<'_>, difference: &Difference) -> bool {
    // What is left of HTTP/0.9 with fields may be refused, without a head of its own.
    let is_refused_0_9 = scene.case.requests[0].is_0_9()
        && !scene.case.requests[0].fields.is_empty()
        && scene
            .doverb
            .raw
            .windows(15)
            .any(|window| window == b"Error code: 400" || window.starts_with(b"400|"));
    scene.case.missing > 0
        && match difference.what {
            What::Count => scene.doverb.answers.is_empty(),
            What::Body => is_refused_0_9,
            _ => false,
        }
}

fn line_end(scene: &Scene<'_>, difference: &Difference) -> bool {
    let is_at_bound = |line: &[u8]| (65_535..=65_536).contains(&line.len());
    let request = &scene.case.requests[0];
    let theirs = scene.python.answers.first().map(Answer::status);
    difference.answer <= 1
        && (theirs == Some(414) && is_at_bound(&request.line)
            || theirs == Some(431) && request.fields.iter().any(|field| is_at_bound(field)))
}

fn blank_line_counts(scene: &Scene<'_>, difference: &Difference) -> bool {
    let theirs = scene.python.answers.first().map(Answer::status);
    difference.answer <= 1 && theirs == Some(431) && scene.case.requests[0].fields.len() == 100
}
