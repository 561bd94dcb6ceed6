//! What handlers do wrong, and what they leave undone.

use super::Deviation;
use super::misuse::{self, Misuse};
use crate::differential::comparison::difference::{Difference, Scene, What};
use crate::differential::comparison::outcome::Answer;
use crate::differential::comparison::request::Request;

pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        name: "a handler that raises",
        why: "the client can tell: 500, or a cut connection if a part of an answer had left; a whole one stands",
        explains: |scene, difference| failed(scene, difference, Misuse::Raises),
    },
    Deviation {
        name: "a handler without an answer",
        why: "9112 9.2: the next answer would be taken for this one",
        explains: |scene, difference| failed(scene, difference, Misuse::NoAnswer),
    },
    Deviation {
        name: "calls out of order",
        why: "what they make is no HTTP message: the call fails",
        explains: |scene, difference| failed(scene, difference, Misuse::OutOfOrder),
    },
    Deviation {
        name: "a second answer to one request",
        why: "a head has one status line; behind a whole head it is a part of the body, as in CPython",
        explains: |scene, difference| goes_on(scene, difference, Misuse::Again),
    },
    Deviation {
        name: "a Content-Length that is none, or is said twice",
        why: "9110 8.6: it is left out",
        explains: |scene, difference| goes_on(scene, difference, Misuse::NoLength),
    },
    Deviation {
        name: "a field without a name",
        why: "9110 5.1: a token; in Python it is left out",
        explains: |scene, difference| goes_on(scene, difference, Misuse::NoName),
    },
    Deviation {
        name: "status codes outside of 100 to 999",
        why: "9112 4: three digits",
        explains: |scene, difference| failed(scene, difference, Misuse::InvalidStatus),
    },
    Deviation {
        name: "CR, LF, NUL and controls in fields and phrases",
        why: "header injection; and fields that frame the body must do so (9112 6)",
        explains: |scene, difference| failed(scene, difference, Misuse::InvalidField),
    },
    Deviation {
        name: "body longer than its Content-Length",
        why: "9112 6.3: the rest would be read as the next answer",
        explains: |scene, difference| goes_on(scene, difference, Misuse::TooLong),
    },
    Deviation {
        name: "body shorter than its Content-Length",
        why: "9112 8: only the end of the connection tells the client that it is not all",
        explains: |scene, difference| failed(scene, difference, Misuse::TooShort),
    },
    Deviation {
        name: "own Transfer-Encoding: chunked is checked",
        why: "9112 7.1: nobody could tell where the answer ends",
        explains: |scene, difference| goes_on(scene, difference, Misuse::BadChunks),
    },
    Deviation {
        name: "101",
        why: "9110 7.8: answers an HTTP/1.1 request with an Upgrade field only",
        explains: |scene, difference| failed(scene, difference, Misuse::Upgrade),
    },
    Deviation { name: "rfile", why: "9112 6.3: what follows is the next request", explains: reads_on },
    Deviation {
        name: "unread body",
        why: "9112 9.3: drained, and never taken for the next request",
        explains: unread,
    },
    Deviation {
        name: "a body that breaks the rules",
        why: "9112 7.1, 8: 400 or no answer, since nobody can tell what comes next",
        explains: broken,
    },
];

/// Whether the difference is in or after the answer to a script that does this wrong, which Doverb made a 500 of, or cut
/// when some of it had left, or sent when it was whole.
fn failed(scene: &Scene<'_>, difference: &Difference, kind: Misuse) -> bool {
    let Some(place) = scene.doverb.answers.len().checked_sub(1) else { return false };
    let answer = &scene.doverb.answers[place];
    let is_cut =
        answer.is_cut || scene.doverb.reset || kind == Misuse::TooShort || bodiless(scene, place, answer);
    difference.answer >= place
        && !scene.doverb.persists
        && (answer.status() == 500 && answer.values("Connection") == ["close"]
            || is_cut
            || stands(scene, place, answer))
        && scene.case.request(place).and_then(misuse::of) == Some(kind)
}

/// Whether the difference is in or after an answer that has the status which the script began with, and went on to do this.
fn goes_on(scene: &Scene<'_>, difference: &Difference, kind: Misuse) -> bool {
    let place = first(scene, |request| misuse::of(request) == Some(kind));
    let status = scene.case.request(place).and_then(misuse::first_status);
    let answer = scene.doverb.answers.get(place);
    failed(scene, difference, kind)
        || difference.answer >= place && status.is_some() && answer.map(Answer::status) == status
}

/// The answer was whole when the handler failed: Python sends it as well, and what the handler wrote behind it.
fn stands(scene: &Scene<'_>, place: usize, answer: &Answer) -> bool {
    scene.python.answers.get(place).is_some_and(|python| python.status() == answer.status())
}

/// The client cannot see that such an answer was cut, for nothing of it is missing.
fn bodiless(scene: &Scene<'_>, place: usize, answer: &Answer) -> bool {
    scene.case.request(place).is_some_and(Request::is_head) || matches!(answer.status(), 204 | 205 | 304)
}

/// Bytes of the body that the handler asks for.
fn asked(request: &Request) -> usize {
    let length = request.declared_length();
    match (request.method(), request.target_path()) {
        (b"PUT", _) | (b"GET" | b"HEAD" | b"POST", b"/echo" | b"/lines") => length,
        (b"GET" | b"HEAD" | b"POST", b"/half") => length / 2,
        (b"GET" | b"HEAD" | b"POST", b"/run") => {
            let read = request.steps.iter().filter(|(name, _)| name == "read" || name == "line");
            read.filter_map(|(_, size)| size.parse::<usize>().ok()).sum()
        }
        _ => 0,
    }
}

/// The first request of the case for which this holds.
fn first(scene: &Scene<'_>, holds: impl Fn(&Request) -> bool) -> usize {
    scene.case.requests.iter().position(holds).unwrap_or(usize::MAX)
}

fn reads_on(scene: &Scene<'_>, difference: &Difference) -> bool {
    let place = first(scene, |request| asked(request) > request.declared_length());
    let ours_are_all = |answer: &Answer| {
        let Some([python, _]) = scene.answers(difference) else { return false };
        answer.body.strip_suffix(b"]").is_some_and(|kept| python.body.starts_with(kept))
    };
    match &difference.what {
        what if tells_length(scene, difference.answer) => {
            *what == What::Body || *what == What::Field("content-length".to_owned())
        }
        What::Body if difference.answer == place => scene.doverb.answers.get(place).is_some_and(ours_are_all),
        _ => difference.answer > place,
    }
}

/// Whether a handler has asked for the length of a chunked body, which Python's SDK knows; CPython has none and reads nothing.
fn tells_length(scene: &Scene<'_>, place: usize) -> bool {
    let is_chunked = |request: &Request| {
        !request.values("Transfer-Encoding").is_empty() && request.values("Content-Length").is_empty()
    };
    let reads_nothing = |answer: &Answer| answer.values("Content-Length") == ["0"];
    scene.case.request(place).is_some_and(is_chunked)
        && scene.python.answers.get(place).is_some_and(reads_nothing)
}

/// A line may end before the size that was asked for.
fn leaves_some(request: &Request) -> bool {
    let reads_lines = request.has_step("line", |_| true);
    let declares = request.declared_length() > 0;
    !request.values("Transfer-Encoding").is_empty()
        || declares && (asked(request) < request.declared_length() || reads_lines)
        || declares && request.values("Expect").len() == 1 && request.target_path().starts_with(b"/refuse")
}

fn unread(scene: &Scene<'_>, difference: &Difference) -> bool {
    let place = first(scene, leaves_some);
    let is_page = |junk: &[u8]| junk.starts_with(b"<!DOCTYPE HTML>") || junk.starts_with(b"400|");
    match difference.what {
        // Python answers to what it takes for a request line that it does not understand.
        What::Body if difference.answer == place => scene.junk(place).is_some_and(is_page),
        _ => difference.answer > place,
    }
}

fn broken(scene: &Scene<'_>, difference: &Difference) -> bool {
    if difference.what == What::Count
        && scene.case.request(scene.doverb.answers.len()).is_some_and(Request::declares_too_much)
    {
        // The client has closed its side in the middle of the body: there is nobody to answer.
        return !scene.doverb.persists;
    }
    let Some(place) = scene.doverb.answers.len().checked_sub(1) else { return false };
    let answer = &scene.doverb.answers[place];
    let is_broken = |request: &Request| match answer.phrase() {
        "Incomplete body" => request.declares_too_much() || !request.values("Transfer-Encoding").is_empty(),
        phrase => phrase.starts_with("Malformed body") && !request.values("Transfer-Encoding").is_empty(),
    };
    difference.answer >= place
        && answer.status() == 400
        && !scene.doverb.persists
        && scene.case.request(place).is_some_and(is_broken)
}
