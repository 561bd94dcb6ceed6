//! The request's head: whatever the bytes are and however they come, the server understands what the model understands.

use doverb_http1::fuzz::{self, Body, Outcome, minor};

use crate::model::head::{self, Head, MAX_INPUT};

/// The first two bytes say in which pieces the rest comes, and whether over TLS.
///
/// # Panics
///
/// When the parser is wrong.
pub fn check(data: &[u8]) {
    let [piece, secure, input @ ..] = data else {
        return;
    };
    if input.len() > MAX_INPUT {
        return;
    }
    let is_secure = secure & 1 == 1;
    let whole = fuzz::read_head(input, usize::MAX, is_secure, 0);
    match (head::read(input, is_secure, false), &whole) {
        (Head::Whole(model), Outcome::Whole(head)) => same(&model, head),
        // What is wrong already is refused before the head has ended.
        (Head::Unfinished, Outcome::Unfinished | Outcome::Refused(..)) => {}
        (Head::Refused, Outcome::Refused(status, kept)) => {
            assert!(matches!(status, 400 | 414 | 421 | 431 | 501 | 505), "{status}");
            // It is for the log and for the answer: to be seen, never to be taken for a request.
            let _ = (kept.is_head(), kept.requestline(), kept.path(), kept.raw_fields());
        }
        (model, server) => panic!("the model says {model:?}, the server {server:?}"),
    }
    let split = fuzz::read_head(input, usize::from(*piece).max(1), is_secure, 0);
    match (&whole, &split) {
        (Outcome::Whole(whole), Outcome::Whole(split)) => {
            assert_eq!(whole.end, split.end);
            assert_eq!(whole.request.fields_text(), split.request.fields_text());
        }
        (Outcome::Unfinished, Outcome::Unfinished) => {}
        (Outcome::Refused(..), Outcome::Refused(..)) => {}
        _ => panic!("whole {whole:?}, in pieces of {piece} {split:?}"),
    }
}

fn same(model: &head::Request, head: &fuzz::Head) {
    let body = match model.body {
        head::Body::None => Body::None,
        head::Body::Length(length) => Body::Length(length),
        head::Body::Chunked => Body::Chunked,
    };
    assert_eq!((head.end, head.body), (model.length, body));
    let request = &head.request;
    assert_eq!((request.method(), minor(request)), (model.method.as_slice(), model.minor));
    assert_eq!(request.path(), path(&model.target));
    let fields = request.fields().map(|(name, value)| (name.to_vec(), value.to_vec()));
    assert_eq!(fields.collect::<Vec<_>>(), model.fields);
    assert_eq!(request.expects_continue(), model.minor == 1 && model.lists("Expect", "100-continue"));
}

/// Leading slashes are one, so that no redirect to the path leads to another host.
#[must_use]
pub fn path(target: &[u8]) -> &[u8] {
    let slashes = target.iter().take_while(|&&byte| byte == b'/').count();
    &target[slashes.saturating_sub(1)..]
}
