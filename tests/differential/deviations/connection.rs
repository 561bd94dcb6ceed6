//! When the connection persists, and what the answers say about it.

use super::Deviation;
use crate::differential::comparison::difference::{Difference, Scene, What};
use crate::differential::comparison::request::Request;

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
        name: "protocol_version set in do_*",
        why: "a handler without setup can set it nowhere else: it counts for this connection too",
        explains: protocol,
    },
    Deviation {
        name: "Connection, Expect: options of the connection",
        why: "9110 7.6.1: a list of options, in one field or several",
        explains: option_list,
    },
    Deviation {
        name: "Connection, Expect: expectations",
        why: "9110 10.1.1: a list of expectations",
        explains: expect_list,
    },
];

fn close_added(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    let (mut theirs, ours) = (python.values("Connection"), doverb.values("Connection"));
    theirs.retain(|value| !value.eq_ignore_ascii_case("keep-alive"));
    theirs.push("close");
    theirs.dedup();
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
    // It goes out with the end of the head, when it is known to be true.
    (difference.what == What::Field("connection".into()) || difference.what == What::Order && they_say)
        && theirs == ours
        && if we_say { !is_last(scene, difference) } else { they_say && is_last(scene, difference) }
}

/// What RFC 9112, section 9.3, makes of a request alone.
fn client_keeps(request: &Request) -> bool {
    !request.has_option("close")
        && !request.is_0_9()
        && (request.is_1_1() || request.has_option("keep-alive"))
}

fn client_closes(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some(request) = scene.last_request() else { return false };
    difference.what == What::Persists
        && scene.python.persists
        && !client_keeps(request)
        && (request.has_step("close", |value| value == "false")
            || request.has_step("header", |value| value.eq_ignore_ascii_case("Connection:keep-alive")))
}

/// Whether nothing but the truth of `close_connection` differs.
fn shows_state(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some(answers) = scene.answers(difference) else { return false };
    let [theirs, ours] = answers.map(|answer| String::from_utf8_lossy(&answer.body).replace("true", "false"));
    theirs == ours
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
        // The handler's field, too, is one.
        What::Persists => request.is_some_and(|request| {
            is_list(request) || request.has_step("header", |value| value == "Connection:foo, close")
        }),
        // A handler that shows close_connection shows another one.
        What::Body => shows_state(scene, difference) && request.is_some_and(is_list),
        What::Field(name) if name == "content-length" => scene
            .case
            .request(difference.answer)
            .is_some_and(|request| is_list(request) && request.target_path() == b"/facts"),
        _ => false,
    }
}

fn protocol(scene: &Scene<'_>, difference: &Difference) -> bool {
    let request = match difference.what {
        What::Persists => scene.last_request(),
        What::Body if shows_state(scene, difference) => scene.case.request(difference.answer),
        // What HEAD is told of that body.
        What::Field(ref name) if name == "content-length" => scene
            .case
            .request(difference.answer)
            .filter(|request| request.is_head() && request.has_step("state", |_| true)),
        _ => None,
    };
    let other = |value: &str| value != scene.case.variant.protocol();
    request.is_some_and(|request| request.has_step("protocol", other))
}

fn expect_list(scene: &Scene<'_>, difference: &Difference) -> bool {
    let is_list = |request: &Request| {
        request
            .values("Expect")
            .iter()
            .any(|value| value.contains(&b',') && value.starts_with(b"100-continue"))
    };
    scene.case.requests.iter().position(is_list).is_some_and(|place| difference.answer >= place)
}
