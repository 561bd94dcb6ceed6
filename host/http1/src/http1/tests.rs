//! The rules of the state machine, each by its name.

use doverb_core::answer::{Answer, Beginning, Ended, Finish};
use doverb_core::attributes::Protocol;
use doverb_core::head::Version;
use doverb_core::limits::MAX_RESPONSE_HEAD;
use doverb_core::peer::Address;

use crate::parse::head;
use crate::parse::target::Scheme;
use crate::transport::Stream;

use super::*;

mod any_calls;

const CLIENT: Client = Client { version: Version::Http11, method: "GET", upgrades: false };
const OLD_CLIENT: Client = Client { version: Version::Http10, ..CLIENT };

/// Whose request is answered.
#[derive(Clone, Copy, Debug)]
struct Client {
    version: Version,
    method: &'static str,
    upgrades: bool,
}

impl Client {
    fn request(self) -> String {
        let Client { version, method, upgrades } = self;
        let target = if method == "CONNECT" { "a:80" } else { "/" };
        let (version, host) = match version {
            Version::Http09 => return format!("{method} {target}\r\n\r\n"),
            Version::Http10 => ("HTTP/1.0", ""),
            Version::Http11 => ("HTTP/1.1", "Host: a\r\n"),
        };
        let upgrade = if upgrades { "Connection: upgrade\r\nUpgrade: b\r\n" } else { "" };
        format!("{method} {target} {version}\r\n{host}{upgrade}\r\n")
    }

    fn is_1_1(self) -> bool {
        self.version == Version::Http11
    }
}

fn beginning(status: u16) -> Beginning<'static> {
    Beginning { call: "send-response", protocol: Protocol::Http11, status, phrase: b"X" }
}

/// An answer and the connection that it goes out on.
struct Wired {
    sent: Vec<u8>,
    http1: Http1,
    answer: Answer,
    /// Whether the connection will close after the answer.
    closes: bool,
}

impl Wired {
    fn new(client: Client) -> Wired {
        let (_, stream) = tokio::io::duplex(1);
        let nobody = Address::of_unix(None);
        let wire = Wire::new(Stream::Other(Box::new(stream)), Duration::MAX);
        let mut http1 = Http1::new(wire, Peer::new(nobody.clone(), nobody));
        let length = head::parse(&mut http1.head, client.request().as_bytes(), Scheme::Http, |_| 0)
            .expect("a good request");
        http1.head_is_read(length, 0);
        let mut answer = Answer::default();
        answer.prepare(&http1.head);
        Wired { sent: Vec::new(), http1, answer, closes: false }
    }

    fn begin(&mut self, status: u16) -> Result<(), Failure> {
        self.answer.begin(&beginning(status))
    }

    fn field(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        self.answer.field(name.as_bytes(), value.as_bytes()).map(drop)
    }

    fn end(&mut self) -> Result<Ended, Failure> {
        self.answer.end_headers(&mut self.http1, self.closes)
    }

    fn write(&mut self, data: &str) -> Result<(), Failure> {
        self.answer.write(&mut self.http1, data.as_bytes())
    }

    fn flush(&mut self) {
        self.answer.release(&mut self.http1, self.closes);
        self.send();
    }

    fn flush_headers(&mut self) {
        self.answer.release_head(&mut self.http1, self.closes);
        self.send();
    }

    fn send(&mut self) {
        self.http1.encoder.seal(&mut self.http1.wire.out);
        let out = &mut self.http1.wire.out;
        self.sent.extend_from_slice(out.unsent());
        out.advance(out.unsent().len());
    }

    fn retract(&mut self) -> bool {
        self.answer.retract(&mut self.http1)
    }

    /// As the exchange does it.
    fn tell_to_continue(&mut self) -> bool {
        let is_too_late = self.http1.has_left() || self.answer.is_raw();
        if !is_too_late {
            let mut head = AnswerHead::default();
            head.begin(Protocol::Http11, 100, b"C");
            self.http1.informational(&head);
        }
        !is_too_late
    }

    fn out(&self) -> &[u8] {
        self.http1.wire.out.unsent()
    }

    fn finish(&mut self) -> (Finish, String) {
        let finish = self.answer.finish(&mut self.http1, self.closes);
        (finish, String::from_utf8(self.wire()).unwrap())
    }

    /// All that was sent and will be.
    fn wire(&mut self) -> Vec<u8> {
        self.http1.encoder.seal(&mut self.http1.wire.out);
        [&self.sent, self.out()].concat()
    }
}

#[test]
fn a_whole_body_gets_its_length() {
    let mut wired = Wired::new(CLIENT);
    wired.begin(200).unwrap();
    wired.end().unwrap();
    wired.write("hello").unwrap();
    let whole = "HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\nhello".into();
    assert_eq!(wired.finish(), (Finish::Complete, whole));
}

#[test]
fn a_flushed_body_is_chunked_or_ends_with_the_connection() {
    for (client, body) in [
        (CLIENT, "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
        (OLD_CLIENT, "Connection: close\r\n\r\nabc"),
    ] {
        let mut wired = Wired::new(client);
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
    let old = Beginning { protocol: Protocol::Http10, ..beginning(200) };
    for own_chunks in [false, true] {
        let mut wired = Wired::new(CLIENT);
        wired.answer.begin(&old).unwrap();
        if own_chunks {
            wired.field("Transfer-Encoding", "chunked").unwrap();
        }
        wired.end().unwrap();
        wired.write(if own_chunks { "1\r\na\r\n0\r\n\r\n" } else { "a" }).unwrap();
        wired.flush();
        assert!(wired.http1.encoder.ends_by_close());
        assert_eq!(wired.finish(), (Finish::Complete, "HTTP/1.0 200 X\r\n\r\na".into()));
    }
}

#[test]
fn an_answer_that_calls_itself_http_1_0_says_that_it_is_kept() {
    let mut wired = Wired::new(CLIENT);
    let old = Beginning { protocol: Protocol::Http10, ..beginning(204) };
    wired.answer.begin(&old).unwrap();
    wired.end().unwrap();
    assert_eq!(wired.finish(), (Finish::Complete, "HTTP/1.0 204 X\r\nConnection: keep-alive\r\n\r\n".into()));
}

#[test]
fn more_than_the_declared_length_never_leaves() {
    let mut wired = Wired::new(CLIENT);
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
        let mut wired = Wired::new(CLIENT);
        wired.begin(code).unwrap();
        wired.end().unwrap();
        wired.write("body").unwrap();
        assert_eq!(wired.finish(), (Finish::Complete, format!("HTTP/1.1 {code} X\r\n\r\n")));
    }
    let mut wired = Wired::new(CLIENT);
    wired.begin(205).unwrap();
    wired.field("Content-Length", "4").unwrap();
    wired.end().unwrap();
    assert_eq!(wired.finish().1, "HTTP/1.1 205 X\r\nContent-Length: 0\r\n\r\n");
}

#[test]
fn calls_out_of_order_are_refused_and_change_nothing() {
    let mut wired = Wired::new(CLIENT);
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
fn chunks_that_a_101_says_to_have_are_not_waited_for() {
    let mut wired = Wired::new(Client { upgrades: true, ..CLIENT });
    wired.begin(101).unwrap();
    wired.field("Upgrade", "b").unwrap();
    wired.field("Transfer-Encoding", "chunked").unwrap();
    assert_eq!(wired.end(), Ok(Ended::Upgrade));
    wired.write("raw").unwrap();
    let (finish, sent) = wired.finish();
    assert_eq!(finish, Finish::Complete);
    assert!(sent.ends_with("\r\n\r\nraw") && !sent.contains("Transfer-Encoding"), "{sent}");
}

#[test]
fn framing_fields_that_repeat_contradict_or_are_unknown_are_refused() {
    let mut wired = Wired::new(CLIENT);
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
fn own_chunks_that_are_refused_leave_no_trace() {
    let mut wired = Wired::new(CLIENT);
    wired.begin(200).unwrap();
    wired.field("Transfer-Encoding", "chunked").unwrap();
    wired.end().unwrap();
    // A size before what is wrong, whole chunks before it, and bytes behind the end.
    for bad in ["d;\0", "1\r\na\r\nz", "1\r\na\r\n0\r\n\r\nmore"] {
        assert!(matches!(wired.write(bad), Err(Failure::Malformed(_))), "{bad:?}");
    }
    wired.write("1\r\nb\r\n0\r\n\r\n").unwrap();
    let whole = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n";
    assert_eq!(wired.finish(), (Finish::Complete, whole.into()));
}

#[test]
fn own_chunks_are_checked_and_framed_anew() {
    let mut wired = Wired::new(CLIENT);
    wired.begin(200).unwrap();
    wired.field("Transfer-Encoding", "chunked").unwrap();
    wired.end().unwrap();
    wired.write("3;x=y\r\nab").unwrap();
    wired.write("c\r\n0\r\n").unwrap();
    assert_eq!(wired.finish().0, Finish::OpenChunks);
    wired.write("\r\n").unwrap();
    assert!(matches!(wired.write("more"), Err(Failure::Malformed(_))));
    let whole = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".into();
    assert_eq!(wired.finish(), (Finish::Complete, whole));
    let mut wired = Wired::new(CLIENT);
    wired.begin(200).unwrap();
    wired.field("Transfer-Encoding", "chunked").unwrap();
    wired.end().unwrap();
    assert!(matches!(wired.write("nonsense"), Err(Failure::Malformed(_))));
}

#[test]
fn informational_answers_leave_the_start_as_it_is() {
    let mut wired = Wired::new(CLIENT);
    wired.begin(103).unwrap();
    wired.field("Link", "</a>").unwrap();
    wired.end().unwrap();
    wired.begin(200).unwrap();
    wired.end().unwrap();
    let whole = "HTTP/1.1 103 X\r\nLink: </a>\r\n\r\nHTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(wired.finish().1, whole);
    let mut wired = Wired::new(OLD_CLIENT);
    wired.begin(103).unwrap();
    wired.end().unwrap();
    assert_eq!(wired.out(), b"", "an HTTP/1.0 client gets none");
}

#[test]
fn an_informational_head_never_leaves_in_part() {
    for client in [CLIENT, OLD_CLIENT] {
        let mut wired = Wired::new(client);
        wired.begin(103).unwrap();
        wired.field("Link", "</a>").unwrap();
        wired.flush_headers();
        assert_eq!(wired.sent, b"");
        assert!(wired.retract());
        assert_eq!(wired.out(), b"");
    }
}

#[test]
fn a_continue_stands_before_an_open_head_and_never_in_it() {
    for code in [103, 200] {
        let mut wired = Wired::new(CLIENT);
        wired.begin(code).unwrap();
        assert!(wired.tell_to_continue());
        wired.field("A", "b").unwrap();
        wired.end().unwrap();
        let (_, whole) = wired.finish();
        assert!(
            whole.starts_with(&format!("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 {code} X\r\nA: b\r\n")),
            "{whole}"
        );
    }
    let mut wired = Wired::new(CLIENT);
    wired.begin(200).unwrap();
    wired.end().unwrap();
    wired.flush();
    assert!(!wired.tell_to_continue(), "the head has left");
}

#[test]
fn heads_are_bounded() {
    let phrase = vec![b'x'; MAX_RESPONSE_HEAD + 1];
    let mut wired = Wired::new(CLIENT);
    let too_large = Err(Failure::TooLarge(MAX_RESPONSE_HEAD as u64));
    assert_eq!(wired.answer.begin(&Beginning { phrase: &phrase, ..beginning(200) }), too_large);
    wired.begin(200).unwrap();
    let value = "x".repeat(100_000);
    wired.field("A", &value).unwrap();
    wired.field("B", &value).unwrap();
    assert_eq!(wired.field("C", &value), too_large);
    wired.field("D", "fits").unwrap();
}

#[test]
fn what_has_not_left_can_be_taken_back() {
    let mut wired = Wired::new(CLIENT);
    wired.http1.wire.out.bytes().extend_from_slice(b"earlier");
    wired.begin(200).unwrap();
    assert!(wired.retract());
    assert_eq!(wired.out(), b"earlier", "what came before stays");
    wired.begin(200).unwrap();
    wired.flush();
    assert_eq!(wired.sent, b"earlier", "an open head does not leave");
    assert!(wired.retract());
    assert_eq!(wired.out(), b"");
    wired.begin(200).unwrap();
    wired.end().unwrap();
    wired.write("a").unwrap();
    wired.flush();
    assert!(!wired.retract());
}

#[test]
fn the_connection_field_is_always_true() {
    let mut wired = Wired::new(CLIENT);
    wired.begin(200).unwrap();
    wired.field("Connection", "keep-alive").unwrap();
    wired.closes = true;
    wired.end().unwrap();
    assert_eq!(wired.finish().1, "HTTP/1.1 200 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let mut wired = Wired::new(CLIENT);
    wired.begin(200).unwrap();
    wired.field("Connection", "close").unwrap();
    wired.field("Connection", "close").unwrap();
    wired.end().unwrap();
    assert_eq!(wired.finish().1, "HTTP/1.1 200 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

#[test]
fn what_was_said_of_the_connection_stands() {
    let mut wired = Wired::new(CLIENT);
    wired.begin(200).unwrap();
    wired.field("Content-Length", "0").unwrap();
    assert!(!wired.answer.says_close());
    wired.closes = true;
    wired.end().unwrap();
    assert!(wired.answer.says_close(), "whatever the handler wishes after it");
}

#[test]
fn http_0_9_gets_a_body_only() {
    let mut wired = Wired::new(Client { version: Version::Http09, ..CLIENT });
    wired.begin(200).unwrap();
    wired.field("A", "b").unwrap();
    wired.end().unwrap();
    wired.write("body").unwrap();
    assert_eq!(wired.finish().1, "body");
}
