//! Parts of a file: RFC 9110, section 14.

use std::hash::{BuildHasher, RandomState};
use std::ops::RangeInclusive;

use http_range_header::SyntacticallyCorrectRange;

/// Ranges that are answered in one request; who wants more gets the whole.
const MAX_RANGES: usize = 16;

/// What a request selects.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Selected {
    /// Everything: no range, or one that says nothing.
    Whole,
    One(RangeInclusive<u64>),
    Several(Vec<RangeInclusive<u64>>),
    /// Nothing that is there.
    None,
}

pub(super) fn select(field: Option<&str>, size: u64) -> Selected {
    // Section 14.2: what is not understood is ignored, and so are other units than bytes.
    let Some(parsed) = field.and_then(|field| http_range_header::parse_range_header(field.trim()).ok())
    else {
        return Selected::Whole;
    };
    if parsed.len() > MAX_RANGES {
        return Selected::Whole;
    }
    let ranges: Vec<_> = parsed.into_ranges().into_iter().filter_map(|range| within(range, size)).collect();
    match &ranges[..] {
        [] => Selected::None,
        [range] => Selected::One(range.clone()),
        // Who asks for the same bytes again and again wants to have us work (section 14.2): the whole costs less.
        _ if ranges.iter().map(|range| range.end() - range.start() + 1).sum::<u64>() > size => {
            Selected::Whole
        }
        _ => Selected::Several(ranges),
    }
}

/// The part of a range that is there.
fn within(range: SyntacticallyCorrectRange, size: u64) -> Option<RangeInclusive<u64>> {
    let last = size.checked_sub(1)?;
    let (start, end) = match range {
        SyntacticallyCorrectRange::FromLast(0) => return None,
        SyntacticallyCorrectRange::FromLast(count) => (size.saturating_sub(count), last),
        SyntacticallyCorrectRange::Indexed(start, end) => (start, end.min(last)),
        SyntacticallyCorrectRange::FromStart(start) => (start, last),
    };
    (start <= end).then_some(start..=end)
}

pub(super) fn content_range(range: &RangeInclusive<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", range.start(), range.end())
}

/// An answer of several parts: `multipart/byteranges`.
pub(super) struct Parts {
    boundary: String,
    parts: Vec<(String, RangeInclusive<u64>)>,
}

impl Parts {
    pub(super) fn new(ranges: &[RangeInclusive<u64>], media_type: &str, size: u64) -> Parts {
        // No file can know it.
        let boundary = format!("doverb-{:016x}", RandomState::new().hash_one(size));
        let part = |(number, range): (usize, &RangeInclusive<u64>)| {
            let before = if number == 0 { "" } else { "\r\n" };
            let content_range = content_range(range, size);
            let head = format!(
                "{before}--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {content_range}\r\n\r\n"
            );
            (head, range.clone())
        };
        let parts = ranges.iter().enumerate().map(part).collect();
        Parts { boundary, parts }
    }

    pub(super) fn content_type(&self) -> String {
        format!("multipart/byteranges; boundary={}", self.boundary)
    }

    pub(super) fn end(&self) -> String {
        format!("\r\n--{}--\r\n", self.boundary)
    }

    pub(super) fn length(&self) -> u64 {
        let part = |(head, range): &(String, RangeInclusive<u64>)| {
            head.len() as u64 + range.end() - range.start() + 1
        };
        self.parts.iter().map(part).sum::<u64>() + self.end().len() as u64
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(String, RangeInclusive<u64>)> {
        self.parts.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_rfc_9110() {
        use Selected::{None as Nothing, One, Several, Whole};
        for (field, expected) in [
            ("bytes=0-499", One(0..=499)),
            ("bytes=500-", One(500..=999)),
            ("bytes=-500", One(500..=999)),
            ("bytes=-5000", One(0..=999)),
            ("bytes=999-5000", One(999..=999)),
            ("bytes=0-0,-1", Several(vec![0..=0, 999..=999])),
            ("bytes=0-0,5000-", One(0..=0)),
            ("bytes=1000-", Nothing),
            ("bytes=-0", Nothing),
            ("bytes=5-2", Whole),
            ("bytes=0-,0-,0-", Whole),
            ("lines=1-2", Whole),
            ("bytes=", Whole),
            ("bytes=a-b", Whole),
            ("bytes=99999999999999999999999-", Nothing),
        ] {
            assert_eq!(select(Some(field), 1000), expected, "{field}");
        }
        assert_eq!(select(None, 1000), Whole);
        assert_eq!(select(Some("bytes=0-"), 0), Nothing);
        let many =
            format!("bytes={}", (0..17).map(|n| format!("{0}-{0}", 2 * n)).collect::<Vec<_>>().join(","));
        assert_eq!(select(Some(&many), 1000), Whole);
    }

    #[test]
    fn the_length_of_parts_is_what_is_sent() {
        let parts = Parts::new(&[0..=3, 10..=19], "text/plain", 100);
        let sent: usize = parts.iter().map(|(head, range)| head.len() + range.clone().count()).sum();
        assert_eq!(parts.length(), (sent + parts.end().len()) as u64);
    }
}
