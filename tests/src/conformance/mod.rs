//! Raw requests and what the RFCs allow as their outcome: the cases of `tests/conformance/*.toml`, and their runner.
//!
//! A case is sent byte for byte over a connection of its own, and a sentinel request right behind it. All that comes
//! back is read to the end of the connection: if the sentinel was answered the connection persisted, if not it closed,
//! and the answers before it are counted. Nothing depends on a time to pass.

mod answer;
mod exchange;
mod in_process;
mod outcome;
mod over_sockets;
mod peers;
mod script;
mod verdict;

pub use answer::{Answer, Stream};
pub use exchange::{Connection, Transcript, perform};
pub use in_process::{Served, Within};
pub use outcome::Outcome;
pub use over_sockets::{Plain, Secured};
pub use peers::Peer;
pub use script::{Script, Step};
pub use verdict::judge;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fmt, fs, thread};

use serde::Deserialize;

use crate::repository;

/// How binding the rule is that a case stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Strength {
    /// A MUST of an RFC.
    #[serde(rename = "MUST")]
    Must,
    /// A SHOULD.
    #[serde(rename = "SHOULD")]
    Should,
    /// What a server on the open network owes its users.
    #[serde(rename = "quality")]
    Quality,
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Strength::Must => "MUST",
            Strength::Should => "SHOULD",
            Strength::Quality => "quality",
        })
    }
}

/// One raw request, or several on one connection, with the outcomes allowed.
#[derive(Clone, Debug)]
pub struct Case {
    /// `group/name`.
    pub id: String,
    /// What its file is about.
    pub subject: String,
    /// The section that asks for the outcome.
    pub rfc: String,
    /// How binding that is.
    pub strength: Strength,
    /// What is sent, and when.
    pub script: Script,
    /// Any of these is right.
    pub expect: Vec<Outcome>,
    /// What the handler must have seen of the first request that it answers, by the names in its report.
    pub saw: BTreeMap<String, String>,
    /// Fields that the first final answer has, as `Name` or `Name: value`.
    pub with: Vec<String>,
    /// Fields that it must not have.
    pub without: Vec<String>,
}

impl Case {
    /// The same for a connection over TLS: what is of http is of https there, and the other way round.
    #[must_use]
    pub fn over_tls(&self) -> Case {
        let mut case = self.clone();
        for step in &mut case.script.0 {
            if let Step::Send(bytes) = step {
                // Byte for byte: most of it is no UTF-8.
                let text: String = bytes.iter().copied().map(char::from).collect();
                *bytes = swap_schemes(&text).chars().map(|character| character as u8).collect();
            }
        }
        case.saw.values_mut().for_each(|value| *value = swap_schemes(value));
        case
    }
}

fn swap_schemes(text: &str) -> String {
    let mut swapped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at);
        let is = |scheme: &str| before.to_ascii_lowercase().ends_with(scheme);
        let (end, other) = match before.len() {
            length if is("https") => (length - 5, "http"),
            length if is("http") => (length - 4, "https"),
            length => (length, ""),
        };
        swapped.push_str(&before[..end]);
        swapped.push_str(other);
        swapped.push_str("://");
        rest = &after[3..];
    }
    swapped + rest
}

/// A file of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    subject: String,
    group: Vec<Group>,
}

/// Cases that differ in little: `send` of the group holds `\@` where the value of each goes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    id: String,
    rfc: String,
    strength: Strength,
    send: Option<String>,
    expect: Option<Vec<String>>,
    #[serde(default)]
    saw: BTreeMap<String, String>,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    cases: BTreeMap<String, Entry>,
}

/// A value alone, or with what differs from the group.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Value(String),
    Own(Own),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(default)]
    value: String,
    rfc: Option<String>,
    strength: Option<Strength>,
    send: Option<String>,
    expect: Option<Vec<String>>,
    saw: Option<BTreeMap<String, String>>,
    with: Option<Vec<String>>,
    without: Option<Vec<String>>,
}

/// All cases, in the order of their files.
///
/// # Panics
///
/// When a file is not as it must be; the message says where.
#[must_use]
pub fn cases() -> Vec<Case> {
    let folder = repository().join("tests/conformance");
    let entries = fs::read_dir(&folder).expect("the folder of the cases");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths.iter().flat_map(|path| load(path)).collect()
}

fn load(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).expect("a file of cases");
    let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let subject = file.subject;
    file.group.into_iter().flat_map(|group| expand(&subject, group)).collect()
}

fn expand(subject: &str, group: Group) -> Vec<Case> {
    let Group { id, rfc, strength, send, expect, saw, with, without, cases } = group;
    let one = |(name, entry): (String, Entry)| {
        let own = match entry {
            Entry::Value(value) => Own { value, ..Own::default() },
            Entry::Own(own) => own,
        };
        let id = format!("{id}/{name}");
        let send = own.send.or_else(|| send.clone()).unwrap_or_else(|| panic!("{id}: nothing to send"));
        let expect = own.expect.or_else(|| expect.clone()).unwrap_or_else(|| panic!("{id}: no outcome"));
        let script = Script::parse(&send, &own.value).unwrap_or_else(|error| panic!("{id}: {error}"));
        let outcome = |text: &String| Outcome::parse(text).unwrap_or_else(|error| panic!("{id}: {error}"));
        Case {
            subject: subject.to_owned(),
            rfc: own.rfc.unwrap_or_else(|| rfc.clone()),
            strength: own.strength.unwrap_or(strength),
            script,
            expect: expect.iter().map(outcome).collect(),
            saw: own.saw.unwrap_or_else(|| saw.clone()),
            with: own.with.unwrap_or_else(|| with.clone()),
            without: own.without.unwrap_or_else(|| without.clone()),
            id,
        }
    };
    cases.into_iter().map(one).collect()
}

/// Runs all cases with so many connections at a time: the verdict on each, in order.
pub fn run_all<V: Send>(cases: &[Case], connections: usize, run: impl Fn(&Case) -> V + Sync) -> Vec<V> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut verdicts = Vec::new();
        while let Some((number, case)) = Some(next.fetch_add(1, Ordering::Relaxed))
            .and_then(|number| cases.get(number).map(|case| (number, case)))
        {
            verdicts.push((number, run(case)));
        }
        verdicts
    };
    let mut verdicts = thread::scope(|scope| {
        let workers: Vec<_> = (0..connections).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect::<Vec<_>>()
    });
    verdicts.sort_by_key(|(number, _)| *number);
    verdicts.into_iter().map(|(_, verdict)| verdict).collect()
}
