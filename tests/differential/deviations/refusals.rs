//! Requests that Python accepts, or understands otherwise, and that Doverb refuses.

use super::Deviation;
use crate::differential::difference::{Difference, Scene, What};
use crate::differential::outcome::Answer;
use crate::differential::request::Request;

pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        name: "blank lines before a request",
        why: "9112 2.2: skipped",
        explains: blank_lines,
    },
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
        name: "request line: the target",
        why: "9112 3.2: no control characters and no #",
        explains: |scene, difference| refused(scene, difference, "Bad request syntax", has_bad_target),
    },
    Deviation {
        name: "method",
        why: "9110 9.1: a token",
        explains: |scene, difference| refused(scene, difference, "Bad request syntax", |request| !is_token(request.method())),
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
        name: "fields: white space at the end of values",
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
        name: "Host",
        why: "9112 3.2: exactly one in HTTP/1.1, at most one before, and only what a host can be",
        explains: |scene, difference| refused(scene, difference, "", |request| has_bad_host(request)),
    },
    Deviation {
        name: "Content-Length",
        why: "9112 6.3; 9110 8.6: digits only, and never two that differ",
        explains: |scene, difference| refused(scene, difference, "", has_bad_length),
    },
    Deviation {
        name: "Transfer-Encoding",
        why: "9112 6.1, 6.3: chunked or refused",
        explains: |scene, difference| {
            refused(scene, difference, "", |request| !request.values("Transfer-Encoding").is_empty())
        },
    },
];

/// Whether the difference is in or after an answer of Doverb's that refuses such a request and closes.
fn refused(scene: &Scene<'_>, difference: &Difference, phrase: &str, is_bad: fn(&Request) -> bool) -> bool {
    let Some(place) = scene.doverb.answers.len().checked_sub(1) else { return false };
    let answer: &Answer = &scene.doverb.answers[place];
    difference.answer >= place
        && !scene.doverb.persists
        && matches!(answer.status(), 400 | 431 | 501)
        && answer.phrase().starts_with(phrase)
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
    match difference.what {
        What::Persists => scene.last_request().is_some_and(has_some),
        _ => scene.case.request(difference.answer).is_some_and(has_some),
    }
}

fn has_bad_host(request: &Request) -> bool {
    let hosts = request.values("Host");
    let is_host = |host: &&[u8]| host.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-._~:[]%".contains(&byte));
    hosts.len() > 1 || hosts.is_empty() && request.is_1_1() || !hosts.iter().all(is_host)
}

fn has_bad_length(request: &Request) -> bool {
    let lengths = request.values("Content-Length");
    let is_number = |length: &&[u8]| !length.is_empty() && length.len() < 20 && length.iter().all(u8::is_ascii_digit);
    lengths.len() > 1 || !lengths.iter().all(is_number)
}

fn blank_lines(scene: &Scene<'_>, difference: &Difference) -> bool {
    matches!(difference.what, What::Count | What::Persists)
        && scene.python.answers.is_empty()
        && scene.case.requests.first().is_some_and(|request| !request.before.is_empty())
}

fn truncated(scene: &Scene<'_>, difference: &Difference) -> bool {
    scene.case.missing > 0 && difference.what == What::Count && scene.doverb.answers.is_empty()
}
