//! Runs the conformance cases against Doverb, nginx and CPython, and writes the table of scores into `tests/README.md`.
//! `tests/conformance/compare` installs what it needs. With `-v` each case that failed is printed.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use doverb_tests::conformance::{Case, Peer, Plain, Strength, cases, judge, perform, run_all};
use doverb_tests::{Server, repository};

/// Connections at a time: many only wait for a server that never answers.
const CONNECTIONS: usize = 32;
/// How long a server has for one case.
const PATIENCE: Duration = Duration::from_secs(10);

const BEGIN: &str = "<!-- scores: written by tests/conformance/compare -->\n";
const END: &str = "<!-- end of scores -->\n";

/// One server's verdicts, in the order of the cases.
struct Scores {
    name: String,
    passed: Vec<bool>,
}

fn main() -> anyhow::Result<()> {
    let verbose = std::env::args().any(|argument| argument == "-v");
    let cases = cases();
    let doverb = Server::with("conformance", &["--max-body", "1048576"]);
    let nginx = Peer::nginx();
    let cpython = Peer::cpython();
    let scores = [
        run(&cases, "Doverb", doverb.address(), verbose),
        run(&cases, &nginx.name, nginx.address, verbose),
        run(&cases, &cpython.name, cpython.address, verbose),
    ];
    let table = table(&cases, &scores);
    print!("{table}");
    write(&table)
}

fn run(cases: &[Case], name: &str, server: SocketAddr, verbose: bool) -> Scores {
    let verdicts =
        run_all(cases, CONNECTIONS, |case| judge(case, &perform(case, || Plain::connect(server), PATIENCE)));
    if verbose {
        for failure in verdicts.iter().filter_map(|verdict| verdict.as_ref().err()) {
            println!("{name}: {failure}");
        }
    }
    Scores { name: name.to_owned(), passed: verdicts.iter().map(Result::is_ok).collect() }
}

fn table(cases: &[Case], scores: &[Scores]) -> String {
    let mut groups: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    let mut subjects: Vec<&str> = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        if !subjects.contains(&case.subject.as_str()) {
            subjects.push(&case.subject);
        }
        let subject = subjects.iter().position(|subject| *subject == case.subject).unwrap_or_default();
        let strength = match case.strength {
            Strength::Must => 0,
            Strength::Should => 1,
            Strength::Quality => 2,
        };
        groups.entry((strength, format!("**{}**", case.strength))).or_default().push(number);
        groups.entry((10 + subject, case.subject.clone())).or_default().push(number);
        groups.entry((usize::MAX, "**all**".to_owned())).or_default().push(number);
    }
    let names: String = scores.iter().map(|scores| format!(" {} |", scores.name)).collect();
    let mut text = format!("| | cases |{names}\n| --- | ---: |{}\n", " ---: |".repeat(scores.len()));
    for ((_, name), members) in groups {
        let passed = |scores: &Scores| members.iter().filter(|&&number| scores.passed[number]).count();
        let columns: String = scores.iter().map(|scores| format!(" {} |", passed(scores))).collect();
        text.push_str(&format!("| {name} | {} |{columns}\n", members.len()));
    }
    text
}

/// Puts the table between the marks.
fn write(table: &str) -> anyhow::Result<()> {
    let path = repository().join("tests/README.md");
    let text = fs::read_to_string(&path)?;
    let (before, rest) = text.split_once(BEGIN).context("tests/README.md has no mark for the scores")?;
    let (_, after) = rest.split_once(END).context("tests/README.md has no mark for the scores' end")?;
    fs::write(&path, format!("{before}{BEGIN}\n{table}\n{END}{after}"))?;
    Ok(())
}
