//! One line of the log: escaped, so that no text can forge a line or steer a terminal, and cut.

/// Characters of a line, its line feed not counted: escapes count as they are written.
const MAX_LINE: usize = 8_192;
/// What a line that was cut ends with.
const CUT_MARK: &str = " [...]";

/// A line in the making: escapes what is pushed, and cuts at [`MAX_LINE`].
pub(super) struct Line<'a> {
    out: &'a mut Vec<u8>,
    characters: usize,
    /// The end of the last piece that leaves room for the mark.
    safe: usize,
    cut: bool,
}

impl<'a> Line<'a> {
    const SAFE: usize = MAX_LINE - CUT_MARK.len();

    /// Begins a line in an empty buffer.
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Line { out, characters: 0, safe: 0, cut: false }
    }

    /// Appends text, escaped.
    pub(super) fn push(&mut self, raw: &[u8]) {
        if self.is_fine(raw) {
            self.out.extend_from_slice(raw);
            self.keep(raw.len());
        } else {
            self.push_escaped(raw);
        }
    }

    /// Appends a text with escapes of its own: its backslashes stay. It is for formats that a machine reads, so that it is as
    /// long as it is, within what their makers bound.
    pub(super) fn push_written(&mut self, raw: &[u8]) {
        if raw.iter().any(u8::is_ascii_control) {
            return self.push(raw);
        }
        self.out.extend_from_slice(raw);
        self.keep(raw.len());
    }

    /// Appends what `f` appends, escaped; in the common case it stays where `f` put it.
    pub(super) fn fill(&mut self, f: impl FnOnce(&mut Vec<u8>)) {
        let start = self.out.len();
        f(self.out);
        let raw = &self.out[start..];
        if self.is_fine(raw) {
            self.keep(raw.len());
        } else {
            let raw = self.out.split_off(start);
            self.push_escaped(&raw);
        }
    }

    pub(super) fn end(self) {
        self.out.push(b'\n');
    }

    /// Whether `raw` can be taken as it is.
    fn is_fine(&self, raw: &[u8]) -> bool {
        // Without an early exit, so that the compiler makes vector instructions of it.
        let odd = |byte: u8| !(b' '..0x7f).contains(&byte) | (byte == b'\\');
        !self.cut
            && raw.len() <= Self::SAFE.saturating_sub(self.characters)
            && !raw.iter().fold(false, |any, &byte| any | odd(byte))
    }

    /// Counts characters that are in the buffer already.
    fn keep(&mut self, characters: usize) {
        self.characters += characters;
        if self.characters <= Self::SAFE {
            self.safe = self.out.len();
        }
    }

    #[cold]
    fn push_escaped(&mut self, raw: &[u8]) {
        // So many bytes are more than a line's characters: the rest need not even be looked at.
        let raw = &raw[..raw.len().min(4 * (MAX_LINE + 1))];
        for chunk in raw.utf8_chunks() {
            for character in chunk.valid().chars() {
                self.push_char(character);
            }
            for &byte in chunk.invalid() {
                self.push_byte(byte);
            }
            if self.cut {
                return;
            }
        }
    }

    fn push_char(&mut self, character: char) {
        match character {
            '\\' => self.push_piece(br"\\", 2),
            '\0'..' ' | '\x7f'..'\u{a0}' => self.push_byte(character as u8),
            _ if is_layout_control(character) => {
                self.push_piece(format!("\\u{:04x}", u32::from(character)).as_bytes(), 6);
            }
            _ => self.push_piece(character.encode_utf8(&mut [0; 4]).as_bytes(), 1),
        }
    }

    fn push_byte(&mut self, byte: u8) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        self.push_piece(&[b'\\', b'x', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]], 4);
    }

    /// Appends what must not be torn, or cuts the line.
    fn push_piece(&mut self, piece: &[u8], characters: usize) {
        if self.cut {
            return;
        }
        if self.characters + characters > MAX_LINE {
            self.out.truncate(self.safe);
            self.out.extend_from_slice(CUT_MARK.as_bytes());
            self.cut = true;
        } else {
            self.out.extend_from_slice(piece);
            self.keep(characters);
        }
    }
}

/// Line and paragraph separators, and what changes the direction of text: with these a line
/// could look like two, or like another.
pub(super) fn is_layout_control(character: char) -> bool {
    matches!(character,
        '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The line that these parts make.
    fn line(parts: &[&[u8]]) -> String {
        let mut out = Vec::new();
        let mut line = Line::new(&mut out);
        for part in parts {
            line.push(part);
        }
        line.end();
        String::from_utf8(out).expect("lines are UTF-8")
    }

    #[test]
    fn control_characters_and_backslashes_are_escaped() {
        assert_eq!(line(&[b"a\0\x01\x1f ~\x7f\\\"'"]), "a\\x00\\x01\\x1f ~\\x7f\\\\\"'\n");
        assert_eq!(line(&["\u{80}\u{9f}\u{a0}é→🦀".as_bytes()]), "\\x80\\x9f\u{a0}é→🦀\n");
        assert_eq!(
            line(&["\u{2028}\u{2029}\u{202e}\u{2066}\u{61c}\u{200f}".as_bytes()]),
            "\\u2028\\u2029\\u202e\\u2066\\u061c\\u200f\n"
        );
        assert_eq!(line(&[b"\xff\xc3", b"\xe2\x80"]), "\\xff\\xc3\\xe2\\x80\n");
    }

    #[test]
    fn a_long_line_is_cut_at_a_whole_piece_and_marked() {
        let whole = "x".repeat(MAX_LINE);
        assert_eq!(line(&[whole.as_bytes()]), format!("{whole}\n"));
        assert_eq!(line(&[whole.as_bytes(), b"y", b"z"]), format!("{}{CUT_MARK}\n", &whole[..Line::SAFE]));
        for (unit, written) in [("\n", "\\x0a"), ("\u{2028}", "\\u2028"), ("🦀", "🦀"), ("\\", "\\\\")] {
            let text = line(&[unit.repeat(1 << 20).as_bytes()]);
            let body = text.strip_suffix(&format!("{CUT_MARK}\n")).expect(unit);
            assert_eq!(body.replace(written, ""), "", "{unit:?}");
            let length = text.chars().count() - 1;
            assert!((MAX_LINE - 5..=MAX_LINE).contains(&length), "{unit:?} {length}");
        }
    }

    /// Undoes the escaping, as far as it came from text.
    fn unescape(line: &str) -> String {
        let mut text = String::new();
        let mut rest = line.chars();
        while let Some(character) = rest.next() {
            let digits = match (character, character == '\\').1.then(|| rest.next()) {
                None => {
                    text.push(character);
                    continue;
                }
                Some(Some('x')) => 2,
                Some(Some('u')) => 4,
                Some(other) => {
                    text.extend(other);
                    continue;
                }
            };
            let hex: String = rest.by_ref().take(digits).collect();
            text.extend(char::from_u32(u32::from_str_radix(&hex, 16).unwrap()));
        }
        text
    }

    proptest! {
        #[test]
        fn no_line_holds_a_control_character(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3_000), 1..4)) {
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            let text = line(&parts);
            let body = text.strip_suffix('\n').expect("a line feed ends it");
            prop_assert!(!body.chars().any(|c| c.is_control() || is_layout_control(c)), "{body:?}");
            prop_assert!(body.chars().count() <= MAX_LINE);
        }

        #[test]
        fn what_was_escaped_can_be_told_again(text in "([\\x00-\\x20\\\\xu\u{7f}-\u{a0}\u{2028}\u{202e}0-9]|.){0,200}") {
            prop_assert_eq!(unescape(line(&[text.as_bytes()]).trim_end_matches('\n')), text.clone());
            let mut filled = Vec::new();
            let mut made = Line::new(&mut filled);
            made.fill(|out| out.extend_from_slice(text.as_bytes()));
            made.end();
            prop_assert_eq!(filled, line(&[text.as_bytes()]).into_bytes());
        }
    }
}
