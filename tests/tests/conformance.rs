//! Every raw request of `tests/conformance` against Doverb, over each transport: all of MUST, all
//! of SHOULD, all of quality.

use std::collections::BTreeSet;
use std::io;

use doverb_core::limits::Limits;
use doverb_tests::conformance::{Case, Connection, Plain, Secured, Served, Strength};
use doverb_tests::conformance::{cases, judge, perform, run_all};
use doverb_tests::tls::Certificate;
use doverb_tests::{SOON, Server, guest};

/// Connections at a time.
const CONNECTIONS: usize = 8;

/// What a body may have in these cases, in bytes.
const MAX_BODY: &str = "1048576";

#[test]
fn every_case_has_an_outcome_that_the_rfcs_allow() {
    let server = Server::with("conformance", &["--max-body", MAX_BODY]);
    hold(&cases(), || Plain::connect(server.address()));
}

#[test]
fn every_case_has_such_an_outcome_over_tls() {
    let certificate = Certificate::new();
    let flags = certificate.flags();
    let mut arguments = vec!["--max-body", MAX_BODY];
    arguments.extend(flags.iter().map(String::as_str));
    let server = Server::with("conformance", &arguments);
    let cases: Vec<_> = cases().iter().map(Case::over_tls).collect();
    hold(&cases, || Secured::connect(server.address(), &certificate));
}

#[test]
fn every_case_has_such_an_outcome_without_a_socket() {
    let limits = Limits::default().with_max_body(MAX_BODY.parse().expect("a number"));
    let served = Served::new(&std::fs::read(guest("conformance")).expect("the guest"), limits);
    hold(&cases(), || served.connect());
}

fn hold<C: Connection>(cases: &[Case], connect: impl Fn() -> io::Result<C> + Sync) {
    let verdicts = run_all(cases, CONNECTIONS, |case| judge(case, &perform(case, &connect, SOON)));
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
