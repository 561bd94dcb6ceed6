//! Outgoing HTTP in process, with a resolver of the test's own: names whose addresses change, and bounds of one's own.

use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use doverb_core::component::Component;
use doverb_core::engine::Engine;
use doverb_core::handler::{Handler, HandlerOptions};
use doverb_core::limits::Limits;
use doverb_core::trial::Trial;
use doverb_outgoing::{Allowed, HttpGrant, HttpLimits, OutgoingHttp, Refusal, Resolve, Resolving};
use doverb_tests::guest;
use doverb_tests::upstream::Upstream;

/// Answers each lookup with the next of its answers; the last one again and again.
struct Changing {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Changing {
    fn new(answers: &[&[&str]]) -> Arc<Changing> {
        let addresses =
            |answer: &&[&str]| answer.iter().map(|text| text.parse().expect("an address")).collect();
        Arc::new(Changing { answers: answers.iter().map(addresses).collect(), asked: AtomicUsize::new(0) })
    }
}

impl Resolve for Changing {
    fn resolve(&self, _: &str) -> Resolving {
        let number = self.asked.fetch_add(1, Ordering::Relaxed).min(self.answers.len() - 1);
        let answer = self.answers[number].clone();
        Box::pin(async move { io::Result::Ok(answer) })
    }
}

/// What the guest answers to each of these URLs, one after the other, and what the operator is told.
fn answers(
    rules: &[&str],
    limits: HttpLimits,
    resolver: Arc<dyn Resolve>,
    paths: &[String],
) -> (Vec<String>, Vec<Refusal>) {
    let refusals = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&refusals);
    let capability = OutgoingHttp::advising(move |refusal| {
        told.lock().expect("nobody panics").push(refusal.clone());
        None
    });
    let engine =
        Engine::with_capabilities(&Limits::default(), vec![Arc::new(capability)]).expect("an engine");
    let bytes = std::fs::read(guest("outgoing")).expect("the guest");
    let component = Component::compile(&engine, &bytes).expect("a component");
    let allowed = Allowed::new(rules.iter().map(|rule| rule.parse().expect("a rule")).collect());
    let options =
        HandlerOptions::new("outgoing").with_grant(HttpGrant::resolved_by(allowed, limits, resolver));
    let handler = Handler::new(&engine, &component, options).expect("a handler");
    let mut trial = Trial::of(handler).expect("a runtime");
    let answers = paths.iter().map(|path| trial.get(path).text()).collect();
    let refusals = refusals.lock().expect("nobody panics").clone();
    (answers, refusals)
}

#[test]
fn a_name_that_changes_its_address_is_looked_up_once_and_judged() {
    let upstream = Upstream::new();
    let port = upstream.port();
    // Good when it is asked for first, the machine itself from then on: a check of its own would see the first.
    let resolver = Changing::new(&[&["192.0.2.1", "127.0.0.1"], &["127.0.0.1"]]);
    let paths = vec![format!("/?url=http://rebinding.example:{port}/"); 2];
    let (answers, refusals) = answers(&["*"], HttpLimits::default(), resolver.clone(), &paths);
    assert_eq!(answers, ["the handler may not call this server"; 2]);
    assert_eq!(resolver.asked.load(Ordering::Relaxed), 2, "once a request");
    assert!(matches!(&refusals[..], [Refusal::Address { .. }, ..]), "{refusals:?}");
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn what_was_judged_is_what_is_connected_to() {
    let upstream = Upstream::new();
    let port = upstream.port();
    // The address is named, so the first answer is good; the second, which nobody asks for, would not be.
    let resolver = Changing::new(&[&["127.0.0.1"], &["10.255.255.1"]]);
    let rules = ["api.example.com", &format!("127.0.0.1:{port}")];
    let paths = vec![format!("/?url=http://api.example.com:{port}/")];
    let (answers, refusals) = answers(&rules, HttpLimits::default(), resolver.clone(), &paths);
    assert!(answers[0].ends_with("hello"), "{answers:?} {refusals:?}");
    assert_eq!(resolver.asked.load(Ordering::Relaxed), 1);
}

#[test]
fn a_name_with_good_and_bad_addresses_is_called_at_the_good_ones() {
    let upstream = Upstream::new();
    let port = upstream.port();
    let resolver = Changing::new(&[&["169.254.169.254", "10.0.0.1", "127.0.0.1"]]);
    let rules = ["api.example.com", &format!("127.0.0.1:{port}")];
    let paths = vec![format!("/?url=http://api.example.com:{port}/")];
    assert!(answers(&rules, HttpLimits::default(), resolver, &paths).0[0].ends_with("hello"));
}

#[test]
fn bodies_have_a_bound_both_ways() {
    let upstream = Upstream::new();
    let rules = [&upstream.authority()[..]];
    let limits = HttpLimits::default().with_max_response(100_000).with_max_request(100_000);
    let paths = [
        format!("/?url={}", upstream.url("/body?100000")),
        format!("/?url={}", upstream.url("/body?100001")),
        format!("/large?method=POST&size=100000&url={}", upstream.url("/length")),
        format!("/large?method=POST&size=1000000&url={}", upstream.url("/length")),
    ];
    let (answers, _) = answers(&rules, limits, Changing::new(&[&[]]), &paths);
    assert!(answers[0].ends_with(&"x".repeat(100_000)), "as much as may be");
    assert!(answers[1].contains("HttpResponseBodySize"), "{}", answers[1]);
    assert_eq!(answers[2], "100000");
    assert!(answers[3].contains("HttpRequestBodySize"), "{}", answers[3]);
}

#[test]
fn without_the_capability_a_component_that_imports_it_is_served_until_it_calls() {
    let engine = Engine::new(&Limits::default()).expect("an engine");
    let bytes = std::fs::read(guest("outgoing")).expect("the guest");
    let component = Component::compile(&engine, &bytes).expect("a component");
    let handler = Handler::new(&engine, &component, HandlerOptions::new("outgoing")).expect("a handler");
    let mut trial = Trial::of(handler).expect("a runtime");
    let answer = trial.get("/?url=nothing");
    assert_eq!((answer.status, answer.text()), (502, "no URL of HTTP's: \"nothing\"".into()));
    assert_eq!(trial.get("/?url=http://127.0.0.1:1/").status, 500);
}

#[test]
fn a_name_that_is_nobodys_is_an_error_of_the_guests() {
    let paths = vec!["/?url=http://nobody.example/".to_owned()];
    let (answers, _) = answers(&["*"], HttpLimits::default(), Changing::new(&[&[]]), &paths);
    assert_eq!(answers[0], "the server's name could not be looked up");
}
