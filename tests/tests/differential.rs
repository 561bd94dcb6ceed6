//! Doverb against CPython: the same handlers, the same requests, the same answers but for the named deviations.
//!
//! Each language has its own port of the handlers, and Python has the very file.

#[path = "../differential/mod.rs"]
mod comparison;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use comparison::case::{Case, Variant};
use comparison::deviations;
use comparison::difference::{Scene, differences};
use comparison::generator;
use comparison::pair::{Pair, python_minor};
use comparison::report;
use doverb_tests::{artifacts, repository};

const SEED: u64 = 1_110_653_377;
const CASES: usize = 4_096;
/// Connections at a time.
const WORKERS: usize = 12;
/// Failures that are printed whole.
const PRINTED: usize = 8;

#[derive(Default)]
struct Findings {
    /// How often each deviation was what explains a difference.
    used: BTreeMap<&'static str, usize>,
    failures: BTreeMap<usize, String>,
    equal: usize,
}

/// A number of the environment's, to replay a failure or to try other requests.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// Runs `cases` against CPython and the handlers in `guest`, and says which deviations explained something.
fn compare(guest: &Path, seed: u64, cases: Range<usize>) -> BTreeMap<&'static str, usize> {
    compare_with(guest, &[], seed, cases)
}

/// The same with variables for the handlers' environment.
fn compare_with(
    guest: &Path,
    environment: &[&'static str],
    seed: u64,
    cases: Range<usize>,
) -> BTreeMap<&'static str, usize> {
    println!("DOVERB_SEED={seed}");
    let pairs = Variant::ALL.map(|variant| Pair::start(guest, variant, environment));
    let findings = Mutex::new(Findings::default());
    let next = AtomicUsize::new(cases.start);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= cases.end {
                        return;
                    }
                    let case = generator::case(seed, number);
                    let place = Variant::ALL.iter().position(|&variant| variant == case.variant);
                    judge(seed, &case, &pairs[place.expect("ALL has it")], &findings);
                }
            });
        }
    });
    let findings = findings.into_inner().expect("no worker panicked");
    println!("{} of {} cases without any difference", findings.equal, cases.len());
    for deviation in deviations::all() {
        let times = findings.used.get(deviation.name).copied().unwrap_or(0);
        println!("{times:5} {} ({})", deviation.name, deviation.why);
    }
    let printed: Vec<_> = findings.failures.values().take(PRINTED).map(String::as_str).collect();
    let failed: Vec<_> = findings.failures.keys().collect();
    assert!(failed.is_empty(), "{}\n{} cases fail: {failed:?}", printed.join("\n"), failed.len());
    findings.used
}

/// The cases that were asked for by number, or the first of all.
fn chosen(cases: usize) -> (u64, Range<usize>) {
    let only = number("DOVERB_CASE").map(|case| case as usize);
    (number("DOVERB_SEED").unwrap_or(SEED), only.map_or(0..cases, |case| case..case + 1))
}

#[test]
fn doverb_answers_as_cpython_does() {
    let (seed, cases) = chosen(CASES);
    let all = cases.len() == CASES;
    let used = compare(&artifacts::guest("differential"), seed, cases);
    let minor = python_minor();
    let dead: Vec<_> = deviations::all()
        .map(|deviation| deviation.name)
        .filter(|name| deviations::is_expected(name, minor) && !used.contains_key(name))
        .collect();
    assert!(!all || dead.is_empty(), "dead deviations, which nothing in this run needed: {dead:?}");
}

/// How many of the cases each further language is asked.
const CASES_A_LANGUAGE: usize = 1_024;

/// Without what the SDK gathers, as other tools for components call.
#[test]
fn calls_one_by_one_answer_as_cpython_does() {
    let (seed, cases) = chosen(CASES_A_LANGUAGE);
    compare_with(&artifacts::guest("differential"), &["ONE_BY_ONE=1"], seed, cases);
}

/// The handlers in another language, built from their sources.
fn compare_port(path: &str) {
    let (seed, cases) = chosen(CASES_A_LANGUAGE);
    compare(&repository().join("tests").join(path), seed, cases);
}

/// The very file that CPython runs.
#[test]
fn python_answers_as_cpython_does() {
    compare_port("differential/handlers.py");
}

#[test]
fn c_answers_as_cpython_does() {
    compare_port("guests/differential-c");
}

#[test]
fn javascript_answers_as_cpython_does() {
    compare_port("guests/differential-js");
}

#[test]
fn go_answers_as_cpython_does() {
    compare_port("guests/differential-go");
}

fn judge(seed: u64, case: &Case, pair: &Pair, findings: &Mutex<Findings>) {
    let [python, mut doverb] = pair.run(case);
    let faults: Vec<_> = doverb.check_framing(case).err().into_iter().collect();
    let all = differences(&python, &doverb);
    let scene = Scene { case, python: &python, doverb: &doverb };
    let mut unexplained = Vec::new();
    let mut used = Vec::new();
    for difference in &all {
        match deviations::all().find(|deviation| (deviation.explains)(&scene, difference)) {
            Some(deviation) => used.push(deviation.name),
            None => unexplained.push(difference.clone()),
        }
    }
    let mut findings = findings.lock().expect("no worker panicked");
    used.into_iter().for_each(|name| *findings.used.entry(name).or_default() += 1);
    findings.equal += usize::from(all.is_empty());
    if !unexplained.is_empty() || !faults.is_empty() {
        let text = report(seed, case, &unexplained, &faults, [&python, &doverb]);
        findings.failures.insert(case.number, text);
    }
}

/// A handler's author must find in the manual what the test lets pass.
#[test]
fn every_deviation_is_a_row_of_the_manual() {
    let manual = std::fs::read_to_string(repository().join("wit/README.md")).expect("the manual is there");
    let (_, table) = manual.split_once("## Deviations from Python").expect("its section is there");
    let cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
    let rows: Vec<_> = cells.map(|(what, _)| what.replace('`', "")).collect();
    assert!(rows.len() > 30, "the table's rows: {rows:?}");
    for deviation in deviations::all() {
        let is_its_row = |row: &String| {
            deviation
                .name
                .strip_prefix(row.as_str())
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        assert!(rows.iter().any(is_its_row), "no row for {:?} in wit/README.md", deviation.name);
    }
}
