//! A whole connection: whatever bytes come in whatever pieces, the handler sees the requests that the model finds, the answers
//! can be read, and where there is a doubt the connection closes.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use doverb_core::attributes::Protocol;
use doverb_core::exchange::Exchange;
use doverb_core::failure::Failure;
use doverb_core::handler::Handler;
use doverb_core::isolation::Isolation;
use doverb_core::log::Log;
use doverb_core::mount::Mount;
use doverb_core::peer::{Address, Peer};
use doverb_core::pool::{Pool, PoolSize};
use doverb_core::site::Site;
use doverb_core::slot::Slot;
use doverb_http1::{Service, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::{self, Runtime};

use crate::head::path;
use crate::model::answers::{self, Answer, Asked};
use crate::model::chunks::{Chunks, decode};
use crate::model::head::{self, Body, Head, Request};

/// What a direction holds that the other side has not read: as much as there ever is.
const BUFFER: usize = 1 << 20;
/// Longer inputs only take time.
const MAX_INPUT: usize = 16 * 1024;
/// A body that says to be longer is refused: the default limit.
const MAX_BODY: u64 = 1 << 30;
/// When a connection that should have ended has not.
const DEADLINE: Duration = Duration::from_secs(20);

/// What the handler does.
#[derive(Clone, Copy, Debug, Default)]
struct Manner {
    /// How much of the body it reads: all of it, or at most so many bytes.
    most: Option<usize>,
    framing: Framing,
    is_secure: bool,
}

/// How the handler has its answer framed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Framing {
    #[default]
    Held,
    Length,
    Streamed,
    OwnChunks,
}

/// What the handler has seen of a request.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    method: String,
    target: String,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
    /// Whether the body came to its end, as far as it was read.
    is_whole: bool,
}

thread_local! {
    static MANNER: Cell<Manner> = Cell::default();
    static SEEN: RefCell<Vec<Seen>> = RefCell::default();
    static RUNTIME: Runtime =
        runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
}

static SERVICE: LazyLock<Arc<Service>> = LazyLock::new(|| {
    let handler = Handler::native_async("seen", |exchange| Box::pin(handle(exchange)));
    let mount = Mount::new(Slot::new(handler), Isolation::Connection, Pool::new(PoolSize::share(1, 1, 1)));
    let site = Site::new(Log::discard()).with_protocol(Protocol::Http11);
    Arc::new(Service::new(Arc::new(site), mount))
});

async fn handle(exchange: &mut Exchange) -> Result<(), Failure> {
    let manner = MANNER.get();
    let fields = exchange.headers().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let (method, target) = (exchange.command().into_owned(), exchange.path().into_owned());
    // The answer to CONNECT must not be a tunnel.
    let status = if method == "CONNECT" { 404 } else { 200 };
    SEEN.with_borrow_mut(|seen| {
        seen.push(Seen { method, target, fields, body: Vec::new(), is_whole: false })
    });
    let mut body = Vec::new();
    while manner.most.is_none_or(|most| body.len() < most) {
        let piece = exchange.read_body(7 + body.len() as u32).await?;
        if piece.is_empty() {
            break;
        }
        body.extend_from_slice(&piece);
    }
    SEEN.with_borrow_mut(|seen| {
        let last = seen.last_mut().expect("pushed above");
        (last.body, last.is_whole) = (body.clone(), true);
    });
    exchange.send_response(status, None)?;
    answer(exchange, manner.framing, &body).await
}

/// Answers with the body that was read.
async fn answer(exchange: &mut Exchange, framing: Framing, body: &[u8]) -> Result<(), Failure> {
    match framing {
        Framing::Held => {}
        Framing::Length => exchange.send_header("Content-Length", &body.len().to_string())?,
        Framing::OwnChunks => exchange.send_header("Transfer-Encoding", "chunked")?,
        Framing::Streamed => {
            exchange.end_headers()?;
            exchange.flush_body().await?;
            let (first, second) = body.split_at(body.len() / 2);
            exchange.write(first)?;
            exchange.flush_body().await?;
            exchange.write(second)?;
            return Ok(());
        }
    }
    exchange.end_headers()?;
    if framing == Framing::OwnChunks {
        if !body.is_empty() {
            exchange.write(format!("{:x};a=\"b\"\r\n", body.len()).as_bytes())?;
            exchange.write(body)?;
            exchange.write(b"\r\n")?;
        }
        exchange.write(b"0\r\n\r\n")?;
    } else {
        exchange.write(body)?;
    }
    Ok(())
}

/// The first two bytes say what the handler does and in which pieces the rest comes.
///
/// # Panics
///
/// When the server is wrong.
pub fn check(data: &[u8]) {
    let [manner, piece, input @ ..] = data else {
        return;
    };
    if input.len() > MAX_INPUT {
        return;
    }
    let framings = [Framing::Held, Framing::Length, Framing::Streamed, Framing::OwnChunks];
    let manner = Manner {
        most: (manner & 4 != 0).then_some(usize::from(manner >> 4) * 3),
        framing: framings[usize::from(manner & 3)],
        is_secure: manner & 8 != 0,
    };
    let piece = if *piece == 0 { input.len().max(1) } else { usize::from(*piece) };
    let answer = connect(manner, input, piece);
    let seen = SEEN.take();
    Expected::of(input, manner).judge(&seen, &answer, manner);
}

/// Sends the input and the end of the sending side; what came back until the server closed the connection.
fn connect(manner: Manner, input: &[u8], piece: usize) -> Vec<u8> {
    MANNER.set(manner);
    SEEN.take();
    let (client, server) = tokio::io::duplex(BUFFER);
    let nobody = Address::of_unix(None);
    let peer = Peer::new(nobody.clone(), nobody);
    let peer = if manner.is_secure { peer.secure() } else { peer };
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let served = serve(Arc::clone(&SERVICE), server, peer, 1);
            let both = async { tokio::join!(served, converse(client, input, piece)).1 };
            tokio::time::timeout(DEADLINE, both).await.expect("the connection ends")
        })
    })
}

async fn converse(mut client: DuplexStream, input: &[u8], piece: usize) -> Vec<u8> {
    for piece in input.chunks(piece) {
        // A server that has closed takes no more.
        let _ = client.write_all(piece).await;
        tokio::task::yield_now().await;
    }
    let _ = client.shutdown().await;
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.expect("all that was answered");
    answer
}

/// What ends the requests of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The client, or an answer that says so.
    Orderly,
    /// A head that has no end; it may be refused as well.
    Unfinished,
    /// A head that must be refused.
    Refused,
    /// The body of the last request has no end.
    Incomplete,
    /// The body of the last request is none.
    Malformed,
}

/// What the model finds.
#[derive(Debug)]
struct Expected {
    requests: Vec<(Request, Vec<u8>)>,
    end: End,
    /// Whether what is no request begins as one of HTTP/0.9: where its fields come later than its line they are not waited for.
    begins_as_0_9: bool,
    /// From this request on the server may close, as nobody knows whether its client will ever send the body.
    may_close: Option<usize>,
}

impl Expected {
    fn of(input: &[u8], manner: Manner) -> Expected {
        let mut expected =
            Expected { requests: Vec::new(), end: End::Orderly, begins_as_0_9: false, may_close: None };
        let mut rest = input;
        while !rest.is_empty() {
            expected.begins_as_0_9 = begins_as_0_9(rest, manner.is_secure);
            let request = match head::read(rest, manner.is_secure, true) {
                Head::Whole(Request { body: Body::Length(length), .. }) if length > MAX_BODY => {
                    expected.end = End::Refused;
                    break;
                }
                Head::Whole(request) => request,
                Head::Unfinished => {
                    expected.end = End::Unfinished;
                    break;
                }
                Head::Refused => {
                    expected.end = End::Refused;
                    break;
                }
            };
            rest = &rest[request.length..];
            let (body, end) = take_body(&mut rest, request.body);
            if manner.most.is_some() && request.lists("Expect", "100-continue") && request.body != Body::None
            {
                expected.may_close.get_or_insert(expected.requests.len());
            }
            let until_close = manner.framing == Framing::Streamed || manner.framing == Framing::OwnChunks;
            let persists =
                request.persists() && !(until_close && request.minor != 1 && request.method != b"HEAD");
            expected.requests.push((request, body));
            expected.end = end;
            if end != End::Orderly || !persists {
                break;
            }
        }
        expected
    }

    fn judge(&self, seen: &[Seen], stream: &[u8], manner: Manner) {
        let context = || format!("{self:?}\n{manner:?}\nseen: {seen:?}\nanswered: {}", stream.escape_ascii());
        let all = self.requests.len();
        let is_no_request = matches!(self.end, End::Unfinished | End::Refused);
        if is_no_request && self.begins_as_0_9 && seen.len() == all + 1 {
            return;
        }
        let few = self.may_close.map_or(all, |at| at + 1);
        assert!((few..=all).contains(&seen.len()), "{}", context());
        let broken = matches!(self.end, End::Incomplete | End::Malformed);
        for (at, ((request, body), seen)) in self.requests.iter().zip(seen).enumerate() {
            assert_same(request, seen);
            let is_last = at + 1 == all;
            let read = manner.most.map_or(&body[..], |most| &body[..body.len().min(most)]);
            if !is_last || !broken {
                assert!(seen.is_whole, "{}", context());
            }
            // What is read in pieces may go beyond what the handler asked for, but never beyond the body.
            assert!(body.starts_with(&seen.body), "{}", context());
            if seen.is_whole {
                assert!(seen.body.len() >= read.len(), "{}", context());
                assert!(manner.most.is_some() || !is_last || !broken, "{}", context());
            }
        }
        let asked = self.requests[..seen.len()].iter().map(|(request, _)| match request.minor {
            9 => Asked::Http09,
            _ if request.method == b"HEAD" => Asked::Head,
            _ => Asked::Get,
        });
        let last = (seen.len() == all && matches!(self.end, End::Unfinished | End::Refused))
            .then_some(Asked::Nonsense);
        let answers = match answers::read(stream, asked.chain(last)) {
            Ok(answers) => answers,
            Err(why) => panic!("{why}\n{}", context()),
        };
        assert!(self.counts(seen, &answers, manner), "{} answers\n{}", answers.len(), context());
        for (at, (seen, answer)) in seen.iter().zip(&answers).enumerate() {
            let is_doubtful = at + 1 == all && broken;
            if !is_doubtful && answer.status != 0 {
                assert_eq!(answer.status, if seen.method == "CONNECT" { 404 } else { 200 }, "{}", context());
            }
            if !is_doubtful && seen.method != "HEAD" {
                assert_eq!(answer.body, seen.body, "{}", context());
            }
            let (request, _) = &self.requests[at];
            assert!(request.minor != 1 || request.persists() || answer.closes(), "{}", context());
        }
    }

    /// Whether there are as many answers as there must be, and the last one is a refusal where one must be.
    fn counts(&self, seen: &[Seen], answers: &[Answer], manner: Manner) -> bool {
        let is_refusal = |answer: &Answer| answer.status >= 400 && answer.closes();
        let (served, refusals) = answers.split_at(seen.len().min(answers.len()));
        if seen.len() < self.requests.len() {
            return served.len() == seen.len() && refusals.is_empty();
        }
        let is_09 = self.requests.last().is_some_and(|(request, _)| request.minor == 9);
        // It may close behind the last of them too: what comes then is not read. It says so, unless the head has left while
        // the handler could still read.
        let may_have_closed = self.may_close.is_some_and(|at| at < seen.len());
        let says_so = answers.last().is_some_and(Answer::closes) || manner.framing == Framing::Streamed;
        if may_have_closed && answers.len() == seen.len() && says_so {
            return true;
        }
        match self.end {
            // An empty answer to HTTP/0.9 cannot be seen.
            End::Orderly => served.len() == seen.len() || is_09,
            End::Unfinished => served.len() == seen.len() && refusals.iter().all(is_refusal),
            End::Refused => served.len() == seen.len() && refusals.len() == 1 && is_refusal(&refusals[0]),
            End::Malformed if manner.most.is_none() => {
                served.len() == seen.len() && served.last().is_some_and(is_refusal)
            }
            End::Incomplete | End::Malformed => served.len() + 1 >= seen.len(),
        }
    }
}

/// Whether the first line alone is a request of HTTP/0.9.
fn begins_as_0_9(input: &[u8], is_secure: bool) -> bool {
    let start = input.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(input.len());
    let line = input[start..].split(|byte| *byte == b'\r').next().unwrap_or_default();
    let alone = [line, b"\r\n\r\n"].concat();
    matches!(head::read(&alone, is_secure, true), Head::Whole(request) if request.minor == 9)
}

/// Takes a body off the front of the input: what is there of it, and how the input ends if it ends here.
fn take_body(rest: &mut &[u8], body: Body) -> (Vec<u8>, End) {
    let length = match body {
        Body::None => return (Vec::new(), End::Orderly),
        Body::Length(length) => usize::try_from(length).unwrap_or(usize::MAX),
        Body::Chunked => match decode(rest) {
            Chunks::Whole { body, length, .. } => {
                *rest = &rest[length..];
                return (body, End::Orderly);
            }
            // A line that is not whole may be wrong already.
            Chunks::Unfinished(body) => return (body, End::Incomplete),
            Chunks::Malformed(body) => return (body, End::Malformed),
        },
    };
    match rest.split_at_checked(length) {
        Some((body, behind)) => {
            *rest = behind;
            (body.to_vec(), End::Orderly)
        }
        None => (rest.to_vec(), End::Incomplete),
    }
}

fn assert_same(request: &Request, seen: &Seen) {
    let text = |text: &[u8]| text.iter().map(|&byte| char::from(byte)).collect::<String>();
    assert_eq!((&seen.method, &seen.target), (&text(&request.method), &text(path(&request.target))));
    let fields: Vec<_> = request.fields.iter().map(|(name, value)| (text(name), text(value))).collect();
    assert_eq!(seen.fields, fields);
}
