//! The answer's state machine: whatever a handler calls in whatever order, what reaches the seam is a sound answer, and what a
//! call refuses leaves no trace.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use doverb_core::answer_head::BodyPlan;
use doverb_core::attributes::Protocol;
use doverb_core::exchange::{Ending, Exchange};
use doverb_core::failure::Failure;
use doverb_core::handler::Handler;
use doverb_core::head::{RequestHead, Wants};
use doverb_core::isolation::Isolation;
use doverb_core::log::Log;
use doverb_core::mount::Mount;
use doverb_core::pool::{Pool, PoolSize};
use doverb_core::session::Session;
use doverb_core::site::Site;
use doverb_core::slot::Slot;

use crate::model::chunks::{Chunks, decode};
use downstream::Strict;

mod downstream;

/// Calls of one handler.
const MAX_CALLS: usize = 64;

const STATUSES: [u16; 16] = [100, 101, 103, 199, 200, 201, 204, 205, 206, 304, 404, 413, 500, 999, 99, 1000];

const FIELDS: [(&str, &str); 16] = [
    ("Content-Length", "0"),
    ("Content-Length", "3"),
    ("content-length", "7"),
    ("Content-Length", "+1"),
    ("Transfer-Encoding", "chunked"),
    ("Transfer-Encoding", "gzip, chunked"),
    ("Connection", "close"),
    ("Connection", "keep-alive"),
    ("Connection", "Upgrade"),
    ("Connection", "close, x"),
    ("Upgrade", "a"),
    ("Upgrade", ""),
    ("X", "y"),
    ("X", "a\r\nY: z"),
    ("X y", "z"),
    ("\u{e9}", "\u{e9}"),
];

/// What the handler has got through.
#[derive(Debug, Default)]
struct Written {
    script: Vec<u8>,
    /// Bytes of the body that were taken.
    taken: Vec<u8>,
    own_chunks: bool,
    /// The host made the answer.
    is_page: bool,
}

thread_local! {
    static WRITTEN: RefCell<Written> = RefCell::default();
}

static MOUNT: LazyLock<Mount> = LazyLock::new(|| {
    let handler = Handler::native_async("script", |exchange| Box::pin(run(exchange)));
    Mount::new(Slot::new(handler), Isolation::Connection, Pool::new(PoolSize::share(1, 1, 1)))
});

static SITES: LazyLock<[Arc<Site>; 2]> = LazyLock::new(|| {
    [Protocol::Http10, Protocol::Http11]
        .map(|protocol| Arc::new(Site::new(Log::discard()).with_protocol(protocol)))
});

async fn run(exchange: &mut Exchange) -> Result<(), Failure> {
    let script = WRITTEN.with_borrow_mut(|written| std::mem::take(&mut written.script));
    let mut script = script.into_iter();
    for _ in 0..MAX_CALLS {
        let Some(call) = script.next() else { break };
        let arguments = usize::from(call >> 4);
        let failed = match call & 15 {
            0 | 1 => exchange.send_response(STATUSES[arguments], None).is_err(),
            2 => exchange.send_response(STATUSES[arguments], Some("It's \u{e9}\t!")).is_err(),
            3 => exchange.send_response(STATUSES[arguments], Some("a\r\nb")).is_err(),
            4 | 5 => field(exchange, FIELDS[arguments].0, FIELDS[arguments].1),
            6 => {
                let text: String = script.by_ref().take(arguments).map(char::from).collect();
                let (name, value) = text.split_once('=').unwrap_or((&text, ""));
                field(exchange, name, value)
            }
            7 | 8 => exchange.end_headers().is_err(),
            9 => write(exchange, &vec![b'x'; arguments]),
            10 => {
                let bytes: Vec<u8> = script.by_ref().take(arguments).collect();
                write(exchange, &bytes)
            }
            11 => write(
                exchange,
                [b"1\r\na\r\n".as_slice(), b"0\r\n\r\n", b"2\r\nbc", b"\r\n", b"z"][arguments % 5],
            ),
            12 => send_error(exchange, STATUSES[arguments]),
            13 => exchange.flush_body().await.is_err(),
            14 => {
                exchange.set_close_connection(arguments & 1 == 1);
                false
            }
            _ => exchange.read_body(arguments as u32).await.is_err(),
        };
        // Half of all handlers stop at the first failure, as what a language throws makes them.
        if failed && arguments & 8 == 8 {
            break;
        }
    }
    Ok(())
}

fn field(exchange: &mut Exchange, name: &str, value: &str) -> bool {
    let result = exchange.send_header(name, value);
    if result.is_ok() && name.eq_ignore_ascii_case("Transfer-Encoding") {
        WRITTEN.with_borrow_mut(|written| written.own_chunks = true);
    }
    result.is_err()
}

fn write(exchange: &mut Exchange, bytes: &[u8]) -> bool {
    let result = exchange.write(bytes);
    if result.is_ok() {
        WRITTEN.with_borrow_mut(|written| written.taken.extend_from_slice(bytes));
    }
    result.is_err()
}

fn send_error(exchange: &mut Exchange, status: u16) -> bool {
    let result = exchange.send_error(status, None, Some("<why>"));
    if result.is_ok() && status >= 200 {
        WRITTEN.with_borrow_mut(|written| written.is_page = true);
    }
    result.is_err()
}

/// The first byte says what is asked, the others are the handler's calls.
///
/// # Panics
///
/// When an answer is not sound.
pub fn check(data: &[u8]) {
    let [asked, script @ ..] = data else {
        return;
    };
    let method = ["GET", "HEAD", "POST", "CONNECT"][usize::from(asked & 3)];
    let body: &[u8] = if asked & 4 == 4 { b"a body" } else { b"" };
    let mut request = RequestHead::of(method, if method == "CONNECT" { "a:1" } else { "/" }, [("Host", "a")]);
    let may_upgrade = asked & 8 == 8;
    request.set_wants(Wants { may_upgrade, expects_continue: asked & 16 == 16, ..Wants::default() });
    let site = &SITES[usize::from(asked >> 5 & 1)];
    WRITTEN.set(Written { script: script.to_vec(), ..Written::default() });
    let mut session = Session::new(Arc::clone(site), 1);
    let (strict, ending) = at_once(session.serve(&MOUNT, Box::new(Strict::new(request, body))));
    judge(&strict, ending, &WRITTEN.take());
}

/// Nothing here has to wait.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits, and nobody is there to be waited for"),
    }
}

fn judge(strict: &Strict, ending: Ending, written: &Written) {
    let context = || format!("{written:?}, {ending:?}, {:?}, {}", strict.head, strict.data.escape_ascii());
    let Ending::Whole { closes, is_forced } = ending else {
        assert!(ending == Ending::Broken, "the client is there");
        assert!(!strict.is_raw);
        return;
    };
    if strict.is_raw {
        assert!(closes);
        return;
    }
    let (plan, says_close) = strict.head.unwrap_or_else(|| panic!("an answer: {}", context()));
    assert!(closes || !says_close, "what is said stands: {}", context());
    assert!(!is_forced || closes);
    match plan {
        _ if strict.is_head() => assert!(strict.data.is_empty()),
        BodyPlan::Length(length) => assert_eq!(strict.data.len() as u64, length, "{}", context()),
        BodyPlan::Streamed => assert!(strict.has_ended, "{}", context()),
        BodyPlan::None => {}
    }
    let is_page = written.is_page || (is_forced && strict.status == 500);
    if is_page || strict.is_head() || plan == BodyPlan::None {
        return;
    }
    match decode(&written.taken) {
        // A handler that says that it frames by chunks may have done so for an informational answer only.
        Chunks::Whole { body, length, .. } if written.own_chunks && length == written.taken.len() => {
            assert!(strict.data == body || strict.data == written.taken, "{}", context());
        }
        _ => assert_eq!(strict.data, written.taken, "{}", context()),
    }
}
