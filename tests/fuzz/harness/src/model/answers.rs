//! What a client reads off a connection, one answer after the other (RFC 9112, section 6.3).

use super::chunks::{Chunks, decode};
use super::{field, take_line, trimmed};

/// What an answer is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A request whose answer may have a body.
    Get,
    /// One whose answer has none.
    Head,
    /// HTTP/0.9: the answer is its body alone.
    Http09,
    /// Bytes that are no request, of which the server may have understood enough to leave the body out.
    Nonsense,
}

/// A final answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status, 0 for HTTP/0.9.
    pub status: u16,
    /// The fields in order.
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
    /// The statuses of the informational answers before it.
    pub informational: Vec<u16>,
}

impl Answer {
    /// The members of a field that is a list, or all values of one that is none.
    pub fn members<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let named = move |field: &&(Vec<u8>, Vec<u8>)| field.0.eq_ignore_ascii_case(name.as_bytes());
        self.fields.iter().filter(named).flat_map(|(_, value)| value.split(|&byte| byte == b',').map(trimmed))
    }

    /// Whether it says that the connection closes.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.members("Connection").any(|option| option.eq_ignore_ascii_case(b"close"))
    }
}

/// Reads the answers to `asked` up to the end of the connection.
///
/// # Errors
///
/// What is wrong with them.
pub fn read(mut stream: &[u8], asked: impl IntoIterator<Item = Asked>) -> Result<Vec<Answer>, String> {
    let mut answers = Vec::new();
    let mut asked = asked.into_iter();
    while !stream.is_empty() {
        let asked =
            asked.next().ok_or_else(|| format!("more than was asked for: {}", stream.escape_ascii()))?;
        answers.extend(read_one(&mut stream, asked)?);
    }
    Ok(answers)
}

/// None where there are informational answers alone: the client has ended its side in the midst of the body that it was told to send.
fn read_one(stream: &mut &[u8], asked: Asked) -> Result<Option<Answer>, String> {
    let mut answer = Answer { status: 0, fields: Vec::new(), body: Vec::new(), informational: Vec::new() };
    if asked == Asked::Http09 {
        answer.body = std::mem::take(stream).to_vec();
        return Ok(Some(answer));
    }
    loop {
        (answer.status, answer.fields) = head(stream)?;
        if answer.status >= 200 {
            break;
        }
        if answer.members("Content-Length").chain(answer.members("Transfer-Encoding")).next().is_some() {
            return Err(format!("a {} is framed", answer.status));
        }
        answer.informational.push(answer.status);
        if stream.is_empty() {
            return Ok(None);
        }
    }
    answer.body = body(stream, &answer, asked)?;
    Ok(Some(answer))
}

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

fn head(stream: &mut &[u8]) -> Result<(u16, Fields), String> {
    let line = take_line(stream).flatten().ok_or("no status line")?;
    // The blank behind the status stands there even without a phrase.
    let status = match line {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0' | b'1', b' ', _, _, _, b' ', ..] => &line[9..12],
        _ => return Err(format!("a bad status line: {}", line.escape_ascii())),
    };
    let status = std::str::from_utf8(status).ok().and_then(|status| status.parse().ok());
    let status = status.filter(|status| (100..=999).contains(status)).ok_or("a bad status")?;
    let mut fields = Vec::new();
    loop {
        match take_line(stream).flatten() {
            None => return Err("a head without its end".into()),
            Some([]) => return Ok((status, fields)),
            Some(line) => {
                let (name, value) =
                    field(line).ok_or_else(|| format!("a bad field: {}", line.escape_ascii()))?;
                fields.push((name.to_vec(), value.to_vec()));
            }
        }
    }
}

fn body(stream: &mut &[u8], answer: &Answer, asked: Asked) -> Result<Vec<u8>, String> {
    let lengths: Vec<_> = answer.members("Content-Length").collect();
    let codings: Vec<_> = answer.members("Transfer-Encoding").collect();
    let may_have_none = asked == Asked::Nonsense && stream.is_empty();
    let bodiless = matches!(answer.status, 204 | 304) || asked == Asked::Head || may_have_none;
    if answer.status == 204 && (lengths.len() + codings.len()) > 0 {
        return Err("a 204 is framed".into());
    }
    match (&lengths[..], &codings[..]) {
        _ if bodiless => Ok(Vec::new()),
        ([], [b"chunked"]) => match decode(stream) {
            Chunks::Whole { body, trailers, length } if trailers.is_empty() => {
                *stream = &stream[length..];
                Ok(body)
            }
            other => Err(format!("not its chunks: {other:?}")),
        },
        ([length], []) => {
            let length = std::str::from_utf8(length).ok().and_then(|length| length.parse().ok());
            let length: usize = length.ok_or("a bad length")?;
            let (body, rest) = stream.split_at_checked(length).ok_or("shorter than its length")?;
            *stream = rest;
            Ok(body.to_vec())
        }
        ([], []) if answer.closes() || answer.status < 200 => Ok(std::mem::take(stream).to_vec()),
        _ => Err(format!("framed by {lengths:?} and {codings:?}")),
    }
}
