//! Numbers and their texts, in the engine's place: it tries one precision after the other.

/// Room for the longest text, `-1.2345678901234567e-308` or `-0.0000012345678901234567`.
const ROOM: usize = 32;

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
    /// A few at a time: a call of the host's function that copies costs more than all of a number.
    fn put(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.put_exactly(word));
        let (pairs, rest) = rest.as_chunks::<2>();
        pairs.iter().for_each(|pair| self.put_exactly(pair));
        rest.iter().for_each(|byte| self.put_exactly(&[*byte]));
    }

    fn put_exactly<const COUNT: usize>(&mut self, bytes: &[u8; COUNT]) {
        self.bytes[self.length..self.length + COUNT].copy_from_slice(bytes);
        self.length += COUNT;
    }

    fn put_whole(&mut self, mut number: u64) {
        let mut digits = [b'0'; 20];
        let mut at = digits.len();
        while number > 0 {
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

/// Writes a positive number. Its digits are zmij's, which writes those of middling size as ECMAScript does.
fn put_finite(text: &mut Text, number: f64) {
    let whole = number as u64;
    if whole < 1 << 53 && whole as f64 == number {
        text.put_whole(whole);
        return;
    }
    let mut buffer = zmij::Buffer::new();
    let shortest = buffer.format_finite(number);
    match shortest.split_once('e') {
        None => text.put(shortest.strip_suffix(".0").unwrap_or(shortest).as_bytes()),
        Some((digits, exponent)) => put_power(text, digits, exponent),
    }
}

/// Writes `1.25` and `-7`, say: digits of which one stands before the point, and the exponent.
fn put_power(text: &mut Text, written: &str, exponent: &str) {
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (mut digits, mut count) = ([0; ROOM], 0);
    for digit in written.bytes().filter(u8::is_ascii_digit) {
        digits[count] = digit;
        count += 1;
    }
    let digits = &digits[..count];
    match exponent {
        0..21 if exponent as usize + 1 >= count => {
            text.put(digits);
            text.put_zeros(exponent as usize + 1 - count);
        }
        -6..0 => {
            text.put(b"0.");
            text.put_zeros((-1 - exponent) as usize);
            text.put(digits);
        }
        _ => {
            text.put(&digits[..1]);
            if count > 1 {
                text.put(b".");
                text.put(&digits[1..]);
            }
            text.put(if exponent < 0 { b"e-" } else { b"e+" });
            text.put_whole(exponent.unsigned_abs().into());
        }
    }
}
