//! The framing of answers.

use super::Deviation;
use crate::differential::comparison::difference::{Difference, Scene, What};
use crate::differential::comparison::outcome::Head;
use crate::differential::comparison::request::Request;

pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        name: "framing of answers: the host adds it",
        why: "9112 6: with neither length nor chunks the client would wait for the end of the connection",
        explains: added,
    },
    Deviation {
        name: "own Transfer-Encoding: chunked is framed anew",
        why: "9112 6.1, 7.1: and decoded for a client or an answer of HTTP/1.0",
        explains: decoded,
    },
    Deviation {
        name: "body with HEAD, 1xx, 204, 205, 304",
        why: "9110 6.4.1, 15.3.6: counted, not sent",
        explains: bodiless,
    },
    Deviation {
        name: "informational answers to HTTP/1.0",
        why: "9110 15.2: a server must not send them",
        explains: informational_to_1_0,
    },
    Deviation {
        name: "100 Continue: once a request",
        why: "9110 15.2.1: a client that was told so needs no second word",
        explains: told_once,
    },
    Deviation {
        name: "send_error with an informational status",
        why: "9110 15.2: it is no answer, so the final one follows",
        explains: informational_error,
    },
];

fn added(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    let theirs_are_none =
        python.values("Content-Length").is_empty() && python.values("Transfer-Encoding").is_empty();
    match &difference.what {
        What::Field(name) if name == "content-length" => {
            theirs_are_none && doverb.values("Content-Length") == [doverb.body.len().to_string()]
        }
        What::Field(name) if name == "transfer-encoding" => {
            // Only what was flushed before its end is in chunks.
            let flushes = scene.case.request(difference.answer).is_some_and(|request| {
                ["flush", "flush-headers", "read", "line"].iter().any(|name| request.has_step(name, |_| true))
            });
            theirs_are_none && flushes && doverb.values("Transfer-Encoding") == ["chunked"]
        }
        _ => false,
    }
}

/// Chunks are for bodies, and for HTTP/1.1.
fn decoded(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    let is_none = |request: &Request| !request.is_1_1() || request.is_head();
    let is_none = scene.case.request(difference.answer).is_some_and(is_none)
        || doverb.head.as_ref().is_some_and(|head| head.version == "HTTP/1.0")
        || matches!(doverb.status(), 204 | 205 | 304);
    let theirs = python.values("Transfer-Encoding");
    let ours = doverb.values("Transfer-Encoding");
    let is_chunked = |values: &[&str]| values.len() == 1 && values[0].eq_ignore_ascii_case("chunked");
    match &difference.what {
        What::Field(name) if name == "transfer-encoding" => {
            is_chunked(&theirs) && (is_none && ours.is_empty() || ours == ["chunked"])
        }
        _ => false,
    }
}

fn bodiless(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    let is_head = scene.case.request(difference.answer).is_some_and(|request| request.is_head());
    let has_none = is_head || matches!(doverb.status(), 204 | 205 | 304);
    match &difference.what {
        What::Body => has_none && !python.body.is_empty() && doverb.body.is_empty(),
        // What the field says is the length of a body that these do not have; for HEAD it is that of GET's.
        What::Field(name) if name == "content-length" => {
            match (doverb.status(), doverb.values("Content-Length").as_slice()) {
                (204, []) => true,
                (205, [length]) => *length == "0",
                (_, [length]) => {
                    is_head
                        && python.values("Content-Length").is_empty()
                        && python.body.len().to_string() == *length
                }
                _ => false,
            }
        }
        What::Order => doverb.status() == 205 && python.values("Content-Length") == ["0"],
        What::Field(name) if name == "transfer-encoding" => {
            is_head && !python.body.is_empty() && doverb.values("Transfer-Encoding") == ["chunked"]
        }
        _ => false,
    }
}

fn informational_to_1_0(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    difference.what == What::Informational
        && scene.case.request(difference.answer).is_some_and(|request| !request.is_1_1())
        && !python.informational.is_empty()
        && doverb.informational.is_empty()
}

fn told_once(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    let mut told = false;
    let once = |status: &u16| *status != 100 || !std::mem::replace(&mut told, true);
    let statuses = |heads: &[Head]| heads.iter().map(|head| head.status).collect::<Vec<_>>();
    let expected: Vec<u16> = statuses(&python.informational).into_iter().filter(once).collect();
    difference.what == What::Informational
        && python.informational.len() > doverb.informational.len()
        && expected == statuses(&doverb.informational)
}

fn informational_error(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some(place) = scene.doverb.answers.len().checked_sub(1) else { return false };
    let sends_one =
        |request: &Request| request.has_step("error", |value| value.starts_with('1') && value != "1000");
    difference.answer == place
        && scene.doverb.answers[place].status() == 500
        && scene.case.request(place).is_some_and(sends_one)
}
