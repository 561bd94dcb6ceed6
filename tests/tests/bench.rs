//! The benchmark suite still runs: a few seconds of load on the server and its native twin, and a table of it.

use std::process::Command;

use doverb_tests::artifacts::{binary, example};
use doverb_tests::{LATER, command, repository};

/// The cells of the table's lines, without those of its header.
fn table(lines: &[String]) -> Vec<Vec<&str>> {
    let lines = lines.iter().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[test]
fn the_suite_measures_the_server_against_its_twin() {
    let mut suite = Command::new(repository().join("tests/bench/run"));
    suite.arg("--smoke").arg("--doverb").arg(binary()).arg("--twin").arg(example("native_twin"));
    let outcome = command::run(suite, LATER);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr.join("\n"));
    let rows = table(&outcome.stdout);
    let [row] = rows.as_slice() else { panic!("not one row: {:?}", outcome.stdout) };
    let ["hello, smoke", cores, "native twin", "≥ 0", ratio, spread, "yes"] = row.as_slice() else {
        panic!("not the row of the smoke run: {row:?}");
    };
    assert!(cores.starts_with("1 core"), "{row:?}");
    let ratio: f64 = ratio.parse().expect("a ratio");
    let (low, high) = spread.split_once(" to ").expect("two ratios");
    let (low, high): (f64, f64) = (low.parse().expect("a ratio"), high.parse().expect("a ratio"));
    assert!(0.0 < low && low <= ratio && ratio <= high, "{row:?}");
}
