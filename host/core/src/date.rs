//! The two ways in which a server writes the time: IMF-fixdate for fields (RFC 9110 section
//! 5.6.7) and local time for the log. What is asked for with every request is formatted once a
//! second and thread.

use std::cell::Cell;
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use httpdate::HttpDate;
use jiff::Timestamp;
use jiff::fmt::StdIoWrite;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

/// 9999-12-31T23:59:59, the last second that an HTTP date can name; `httpdate` panics beyond it.
const LAST_SECOND: u64 = 253_402_300_799;
/// Stands for "nothing formatted yet": no clock reads it, as readings end at [`LAST_SECOND`].
const NEVER: u64 = u64::MAX;

type HttpStamp = [u8; 29];
type LogStamp = [u8; 20];

thread_local! {
    static HTTP: Cache<29> = const { Cache::new() };
    static LOG: Cache<20> = const { Cache::new() };
}

/// Appends the time now as HTTP has it: `Sun, 06 Nov 1994 08:49:37 GMT`, always 29 bytes.
pub(crate) fn append_http_now(out: &mut Vec<u8>) {
    let stamp = HTTP.with(|cache| cache.get(now(), http_stamp));
    out.extend_from_slice(&stamp);
}

/// The time now as [`append_http_now`] writes it.
pub(crate) fn http_now() -> String {
    text(append_http_now)
}

/// A time as HTTP has it, in seconds since 1970; none beyond the year 9999.
pub(crate) fn http_date(seconds: u64) -> Option<String> {
    (seconds <= LAST_SECOND).then(|| text(|out| out.extend_from_slice(&http_stamp(seconds))))
}

/// Appends the time now as log lines have it: `06/Nov/1994 08:49:37`, local time, English month
/// names whatever the locale, always 20 bytes.
pub(crate) fn append_log_now(out: &mut Vec<u8>) {
    let stamp = LOG.with(|cache| cache.get(now(), |second| log_stamp(second, TimeZone::system())));
    out.extend_from_slice(&stamp);
}

/// The time now as [`append_log_now`] writes it.
pub(crate) fn log_now() -> String {
    text(append_log_now)
}

/// Seconds since 1970. A clock that is set before or beyond what can be written is taken as the
/// nearest second that can.
fn now() -> u64 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    seconds.min(LAST_SECOND)
}

/// `second` is at most [`LAST_SECOND`].
fn http_stamp(second: u64) -> HttpStamp {
    let mut stamp = *b"Thu, 01 Jan 1970 00:00:00 GMT";
    let date = HttpDate::from(UNIX_EPOCH + Duration::from_secs(second));
    write!(&mut stamp[..], "{date}").expect("an IMF-fixdate has 29 bytes");
    stamp
}

/// `second` is at most [`LAST_SECOND`]; the day and a bit at the end of the year 9999 in which a
/// local time could be in the year 10000 stand still.
fn log_stamp(second: u64, zone: TimeZone) -> LogStamp {
    let time = i64::try_from(second).ok().and_then(|second| Timestamp::from_second(second).ok());
    let local = time.unwrap_or(Timestamp::MAX).to_zoned(zone);
    let mut stamp = *b"01/Jan/1970 00:00:00";
    BrokenDownTime::from(&local)
        .format("%d/%b/%Y %H:%M:%S", StdIoWrite(&mut stamp[..]))
        .expect("a log date has 20 bytes");
    stamp
}

fn text(append: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::with_capacity(size_of::<HttpStamp>());
    append(&mut out);
    String::from_utf8(out).expect("dates are ASCII")
}

/// The last stamp that was formatted, and its second.
struct Cache<const N: usize> {
    second: Cell<u64>,
    stamp: Cell<[u8; N]>,
}

impl<const N: usize> Cache<N> {
    const fn new() -> Self {
        Cache { second: Cell::new(NEVER), stamp: Cell::new([0; N]) }
    }

    fn get(&self, second: u64, format: impl FnOnce(u64) -> [u8; N]) -> [u8; N] {
        if self.second.get() != second {
            self.stamp.set(format(second));
            self.second.set(second);
        }
        self.stamp.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> u64 {
        let time = httpdate::parse_http_date(text).expect("an HTTP date");
        time.duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
    }

    fn log_date(second: u64, zone: TimeZone) -> String {
        String::from_utf8(log_stamp(second, zone).to_vec()).unwrap()
    }

    #[test]
    fn http_dates_are_imf_fixdates_up_to_the_year_9999() {
        assert_eq!(http_date(784_111_777).unwrap(), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(0).unwrap(), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(951_782_400).unwrap(), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(http_date(LAST_SECOND).unwrap(), "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(http_date(LAST_SECOND + 1), None);
        assert_eq!(http_date(u64::MAX), None);
    }

    #[test]
    fn now_lies_between_two_readings_of_the_clock() {
        let before = now();
        let read = seconds(&http_now());
        assert!((before..=now()).contains(&read));

        let mut out = b"Date: ".to_vec();
        append_http_now(&mut out);
        assert_eq!(out.len(), 6 + 29);
        assert!(out.starts_with(b"Date: ") && out.ends_with(b" GMT"));
    }

    #[test]
    fn log_dates_follow_the_zone_and_its_summer_time() {
        assert_eq!(log_date(784_111_777, TimeZone::UTC), "06/Nov/1994 08:49:37");
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(log_date(784_111_777, berlin.clone()), "06/Nov/1994 09:49:37");
        assert_eq!(log_date(1_782_864_000, berlin), "01/Jul/2026 02:00:00");
    }

    #[test]
    fn log_dates_never_leave_the_year_9999() {
        let east = TimeZone::fixed(jiff::tz::offset(25));
        let west = TimeZone::fixed(jiff::tz::offset(-25));
        assert!(log_date(LAST_SECOND, east).contains("/Dec/9999 "));
        assert!(log_date(LAST_SECOND, west).contains("/Dec/9999 "));
    }

    #[test]
    fn the_log_date_of_now_is_the_local_one() {
        let local = |second| log_date(second, TimeZone::system());
        let before = now();
        let read = log_now();
        assert!((before..=now()).any(|second| local(second) == read), "{read}");
    }

    #[test]
    fn a_second_is_formatted_once() {
        let cache = Cache::<1>::new();
        let mut formatted = 0;
        for second in [0, 0, 7, 7, 7, 6] {
            let stamp = cache.get(second, |second| {
                formatted += 1;
                [u8::try_from(second).unwrap()]
            });
            assert_eq!(u64::from(stamp[0]), second);
        }
        assert_eq!(formatted, 3);
    }
}
