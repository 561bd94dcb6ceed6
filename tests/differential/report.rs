//! A failure as a person can read it, and how to see it again.

use std::fmt::Write;

use super::case::Case;
use super::difference::Difference;
use super::outcome::Outcome;

/// Bytes of a message that are shown.
const SHOWN: usize = 4_000;

/// What differs without a rule for it, with the request and both answers.
pub fn report(
    seed: u64,
    case: &Case,
    unexplained: &[Difference],
    faults: &[String],
    outcomes: [&Outcome; 2],
) -> String {
    let mut text = format!("case {} ({}, {:?}) differs:\n", case.number, case.kind, case.variant);
    for difference in unexplained {
        let _ = writeln!(text, "  {difference}");
    }
    for fault in faults {
        let _ = writeln!(text, "  Doverb's framing: {fault}");
    }
    let [python, doverb] = outcomes;
    for (name, bytes) in [("sent", &case.bytes()), ("Python", &python.raw), ("Doverb", &doverb.raw)] {
        let _ = writeln!(text, "--- {name}\n{}", shown(bytes));
    }
    let _ = writeln!(text, "again: DOVERB_SEED={seed} DOVERB_CASE={} tests/run differential", case.number);
    text
}

/// Escaped, a line for a line.
fn shown(bytes: &[u8]) -> String {
    let cut = &bytes[..bytes.len().min(SHOWN)];
    let text = cut.escape_ascii().to_string().replace("\\n", "\\n\n");
    match bytes.len() - cut.len() {
        0 => text,
        more => format!("{text}... and {more} bytes more"),
    }
}
