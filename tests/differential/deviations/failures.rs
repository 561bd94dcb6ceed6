//! What handlers do wrong, and what they leave undone.

use super::Deviation;
use crate::differential::difference::{Difference, Scene, What};
use crate::differential::outcome::Answer;

pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        name: "a handler that raises",
        why: "the client can tell: 500, or a cut connection if an answer had begun",
        explains: raises,
    },
    Deviation {
        name: "unread body",
        why: "9112 9.3: drained, and never taken for the next request",
        explains: unread,
    },
];

fn is_500(scene: &Scene<'_>, answer: &Answer) -> bool {
    !scene.doverb.persists && answer.status() == 500 && answer.phrase() == "Internal Server Error"
}

fn raises(scene: &Scene<'_>, difference: &Difference) -> bool {
    let place = scene.python.answers.len();
    difference.what == What::Count
        && !scene.python.persists
        && scene.doverb.answers.get(place).is_some_and(|answer| is_500(scene, answer))
        && scene.doverb.answers.len() == place + 1
}

fn unread(scene: &Scene<'_>, difference: &Difference) -> bool {
    matches!(difference.what, What::Count | What::Persists)
        && scene.case.requests.iter().any(|request| !request.body.is_empty())
}
