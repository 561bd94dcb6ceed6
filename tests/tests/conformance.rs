//! Every raw request of `tests/conformance` against Doverb: all of MUST, all of SHOULD, all of quality.

use std::collections::BTreeSet;

use doverb_tests::conformance::{Strength, cases, judge, perform, run_all};
use doverb_tests::{SOON, Server};

/// Connections at a time.
const CONNECTIONS: usize = 8;

#[test]
fn every_case_has_an_outcome_that_the_rfcs_allow() {
    let server = Server::with("conformance", &["--max-body", "1048576"]);
    let cases = cases();
    let address = server.address();
    let verdicts = run_all(&cases, CONNECTIONS, |case| judge(case, &perform(case, address, SOON)));
    let failures: Vec<_> = verdicts.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn the_cases_are_as_many_as_they_should_be() {
    let cases = cases();
    let ids: BTreeSet<_> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), cases.len(), "an id is there twice");
    assert!(cases.len() >= 450, "{} cases", cases.len());
    for strength in [Strength::Must, Strength::Should, Strength::Quality] {
        assert!(cases.iter().any(|case| case.strength == strength), "{strength}");
    }
    for case in &cases {
        let section = case.rfc.split_once(' ').map(|(number, _)| number);
        assert!(matches!(section, Some("9110" | "9112" | "3986" | "1945")), "{}: {:?}", case.id, case.rfc);
    }
}
