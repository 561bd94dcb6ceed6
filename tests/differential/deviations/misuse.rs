//! What a script does wrong: the contract's rules about the order and the arguments of calls, said once more.

use crate::differential::comparison::request::Request;

/// The first wrong call of a script, or what is missing at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
    OutOfOrder,
    /// A second answer, behind the beginning of the first.
    Again,
    InvalidStatus,
    InvalidField,
    /// A field whose name is none.
    NoName,
    /// A Content-Length that is none, or another one.
    NoLength,
    /// More body than its Content-Length says.
    TooLong,
    /// Less body than that.
    TooShort,
    /// The handler's own chunks are none, or have no last one.
    BadChunks,
    /// 101 to a request that did not ask for it.
    Upgrade,
    /// What raises in Python too.
    Raises,
    NoAnswer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Informational,
    Head,
    Body,
}

struct Walk<'a> {
    request: &'a Request,
    state: State,
    status: u16,
    declared: Option<usize>,
    chunks: Option<Vec<u8>>,
    written: usize,
}

/// What is wrong with the request's script, if anything is.
pub fn of(request: &Request) -> Option<Misuse> {
    if request.target_path() != b"/run" || !matches!(request.method(), b"GET" | b"HEAD" | b"POST") {
        return None;
    }
    let state = State::Start;
    let mut walk = Walk { request, state, status: 0, declared: None, chunks: None, written: 0 };
    request.steps.iter().find_map(|(name, value)| walk.step(name, value).err()).or_else(|| walk.end().err())
}

/// The status of the first answer that the request's script begins.
pub fn first_status(request: &Request) -> Option<u16> {
    let begins = |name: &String| matches!(name.as_str(), "response" | "only" | "error");
    let codes = request.steps.iter().filter(|(name, _)| begins(name));
    codes.filter_map(|(_, value)| value.split(':').next()?.parse().ok()).find(|status| *status >= 200)
}

impl Walk<'_> {
    fn step(&mut self, name: &str, value: &str) -> Result<(), Misuse> {
        let (first, rest) = value.split_once(':').unwrap_or((value, "*"));
        match name {
            "response" | "only" => self.begin(first, rest),
            "error" => {
                self.begin(first, rest.split(':').next().unwrap_or_default())?;
                // A page as long as its Content-Length, which nothing may follow.
                self.declared = (self.state == State::Head).then_some(0);
                self.end_headers()
            }
            "header" => self.header(first, rest),
            "end" => self.end_headers(),
            "write" => self.write(value),
            "kept" | "state" | "version" => self.write(""),
            "date" if first.len() >= 12 && first > "253402300799" => Err(Misuse::Raises),
            "date" => self.write(""),
            "fail" => Err(Misuse::Raises),
            "format" if value.contains("%(cause)") => Err(Misuse::Raises),
            "continue" if self.state != State::Start => Err(Misuse::OutOfOrder),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, code: &str, phrase: &str) -> Result<(), Misuse> {
        check_text(phrase)?;
        match self.state {
            State::Start => {}
            State::Informational => return Err(Misuse::OutOfOrder),
            State::Head | State::Body => return Err(Misuse::Again),
        }
        self.status = code.parse().map_err(|_| Misuse::Raises)?;
        self.state = match self.status {
            101 => return Err(Misuse::Upgrade),
            100..200 => State::Informational,
            200..1000 => State::Head,
            _ => return Err(Misuse::InvalidStatus),
        };
        Ok(())
    }

    fn header(&mut self, name: &str, value: &str) -> Result<(), Misuse> {
        if !matches!(self.state, State::Head | State::Informational) {
            return Err(Misuse::OutOfOrder);
        }
        check_text(value)?;
        if name.contains(' ') {
            return Err(Misuse::NoName);
        }
        if name.eq_ignore_ascii_case("Content-Length") {
            let length = value.parse().map_err(|_| Misuse::NoLength)?;
            if self.declared.replace(length).is_some() {
                return Err(Misuse::NoLength);
            }
        }
        if name.eq_ignore_ascii_case("Transfer-Encoding") {
            if !value.eq_ignore_ascii_case("chunked") {
                return Err(Misuse::InvalidField);
            }
            self.chunks = Some(Vec::new());
        }
        Ok(())
    }

    fn end_headers(&mut self) -> Result<(), Misuse> {
        self.state = match self.state {
            State::Informational => State::Start,
            State::Head => State::Body,
            State::Start | State::Body => return Err(Misuse::OutOfOrder),
        };
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<(), Misuse> {
        if self.state != State::Body {
            return Err(Misuse::OutOfOrder);
        }
        if let Some(chunks) = &mut self.chunks {
            // Every chunk size of the cases is one digit; what else a write begins with is none.
            chunks.extend_from_slice(text.as_bytes());
            return if text.starts_with(|first: char| first.is_ascii_digit()) {
                Ok(())
            } else {
                Err(Misuse::BadChunks)
            };
        }
        self.written += text.len();
        match self.declared {
            Some(length) if self.has_body() && self.written > length => Err(Misuse::TooLong),
            _ => Ok(()),
        }
    }

    fn has_body(&self) -> bool {
        !self.request.is_head() && !matches!(self.status, 204 | 205 | 304)
    }

    fn end(&self) -> Result<(), Misuse> {
        let is_open = self.chunks.as_ref().is_some_and(|chunks| !chunks.ends_with(b"0\r\n\r\n"));
        if self.state != State::Body {
            return Err(Misuse::NoAnswer);
        }
        if is_open && !self.request.is_head() {
            return Err(Misuse::BadChunks);
        }
        let is_short = self.declared.is_some_and(|length| self.written < length);
        if is_short && self.has_body() { Err(Misuse::TooShort) } else { Ok(()) }
    }
}

fn check_text(text: &str) -> Result<(), Misuse> {
    if text.chars().any(|character| u32::from(character) > 0xff) {
        return Err(Misuse::Raises);
    }
    if text.chars().any(|character| character != '\t' && character.is_ascii_control()) {
        return Err(Misuse::InvalidField);
    }
    Ok(())
}
