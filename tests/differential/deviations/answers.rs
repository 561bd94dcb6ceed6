//! The framing of answers.

use super::Deviation;
use crate::differential::difference::{Difference, Scene, What};

pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        name: "framing of answers: the host adds it",
        why: "9112 6: with neither length nor chunks the client would wait for the end of the connection",
        explains: added,
    },
    Deviation {
        name: "own Transfer-Encoding: chunked to HTTP/1.0",
        why: "9112 6.1: decoded, for a client or an answer of HTTP/1.0",
        explains: decoded,
    },
    Deviation {
        name: "body with HEAD, 1xx, 204, 205, 304",
        why: "9110 6.4.1, 15.3.6: counted, not sent",
        explains: bodiless,
    },
    Deviation {
        name: "body longer than its Content-Length",
        why: "9112 6.3: the rest would be read as the next answer",
        explains: too_long,
    },
    Deviation {
        name: "body shorter than its Content-Length",
        why: "9112 8: only the end of the connection tells the client that it is not all",
        explains: too_short,
    },
    Deviation {
        name: "informational answers to HTTP/1.0",
        why: "9110 15.2: a server must not send them",
        explains: informational_to_1_0,
    },
    Deviation {
        name: "informational answers carry no connection options",
        why: "9112 9.6: the connection goes on for the final answer",
        explains: informational_fields,
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

fn decoded(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    let is_1_0 = scene.case.request(difference.answer).is_some_and(|request| !request.is_1_1())
        || doverb.head.as_ref().is_some_and(|head| head.version == "HTTP/1.0");
    difference.what == What::Field("transfer-encoding".into())
        && is_1_0
        && python.values("Transfer-Encoding") == ["chunked"]
        && doverb.values("Transfer-Encoding").is_empty()
}

fn bodiless(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    let is_head = scene.case.request(difference.answer).is_some_and(|request| request.is_head());
    let has_none = is_head || matches!(doverb.status(), 204 | 205 | 304);
    match &difference.what {
        What::Body => has_none && !python.body.is_empty() && doverb.body.is_empty(),
        _ => false,
    }
}

fn too_long(scene: &Scene<'_>, difference: &Difference) -> bool {
    let _ = (scene, difference);
    false
}

fn too_short(scene: &Scene<'_>, difference: &Difference) -> bool {
    let _ = (scene, difference);
    false
}

fn informational_to_1_0(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    difference.what == What::Informational
        && scene.case.request(difference.answer).is_some_and(|request| !request.is_1_1())
        && !python.informational.is_empty()
        && doverb.informational.is_empty()
}

fn informational_fields(scene: &Scene<'_>, difference: &Difference) -> bool {
    let _ = (scene, difference);
    false
}
