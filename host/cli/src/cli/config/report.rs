//! What is wrong with a doverb.toml, shown with its line.

use std::io::{self, IsTerminal};
use std::ops::Range;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use doverb::log::told;

/// Bytes that are shown of a fault, of what stands there, and of a file around it.
const MAX_SHOWN: usize = 16 * 1024;
const MAX_TEXT: usize = 2 * 1024;
/// Lines of the file before and behind a fault among which it is shown.
const AROUND: usize = 4;
/// How alike a key and the one that was meant are at least.
const ALIKE: f64 = 0.8;
/// What is called otherwise elsewhere, with our word.
const ELSEWHERE: [(&str, &str); 14] = [
    ("address", "listen"),
    ("bind", "listen"),
    ("host", "listen"),
    ("port", "listen"),
    ("prefix", "path"),
    ("route", "path"),
    ("url", "path"),
    ("component", "handler"),
    ("file", "handler"),
    ("wasm", "handler"),
    ("environment", "env"),
    ("memory", "max-memory"),
    ("timeout", "request-timeout"),
    ("handlers", "mount"),
];

/// Why a doverb.toml can't be used.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum ConfigError {
    /// It can't be read.
    #[error("{}: {}", path.display(), unreadable(source))]
    Read { path: PathBuf, source: io::Error },
    /// Something in it is wrong: several lines that show it.
    #[error("{0}")]
    Wrong(String),
}

impl ConfigError {
    /// Whether it may be gone later though the file stays as it is.
    pub(in super::super) fn may_pass(&self) -> bool {
        use io::ErrorKind::{InvalidData, NotFound};
        matches!(self, ConfigError::Read { source, .. } if !matches!(source.kind(), NotFound | InvalidData))
    }
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::InvalidData => "it is no text in UTF-8".into(),
        _ => error.to_string(),
    }
}

/// Something wrong at one place, or at two that don't go together.
#[derive(Debug)]
pub(super) struct Fault {
    text: String,
    /// Places in the file, in bytes, each with what is said of it.
    places: Vec<(Range<usize>, String)>,
    /// Whether what stands there must not be shown.
    is_secret: bool,
}

impl Fault {
    pub(super) fn at(place: Range<usize>, text: impl Into<String>, label: impl Into<String>) -> Fault {
        Fault { text: text.into(), places: vec![(place, label.into())], is_secret: false }
    }

    pub(super) fn and(mut self, place: Range<usize>, label: &str) -> Fault {
        self.places.push((place, label.to_owned()));
        self
    }

    /// The same without the lines of the file: what stands in them may be a secret.
    pub(super) fn without_lines(mut self) -> Fault {
        self.is_secret = true;
        self
    }

    pub(super) fn of_toml(error: &toml::de::Error) -> Fault {
        let message = error.message();
        let label = match (meant(message), unknown(message)) {
            (Some(name), _) => format!("did you mean `{name}`?"),
            (None, Some((_, known))) if !known.is_empty() => format!("there are {}", known.join(", ")),
            (None, _) => String::new(),
        };
        let text = match unknown(message) {
            Some((name, _)) => format!("unknown key `{name}`"),
            None => {
                message.lines().collect::<Vec<_>>().join(": ").replacen("missing field", "missing key", 1)
            }
        };
        Fault::at(error.span().unwrap_or(0..0), text, label)
    }

    pub(super) fn render(&self, path: &Path, text: &str) -> String {
        let path = path.display().to_string();
        if self.is_secret {
            let place = self.places.first().map_or(0, |(place, _)| place.start.min(text.len()));
            let line = text[..text.floor_char_boundary(place)].lines().count().max(1);
            return cut(&told(&format!("error: {path}:{line}: {}", self.text)), MAX_SHOWN).to_owned();
        }
        let mut shown: Vec<Snippet<'_, _>> = Vec::new();
        for part in self.parts(text) {
            let mut snippet = Snippet::source(&text[part.clone()]).path(path.as_str());
            snippet = snippet.line_start(text[..part.start].matches('\n').count() + 1);
            for (number, (place, label)) in self.places.iter().enumerate() {
                if !(part.start..=part.end).contains(&place.start.min(text.len())) {
                    continue;
                }
                let kind = if number == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                let within =
                    |place: usize| text.floor_char_boundary(place.clamp(part.start, part.end)) - part.start;
                let (start, end) = (within(place.start), within(place.end));
                let annotation = kind.span(start.min(end)..end).label(cut(label, MAX_TEXT));
                snippet = snippet.annotation(annotation);
            }
            shown.push(snippet);
        }
        let report = [Level::ERROR.primary_title(cut(&self.text, MAX_TEXT)).elements(shown)];
        let is_colored =
            io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let renderer = if is_colored { Renderer::styled() } else { Renderer::plain() };
        // It leaves some control characters as they are.
        cut(&told(&renderer.render(&report)), MAX_SHOWN).to_owned()
    }

    /// What of the file is shown, the first place's part first: one part where the places are near each other.
    fn parts(&self, text: &str) -> Vec<Range<usize>> {
        let parts = self.places.iter().map(|(place, _)| around(text, place.start));
        let all = parts.clone().reduce(|one, other| one.start.min(other.start)..one.end.max(other.end));
        match all {
            Some(all) if all.len() <= MAX_SHOWN => vec![all],
            _ => parts.collect(),
        }
    }
}

/// The lines around a place of a text: to show a place nobody need look through all of it, of which there may be much.
fn around(text: &str, place: usize) -> Range<usize> {
    let place = text.floor_char_boundary(place.min(text.len()));
    let (before, behind) = text.split_at(place);
    let start = before.rmatch_indices('\n').nth(AROUND).map_or(0, |(end, _)| end + 1);
    let end = behind.match_indices('\n').nth(AROUND).map_or(text.len(), |(end, _)| place + end);
    // A line may be long.
    let start = text.ceil_char_boundary(start.max(place.saturating_sub(MAX_SHOWN / 2)));
    let end = text.floor_char_boundary(end.min(place + MAX_SHOWN / 2));
    start..end.max(start)
}

/// The beginning of a text.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The key that is not known, and those that are, out of serde's words.
fn unknown(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest =
        message.strip_prefix("unknown field `").or_else(|| message.strip_prefix("unknown variant `"))?;
    let (name, rest) = rest.split_once('`')?;
    Some((name, rest.split('`').skip(1).step_by(2).collect()))
}

fn meant(message: &str) -> Option<&str> {
    let (name, known) = unknown(message)?;
    // As they are written elsewhere: with underscores, in capitals.
    let name = name.replace('_', "-").to_lowercase();
    let elsewhere = ELSEWHERE.iter().find(|(other, ours)| *other == name && known.contains(ours));
    if let Some((_, ours)) = elsewhere {
        return Some(ours);
    }
    let likeness = |other: &&str| strsim::jaro_winkler(&name, other);
    let best = known.into_iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)))?;
    (likeness(&best) >= ALIKE).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_nearly_right_is_told_of_the_right_one() {
        let known = "expected one of `max-memory`, `cpu-time`, `isolation`";
        for (wrong, right) in
            [("max_memory", Some("max-memory")), ("cputime", Some("cpu-time")), ("colour", None)]
        {
            assert_eq!(meant(&format!("unknown field `{wrong}`, {known}")), right, "{wrong}");
        }
        assert_eq!(meant("unknown field `Bind`, expected one of `status`, `listen`"), Some("listen"));
        assert_eq!(meant("unknown field `bind`, expected `status`"), None);
        assert_eq!(meant("invalid type"), None);
    }

    #[test]
    fn control_characters_beyond_ascii_are_shown_escaped() {
        let text = "\"a\u{9b}2J\" = 1\n";
        let fault = || Fault::at(0..text.len() - 1, "unknown key `a\u{9b}2J`", "\u{87}");
        let shown = fault().render(Path::new("doverb.toml"), text);
        assert!(shown.contains("a\\x9b2J") && !shown.contains(['\u{9b}', '\u{87}']), "{shown:?}");
        let hidden = fault().without_lines().render(Path::new("doverb.toml"), text);
        assert!(hidden.contains("a\\x9b2J") && !hidden.contains('\u{9b}'), "{hidden:?}");
    }

    #[test]
    fn of_a_long_file_what_is_around_a_fault_is_shown() {
        let text = "\n".repeat(100_000) + "bogus = 1\n" + &"\n".repeat(100_000) + "other = 1\n";
        let place = 100_000..100_005;
        assert_eq!(around(&text, place.start), 99_996..100_013);
        let far = text.rfind("other").expect("it is there");
        let fault = Fault::at(place, "unknown key", "here").and(far..far + 5, "and here");
        let shown = fault.render(Path::new("doverb.toml"), &text);
        for part in ["doverb.toml:100001:1", "bogus = 1", "200002", "other = 1", "and here"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let long = "x".repeat(1 << 20);
        let shown = Fault::at(1000..2000, "too long", "").render(Path::new("doverb.toml"), &long);
        assert!(shown.len() <= MAX_SHOWN, "{}", shown.len());
    }

    #[test]
    fn both_places_of_a_conflict_are_shown() {
        let text = "a = 1\nb = 2\n";
        let shown = Fault::at(6..7, "two of them", "and here")
            .and(0..1, "it is here")
            .render(Path::new("x.toml"), text);
        assert!(shown.contains("error: two of them") && shown.contains("x.toml:2:1"), "{shown}");
        assert!(shown.contains("and here") && shown.contains("it is here"), "{shown}");
    }
}
