//! An answer that a guest has gathered and gives in one call: the same as its parts given one by one.

use wasmtime::component::{ComponentType, Lift};

use super::Exchange;
use crate::failure::Failure;
use crate::field::Known;
use crate::grammar;

/// How a gathered answer begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[allow(dead_code, reason = "it is made of the number that a guest gives")]
pub(crate) enum Opening {
    /// As `send-response`.
    #[component(name = "response")]
    Response,
    /// As `send-response`, for who has logged the request already.
    #[component(name = "unlogged")]
    Unlogged,
    /// As `send-response-only`.
    #[component(name = "only")]
    Only,
}

/// Lines of fields, each with its CR LF.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lines<'a> {
    Text(&'a str),
    /// In ISO-8859-1.
    Wire(&'a [u8]),
}

impl Exchange {
    /// Begins an answer with these lines of fields.
    pub(crate) fn begin_gathered(
        &mut self,
        opening: Opening,
        code: u16,
        message: Option<&str>,
        fields: Lines<'_>,
    ) -> Result<(), Failure> {
        match opening {
            Opening::Response => self.send_response(code, message)?,
            Opening::Unlogged => self.begin_answer("send-response", code, message, true)?,
            Opening::Only => self.send_response_only(code, message)?,
        }
        match fields {
            Lines::Wire(fields) => self.send_lines(fields),
            Lines::Text(fields) if fields.is_ascii() => self.send_lines(fields.as_bytes()),
            Lines::Text(fields) => lines(fields).try_for_each(|line| {
                let (name, value) = line?;
                self.send_header(name, value)
            }),
        }
    }

    /// Takes the lines in one piece, but for those that mean something to the host.
    fn send_lines(&mut self, text: &[u8]) -> Result<(), Failure> {
        let has_room = self.answer.has_room(text.len());
        // Lines from `plain` to `at` were checked.
        let (mut plain, mut at) = (0, 0);
        while at < text.len() {
            if has_room && let Some((name, value)) = grammar::plain_line(&text[at..]) {
                let end = at + name.len() + value.len() + FRAME;
                match Known::of(name) {
                    Known::Other => {}
                    known => {
                        self.answer.plain_fields(&text[plain..at])?;
                        self.send_checked(name, value, known)?;
                        plain = end;
                    }
                }
                at = end;
                continue;
            }
            let Some(end) = memchr::memchr(b'\n', &text[at..]).map(|found| at + found + 1) else {
                self.answer.plain_fields(&text[plain..at])?;
                return Err(unended());
            };
            if !has_room || !is_plain(&text[at..end]) {
                self.answer.plain_fields(&text[plain..at])?;
                let (name, value) = split(&text[at..end])?;
                self.send_header_bytes(name, value)?;
                plain = end;
            }
            at = end;
        }
        self.answer.plain_fields(&text[plain..])
    }
}

/// Bytes of a line beside its name and its value.
const FRAME: usize = b": \r\n".len();

/// Whether a line goes out as it stands.
fn is_plain(line: &[u8]) -> bool {
    let Some(line) = line.strip_suffix(b"\r\n") else { return false };
    let name = line.iter().take_while(|&&byte| grammar::in_token(byte)).count();
    let [b':', b' ', value @ ..] = &line[name..] else { return false };
    let is_trimmed = match value {
        [] => true,
        [first, .., last] => !first.is_ascii_whitespace() && !last.is_ascii_whitespace(),
        [one] => !one.is_ascii_whitespace(),
    };
    name > 0 && is_trimmed && Known::of(&line[..name]) == Known::Other && grammar::is_value(value)
}

/// The name and the value of a line, which ends with a line feed.
fn split(line: &[u8]) -> Result<(&[u8], &[u8]), Failure> {
    // A line feed alone is part of the value, which is refused for it.
    let line = line.strip_suffix(b"\r\n").unwrap_or(line);
    let colon = memchr::memchr(b':', line).ok_or_else(|| no_colon(&String::from_utf8_lossy(line)))?;
    Ok((&line[..colon], &line[colon + 1..]))
}

/// The names and values of the lines of a text.
fn lines(text: &str) -> impl Iterator<Item = Result<(&str, &str), Failure>> {
    text.split_inclusive('\n').map(|line| {
        if !line.ends_with('\n') {
            return Err(unended());
        }
        let line = line.strip_suffix("\r\n").unwrap_or(line);
        line.split_once(':').ok_or_else(|| no_colon(line))
    })
}

fn unended() -> Failure {
    Failure::InvalidField("the fields end without CR LF".into())
}

fn no_colon(line: &str) -> Failure {
    let shown: String = line.chars().take(40).collect();
    Failure::InvalidField(format!("{shown:?} is no field: it has no colon"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::{Lines, Opening, lines};
    use crate::exchange::Exchange;
    use crate::failure::Failure;
    use crate::head::RequestHead;
    use crate::log::Log;
    use crate::recorder::{Recorded, Recorder};
    use crate::site::Site;

    const OPENINGS: [Opening; 3] = [Opening::Response, Opening::Unlogged, Opening::Only];

    fn exchange(method: &str) -> Exchange {
        let mut exchange = Exchange::new(Arc::new(Site::new(Log::discard())), 1);
        let request = RequestHead::of(method, "/", [("Host", "x")]);
        exchange.begin(Box::new(Recorder::new(request, "")));
        exchange
    }

    /// What is answered when the body is `body`, and what the exchange has come to know.
    fn rest(
        mut exchange: Exchange,
        begun: Result<(), Failure>,
        body: &[u8],
    ) -> (Vec<Failure>, Recorded, bool) {
        let ended = exchange.end_headers();
        let written = exchange.write(body).map(drop);
        let closes = exchange.closes();
        let failures = [begun, ended, written].into_iter().filter_map(Result::err).collect();
        exchange.answer.finish(&mut *exchange.down, closes);
        let down: Box<dyn std::any::Any> = exchange.end();
        let mut answer = down.downcast::<Recorder>().expect("it was put in").into_answer();
        // The second may have changed meanwhile.
        answer.fields.retain(|(name, _)| name != "Date");
        (failures, answer, closes)
    }

    fn one_by_one(exchange: &mut Exchange, opening: Opening, code: u16, fields: &str) -> Result<(), Failure> {
        match opening {
            Opening::Response => exchange.send_response(code, None)?,
            Opening::Unlogged => exchange.begin_answer("send-response", code, None, true)?,
            Opening::Only => exchange.send_response_only(code, None)?,
        }
        for line in lines(fields) {
            let (name, value) = line?;
            exchange.send_header(name, value)?;
        }
        Ok(())
    }

    fn name() -> impl Strategy<Value = String> {
        const KNOWN: [&str; 6] =
            ["Content-Length", "connection", "Transfer-Encoding", "Upgrade", "X", "Set-Cookie"];
        prop_oneof![
            proptest::sample::select(&KNOWN[..]).prop_map(String::from),
            "[ -~]{0,6}",
            "[A-Za-z-]{1,9}"
        ]
    }

    fn value() -> impl Strategy<Value = String> {
        const KNOWN: [&str; 11] =
            ["0", "5", "close", "keep-alive, x", "chunked", "gzip", "\tb ", "a\nb", "a\rb", "\u{100}", "é"];
        prop_oneof![proptest::sample::select(&KNOWN[..]).prop_map(String::from), "[ -~]{0,12}", "\\PC{0,4}"]
    }

    proptest! {
        #[test]
        fn an_answer_in_one_call_is_its_calls_one_by_one(
            opening in proptest::sample::select(&OPENINGS[..]),
            code in prop_oneof![Just(200u16), Just(204), 90u16..1010],
            fields in proptest::collection::vec((name(), value(), proptest::bool::weighted(0.95)), 0..6),
            body in "[ -~]{0,9}",
            method in proptest::sample::select(&["GET", "HEAD", "CONNECT"][..]),
            is_wire: bool,
        ) {
            let line = |(name, value, is_ended): (String, String, bool)| {
                format!("{name}: {value}{}", if is_ended { "\r\n" } else { "" })
            };
            let fields: String = fields.into_iter().map(line).collect();
            let (mut one, mut many) = (exchange(method), exchange(method));
            let wire: Option<Vec<u8>> = fields.chars().map(|letter| u8::try_from(letter).ok()).collect();
            let lines = match &wire {
                Some(wire) if is_wire => Lines::Wire(wire),
                _ => Lines::Text(&fields),
            };
            let gathered = one.begin_gathered(opening, code, None, lines);
            let called = one_by_one(&mut many, opening, code, &fields);
            prop_assert_eq!(rest(one, gathered, body.as_bytes()), rest(many, called, body.as_bytes()));
        }
    }

    #[test]
    fn lines_that_are_no_fields_are_refused() {
        for (fields, why) in [
            ("X: y", "the fields end without CR LF"),
            ("X: y\r\nno colon\r\n", "\"no colon\" is no field: it has no colon"),
            ("X: y\nZ: z\r\n", "the value of X holds the control character \\x0a"),
            ("\r\n", "\"\" is no field: it has no colon"),
        ] {
            let begun = exchange("GET").begin_gathered(Opening::Only, 200, None, Lines::Text(fields));
            assert_eq!(begun, Err(Failure::InvalidField(why.into())), "{fields:?}");
        }
    }
}
