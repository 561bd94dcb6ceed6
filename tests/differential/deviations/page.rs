//! Error pages and the texts of status codes.

use super::Deviation;
use crate::differential::comparison::difference::{Difference, Scene, What};
use crate::differential::comparison::outcome::Answer;

pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        name: "texts of statuses: error pages in our own words",
        why: "the default page's markup and the statuses' long texts are Python's work",
        explains: own_words,
    },
    Deviation {
        name: "texts of statuses: phrases of later Pythons",
        why: "9110 15.5.14, 15.5.15, 15.5.17, 15.5.21: as in http.HTTPStatus of 3.13",
        explains: phrase,
    },
    Deviation {
        name: "early errors",
        why: "a client that spoke HTTP/1.x must be able to read it, so there is a status line",
        explains: early_error,
    },
    Deviation {
        name: "quoted texts",
        why: "what the client sent is quoted up to 200 bytes",
        explains: cut_quote,
    },
    Deviation { name: "default server_version", why: "it is Doverb", explains: server },
];

/// What an error page says, in any of the formats that the cases use.
struct Page {
    code: String,
    message: String,
    explain: String,
    is_default: bool,
}

impl Page {
    fn of(body: &[u8]) -> Option<Page> {
        let text = String::from_utf8(body.to_vec()).ok()?;
        let is_default = text.to_ascii_lowercase().starts_with("<!doctype html>");
        if !is_default {
            let mut parts = text.splitn(3, '|').map(str::to_owned);
            let (code, message, explain) = (parts.next()?, parts.next()?, parts.next()?);
            return Some(Page { code, message, explain, is_default });
        }
        let between = |before: &str, after: &str| {
            let (_, rest) = text.split_once(before)?;
            Some(rest.split_once(after)?.0.to_owned())
        };
        let code = between("<p>Error code: ", "</p>")?;
        let explain = between("<p>What it means: ", ".</p>")
            .or_else(|| between(&format!("<p>Error code explanation: {code} - "), ".</p>"))?;
        Some(Page { message: between("<p>Message: ", ".</p>")?, code, explain, is_default })
    }
}

/// What `send_error` was given by the handler: its message and its explanation.
fn given(scene: &Scene<'_>, difference: &Difference) -> [bool; 2] {
    let Some(request) = scene.case.request(difference.answer) else { return [false; 2] };
    let argument = |place: usize| {
        request.has_step("error", |value| value.split(':').nth(place).is_some_and(|text| text != "*"))
    };
    let reason = request.steps.iter().any(|(name, value)| {
        let code = value.split(':').next().unwrap_or_default();
        name == "reason" && request.has_step("error", |error| error.split(':').next() == Some(code))
    });
    [argument(1) || reason, argument(2) || reason]
}

fn says_the_same(scene: &Scene<'_>, difference: &Difference, [python, doverb]: [&Answer; 2]) -> bool {
    let (Some(theirs), Some(ours)) = (Page::of(&python.body), Page::of(&doverb.body)) else { return false };
    let [given_message, given_explain] = given(scene, difference);
    theirs.code == ours.code
        && theirs.is_default == ours.is_default
        && (theirs.message == ours.message
            || !given_message && renamed(&theirs.message, &ours.message)
            || is_cut(&theirs.message, &ours.message))
        && (theirs.explain == ours.explain || !given_explain)
}

fn own_words(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some(answers @ [python, doverb]) = scene.answers(difference) else { return false };
    match &difference.what {
        What::Body => says_the_same(scene, difference, answers),
        What::Field(name) if name == "content-length" => {
            let is_length =
                |answer: &Answer| answer.values("Content-Length") == [answer.body.len().to_string()];
            let is_head = scene.case.request(difference.answer).is_some_and(|request| request.is_head());
            let bodiless = is_head && python.status() >= 200 && doverb.body.is_empty();
            let is_error =
                python.values("Connection") == ["close"] && doverb.values("Connection") == ["close"];
            says_the_same(scene, difference, answers) && is_length(python) && is_length(doverb)
                || bodiless && is_error && python.values("Content-Length").len() == 1
        }
        _ => false,
    }
}

const RENAMED: [(&str, &str); 4] = [
    ("Request Entity Too Large", "Content Too Large"),
    ("Request-URI Too Long", "URI Too Long"),
    ("Requested Range Not Satisfiable", "Range Not Satisfiable"),
    ("Unprocessable Entity", "Unprocessable Content"),
];

fn renamed(theirs: &str, ours: &str) -> bool {
    RENAMED.contains(&(theirs, ours))
}

fn phrase(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    difference.what == What::Phrase && renamed(python.phrase(), doverb.phrase())
}

/// Python knows no version before the request line is understood, and so sends the page alone.
fn early_error(scene: &Scene<'_>, difference: &Difference) -> bool {
    let place = difference.answer;
    let is_page = |body: &[u8], answer: &Answer| {
        matches!(answer.status(), 400 | 505)
            && Page::of(body).is_some_and(|page| page.code == answer.status().to_string())
    };
    match (&difference.what, scene.python.answers.get(place), scene.doverb.answers.get(place)) {
        (What::Head, Some(python), Some(doverb)) => python.head.is_none() && is_page(&python.body, doverb),
        // When it follows an answer it seems to be a part of that answer's body.
        (What::Body, Some(_), Some(_)) => scene
            .junk(place)
            .is_some_and(|junk| scene.doverb.answers.get(place + 1).is_some_and(|next| is_page(junk, next))),
        (What::Count, None, Some(doverb)) => place
            .checked_sub(1)
            .and_then(|before| scene.junk(before))
            .is_some_and(|junk| is_page(junk, doverb)),
        _ => false,
    }
}

fn is_cut(theirs: &str, ours: &str) -> bool {
    let kept = ours.strip_suffix("'...)").or_else(|| ours.strip_suffix("\"...)"));
    theirs.len() > 200 && kept.is_some_and(|kept| theirs.starts_with(kept))
}

fn cut_quote(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    difference.what == What::Phrase && is_cut(python.phrase(), doverb.phrase())
}

/// A Server field without the number of Python's version.
fn masked(field: &str) -> String {
    let parts = field.split(' ').map(|part| if part.starts_with("Python/3.") { "Python/3" } else { part });
    parts.collect::<Vec<_>>().join(" ")
}

fn server(scene: &Scene<'_>, difference: &Difference) -> bool {
    let Some([python, doverb]) = scene.answers(difference) else { return false };
    let (theirs, ours) = (python.values("Server"), doverb.values("Server"));
    let is_default = |(theirs, ours): (&&str, &&str)| {
        // A handler may have set one of the two parts.
        let parts = theirs.replace("BaseHTTP/0.6", "Doverb/0.1.0");
        let without_python =
            parts.split(' ').filter(|part| !part.starts_with("Python/3.")).collect::<Vec<_>>();
        // A handler in Python says Python's name, with the version of its own.
        let is_pythons = masked(theirs) == masked(ours);
        theirs == ours || is_pythons || without_python.join(" ") == **ours
    };
    difference.what == What::Field("server".into())
        && theirs.len() == ours.len()
        && theirs.iter().zip(&ours).all(is_default)
}
