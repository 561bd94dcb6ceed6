//! When the connection persists, and what the answers say about it.

use super::Deviation;
use crate::differential::difference::{Difference, Scene, What};
use crate::differential::request::Request;

pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        name: "framing of answers: Connection: close when it closes",
        why: "9112 9.6: a server that closes should say so",
        explains: close_added,
    },
    Deviation {
        name: "framing of answers: Connection: keep-alive only when it is kept",
        why: "9112 9.3: HTTP/1.0 clients that are kept must be told, others must not",
        explains: keep_alive,
    },
    Deviation {
        name: "a close that the client asked for",
        why: "9112 9.3, 9.6: the handler can't keep the connection",
        explains: client_closes,
    },
    Deviation {
        name: "HTTP/0.9 is one answer",
        why: "9112 9.3: only the end of the connection ends it",
        explains: http_0_9,
    },
    Deviation {
        name: "Connection",
        why: "9110 7.6.1: a list of options, in one field or several",
        explains: option_list,
    },
];

fn close_added(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    let (mut theirs, ours) = (python.values("Connection"), doverb.values("Connection"));
    theirs.retain(|value| !value.eq_ignore_ascii_case("keep-alive"));
    theirs.push("close");
    difference.what == What::Field("connection".into()) && ours == theirs && is_last(scene, difference)
}

fn is_last(scene: &Scene<'_>, difference: &Difference) -> bool {
    difference.answer + 1 == scene.doverb.answers.len()
}

fn keep_alive(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    let (mut theirs, mut ours) = (python.values("Connection"), doverb.values("Connection"));
    let says = |values: &[&str]| values.iter().any(|value| value.eq_ignore_ascii_case("keep-alive"));
    let (they_say, we_say) = (says(&theirs), says(&ours));
    for values in [&mut theirs, &mut ours] {
        values.retain(|value| !value.eq_ignore_ascii_case("keep-alive"));
    }
    difference.what == What::Field("connection".into())
        && theirs == ours
        && if we_say { !is_last(scene, difference) } else { they_say && is_last(scene, difference) }
}

/// What RFC 9112, section 9.3, makes of a request alone.
fn client_keeps(request: &Request) -> bool {
    !request.has_option("close") && !request.is_0_9() && (request.is_1_1() || request.has_option("keep-alive"))
}

fn client_closes(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some(request) = scene.last_request() else { return false };
    difference.what == What::Persists
        && scene.python.persists
        && !client_keeps(request)
        && (request.has_step("close", |value| value == "false")
            || request.has_step("header", |value| value.eq_ignore_ascii_case("Connection:keep-alive")))
}

fn http_0_9(scene: &Scene<'_>, difference: &Difference) -> bool {
    difference.what == What::Persists
        && scene.python.persists
        && scene.last_request().is_some_and(|request| request.is_0_9() && request.has_option("keep-alive"))
}

fn option_list(scene: &Scene<'_>, difference: &Difference) -> bool {
    let is_list = |request: &Request| {
        let values = request.values("Connection");
        values.len() > 1 || values.iter().any(|value| value.contains(&b','))
    };
    let request = match difference.what {
        What::Persists => scene.last_request(),
        _ => scene.case.request(difference.answer),
    };
    match &difference.what {
        What::Persists | What::Body => request.is_some_and(is_list),
        _ => false,
    }
}
