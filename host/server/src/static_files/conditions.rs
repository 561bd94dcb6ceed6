//! Whether a client has a file already, or asks for another one than there is: RFC 9110, section 13.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime};

use super::folder::Coding;

/// What tells one state of a file from another.
pub(super) struct Validators {
    /// With its quotes; weak where the file may yet change within the same tick of the clock.
    pub(super) etag: String,
    modified: Option<SystemTime>,
}

/// What comes of a request's conditions.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Condition {
    Met,
    NotModified,
    Failed,
}

impl Validators {
    pub(super) fn of(metadata: &Metadata, coding: Option<Coding>, now: SystemTime) -> Validators {
        let modified = metadata.modified().ok();
        // RFC 9110, section 8.8.1: a time is a strong validator only for what has had time to change.
        let is_settled = modified
            .and_then(|modified| now.duration_since(modified).ok())
            .is_some_and(|age| age >= Duration::from_secs(2));
        let weak = if is_settled { "" } else { "W/" };
        let coding = coding.map_or(String::new(), |coding| format!("-{}", coding.name()));
        let time = (i128::from(metadata.mtime()) << 32) | i128::from(metadata.mtime_nsec());
        let etag = format!("{weak}\"{time:x}-{:x}-{:x}{coding}\"", metadata.len(), metadata.ino());
        Validators { etag, modified }
    }

    /// In whole seconds, which is all that HTTP's dates have.
    fn seconds(&self) -> Option<u64> {
        let since = self.modified?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(since.as_secs())
    }

    pub(super) fn last_modified(&self) -> Option<String> {
        let seconds = self.seconds()?;
        Some(httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)))
    }

    fn is_strong(&self) -> bool {
        !self.etag.starts_with("W/")
    }

    fn opaque(&self) -> &str {
        self.etag.trim_start_matches("W/")
    }

    /// Whether the list has it; `strongly` asks for the same bytes.
    fn is_in(&self, list: &str, strongly: bool) -> bool {
        if list.trim() == "*" {
            return true;
        }
        tags(list).any(|(is_weak, tag)| tag == self.opaque() && !(strongly && (is_weak || !self.is_strong())))
    }
}

/// The members of a list of entity tags, each with whether it is weak. Commas may stand inside of one.
fn tags(mut list: &str) -> impl Iterator<Item = (bool, &str)> {
    std::iter::from_fn(move || {
        list = list.trim_start_matches([' ', '\t', ',']);
        let is_weak = list.starts_with("W/");
        let tag = list.strip_prefix("W/").unwrap_or(list);
        let end = tag.strip_prefix('"')?.find('"')? + 2;
        let (tag, rest) = tag.split_at(end);
        list = rest;
        Some((is_weak, tag))
    })
}

fn date(field: &str) -> Option<u64> {
    let time = httpdate::parse_http_date(field.trim()).ok()?;
    Some(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs())
}

/// In the order of section 13.2.2, for GET and HEAD.
pub(super) fn check(validators: &Validators, field: impl Fn(&str) -> Option<String>) -> Condition {
    if let Some(list) = field("If-Match") {
        if !validators.is_in(&list, true) {
            return Condition::Failed;
        }
    } else if let Some(since) = field("If-Unmodified-Since").and_then(|since| date(&since))
        && validators.seconds().is_some_and(|modified| modified > since)
    {
        return Condition::Failed;
    }
    if let Some(list) = field("If-None-Match") {
        return if validators.is_in(&list, false) { Condition::NotModified } else { Condition::Met };
    }
    match field("If-Modified-Since").and_then(|since| date(&since)) {
        Some(since) if validators.seconds().is_some_and(|modified| modified <= since) => {
            Condition::NotModified
        }
        _ => Condition::Met,
    }
}

/// Whether a range of what the client has is a range of what there is.
pub(super) fn takes_range(validators: &Validators, if_range: Option<&str>) -> bool {
    match if_range {
        None => true,
        Some(tag) if tag.contains('"') => validators.is_in(tag, true),
        // A strong comparison: section 13.1.5.
        Some(time) => validators.is_strong() && date(time).is_some() && date(time) == validators.seconds(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validators(etag: &str) -> Validators {
        let modified = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        Validators { etag: etag.into(), modified: Some(modified + Duration::from_millis(700)) }
    }

    fn checked(etag: &str, fields: &[(&str, &str)]) -> Condition {
        check(&validators(etag), |name| {
            fields.iter().find(|(other, _)| *other == name).map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn conditions_of_rfc_9110() {
        use Condition::{Failed, Met, NotModified};
        let (then, before, after) = (
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:36 GMT",
            "Mon, 07 Nov 1994 08:49:37 GMT",
        );
        for (fields, expected) in [
            (&[][..], Met),
            (&[("If-None-Match", "\"a\"")], NotModified),
            (&[("If-None-Match", "W/\"a\"")], NotModified),
            (&[("If-None-Match", "\"b\", \"a,c\" , \"a\"")], NotModified),
            (&[("If-None-Match", "*")], NotModified),
            (&[("If-None-Match", "\"b\"")], Met),
            (&[("If-None-Match", "a")], Met),
            (&[("If-None-Match", "\"b\""), ("If-Modified-Since", after)], Met),
            (&[("If-Modified-Since", then)], NotModified),
            (&[("If-Modified-Since", after)], NotModified),
            (&[("If-Modified-Since", before)], Met),
            (&[("If-Modified-Since", "nonsense")], Met),
            (&[("If-Match", "\"a\"")], Met),
            (&[("If-Match", "W/\"a\"")], Failed),
            (&[("If-Match", "\"b\"")], Failed),
            (&[("If-Match", "*"), ("If-Unmodified-Since", before)], Met),
            (&[("If-Unmodified-Since", before)], Failed),
            (&[("If-Unmodified-Since", then)], Met),
        ] {
            assert_eq!(checked("\"a\"", fields), expected, "{fields:?}");
        }
        assert_eq!(checked("W/\"a\"", &[("If-Match", "\"a\"")]), Failed);
    }

    #[test]
    fn a_range_is_given_of_the_same_bytes_only() {
        let then = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (etag, if_range, expected) in [
            ("\"a\"", None, true),
            ("\"a\"", Some("\"a\""), true),
            ("\"a\"", Some("W/\"a\""), false),
            ("\"a\"", Some("\"b\""), false),
            ("W/\"a\"", Some("\"a\""), false),
            ("\"a\"", Some(then), true),
            ("W/\"a\"", Some(then), false),
            ("\"a\"", Some("Mon, 07 Nov 1994 08:49:37 GMT"), false),
            ("\"a\"", Some("nonsense"), false),
        ] {
            assert_eq!(takes_range(&validators(etag), if_range), expected, "{etag} {if_range:?}");
        }
    }

    #[test]
    fn what_was_just_written_has_a_weak_tag_and_each_coding_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "x").unwrap();
        let metadata = std::fs::metadata(path).unwrap();
        let now = SystemTime::now();
        assert!(Validators::of(&metadata, None, now).etag.starts_with("W/\""));
        let later = now + Duration::from_secs(3);
        let (plain, coded) =
            (Validators::of(&metadata, None, later), Validators::of(&metadata, Some(Coding::Gzip), later));
        assert!(plain.etag.starts_with('"') && plain.etag != coded.etag, "{} {}", plain.etag, coded.etag);
    }
}
