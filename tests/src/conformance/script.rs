//! What a case sends: text with escapes, in steps.
//!
//! | escape | stands for |
//! | --- | --- |
//! | `\r` `\n` `\t` `\0` `\\` `\xHH` | a byte |
//! | `\*N{...}` | what is in the braces N times |
//! | `\@` | the value of the case |
//! | `\H` | `Host: a\r\n` |
//! | `\pipe`, written `\|` | waits until the server has read what came before |
//! | `\?` | waits until the server has answered something |
//! | `\!` | ends the sending side; no sentinel follows then |

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Bytes to send in one write.
    Send(Vec<u8>),
    /// To wait until the server has read all.
    UntilRead,
    /// To wait for the first bytes of an answer.
    UntilAnswered,
    /// To end the sending side.
    HalfClose,
}

/// Steps in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script(pub Vec<Step>);

impl Script {
    /// Parses a text, with `value` in the place of `\@`.
    ///
    /// # Errors
    ///
    /// For an unknown escape and a repetition without an end.
    pub fn parse(text: &str, value: &str) -> Result<Script, String> {
        let mut script = Script(Vec::new());
        script.append(&text.replace("\\@", value))?;
        Ok(script)
    }

    fn append(&mut self, text: &str) -> Result<(), String> {
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            self.bytes(&rest.as_bytes()[..at]);
            rest = self.escape(&rest[at + 1..])?;
        }
        self.bytes(rest.as_bytes());
        Ok(())
    }

    fn escape<'a>(&mut self, text: &'a str) -> Result<&'a str, String> {
        let bad = || format!("a bad escape: \\{text:.10}");
        let mut characters = text.chars();
        let escape = characters.next().ok_or_else(bad)?;
        let rest = characters.as_str();
        match escape {
            'r' => self.bytes(b"\r"),
            'n' => self.bytes(b"\n"),
            't' => self.bytes(b"\t"),
            '0' => self.bytes(b"\0"),
            '\\' => self.bytes(b"\\"),
            'H' => self.bytes(b"Host: a\r\n"),
            '|' => self.0.push(Step::UntilRead),
            '?' => self.0.push(Step::UntilAnswered),
            '!' => self.0.push(Step::HalfClose),
            'x' => {
                let digits = rest.get(..2).ok_or_else(bad)?;
                self.bytes(&[u8::from_str_radix(digits, 16).map_err(|_| bad())?]);
                return Ok(&rest[2..]);
            }
            '*' => {
                let (count, more) = rest.split_once('{').ok_or_else(bad)?;
                let (repeated, rest) = more.split_once('}').ok_or_else(bad)?;
                let count = count.parse().map_err(|_| bad())?;
                let mut once = Script(Vec::new());
                once.append(repeated)?;
                match once.0.as_slice() {
                    [Step::Send(bytes)] => self.bytes(&bytes.repeat(count)),
                    _ => return Err(bad()),
                }
                return Ok(rest);
            }
            _ => return Err(bad()),
        }
        Ok(rest)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        match self.0.last_mut() {
            _ if bytes.is_empty() => {}
            Some(Step::Send(sent)) => sent.extend_from_slice(bytes),
            _ => self.0.push(Step::Send(bytes.to_vec())),
        }
    }

    /// All bytes that it sends.
    #[must_use]
    pub fn sent(&self) -> Vec<u8> {
        let bytes = |step: &Step| if let Step::Send(bytes) = step { bytes.clone() } else { Vec::new() };
        self.0.iter().flat_map(bytes).collect()
    }

    /// Whether it ends its side.
    #[must_use]
    pub fn half_closes(&self) -> bool {
        self.0.contains(&Step::HalfClose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_bytes_and_steps() {
        let script = Script::parse(r"GET \@\r\n\H\x00\*3{a\t}\|b\\\?\!", "/x").unwrap();
        let sent = b"GET /x\r\nHost: a\r\n\0a\ta\ta\t".to_vec();
        assert_eq!(
            script.0,
            [
                Step::Send(sent.clone()),
                Step::UntilRead,
                Step::Send(b"b\\".to_vec()),
                Step::UntilAnswered,
                Step::HalfClose
            ]
        );
        assert_eq!(script.sent(), [sent.as_slice(), b"b\\"].concat());
        assert!(script.half_closes());
        for bad in ["\\", "\\y", "\\x0", "\\xg0", "\\*3", "\\*a{b}", "\\*2{\\|}"] {
            assert!(Script::parse(bad, "").is_err(), "{bad}");
        }
    }
}
