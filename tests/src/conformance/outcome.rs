//! What may come of a case.

use std::fmt;

/// How the connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The sentinel was answered.
    Open,
    /// It was not.
    Close,
    Any,
}

/// The statuses of the answers in order, and what became of the connection: `200 open`, `400|501 close`, `2xx 200 open`,
/// `close` (no answer), `100 200 open`, `0.9` (a body without a head). Informational answers count only where they
/// are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    text: String,
    answers: Vec<Vec<String>>,
    ending: Ending,
    bare: bool,
}

impl Outcome {
    /// Parses it.
    ///
    /// # Errors
    ///
    /// For what is none.
    pub fn parse(text: &str) -> Result<Outcome, String> {
        let mut outcome =
            Outcome { text: text.to_owned(), answers: Vec::new(), ending: Ending::Any, bare: false };
        for word in text.split(' ') {
            match word {
                "open" => outcome.ending = Ending::Open,
                "close" => outcome.ending = Ending::Close,
                "0.9" => outcome.bare = true,
                _ => outcome.answers.push(word.split('|').map(status).collect::<Result<_, _>>()?),
            }
        }
        Ok(outcome)
    }

    /// Whether it names an informational answer.
    #[must_use]
    pub fn names_informational(&self) -> bool {
        self.answers.iter().flatten().any(|status| status.starts_with('1'))
    }

    /// Whether this is what came.
    #[must_use]
    pub fn is(&self, statuses: &[u16], is_open: bool, is_bare: bool) -> bool {
        let fits = |(allowed, status): (&Vec<String>, &u16)| {
            allowed.iter().any(|allowed| {
                let shown = status.to_string();
                shown == *allowed || (allowed.ends_with("xx") && shown.starts_with(&allowed[..1]))
            })
        };
        let ends = match self.ending {
            Ending::Open => is_open,
            Ending::Close => !is_open,
            Ending::Any => true,
        };
        ends && self.bare == is_bare
            && statuses.len() == self.answers.len()
            && self.answers.iter().zip(statuses).all(fits)
    }
}

fn status(word: &str) -> Result<String, String> {
    let fits = word.len() == 3 && word.as_bytes()[0].is_ascii_digit();
    if fits && (word.ends_with("xx") || word.bytes().all(|byte| byte.is_ascii_digit())) {
        Ok(word.to_owned())
    } else {
        Err(format!("not a status: {word:?}"))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_told_apart() {
        let outcome = |text| Outcome::parse(text).unwrap();
        assert!(outcome("200 open").is(&[200], true, false));
        assert!(!outcome("200 open").is(&[200], false, false));
        assert!(!outcome("200 open").is(&[200, 200], true, false));
        assert!(outcome("400|501 close").is(&[501], false, false));
        assert!(!outcome("400|501 close").is(&[500], false, false));
        assert!(outcome("2xx 4xx").is(&[204, 431], true, false));
        assert!(outcome("close").is(&[], false, false));
        assert!(outcome("0.9 close").is(&[], false, true));
        assert!(outcome("100 200 open").names_informational());
        assert!(Outcome::parse("20").is_err() && Outcome::parse("axx").is_err());
    }
}
