//! Values of arguments: sizes, times, grants. Each error says what form is expected.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::ops::RangeInclusive;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use bytesize::ByteSize;
use doverb::handler::DirGrant;

/// Longer than any use, short enough to be added to the present time.
const MAX_TIME: Duration = Duration::from_secs(366 * 24 * 3600);

/// A number of bytes: `64M` is 64 million, `64MiB` is 64 times 1,048,576.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size(pub(super) u64);

impl Size {
    /// Any size, 0 included.
    pub(super) fn parse(text: &str) -> Result<Size, String> {
        let expected = || "expected a number of bytes, such as 65536, 64M or 1GiB".to_owned();
        let size: ByteSize = text.trim().parse().map_err(|_| expected())?;
        Ok(Size(size.as_u64()))
    }

    /// The memory of an instance: at least one page, at most what 32 bits address.
    pub(super) fn parse_memory(text: &str) -> Result<Size, String> {
        let size = Size::parse(text)?;
        if (64 << 10..=4 << 30).contains(&size.0) {
            Ok(size)
        } else {
            Err("expected a size from 64KiB to 4GiB".into())
        }
    }

    /// The address space of a whole process, of which the allocator reserves 1 GiB before it is used.
    pub(super) fn parse_process(text: &str) -> Result<Size, String> {
        let size = Size::parse(text)?;
        if size.0 >= 2 << 30 { Ok(size) } else { Err("expected a size of at least 2GiB".into()) }
    }
}

/// In the largest unit that needs no fraction, so that it reads back as the same number.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
        match units.iter().find(|(shift, _)| self.0 != 0 && self.0.trailing_zeros() >= *shift) {
            Some((shift, unit)) => write!(f, "{}{unit}", self.0 >> shift),
            None => write!(f, "{}", self.0),
        }
    }
}

/// A time: `5s`, `100ms`, `2m`, or seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time(pub(super) Duration);

impl Time {
    /// Any time, 0 included.
    pub(super) fn parse(text: &str) -> Result<Time, String> {
        let expected = || "expected a time, such as 5s, 100ms, 2m, or a number of seconds".to_owned();
        let text = text.trim();
        let time = match text.parse::<f64>() {
            Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|_| expected())?,
            Err(_) => humantime::parse_duration(text).map_err(|_| expected())?,
        };
        if time > MAX_TIME { Err("expected a time of at most 366 days".into()) } else { Ok(Time(time)) }
    }

    /// A time in which something can happen.
    pub(super) fn parse_positive(text: &str) -> Result<Time, String> {
        let time = Time::parse(text)?;
        if time.0 < Duration::from_millis(1) {
            Err("expected a time of at least 1ms".into())
        } else {
            Ok(time)
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&humantime::format_duration(self.0), f)
    }
}

/// What to listen at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bind {
    /// An address or host name.
    Host(String),
    /// The path of a unix socket.
    Unix(PathBuf),
}

/// A point in time: as RFC 3339 writes it, or in seconds since 1970.
pub(super) fn parse_time_of_day(text: &str) -> Result<SystemTime, String> {
    let expected = || "expected a time, such as 2026-01-31T12:00:00Z, or seconds since 1970".to_owned();
    let text = text.trim();
    match text.parse::<u32>() {
        Ok(seconds) => Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.into())),
        Err(_) => humantime::parse_rfc3339_weak(text).map_err(|_| expected()),
    }
}

/// A whole number in a range.
pub(super) fn number<N>(range: RangeInclusive<N>) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync
where
    N: FromStr + PartialOrd + fmt::Display + Clone + Send + Sync,
{
    move |text| {
        let number = text.trim().parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("expected a whole number from {} to {}", range.start(), range.end()))
    }
}

/// A port, 0 for any that is free.
pub(super) fn parse_port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "expected a port from 0 to 65535".to_owned())
}

/// An address, a host name, or `unix:PATH`.
pub(super) fn parse_bind(text: &str) -> Result<Bind, String> {
    match text.strip_prefix("unix:") {
        Some("") => Err("expected unix:PATH, such as unix:/run/site.sock".into()),
        Some(path) => Ok(Bind::Unix(path.into())),
        None => {
            let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            Ok(Bind::Host(inner.unwrap_or(text).to_owned()))
        }
    }
}

/// `HOST::GUEST` or `HOST::GUEST:ro`.
pub(super) fn parse_dir(text: OsString) -> Result<DirGrant, String> {
    let expected = || "expected HOST::GUEST or HOST::GUEST:ro, such as /srv/data::/data:ro".to_owned();
    let text = text.into_vec();
    let split = text.windows(2).position(|pair| pair == b"::").ok_or_else(expected)?;
    let (host, guest) = (&text[..split], &text[split + 2..]);
    let (guest, read_only) = match guest.strip_suffix(b":ro") {
        Some(guest) => (guest, true),
        None => (guest, false),
    };
    let guest = std::str::from_utf8(guest).map_err(|_| "expected GUEST in UTF-8".to_owned())?;
    if host.is_empty() || guest.is_empty() || guest.contains(':') || guest.contains('\0') {
        return Err(expected());
    }
    let host = PathBuf::from(OsStr::from_bytes(host));
    if !host.is_dir() {
        return Err(format!("there is no folder {}", host.display()));
    }
    Ok(DirGrant { host, guest: guest.to_owned(), read_only })
}

/// `KEY=VALUE`.
pub(super) fn parse_env(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE, such as LANG=en".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::{Bind, Size, Time, parse_bind, parse_dir, parse_env};

    #[test]
    fn sizes_are_bytes_or_have_a_unit() {
        for (text, bytes) in [
            ("65536", 65_536),
            ("64M", 64_000_000),
            ("64MiB", 64 << 20),
            ("1GiB", 1 << 30),
            ("1.5 KiB", 1536),
            ("0", 0),
        ] {
            assert_eq!(Size::parse(text), Ok(Size(bytes)), "{text}");
        }
        for text in ["", "M", "-1", "64 apples", "1x", "NaN"] {
            assert!(Size::parse(text).unwrap_err().contains("64M"), "{text}");
        }
    }

    #[test]
    fn memory_has_bounds() {
        assert_eq!(Size::parse_memory("4GiB"), Ok(Size(4 << 30)));
        for text in ["0", "1k", "5GiB"] {
            assert!(Size::parse_memory(text).is_err(), "{text}");
        }
        assert!(Size::parse_process("1M").is_err());
    }

    #[test]
    fn sizes_and_times_read_back_as_they_are_shown() {
        for bytes in [0, 1, 1000, 1536, 65_536, 128 << 20, (1 << 30) + 1, 1 << 30] {
            assert_eq!(Size::parse(&Size(bytes).to_string()), Ok(Size(bytes)));
        }
        assert_eq!(Size(128 << 20).to_string(), "128MiB");
        for milliseconds in [0, 1, 100, 5_000, 90_000, 300_000] {
            let time = Time(Duration::from_millis(milliseconds));
            assert_eq!(Time::parse(&time.to_string()), Ok(time));
        }
    }

    #[test]
    fn times_are_seconds_or_have_a_unit() {
        for (text, milliseconds) in
            [("5s", 5_000), ("100ms", 100), ("2m", 120_000), ("30", 30_000), ("0.5", 500), ("1m 30s", 90_000)]
        {
            assert_eq!(Time::parse(text), Ok(Time(Duration::from_millis(milliseconds))), "{text}");
        }
        for text in ["", "-1", "soon", "5 apples", "inf", "NaN", "1e300", "400days"] {
            assert!(Time::parse(text).is_err(), "{text}");
        }
        assert!(Time::parse_positive("0").is_err());
        assert!(Time::parse_positive("1us").is_err());
        assert!(Time::parse_positive("1ms").is_ok());
    }

    #[test]
    fn a_grant_has_two_ends() {
        let grant = parse_dir("/::/data:ro".into()).unwrap();
        assert_eq!((grant.host, grant.guest.as_str(), grant.read_only), (PathBuf::from("/"), "/data", true));
        let grant = parse_dir("/tmp::data".into()).unwrap();
        assert_eq!((grant.guest.as_str(), grant.read_only), ("data", false));
        for text in ["", "/tmp", "/tmp:/data", "::/data", "/tmp::", "/tmp:::ro", "/tmp::/data:rx"] {
            assert!(parse_dir(text.into()).unwrap_err().contains("HOST::GUEST"), "{text}");
        }
        assert!(parse_dir("/nonexistent::/data".into()).unwrap_err().contains("/nonexistent"));
    }

    #[test]
    fn brackets_are_no_part_of_an_address() {
        assert_eq!(parse_bind("[::1]"), Ok(Bind::Host("::1".into())));
        assert_eq!(parse_bind("::"), Ok(Bind::Host("::".into())));
        assert_eq!(parse_bind("unix:a/b"), Ok(Bind::Unix("a/b".into())));
        assert!(parse_bind("unix:").unwrap_err().contains("unix:PATH"));
    }

    #[test]
    fn a_variable_has_a_name_and_may_be_empty() {
        assert_eq!(parse_env("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert_eq!(parse_env("A="), Ok(("A".into(), String::new())));
        assert!(parse_env("A").is_err());
        assert!(parse_env("=b").is_err());
    }
}
