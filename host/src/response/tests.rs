//! The rules of the state machine, each by its name.

use super::*;

const PEER: Peer =
    Peer { wants_head: true, is_1_1: true, is_head: false, is_connect: false, may_upgrade: false };

fn line(code: u16) -> StatusLine<'static> {
    StatusLine { protocol: "HTTP/1.1", code, phrase: b"X", stamp: None }
}

struct Wired {
    sent: Vec<u8>,
    out: Vec<u8>,
    response: Response,
}

impl Wired {
    fn new(peer: Peer) -> Wired {
        let mut response = Response::default();
        response.clear(peer);
        Wired { sent: Vec::new(), out: Vec::new(), response }
    }

    fn begin(&mut self, code: u16) -> Result<(), Failure> {
        self.response.begin(&mut self.out, "send-response", &line(code))
    }

    fn field(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        self.response.field(&mut self.out, name.as_bytes(), value.as_bytes())
    }

    fn end(&mut self) -> Result<bool, Failure> {
        self.response.end_headers(&mut self.out, false)
    }

    fn write(&mut self, data: &str) -> Result<(), Failure> {
        self.response.write(&mut self.out, data.as_bytes())
    }

    fn flush(&mut self) {
        let bytes = self.response.release(&mut self.out, false);
        self.response.left(bytes);
        self.sent.extend(self.out.drain(..bytes));
    }

    fn finish(&mut self) -> (Finish, String) {
        let finish = self.response.finish(&mut self.out, false);
        (finish, String::from_utf8([self.sent.clone(), self.out.clone()].concat()).unwrap())
    }
}

#[test]
fn a_whole_body_gets_its_length() {
    let mut wired = Wired::new(PEER);
    wired.begin(200).unwrap();
    wired.end().unwrap();
    wired.write("hello").unwrap();
    let whole = "HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\nhello".into();
    assert_eq!(wired.finish(), (Finish::Complete, whole));
}

#[test]
fn a_flushed_body_is_chunked_or_ends_with_the_connection() {
    for (is_1_1, body) in [
        (true, "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
        (false, "Connection: close\r\n\r\nabc"),
    ] {
        let mut wired = Wired::new(Peer { is_1_1, ..PEER });
        wired.begin(200).unwrap();
        wired.end().unwrap();
        wired.write("a").unwrap();
        wired.flush();
        wired.write("b").unwrap();
        wired.write("c").unwrap();
        assert_eq!(wired.finish(), (Finish::Complete, format!("HTTP/1.1 200 X\r\n{body}")));
    }
}

#[test]
fn an_answer_that_calls_itself_http_1_0_has_no_chunks() {
    let old = StatusLine { protocol: "HTTP/1.0", ..line(200) };
    for own_chunks in [false, true] {
        let mut wired = Wired::new(PEER);
        wired.response.begin(&mut wired.out, "send-response", &old).unwrap();
        if own_chunks {
            wired.field("Transfer-Encoding", "chunked").unwrap();
        }
        wired.end().unwrap();
        wired.write(if own_chunks { "1\r\na\r\n0\r\n\r\n" } else { "a" }).unwrap();
        wired.flush();
        assert!(wired.response.ends_by_close());
        assert_eq!(wired.finish(), (Finish::Complete, "HTTP/1.0 200 X\r\n\r\na".into()));
    }
}

#[test]
fn an_answer_that_calls_itself_http_1_0_says_that_it_is_kept() {
    let mut wired = Wired::new(PEER);
    let old = StatusLine { protocol: "HTTP/1.0", ..line(204) };
    wired.response.begin(&mut wired.out, "send-response", &old).unwrap();
    wired.end().unwrap();
    assert_eq!(wired.finish(), (Finish::Complete, "HTTP/1.0 204 X\r\nConnection: keep-alive\r\n\r\n".into()));
}

#[test]
fn more_than_the_declared_length_never_leaves() {
    let mut wired = Wired::new(PEER);
    wired.begin(200).unwrap();
    wired.field("Content-Length", "3").unwrap();
    wired.end().unwrap();
    wired.write("ab").unwrap();
    assert_eq!(wired.write("cd"), Err(Failure::TooLarge(3)));
    assert_eq!(wired.finish().0, Finish::Short(1));
    wired.write("c").unwrap();
    assert_eq!(wired.finish().1, "HTTP/1.1 200 X\r\nContent-Length: 3\r\n\r\nabc");
}

#[test]
fn statuses_without_a_body_have_none() {
    for code in [204, 304] {
        let mut wired = Wired::new(PEER);
        wired.begin(code).unwrap();
        wired.end().unwrap();
        wired.write("body").unwrap();
        assert_eq!(wired.finish(), (Finish::Complete, format!("HTTP/1.1 {code} X\r\n\r\n")));
    }
    let mut wired = Wired::new(PEER);
    wired.begin(205).unwrap();
    wired.field("Content-Length", "4").unwrap();
    wired.end().unwrap();
    assert_eq!(wired.finish().1, "HTTP/1.1 205 X\r\nContent-Length: 0\r\n\r\n");
}

#[test]
fn calls_out_of_order_are_refused_and_change_nothing() {
    let mut wired = Wired::new(PEER);
    assert!(matches!(wired.field("A", "b"), Err(Failure::OutOfOrder(_))));
    assert!(matches!(wired.end(), Err(Failure::OutOfOrder(_))));
    assert!(matches!(wired.write("a"), Err(Failure::OutOfOrder(_))));
    assert_eq!(wired.begin(99), Err(Failure::InvalidStatus(99)));
    assert_eq!(wired.begin(1000), Err(Failure::InvalidStatus(1000)));
    assert!(matches!(wired.begin(101), Err(Failure::OutOfOrder(_))));
    assert_eq!(wired.finish().0, Finish::NoResponse);
    wired.begin(200).unwrap();
    assert!(matches!(wired.begin(200), Err(Failure::OutOfOrder(_))));
    assert!(matches!(wired.write("a"), Err(Failure::OutOfOrder(_))));
    assert_eq!(wired.finish().0, Finish::NoEndHeaders);
    wired.end().unwrap();
    assert!(matches!(wired.field("A", "b"), Err(Failure::OutOfOrder(_))));
    assert_eq!(wired.finish(), (Finish::Complete, "HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n".into()));
}

#[test]
fn framing_fields_that_repeat_contradict_or_are_unknown_are_refused() {
    let mut wired = Wired::new(PEER);
    wired.begin(200).unwrap();
    for (name, value) in [("Content-Length", "x"), ("content-length", "-1"), ("Transfer-Encoding", "gzip")] {
        assert!(matches!(wired.field(name, value), Err(Failure::InvalidField(_))), "{name}: {value}");
    }
    wired.field("Content-Length", "0").unwrap();
    assert!(matches!(wired.field("Content-Length", "0"), Err(Failure::InvalidField(_))));
    assert!(matches!(wired.field("Transfer-Encoding", "chunked"), Err(Failure::InvalidField(_))));
    wired.end().unwrap();
    assert_eq!(wired.finish().1, "HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n");
}

#[test]
fn own_chunks_are_checked_and_framed_anew() {
    let mut wired = Wired::new(PEER);
    wired.begin(200).unwrap();
    wired.field("Transfer-Encoding", "chunked").unwrap();
    wired.end().unwrap();
    wired.write("3;x=y\r\nab").unwrap();
    wired.write("c\r\n0\r\n").unwrap();
    assert_eq!(wired.response.finish(&mut Vec::new(), false), Finish::OpenChunks);
    wired.write("\r\n").unwrap();
    assert!(matches!(wired.write("more"), Err(Failure::Malformed(_))));
    let mut wired = Wired::new(PEER);
    wired.begin(200).unwrap();
    wired.field("Transfer-Encoding", "chunked").unwrap();
    wired.end().unwrap();
    assert!(matches!(wired.write("nonsense"), Err(Failure::Malformed(_))));
}

#[test]
fn informational_answers_leave_the_start_as_it_is() {
    let mut wired = Wired::new(PEER);
    wired.begin(103).unwrap();
    wired.field("Link", "</a>").unwrap();
    wired.end().unwrap();
    wired.begin(200).unwrap();
    wired.end().unwrap();
    let whole = "HTTP/1.1 103 X\r\nLink: </a>\r\n\r\nHTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(wired.finish().1, whole);
    let mut wired = Wired::new(Peer { is_1_1: false, ..PEER });
    wired.begin(103).unwrap();
    wired.end().unwrap();
    assert_eq!(wired.out, b"", "an HTTP/1.0 client gets none");
}

#[test]
fn what_has_not_left_can_be_taken_back() {
    let mut wired = Wired::new(PEER);
    wired.out.extend_from_slice(b"earlier");
    wired.begin(200).unwrap();
    assert!(wired.response.take_back(&mut wired.out));
    assert_eq!(wired.out, b"earlier", "what came before stays");
    wired.begin(200).unwrap();
    wired.flush();
    assert_eq!(wired.sent, b"earlier", "an open head does not leave");
    assert!(wired.response.take_back(&mut wired.out));
    assert_eq!(wired.out, b"");
    wired.begin(200).unwrap();
    wired.end().unwrap();
    wired.write("a").unwrap();
    wired.flush();
    assert!(!wired.response.take_back(&mut wired.out));
}

#[test]
fn the_connection_field_is_always_true() {
    let mut wired = Wired::new(PEER);
    wired.begin(200).unwrap();
    wired.field("Connection", "keep-alive").unwrap();
    wired.response.end_headers(&mut wired.out, true).unwrap();
    wired.response.finish(&mut wired.out, true);
    assert_eq!(wired.out, b"HTTP/1.1 200 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let mut wired = Wired::new(PEER);
    wired.begin(200).unwrap();
    wired.field("Connection", "close").unwrap();
    wired.field("Connection", "close").unwrap();
    wired.end().unwrap();
    assert_eq!(wired.finish().1, "HTTP/1.1 200 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

#[test]
fn http_0_9_gets_a_body_only() {
    let mut wired = Wired::new(Peer { wants_head: false, is_1_1: false, ..PEER });
    wired.begin(200).unwrap();
    wired.field("A", "b").unwrap();
    wired.end().unwrap();
    wired.write("body").unwrap();
    assert_eq!(wired.finish().1, "body");
}

#[derive(Clone, Debug)]
enum Call {
    Begin(u16),
    Field(&'static str, &'static str),
    End,
    Write(&'static str),
    Flush,
}

fn call() -> impl proptest::strategy::Strategy<Value = Call> {
    use proptest::prelude::*;
    prop_oneof![
        prop::sample::select(&[100, 103, 200, 204, 205, 304, 404, 999][..]).prop_map(Call::Begin),
        prop::sample::select(
            &[
                ("Content-Length", "3"),
                ("Content-Length", "x"),
                ("Transfer-Encoding", "chunked"),
                ("Connection", "close"),
                ("X", "a\r\nb: c"),
                ("Y", "z"),
            ][..]
        )
        .prop_map(|(name, value)| Call::Field(name, value)),
        Just(Call::End),
        prop::sample::select(&["", "a", "abc", "1\r\na\r\n", "0\r\n\r\n"][..]).prop_map(Call::Write),
        Just(Call::Flush),
    ]
}

fn peer() -> impl proptest::strategy::Strategy<Value = Peer> {
    use proptest::prelude::*;
    (any::<bool>(), any::<bool>()).prop_map(|(is_1_1, is_head)| Peer { is_1_1, is_head, ..PEER })
}

proptest::proptest! {
    /// Whatever a handler calls in whatever order: one legal final message, or an end that cuts the connection.
    #[test]
    fn any_calls_leave_a_legal_message_or_are_known_not_to(
        peer in peer(),
        calls in proptest::collection::vec(call(), 0..14),
    ) {
        let mut wired = Wired::new(peer);
        for call in calls {
            let _ = match call {
                Call::Begin(code) => wired.begin(code),
                Call::Field(name, value) => wired.field(name, value),
                Call::End => wired.end().map(drop),
                Call::Write(data) => wired.write(data),
                Call::Flush => { wired.flush(); Ok(()) }
            };
        }
        let (finish, text) = wired.finish();
        if finish != Finish::Complete {
            return Ok(());
        }
        let mut rest = text.as_bytes();
        loop {
            let mut fields = [httparse::EMPTY_HEADER; 20];
            let mut parsed = httparse::Response::new(&mut fields);
            let head = parsed.parse(rest).expect("a legal head").unwrap();
            rest = &rest[head..];
            let code = parsed.code.unwrap();
            if code >= 200 {
                check_body(peer, code, parsed.headers, rest);
                break;
            }
            assert!(peer.is_1_1, "an informational answer to HTTP/1.0");
        }
    }

    /// A field that is taken parses back as it was given; one that is refused leaves nothing on the wire.
    #[test]
    fn what_is_written_parses_back(
        fields in proptest::collection::vec(("[!#-\\.0-9A-Za-z^_`|~ :\r\n]{0,12}", proptest::collection::vec(proptest::num::u8::ANY, 0..20)), 0..6),
    ) {
        let mut wired = Wired::new(PEER);
        wired.begin(200).unwrap();
        let mut taken = vec![];
        for (name, value) in &fields {
            let name = format!("X{name}");
            if wired.response.field(&mut wired.out, name.as_bytes(), value).is_ok() {
                let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
                let start = value.iter().position(|byte| !is_blank(byte)).unwrap_or(value.len());
                let end = value.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
                taken.push((name, value[start..end].to_vec()));
            }
        }
        wired.end().unwrap();
        wired.response.finish(&mut wired.out, false);
        let mut found = [httparse::EMPTY_HEADER; 8];
        let mut parsed = httparse::Response::new(&mut found);
        let head = parsed.parse(&wired.out).expect("a legal head").unwrap();
        assert_eq!(head, wired.out.len(), "nothing after the head");
        let parsed: Vec<_> = parsed.headers.iter().map(|field| (field.name.to_owned(), field.value.to_vec())).collect();
        taken.push(("Content-Length".to_owned(), b"0".to_vec()));
        assert_eq!(parsed, taken);
    }
}

fn check_body(peer: Peer, code: u16, fields: &[httparse::Header<'_>], body: &[u8]) {
    let values = |name: &str| -> Vec<&[u8]> {
        fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value).collect()
    };
    let (lengths, codings) = (values("Content-Length"), values("Transfer-Encoding"));
    assert!(lengths.len() + codings.len() <= 1);
    assert!(peer.is_1_1 || codings.is_empty(), "chunks for HTTP/1.0");
    if peer.is_head || matches!(code, 204 | 205 | 304) {
        assert_eq!(body, b"");
    } else if !codings.is_empty() {
        check_chunks(body);
    } else if peer.is_1_1 || !lengths.is_empty() {
        assert_eq!(lengths, [body.len().to_string().as_bytes()]);
    } else {
        assert_eq!(values("Connection"), [b"close"], "only its end ends the body");
    }
}

fn check_chunks(body: &[u8]) {
    let (mut decoder, mut at) = (Decoder::default(), 0);
    loop {
        match decoder.peek(&body[at..], PIECE).expect("legal chunks") {
            Step::Data { skip, bytes } => {
                decoder.took(bytes);
                at += skip + bytes;
            }
            Step::More { .. } => panic!("the body has no end"),
            Step::End { skip } => {
                assert_eq!(at + skip, body.len());
                break;
            }
        }
    }
}
