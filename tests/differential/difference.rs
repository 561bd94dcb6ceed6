//! Where two outcomes differ.

use std::fmt;

use super::case::Case;
use super::outcome::{Answer, Head, Outcome};
use super::request::Request;

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// How many answers there are before the sentinel's.
    Count,
    /// Whether the sentinel was answered.
    Persists,
    /// Only one of the answers has a head.
    Head,
    /// The informational answers before it.
    Informational,
    Version,
    Status,
    Phrase,
    /// The values of this field, its name in lower case.
    Field(String),
    /// The order of the fields that both have.
    Order,
    Body,
    /// Only one of the answers is whole.
    Whole,
}

/// One difference, and the answer that it is in, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub answer: usize,
    pub what: What,
}

/// All that a rule can look at.
pub struct Scene<'a> {
    pub case: &'a Case,
    pub python: &'a Outcome,
    pub doverb: &'a Outcome,
}

impl<'a> Scene<'a> {
    /// Both servers' answers that the difference is between.
    pub fn answers(&self, difference: &Difference) -> Option<[&'a Answer; 2]> {
        let place = difference.answer;
        let own = |outcome: &Outcome| outcome.answers.len() - usize::from(outcome.persists);
        if self.python.persists && self.doverb.persists && place == own(self.doverb) {
            return Some([self.python.answers.last()?, self.doverb.answers.last()?]);
        }
        Some([self.python.answers.get(place)?, self.doverb.answers.get(place)?])
    }

    /// What Python sent behind the body of an answer that both gave.
    pub fn junk(&self, answer: usize) -> Option<&'a [u8]> {
        let (python, doverb) = (self.python.answers.get(answer)?, self.doverb.answers.get(answer)?);
        python.body.strip_prefix(doverb.body.as_slice()).filter(|junk| !junk.is_empty())
    }

    /// The request of the last answer that is not the sentinel's, by Doverb's count.
    pub fn last_request(&self) -> Option<&'a Request> {
        let own = self.doverb.answers.len() - usize::from(self.doverb.persists);
        self.case.request(own.checked_sub(1)?)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Count => write!(f, "the number of answers"),
            What::Persists => write!(f, "whether the connection persists"),
            What::Field(name) => write!(f, "answer {}: the field {name}", self.answer + 1),
            what => write!(f, "answer {}: {what:?}", self.answer + 1),
        }
    }
}

/// Compares the outcomes of a case.
pub fn differences(python: &Outcome, doverb: &Outcome) -> Vec<Difference> {
    let mut all = Vec::new();
    let own = |outcome: &Outcome| outcome.answers.len() - usize::from(outcome.persists);
    let common = own(python).min(own(doverb));
    for answer in 0..common {
        compare(answer, &python.answers[answer], &doverb.answers[answer], &mut all);
    }
    if own(python) != own(doverb) {
        all.push(Difference { answer: common, what: What::Count });
    }
    if python.persists != doverb.persists {
        all.push(Difference { answer: common, what: What::Persists });
    }
    if let (true, true, Some(theirs), Some(ours)) =
        (python.persists, doverb.persists, python.answers.last(), doverb.answers.last())
    {
        compare(own(doverb), theirs, ours, &mut all);
    }
    all
}

fn compare(answer: usize, python: &Answer, doverb: &Answer, all: &mut Vec<Difference>) {
    let mut note = |differs: bool, what: What| {
        if differs {
            all.push(Difference { answer, what });
        }
    };
    let same_informational = python.informational.len() == doverb.informational.len()
        && python.informational.iter().zip(&doverb.informational).all(|(theirs, ours)| is_same(theirs, ours));
    note(!same_informational, What::Informational);
    match (&python.head, &doverb.head) {
        (Some(theirs), Some(ours)) => {
            note(theirs.version != ours.version, What::Version);
            note(theirs.status != ours.status, What::Status);
            note(theirs.phrase != ours.phrase, What::Phrase);
            for what in fields(theirs, ours) {
                note(true, what);
            }
        }
        (None, None) => {}
        _ => note(true, What::Head),
    }
    note(python.body != doverb.body, What::Body);
    note(python.is_cut != doverb.is_cut, What::Whole);
}

/// Informational heads carry the servers' own Server and Date too.
fn is_same(theirs: &Head, ours: &Head) -> bool {
    let own = |what: &What| matches!(what, What::Field(name) if name == "server");
    (&theirs.version, theirs.status, &theirs.phrase) == (&ours.version, ours.status, &ours.phrase)
        && fields(theirs, ours).iter().all(own)
}

fn fields(theirs: &Head, ours: &Head) -> Vec<What> {
    let mut names: Vec<String> =
        theirs.fields.iter().chain(&ours.fields).map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    names.dedup();
    let differs = |name: &String| {
        let (theirs, ours) = (theirs.values(name), ours.values(name));
        theirs != ours
            && !(name == "date" && theirs.len() == ours.len() && are_dates(&theirs) && are_dates(&ours))
    };
    let differing: Vec<String> = names.into_iter().filter(differs).collect();
    let order = |head: &Head| -> Vec<String> {
        let name = |(name, _): &(String, String)| name.clone();
        head.fields.iter().map(name).filter(|name| !differing.contains(&name.to_ascii_lowercase())).collect()
    };
    let same_order = order(theirs) == order(ours);
    let mut all: Vec<What> = differing.into_iter().map(What::Field).collect();
    all.extend((!same_order).then_some(What::Order));
    all
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`: the two servers answer at different times.
fn are_dates(values: &[&str]) -> bool {
    values.iter().all(|value| value.len() == 29 && value.ends_with(" GMT") && value.as_bytes()[3] == b',')
}
