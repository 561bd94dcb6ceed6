//! Each target over its seeds and its corpus, and over changes of these: what cargo-fuzz looks for with a nightly compiler's eyes, looked for
//! blindly under any compiler.
//!
//! `DOVERB_SEED=7` makes other changes. A failure prints its input, which belongs into the seeds once it is understood.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use fastrand::Rng;

/// What ends, separates and frames: a change often is one of these.
const WORDS: [&[u8]; 28] = [
    b"\r\n",
    b"\r",
    b"\n",
    b"\0",
    b" ",
    b"\t",
    b":",
    b",",
    b"%(code)d",
    b"%",
    b"0\r\n\r\n",
    b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /\r\n",
    b"Host: a\r\n",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"HTTP/1.0",
    b"HEAD",
    b"CONNECT",
    b";a=\"b\"",
    b"ffffffffffffffff",
    b"\xff",
    b"[[mount]]\n",
    b"path = \"/\"\n",
    b"\"\"\"",
    b"\\u202e",
];

/// Bytes of an input: small ones say as much.
const MOST: usize = 2_048;

fn run(name: &str, times: usize, check: fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/fuzz");
    let folders = ["seeds", "corpus"].map(|folder| fuzz.join(folder).join(name));
    // Nothing has been found yet where there is no corpus.
    let found = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let mut files: Vec<_> = found.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let corpus: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).expect("a file")).collect();
    assert!(!corpus.is_empty(), "{name} has seeds");
    for input in &corpus {
        checked(name, input, check);
    }
    let seed = std::env::var("DOVERB_SEED").map_or(1, |seed| seed.parse().expect("DOVERB_SEED is a number"));
    let mut random = Rng::with_seed(seed);
    for _ in 0..times {
        checked(name, &changed(&corpus, &mut random), check);
    }
}

fn checked(name: &str, input: &[u8], check: fn(&[u8])) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(input))) {
        eprintln!("{name} fails with b\"{}\"", input.escape_ascii());
        resume_unwind(panic);
    }
}

/// A few changes of one member, among them the beginning of another in the place of its end.
fn changed(corpus: &[Vec<u8>], random: &mut Rng) -> Vec<u8> {
    let mut input = corpus[random.usize(..corpus.len())].clone();
    for _ in 0..random.usize(1..5) {
        let at = random.usize(..=input.len());
        let end = random.usize(at..=input.len().min(at + 8));
        match random.u8(..6) {
            0 if at < input.len() => input[at] = random.u8(..),
            1 if at < input.len() => input[at] ^= 1 << random.u8(..8),
            2 => drop(input.drain(at..end)),
            3 => drop(input.splice(at..end, WORDS[random.usize(..WORDS.len())].iter().copied())),
            4 => {
                let other = &corpus[random.usize(..corpus.len())];
                input.truncate(at);
                input.extend_from_slice(&other[random.usize(..=other.len())..]);
            }
            _ => {
                let part = input[at..end].to_vec();
                let to = random.usize(..=input.len());
                input.splice(to..to, part);
            }
        }
    }
    input.truncate(MOST);
    input
}

#[test]
fn heads_are_understood_as_the_model_does() {
    run("head", 40_000, doverb_fuzz::head::check);
}

#[test]
fn chunks_are_decoded_as_the_model_does() {
    run("chunks", 40_000, doverb_fuzz::chunks::check);
}

#[test]
fn connections_are_served_as_the_model_finds_them() {
    run("connection", 4_000, doverb_fuzz::connection::check);
}

#[test]
fn answers_are_sound_whatever_is_called() {
    run("answer", 20_000, doverb_fuzz::answer::check);
}

#[test]
fn templates_make_pythons_page_or_are_refused() {
    run("error_page", 20_000, doverb_fuzz::error_page::check);
}

#[test]
fn requests_are_routed_as_the_model_does() {
    run("routes", 40_000, doverb_fuzz::routes::check);
}

#[test]
fn files_are_read_as_the_model_does() {
    run("files", 40_000, doverb_fuzz::files::check);
}

#[test]
fn snapshots_are_read_as_the_model_does() {
    run("snapshot", 10_000, doverb_fuzz::snapshot::check);
}

#[test]
fn components_are_taken_or_refused_in_one_line() {
    run("components", 300, doverb_fuzz::components::check);
}

#[test]
fn configurations_are_taken_as_they_are_written_or_refused_in_plain_lines() {
    run("config", 10_000, doverb_fuzz::config::check);
}
