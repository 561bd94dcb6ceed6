//! Whatever a handler calls, in whatever order, what goes over the wire is legal.

use super::*;

/// One call of a handler's, or of the host in its name.
#[derive(Clone, Debug)]
enum Call {
    Begin(u16),
    Field(Vec<u8>, Vec<u8>),
    End,
    Write(Vec<u8>),
    Flush,
    FlushHeaders,
    Continue,
    /// `close_connection` as the handler sets it.
    Closes(bool),
}

fn field() -> impl proptest::strategy::Strategy<Value = Call> {
    use proptest::prelude::*;
    let name = prop_oneof![
        prop::sample::select(&["Content-Length", "transfer-encoding", "CONNECTION", "X", "Set-Cookie"][..])
            .prop_map(|name| name.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..6),
    ];
    let value = prop_oneof![
        prop::sample::select(
            &["3", "0", "chunked", "gzip", "close", "keep-alive", "a, Close", "a\r\nb: c", ""][..]
        )
        .prop_map(|value| value.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..12),
    ];
    (name, value).prop_map(|(name, value)| Call::Field(name, value))
}

fn call() -> impl proptest::strategy::Strategy<Value = Call> {
    use proptest::prelude::*;
    let code = prop::sample::select(&[99, 100, 101, 103, 200, 204, 205, 299, 304, 404, 999, 1000][..]);
    let piece =
        prop::sample::select(&["", "a", "abc", "1\r\na\r\n", "0\r\n\r\n", "HTTP/1.1 200 X\r\n\r\n"][..]);
    prop_oneof![
        4 => code.prop_map(Call::Begin),
        3 => field(),
        4 => Just(Call::End),
        4 => piece.prop_map(|piece| Call::Write(piece.as_bytes().to_vec())),
        1 => Just(Call::Flush),
        1 => Just(Call::FlushHeaders),
        1 => Just(Call::Continue),
        1 => any::<bool>().prop_map(Call::Closes),
    ]
}

/// HTTP/0.9, 1.0 and 1.1; HEAD and CONNECT; with and without an Upgrade field.
fn client() -> impl proptest::strategy::Strategy<Value = Client> {
    use proptest::prelude::*;
    let version = prop::sample::select(&[Version::Http09, Version::Http10, Version::Http11][..]);
    let method = prop::sample::select(&["GET", "POST", "HEAD", "CONNECT"][..]);
    (version, method, any::<bool>()).prop_map(|(version, method, upgrades)| {
        let method = if version == Version::Http09 { "GET" } else { method };
        Client { version, method, upgrades }
    })
}

/// What came of a sequence of calls.
struct Played {
    finish: Finish,
    raw: bool,
    until_close: bool,
    closes: bool,
    /// Informational answers that were ended, and the status of the final one.
    informed: Vec<u16>,
    status: Option<u16>,
    /// What the handler wrote and the answer took, and how much of it after the connection had become the handler's.
    taken: Vec<u8>,
    raw_from: usize,
    wire: Vec<u8>,
}

fn play(client: Client, mut closes: bool, calls: Vec<Call>) -> Played {
    let mut wired = Wired::new(client);
    let (mut begun, mut informed, mut status, mut taken, mut raw_from) = (0, vec![], None, vec![], 0);
    for call in calls {
        let before = (wired.sent.len(), wired.out().len(), wired.http1.waiting_bytes(), wired.answer.held());
        // As the exchange has it.
        wired.closes = closes || wired.answer.says_close();
        let result = match &call {
            Call::Begin(code) => wired.begin(*code).map(|()| begun = *code),
            Call::Field(name, value) => wired.answer.field(name, value).map(drop),
            Call::End => wired.end().map(|ended| match begun {
                100 | 102..200 => informed.push(begun),
                _ => {
                    status = Some(begun);
                    raw_from = if ended == Ended::Upgrade { taken.len() } else { raw_from };
                }
            }),
            Call::Write(data) => {
                wired.answer.write(&mut wired.http1, data).map(|()| taken.extend_from_slice(data))
            }
            Call::Flush => {
                wired.flush();
                Ok(())
            }
            Call::FlushHeaders => {
                wired.flush_headers();
                Ok(())
            }
            Call::Continue => {
                if client.is_1_1() && wired.tell_to_continue() {
                    informed.push(100);
                }
                Ok(())
            }
            Call::Closes(value) => {
                closes = *value;
                Ok(())
            }
        };
        // `malformed` aside, a call that fails has had no effect on what goes over the wire.
        if matches!(result, Err(ref failure) if !matches!(failure, Failure::Malformed(_))) {
            let after =
                (wired.sent.len(), wired.out().len(), wired.http1.waiting_bytes(), wired.answer.held());
            assert_eq!(before, after, "{call:?}");
        }
    }
    wired.closes = closes || wired.answer.says_close();
    let finish = wired.answer.finish(&mut wired.http1, wired.closes);
    Played {
        finish,
        raw: wired.answer.is_raw(),
        until_close: wired.http1.encoder.ends_by_close(),
        closes: wired.closes,
        informed,
        status,
        taken,
        raw_from,
        wire: wired.wire(),
    }
}

type Fields = Vec<(String, Vec<u8>)>;

/// Takes a head off the front, by a parser that is not ours.
fn take_head(rest: &mut &[u8]) -> (u16, Fields) {
    let mut fields = [httparse::EMPTY_HEADER; 40];
    let mut parsed = httparse::Response::new(&mut fields);
    let length = parsed.parse(rest).expect("a legal head").unwrap();
    *rest = &rest[length..];
    let fields = parsed.headers.iter().map(|field| (field.name.to_owned(), field.value.to_vec())).collect();
    (parsed.code.unwrap(), fields)
}

fn values<'a>(fields: &'a Fields, name: &str) -> Vec<&'a [u8]> {
    fields.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| &value[..]).collect()
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(4_000))]

    /// Whatever a handler calls in whatever order: a legal final message after legal informational ones, or an end
    /// that the host knows it must cut.
    #[test]
    fn any_calls_leave_a_legal_message_or_are_known_not_to(
        client in client(),
        closes: bool,
        calls in proptest::collection::vec(call(), 0..16),
    ) {
        let played = play(client, closes, calls);
        if played.finish != Finish::Complete {
            return Ok(());
        }
        let status = played.status.expect("a complete answer has a status");
        let mut rest = &played.wire[..];
        if client.version == Version::Http09 {
            assert!(played.until_close || played.raw || rest.len() <= played.taken.len());
            return Ok(());
        }
        let mut informed = Vec::new();
        let (code, fields) = loop {
            let (code, fields) = take_head(&mut rest);
            if code >= 200 || code == 101 {
                break (code, fields);
            }
            assert!(values(&fields, "Content-Length").is_empty() && values(&fields, "Transfer-Encoding").is_empty());
            informed.push(code);
        };
        assert_eq!(code, status);
        assert_eq!(informed, if client.is_1_1() { played.informed.clone() } else { vec![] });
        check_connection(client, &played, &fields);
        if played.raw {
            assert_eq!((values(&fields, "Content-Length").len(), values(&fields, "Transfer-Encoding").len()), (0, 0));
            assert_eq!(rest, &played.taken[played.raw_from..], "the connection is the handler's");
        } else {
            check_body(client, &played, &fields, rest);
        }
    }

    /// A field that is taken parses back as it was given; one that is refused leaves nothing on the wire.
    #[test]
    fn what_is_written_parses_back(
        fields in proptest::collection::vec(("[!#-\\.0-9A-Za-z^_`|~ :\r\n]{0,12}", proptest::collection::vec(proptest::num::u8::ANY, 0..20)), 0..6),
    ) {
        let mut wired = Wired::new(CLIENT);
        wired.begin(200).unwrap();
        let mut taken = vec![];
        for (name, value) in &fields {
            let name = format!("X{name}");
            if wired.answer.field(name.as_bytes(), value).is_ok() {
                let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
                let start = value.iter().position(|byte| !is_blank(byte)).unwrap_or(value.len());
                let end = value.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
                taken.push((name, value[start..end].to_vec()));
            }
        }
        wired.end().unwrap();
        wired.answer.finish(&mut wired.http1, false);
        let mut found = [httparse::EMPTY_HEADER; 8];
        let mut parsed = httparse::Response::new(&mut found);
        let head = parsed.parse(wired.out()).expect("a legal head").unwrap();
        assert_eq!(head, wired.out().len(), "nothing after the head");
        let parsed: Vec<_> = parsed.headers.iter().map(|field| (field.name.to_owned(), field.value.to_vec())).collect();
        taken.push(("Content-Length".to_owned(), b"0".to_vec()));
        assert_eq!(parsed, taken);
    }
}

/// What the answer says about the connection is what will happen to it.
fn check_connection(client: Client, played: &Played, fields: &Fields) {
    let said = values(fields, "Connection");
    let says = |option: &str| {
        let same = |other: &[u8]| other.trim_ascii().eq_ignore_ascii_case(option.as_bytes());
        said.iter().any(|value| value.split(|&byte| byte == b',').any(same))
    };
    if played.raw {
        return;
    }
    assert!(!(says("close") && says("keep-alive")), "{fields:?}");
    assert!(!says("close") || played.closes || played.until_close, "it says close and is kept");
    assert!(!says("keep-alive") || !played.until_close, "it says keep-alive and ends with the connection");
    assert!(client.is_1_1() || says("close") || says("keep-alive"), "an HTTP/1.0 client must be told");
}

fn check_body(client: Client, played: &Played, fields: &Fields, body: &[u8]) {
    let (lengths, codings) = (values(fields, "Content-Length"), values(fields, "Transfer-Encoding"));
    assert!(lengths.len() + codings.len() <= 1);
    assert!(client.is_1_1() || codings.is_empty(), "chunks for HTTP/1.0");
    if client.method == "HEAD" || matches!(played.status, Some(204 | 205 | 304)) {
        assert_eq!(body, b"");
    } else if !codings.is_empty() {
        assert_eq!(codings, [b"chunked"]);
        check_chunks(body);
    } else if client.is_1_1() || !lengths.is_empty() {
        assert_eq!(lengths, [body.len().to_string().as_bytes()]);
    } else {
        assert!(played.until_close, "only its end ends the body");
    }
}

/// By hand: the decoder under test made them, so it can't be the judge.
fn check_chunks(mut body: &[u8]) {
    loop {
        let line = body.windows(2).position(|window| window == b"\r\n").expect("a chunk size ends");
        let size = std::str::from_utf8(&body[..line]).expect("ASCII");
        assert!(!size.is_empty() && size.bytes().all(|byte| byte.is_ascii_hexdigit()), "{size:?}");
        let size = usize::from_str_radix(size, 16).expect("a size");
        assert_eq!(&body[line + 2 + size..][..2], b"\r\n");
        body = &body[line + 2 + size + 2..];
        if size == 0 {
            break;
        }
    }
    assert_eq!(body, b"", "nothing follows the last chunk");
}
