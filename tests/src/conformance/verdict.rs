//! Whether what came of a case is one of the outcomes allowed, and whether each answer is a sound one.

use super::{Answer, Case, Stream, Transcript};

/// Judges a case.
///
/// # Errors
///
/// With what is wrong, and the bytes sent and received.
pub fn judge(case: &Case, transcript: &Transcript) -> Result<(), String> {
    let verdict = match &transcript.trouble {
        Some(trouble) => Err(trouble.clone()),
        None => judge_stream(case, transcript),
    };
    verdict.map_err(|why| {
        let allowed: Vec<_> = case.expect.iter().map(ToString::to_string).collect();
        format!(
            "{} ({}, {}): {why}\n  allowed: {}\n  sent: {}\n  got:  {}",
            case.id,
            case.rfc,
            case.strength,
            allowed.join(", "),
            shown(&transcript.sent),
            shown(&transcript.received)
        )
    })
}

fn judge_stream(case: &Case, transcript: &Transcript) -> Result<(), String> {
    let to_head = transcript.sent.starts_with(b"HEAD ");
    let stream = Stream::parse(&transcript.received, |number| number == 0 && to_head);
    let mut answers = stream.answers;
    for answer in &answers {
        check(answer)?;
    }
    let is_open = answers.last().is_some_and(|answer| is_sentinels(answer) && !answer.is_short);
    if is_open {
        answers.pop();
    } else if let Some(answer) = answers.last() {
        check_last(case, answer, &transcript.sent)?;
    }
    if !case.expect.iter().any(super::Outcome::names_informational) {
        answers.retain(|answer| !answer.is_informational());
    }
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    let is_bare = !stream.rest.is_empty();
    if !case.expect.iter().any(|outcome| outcome.is(&statuses, is_open, is_bare)) {
        let ending = if is_open { "open" } else { "close" };
        return Err(format!("it was {statuses:?}{} {ending}", if is_bare { " 0.9" } else { "" }));
    }
    match answers.iter().find(|answer| !answer.is_informational()) {
        Some(answer) => check_expected(case, answer),
        None => Ok(()),
    }
}

fn is_sentinels(answer: &Answer) -> bool {
    answer.reported("target").as_deref() == Some("/sentinel")
}

/// What every answer of every server must be.
fn check(answer: &Answer) -> Result<(), String> {
    let count = |name: &str| answer.values(name).count();
    let status = answer.status;
    if (200..500).contains(&status) {
        // RFC 9110, section 6.6.1.
        let date = answer.values("Date").next().unwrap_or_default();
        if count("Date") != 1 || date.len() != 29 || !date.ends_with(" GMT") {
            return Err(format!("the {status} has no Date"));
        }
    }
    if count("Content-Length") + count("Transfer-Encoding") > 1 {
        return Err(format!("the {status} is framed twice"));
    }
    if (answer.is_informational() || status == 204)
        && count("Content-Length") + count("Transfer-Encoding") > 0
    {
        return Err(format!("the {status} has framing fields"));
    }
    if answer.reported("target").is_some_and(|target| target.starts_with("/smuggled")) {
        return Err("a request was answered that nobody sent".into());
    }
    Ok(())
}

/// The connection ended although the client would have gone on: it must have been told (RFC 9112, section 9.6).
fn check_last(case: &Case, answer: &Answer, sent: &[u8]) -> Result<(), String> {
    let is_1_0 = sent.windows(10).any(|window| window == b" HTTP/1.0\r");
    let told = answer.version == "HTTP/1.0"
        || answer.values("Connection").any(|value| value.to_ascii_lowercase().contains("close"));
    if told || is_1_0 || case.script.half_closes() || answer.is_short {
        Ok(())
    } else {
        Err(format!("the connection ended after a {} without Connection: close", answer.status))
    }
}

fn check_expected(case: &Case, answer: &Answer) -> Result<(), String> {
    if answer.is_short {
        return Err("the answer was cut off".into());
    }
    for (name, expected) in &case.saw {
        // A server that can't report it is not asked.
        if let Some(seen) = answer.reported(name)
            && seen != *expected
        {
            return Err(format!("the handler saw {name}={seen:?}, not {expected:?}"));
        }
    }
    for field in &case.with {
        let (name, expected) = field.split_once(": ").map_or((field.as_str(), None), |(n, v)| (n, Some(v)));
        let mut values = answer.values(name).peekable();
        let is_there = match expected {
            None => values.peek().is_some(),
            Some(expected) => values.any(|value| value.eq_ignore_ascii_case(expected)),
        };
        if !is_there {
            return Err(format!("the answer lacks {field}"));
        }
    }
    match case.without.iter().find(|name| answer.values(name).next().is_some()) {
        Some(name) => Err(format!("the answer has {name}")),
        None => Ok(()),
    }
}

/// Bytes as a person reads them, long ones cut.
fn shown(bytes: &[u8]) -> String {
    const SHOWN: usize = 700;
    let more = if bytes.len() > SHOWN { format!("... ({} bytes)", bytes.len()) } else { String::new() };
    format!("\"{}\"{more}", bytes[..bytes.len().min(SHOWN)].escape_ascii())
}
