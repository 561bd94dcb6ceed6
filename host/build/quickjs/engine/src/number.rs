//! Numbers and their texts, in the engine's place: it tries one precision after the other.

use std::fmt::Write;

/// Room for the longest text, `-1.2345678901234567e-308` or `-0.0000012345678901234567`, and for what [`write!`] makes of it.
const ROOM: usize = 32;
/// Numbers of more digits behind the point are no price, no coordinate and no measure: trying for them costs more than it saves.
const MOST_PLACES: usize = 7;

/// The number that a text of JSON's is.
///
/// # Safety
///
/// `text` must have `length` bytes, in ASCII.
#[unsafe(no_mangle)]
unsafe extern "C" fn doverb_number(text: *const u8, length: usize) -> f64 {
    // SAFETY: the caller's duty is the same.
    let text = unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(text, length)) };
    text.parse().unwrap_or(f64::NAN)
}

/// Writes a number as `Number.prototype.toString` has it, and gives the length.
///
/// # Safety
///
/// `text` must have room for 32 bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn doverb_number_text(number: f64, text: *mut u8) -> usize {
    let (written, length) = text_of(number);
    // SAFETY: the caller has as much room.
    unsafe { std::ptr::copy_nonoverlapping(written.as_ptr(), text, ROOM) };
    length
}

/// A text that is made a part at a time.
#[derive(Default)]
struct Text {
    bytes: [u8; ROOM],
    length: usize,
}

impl Text {
    fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// A whole number of at least so many digits.
    fn put_whole(&mut self, mut number: u64, least: usize) {
        let mut digits = [b'0'; 20];
        let mut at = digits.len();
        while number > 0 || digits.len() - at < least {
            at -= 1;
            digits[at] = b'0' + (number % 10) as u8;
            number /= 10;
        }
        self.put(&digits[at..]);
    }

    fn put_zeros(&mut self, count: usize) {
        self.put(&[b'0'; ROOM][..count]);
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.put(text.as_bytes());
        Ok(())
    }
}

/// The shortest text that means this number and no other, by the rules of ECMAScript's `Number::toString`.
pub(crate) fn text_of(number: f64) -> ([u8; ROOM], usize) {
    let mut text = Text::default();
    if number.is_nan() {
        text.put(b"NaN");
    } else if number == 0.0 {
        text.put(b"0");
    } else {
        if number < 0.0 {
            text.put(b"-");
        }
        if number.is_infinite() {
            text.put(b"Infinity");
        } else {
            put_finite(&mut text, number.abs());
        }
    }
    (text.bytes, text.length)
}

/// Writes a number that has few digits behind the point, if it is one. A text of at most fifteen digits that means a number is the
/// only one of that many digits, so that the first that is found is the shortest.
fn put_simple(text: &mut Text, number: f64) -> bool {
    if !(1e-3..1e15).contains(&number) {
        return false;
    }
    let mut power = 1_u64;
    for places in 0..=MOST_PLACES {
        let whole = (number * power as f64).round();
        if whole >= 1e15 {
            return false;
        }
        // Both are whole numbers that a double has exactly, so that their quotient is the number nearest to what they mean.
        if whole / power as f64 == number {
            let whole = whole as u64;
            text.put_whole(whole / power, 1);
            if places > 0 {
                text.put(b".");
                text.put_whole(whole % power, places);
            }
            return true;
        }
        power *= 10;
    }
    false
}

fn put_finite(text: &mut Text, number: f64) {
    if put_simple(text, number) {
        return;
    }
    let (digits, count, point) = digits_of(number);
    let digits = &digits[..count];
    match point {
        1..=21 if point as usize >= count => {
            text.put(digits);
            text.put_zeros(point as usize - count);
        }
        1..=21 => {
            text.put(&digits[..point as usize]);
            text.put(b".");
            text.put(&digits[point as usize..]);
        }
        -5..=0 => {
            text.put(b"0.");
            text.put_zeros(-point as usize);
            text.put(digits);
        }
        _ => {
            text.put(&digits[..1]);
            if count > 1 {
                text.put(b".");
                text.put(&digits[1..]);
            }
            let written = write!(text, "e{:+}", point - 1);
            debug_assert!(written.is_ok(), "there is room");
        }
    }
}

/// The shortest digits of a positive number, how many they are, and how many of them stand before the point.
fn digits_of(number: f64) -> ([u8; ROOM], usize, i32) {
    let mut text = Text::default();
    let written = write!(text, "{number:e}");
    debug_assert!(written.is_ok(), "there is room");
    let mut digits = [0; ROOM];
    let (mut count, mut exponent, mut is_negative, mut is_behind) = (0, 0, false, false);
    for &byte in &text.bytes[..text.length] {
        match byte {
            b'e' => is_behind = true,
            b'-' => is_negative = true,
            b'.' => {}
            _ if is_behind => exponent = exponent * 10 + i32::from(byte - b'0'),
            _ => {
                digits[count] = byte;
                count += 1;
            }
        }
    }
    (digits, count, if is_negative { 1 - exponent } else { 1 + exponent })
}
