//! Makes the cases, each from the seed and its number alone.

use fastrand::Rng;

use super::case::{Case, Variant};
use super::request::Request;
use super::{messages, scripts};

/// What a case is about. They take turns, so that every run has hundreds of each that is there often.
type Kind = (&'static str, fn(&mut Rng) -> Vec<Request>);

const KINDS: [Kind; 32] = [
    ("plain", messages::plain),
    ("answer", scripts::answer),
    ("request line", messages::bad_line),
    ("fields", messages::bad_fields),
    ("persistence", messages::persistence),
    ("answer", scripts::answer),
    ("body", messages::body),
    ("send_error", scripts::error),
    ("pair", pair),
    ("attributes", scripts::attributes),
    ("expect", messages::expect),
    ("misuse", scripts::misuse),
    ("plain", messages::plain),
    ("host", messages::host),
    ("persistence", messages::persistence),
    ("answer", scripts::answer),
    ("content length", messages::content_length),
    ("body", messages::body),
    ("send_error", scripts::error),
    ("request line", messages::bad_line),
    ("transfer encoding", messages::transfer_encoding),
    ("misuse", scripts::misuse),
    ("fields", messages::good_fields),
    ("framing", scripts::framing),
    ("plain", messages::plain),
    ("pair", pair),
    ("version", messages::version),
    ("informational", scripts::informational),
    ("reads", scripts::reads),
    ("answer", scripts::answer),
    ("truncated", messages::plain),
    ("limits", messages::limits),
];

pub fn case(seed: u64, number: usize) -> Case {
    let mut rng = Rng::with_seed(mixed(mixed(seed) ^ number as u64));
    let (kind, make) = KINDS[number % KINDS.len()];
    let variant = pick(&mut rng, &Variant::ALL);
    let requests = make(&mut rng);
    let mut case = Case { number, kind, variant, requests, has_sentinel: true, missing: 0 };
    if kind == "truncated" {
        case.has_sentinel = false;
        let length = case.bytes().len();
        case.missing = rng.usize(0..length.min(80));
    }
    case
}

/// The end of splitmix64: neighbours must not be alike.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Two requests that would be answered both.
fn pair(rng: &mut Rng) -> Vec<Request> {
    let makers: [fn(&mut Rng) -> Vec<Request>; 5] =
        [messages::plain, messages::body, scripts::answer, scripts::reads, messages::good_fields];
    let mut requests = Vec::new();
    while requests.len() < 2 {
        requests.extend(pick(rng, &makers)(rng));
        // Nothing tells where an answer of HTTP/0.9 begins.
        requests.retain(|request| !request.is_0_9());
    }
    requests
}

pub fn pick<T: Copy>(rng: &mut Rng, choices: &[T]) -> T {
    choices[rng.usize(..choices.len())]
}

/// True once in so many times.
pub fn once_in(rng: &mut Rng, times: usize) -> bool {
    rng.usize(..times) == 0
}
