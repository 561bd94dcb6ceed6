//! What came back on a connection, taken apart into answers.

/// One answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// `HTTP/1.0` or `HTTP/1.1`.
    pub version: String,
    /// The status code.
    pub status: u16,
    /// The fields in order.
    pub fields: Vec<(String, String)>,
    /// The body, decoded.
    pub body: Vec<u8>,
    /// Whether it was cut off.
    pub is_short: bool,
}

/// All that came on a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The answers in order, informational ones too.
    pub answers: Vec<Answer>,
    /// What is no answer: a body without a head, or rubbish.
    pub rest: Vec<u8>,
}

impl Answer {
    /// The values of a field.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether it is an interim answer, behind which the final one comes.
    #[must_use]
    pub fn is_informational(&self) -> bool {
        (100..200).contains(&self.status)
    }

    /// A line of the handler's report: `name=value`. The body is the last one and may have line ends.
    #[must_use]
    pub fn reported(&self, name: &str) -> Option<String> {
        let text: String = self.body.iter().copied().map(char::from).collect();
        let (head, body) = text.split_once("\nbody=").unwrap_or((&text, ""));
        if name == "body" {
            return text.contains("\nbody=").then(|| body.to_owned());
        }
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
    }
}

impl Stream {
    /// Takes apart all that was read until the connection's end. `is_head` says which of the final answers are to HEAD.
    #[must_use]
    pub fn parse(bytes: &[u8], is_head: impl Fn(usize) -> bool) -> Stream {
        let mut stream = Stream::default();
        let (mut rest, mut finals) = (bytes, 0);
        while !rest.is_empty() {
            let Some((answer, used)) = parse_answer(rest, is_head(finals)) else {
                stream.rest = rest.to_vec();
                break;
            };
            finals += usize::from(!answer.is_informational());
            stream.answers.push(answer);
            rest = &rest[used..];
        }
        stream
    }
}

fn parse_answer(bytes: &[u8], is_head: bool) -> Option<(Answer, usize)> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(end) = head.parse(bytes).ok()? else {
        return None;
    };
    let text = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect::<String>();
    let mut answer = Answer {
        version: format!("HTTP/1.{}", head.version?),
        status: head.code?,
        fields: head.headers.iter().map(|field| (field.name.to_owned(), text(field.value))).collect(),
        ..Answer::default()
    };
    let body = &bytes[end..];
    let bodiless = is_head || answer.is_informational() || matches!(answer.status, 204 | 304);
    let chunked = answer.values("Transfer-Encoding").next().is_some();
    let length = answer.values("Content-Length").next().map(str::parse::<usize>);
    let used = match length {
        _ if bodiless => 0,
        _ if chunked => match dechunk(body) {
            Some((decoded, used)) => {
                answer.body = decoded;
                used
            }
            None => {
                answer.is_short = true;
                body.len()
            }
        },
        Some(length) => {
            let length = length.ok()?;
            answer.is_short = body.len() < length;
            let used = length.min(body.len());
            answer.body = body[..used].to_vec();
            used
        }
        None => {
            answer.body = body.to_vec();
            body.len()
        }
    };
    Some((answer, end + used))
}

fn dechunk(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let line = bytes[at..].windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[at..at + line]).ok()?, 16).ok()?;
        at += line + 2;
        let data = bytes.get(at..at + size)?;
        body.extend_from_slice(data);
        if bytes.get(at + size..at + size + 2)? != b"\r\n" {
            return None;
        }
        at += size + 2;
        if size == 0 {
            return Some((body, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let bytes = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\
                      HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nHTTP/1.0 400 No\r\n\r\nrest";
        let stream = Stream::parse(bytes, |_| false);
        let seen: Vec<_> =
            stream.answers.iter().map(|answer| (answer.status, answer.body.as_slice())).collect();
        assert_eq!(seen, [(100, &b""[..]), (200, b"hello"), (200, b"ab"), (400, b"rest")]);
        assert_eq!(Stream::parse(b"Hello", |_| false).rest, b"Hello");
        let to_head =
            Stream::parse(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 No\r\n\r\n", |n| n == 0);
        assert_eq!(to_head.answers.len(), 2);
        assert!(
            Stream::parse(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", |_| false).answers[0].is_short
        );
    }

    #[test]
    fn reports_are_lines() {
        let answer = Answer { body: b"method=GET\nx=\nbody=a\nx=b".to_vec(), ..Answer::default() };
        assert_eq!(answer.reported("method").as_deref(), Some("GET"));
        assert_eq!(answer.reported("x").as_deref(), Some(""));
        assert_eq!(answer.reported("body").as_deref(), Some("a\nx=b"));
        assert_eq!(answer.reported("host"), None);
    }
}
