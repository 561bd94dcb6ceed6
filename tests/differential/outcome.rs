//! What a server made of a case: its answers, taken apart.

use super::case::Case;

/// The beginning of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// `HTTP/1.0` or `HTTP/1.1`.
    pub version: String,
    pub status: u16,
    pub phrase: String,
    /// In order, white space around values taken off.
    pub fields: Vec<(String, String)>,
}

/// One answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The informational answers before it.
    pub informational: Vec<Head>,
    /// None for HTTP/0.9, and when only informational ones came.
    pub head: Option<Head>,
    /// Decoded, if it came in whole chunks.
    pub body: Vec<u8>,
    /// Whether its framing, or its head, says that a part is missing.
    pub is_cut: bool,
    /// Whether it says that it comes in chunks and does not, or not all of them.
    has_broken_chunks: bool,
}

/// All that a server sent until it closed the connection.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The last of them is the sentinel's, if that was answered.
    pub answers: Vec<Answer>,
    /// Whether the sentinel was answered, so that the connection had persisted.
    pub persists: bool,
    /// Whether the connection ended with a reset.
    pub reset: bool,
    pub raw: Vec<u8>,
}

impl Head {
    pub fn values(&self, name: &str) -> Vec<&str> {
        let same = |(other, _): &&(String, String)| other.eq_ignore_ascii_case(name);
        self.fields.iter().filter(same).map(|(_, value)| value.as_str()).collect()
    }

    /// `head` goes to the blank line, which is part of it.
    fn parse(head: &[u8]) -> Option<Head> {
        let text: String = head.iter().copied().map(char::from).collect();
        let mut lines = text.strip_suffix("\r\n\r\n")?.split("\r\n");
        let mut words = lines.next()?.splitn(3, ' ');
        let (version, status, phrase) = (words.next()?, words.next()?, words.next()?);
        let blanks = [' ', '\t'];
        let field = |line: &str| {
            // A line without a colon is what an injected line end makes.
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.to_owned(), value.trim_matches(blanks).to_owned())
        };
        let status = status.parse().ok()?;
        let fields = lines.map(field).collect();
        Some(Head { version: version.into(), status, phrase: phrase.into(), fields })
    }
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.head.as_ref().map_or(0, |head| head.status)
    }

    pub fn phrase(&self) -> &str {
        self.head.as_ref().map_or("", |head| &head.phrase)
    }

    pub fn values(&self, name: &str) -> Vec<&str> {
        self.head.as_ref().map_or(vec![], |head| head.values(name))
    }

    fn is_sentinel(&self) -> bool {
        self.status() == 200 && self.phrase() == "Sentinel"
    }

    /// Takes the chunks off the body, if it is whole.
    fn decode(&mut self) {
        let is_chunked = |value: &&str| value.eq_ignore_ascii_case("chunked");
        if !self.values("Transfer-Encoding").iter().any(is_chunked) {
            return;
        }
        match decoded(&self.body) {
            Some(body) => self.body = body,
            None => self.has_broken_chunks = true,
        }
    }
}

impl Outcome {
    /// Takes apart what came. Neither server frames all that it sends so that this could go by lengths. Where a length
    /// fits, what looks like a status line before its end is a second answer in the body of the first.
    pub fn parse(raw: Vec<u8>, reset: bool) -> Outcome {
        let (mut starts, mut end) = (Vec::new(), 0);
        for at in (0..raw.len()).filter(|&at| is_status_line(&raw[at..])) {
            if at >= end {
                starts.push(at);
                end = told_end(&raw, at).unwrap_or(end);
            }
        }
        let mut answers = Vec::new();
        let first = starts.first().copied().unwrap_or(raw.len());
        if first > 0 {
            answers.push(Answer { body: raw[..first].to_vec(), ..Answer::default() });
        }
        starts.push(raw.len());
        let mut answer = Answer::default();
        for pair in starts.windows(2) {
            let piece = &raw[pair[0]..pair[1]];
            let end =
                piece.windows(4).position(|window| window == b"\r\n\r\n").map_or(piece.len(), |at| at + 4);
            let head = Head::parse(&piece[..end]);
            match head {
                Some(head) if (100..200).contains(&head.status) && head.status != 101 => {
                    answer.informational.push(head);
                }
                head => {
                    answer.is_cut = head.is_none();
                    answer.head = head;
                    answer.body = piece[end..].to_vec();
                    answer.decode();
                    answers.push(std::mem::take(&mut answer));
                }
            }
        }
        if !answer.informational.is_empty() {
            answers.push(answer);
        }
        let persists = answers.last().is_some_and(Answer::is_sentinel);
        Outcome { answers, persists, reset, raw }
    }

    /// Whether a client that goes by RFC 9112, section 6.3, would see these very answers; else why not.
    pub fn check_framing(&mut self, case: &Case) -> Result<(), String> {
        let last = self.answers.len().saturating_sub(1);
        for (place, answer) in self.answers.iter_mut().enumerate() {
            let Some(head) = &answer.head else { continue };
            // The line of a request that was refused may not have been understood.
            let is_refused = place == last && !self.persists && matches!(head.status, 400 | 505);
            let is_head = case.is_head(place);
            let takes_it_for_head = is_head && (!is_refused || answer.body.is_empty());
            let bodiless = takes_it_for_head || matches!(head.status, 101 | 204 | 304);
            let length = head.values("Content-Length");
            let codings = head.values("Transfer-Encoding");
            if !codings.is_empty() && (codings != ["chunked"] || head.version != "HTTP/1.1") {
                return Err(format!("Transfer-Encoding {codings:?} in an answer of {}", head.version));
            }
            let fault = match (length.as_slice(), codings.len()) {
                _ if bodiless => (!answer.body.is_empty()).then_some("a body where none may be"),
                ([], 1) => {
                    answer.is_cut = answer.has_broken_chunks;
                    (answer.is_cut && place < last).then_some("broken chunks, and more after them")
                }
                // What follows in an answer of HTTP/1.0 is its body, whatever it looks like.
                ([], 0) => {
                    (place < last && head.version != "HTTP/1.0").then_some("no length, and more after it")
                }
                ([length], 0) => match length.parse::<usize>() {
                    Ok(length) if length < answer.body.len() => Some("more body than its Content-Length"),
                    Ok(length) if length > answer.body.len() => {
                        answer.is_cut = true;
                        (place < last).then_some("less body than its Content-Length, and more after it")
                    }
                    Ok(_) => None,
                    Err(_) => Some("Content-Length is no number"),
                },
                _ => Some("more than one Content-Length, or both kinds of framing"),
            };
            if let Some(fault) = fault {
                return Err(format!("answer {}: {fault}", place + 1));
            }
        }
        Ok(())
    }
}

/// Where an answer ends by its Content-Length, if that is also where another begins, or the last ends.
fn told_end(raw: &[u8], at: usize) -> Option<usize> {
    let head_end = at + raw[at..].windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = Head::parse(&raw[at..head_end])?;
    let [length] = head.values("Content-Length")[..] else { return None };
    let end = head_end.checked_add(length.parse().ok()?)?;
    (end == raw.len() || raw.get(end..).is_some_and(is_status_line)).then_some(end)
}

/// `HTTP/1.1 200 `
fn is_status_line(bytes: &[u8]) -> bool {
    matches!(bytes, [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0' | b'1', b' ', code @ ..]
        if code.len() > 3 && code[..3].iter().all(u8::is_ascii_digit) && code[3] == b' ')
}

/// The content of a whole chunked body without extensions and trailers, and with nothing behind it.
fn decoded(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let end = body.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(str::from_utf8(&body[..end]).ok()?, 16).ok()?;
        body = &body[end + 2..];
        let (data, rest) = body.split_at_checked(size)?;
        body = rest.strip_prefix(b"\r\n")?;
        content.extend_from_slice(data);
        if size == 0 {
            return body.is_empty().then_some(content);
        }
    }
}
