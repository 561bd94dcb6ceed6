//! The connection loop: Python's `handle` and `handle_one_request`.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::{Duration, Instant};

use doverb_core::downstream::Downstream;
use doverb_core::exchange::Ending;
use doverb_core::head::{RequestHead, Version};
use doverb_core::lateness;
use doverb_core::limits::{MAX_DRAIN, PIECE};
use doverb_core::peer::Peer;
use doverb_core::refusal::Refusal;
use doverb_core::routes::{Target, Way};
use doverb_core::session::Session;
use doverb_core::site::Site;
use tokio::net::TcpStream;

use crate::http1::Http1;
use crate::parse::framing::BodyLength;
use crate::parse::head::{self, Search};
use crate::parse::plain;
use crate::parse::target::Scheme;
use crate::service::Service;
use crate::transport::{Stream, Transport};
use crate::wire::{End, Idle, Wire};

/// How long a client has to read an error before the connection is torn down under it.
const LINGER: Duration = Duration::from_secs(2);
/// The same for a client that there is no room for.
const REFUSAL: Duration = Duration::from_secs(1);
/// Room to read a request's head into.
const HEAD_ROOM: usize = 4 * 1024;

/// What follows a request.
enum Next {
    /// Another request may come.
    Keep,
    /// The connection closes; the client may still be sending.
    Close { lingers: bool },
    /// The answer is not whole, and the client must see it.
    Cut,
}

/// What came instead of a request.
enum NoRequest {
    /// It can't be served.
    Refused(Refusal),
    /// The same, when it is known whom it was for, who answers then.
    RefusedThere(Refusal),
    /// The client has closed its side, or its time was over, or the server ends.
    Gone,
    /// The client is lost with answers that it did not take.
    Lost,
    /// Others need the instance that rests here.
    AskedToGo,
}

/// Serves one connection until it ends, in the runtime of the caller. `number` is no other connection's of the site.
pub async fn serve<T: Transport + 'static>(service: Arc<Service>, stream: T, peer: Peer, number: u64) {
    serve_stream(service, Stream::Other(Box::new(stream)), peer, number).await;
}

/// The same for TCP, without dynamic dispatch.
pub async fn serve_tcp(service: Arc<Service>, stream: TcpStream, peer: Peer, number: u64) {
    serve_stream(service, Stream::Tcp(stream), peer, number).await;
}

/// Tells a connection that there is no room for it.
pub async fn refuse<T: Transport + 'static>(service: Arc<Service>, stream: T, peer: Peer) {
    let wire = Wire::new(Stream::Other(Box::new(stream)), REFUSAL);
    let mut http1 = Box::new(Http1::new(wire, peer));
    http1.head_is_read(BodyLength::None, 0);
    let mut session = service.session(0);
    let mount = match service.router.root() {
        Some(Target::Handler(mount)) => Some(mount),
        _ => None,
    };
    let mut http1 = session.turn_away(mount.as_ref(), http1);
    // The session has set the handler's.
    http1.wire.patience = REFUSAL;
    http1.wire.close(Some(REFUSAL)).await;
}

async fn serve_stream(service: Arc<Service>, stream: Stream, peer: Peer, number: u64) {
    let mut wire = Wire::new(stream, service.site.limits().client_timeout);
    wire.raw_idle = service.site.limits().raw_idle_timeout;
    let mut http1 = Box::new(Http1::new(wire, peer));
    let mut session = service.session(number);
    let mut way = Way::default();
    let next = loop {
        let read = read_head(&mut http1, &service, &mut session, &mut way).await;
        let (back, ending) = match read {
            Ok(()) => match way.target() {
                Some(Target::Handler(mount)) => session.serve(mount, http1).await,
                _ => session.refuse_for_all(&Refusal::bare(404), http1).await,
            },
            Err(NoRequest::Refused(refusal)) => {
                let root = service.router.root();
                refuse_at(root.as_ref(), &refusal, &mut session, http1).await
            }
            Err(NoRequest::RefusedThere(refusal)) => {
                refuse_at(way.target(), &refusal, &mut session, http1).await
            }
            Err(NoRequest::Lost) => {
                http1 = session.lost(http1);
                break Next::Close { lingers: false };
            }
            Err(NoRequest::AskedToGo) => {
                http1 = session.make_room(http1).await;
                continue;
            }
            Err(NoRequest::Gone) => break Next::Close { lingers: false },
        };
        http1 = back;
        match after(&mut http1, &mut session, ending, service.site.limits().client_timeout).await {
            Ok(Next::Keep) => {}
            Ok(next) => break next,
            Err(next) => {
                http1 = session.lost(http1);
                break next;
            }
        }
    };
    if session.waits_to_end() && matches!(next, Next::Close { .. }) {
        // Its client need not wait for the end, which is the answer's too if it has no length.
        http1.wire.end_sending().await;
    }
    let http1 = session.end(http1).await;
    match next {
        Next::Cut => http1.wire.cut(),
        Next::Close { lingers } => http1.wire.close(lingers.then_some(LINGER)).await,
        Next::Keep => {}
    }
}

// Reading a request.

/// The answer to a request that can't be served: as a handler would have it, or the server where there is none.
async fn refuse_at(
    target: Option<&Target>,
    refusal: &Refusal,
    session: &mut Session,
    mut http1: Box<Http1>,
) -> (Box<Http1>, Ending) {
    http1.head_is_read(BodyLength::None, 0);
    match target {
        Some(Target::Handler(mount)) => session.refuse(mount, refusal, http1).await,
        _ => session.refuse_for_all(refusal, http1).await,
    }
}

/// Reads the head of the next request, and finds out where it leads.
async fn read_head(
    http1: &mut Http1,
    service: &Service,
    session: &mut Session,
    way: &mut Way,
) -> Result<(), NoRequest> {
    let scheme = Scheme::of(http1.peer());
    http1.room.clear();
    let mut search = Search::new(scheme);
    let mut started = None;
    loop {
        // Most requests are waited for, with nothing to look at before.
        if !http1.wire.unread().is_empty() {
            if started.is_none()
                && let Some(end) = plain::take(&mut http1.head, http1.wire.unread())
            {
                let mut led = Led { service, way, max_body: None };
                let judged = head::judge(&mut http1.head, |head| led.max_body(head));
                return led.finish(http1, end, judged);
            }
            match search.end(http1.wire.unread()) {
                Ok(Some(end)) => {
                    let text = &http1.wire.unread()[search.skipped..end];
                    let mut led = Led { service, way, max_body: None };
                    let parsed = head::parse(&mut http1.head, text, scheme, |head| led.max_body(head));
                    return led.finish(http1, end, parsed);
                }
                Ok(None) => {
                    if let Some(missing) = search.lacks_of_http_0_9(http1.wire.unread()) {
                        http1.wire.supply(missing);
                        continue;
                    }
                }
                Err(refusal) => {
                    keep_line(http1, &search);
                    return Err(NoRequest::Refused(refusal));
                }
            }
        }
        wait_for_head(http1, service, session, &search, &mut started).await?;
    }
}

/// Where a head leads, once that is asked.
struct Led<'a> {
    service: &'a Service,
    way: &'a mut Way,
    /// The largest body that may go there.
    max_body: Option<u64>,
}

impl Led<'_> {
    fn max_body(&mut self, head: &RequestHead) -> u64 {
        let target = self.service.router.lead(head, self.way);
        *self.max_body.insert(target.map_or(0, |target| target.max_body(&self.service.site)))
    }

    /// A whole head was read, which ends at `end`.
    fn finish(
        self,
        http1: &mut Http1,
        end: usize,
        length: Result<BodyLength, Refusal>,
    ) -> Result<(), NoRequest> {
        http1.wire.consume(end);
        match length {
            Ok(length) => {
                http1.head_is_read(length, self.max_body.unwrap_or(0));
                Ok(())
            }
            Err(refusal) if self.max_body.is_some() => Err(NoRequest::RefusedThere(refusal)),
            Err(refusal) => Err(NoRequest::Refused(refusal)),
        }
    }
}

/// Waits for more of a head; sends the answers to earlier requests first.
async fn wait_for_head(
    http1: &mut Http1,
    service: &Service,
    session: &mut Session,
    search: &Search,
    started: &mut Option<Instant>,
) -> Result<(), NoRequest> {
    let limits = service.site.limits();
    if http1.wire.flush().await.is_err() {
        return Err(NoRequest::Lost);
    }
    let now = Instant::now();
    let idle = http1.wire.unread().is_empty();
    let (deadline, interrupts) = if idle {
        http1.wire.rest();
        (now + limits.keep_alive_timeout, Some(Idle { site: &service.site, token: &service.drain, session }))
    } else {
        (*started.get_or_insert(now) + limits.header_timeout, None)
    };
    match http1.wire.read(HEAD_ROOM, deadline, interrupts).await {
        Ok(()) if http1.room.grow(service.site.long_heads(), http1.wire.unread().len()) => Ok(()),
        Ok(()) => {
            tell_lack(&service.site);
            keep_line(http1, search);
            Err(NoRequest::Refused(Refusal::bare(503)))
        }
        Err(End::TimedOut) if !idle => {
            keep_line(http1, search);
            Err(NoRequest::Refused(Refusal::bare(408)))
        }
        Err(End::AskedToGo) => Err(NoRequest::AskedToGo),
        Err(End::Closed | End::Broken | End::TimedOut | End::Draining) => Err(NoRequest::Gone),
    }
}

/// The log is told, now and then, why a head was refused of which nobody knows whether something is wrong with it.
fn tell_lack(site: &Site) {
    let heads = site.long_heads();
    if heads.tells_lack() {
        site.log().message(format_args!(
            "requests with long heads are refused: those that are being read or served take {} MiB, which is all that they may",
            heads.most() >> 20
        ));
    }
}

/// Keeps what was understood of a request whose head is refused before its end.
fn keep_line(http1: &mut Http1, search: &Search) {
    http1.head.clear();
    let scheme = Scheme::of(http1.peer());
    if let Some(line) = search.line(http1.wire.unread()) {
        head::keep_line(&mut http1.head, line, scheme);
    }
}

// Going on.

/// What follows an exchange. `Err` when the client was lost on the way.
async fn after(
    http1: &mut Http1,
    session: &mut Session,
    ending: Ending,
    patience: Duration,
) -> Result<Next, Next> {
    match ending {
        Ending::Lost => Ok(Next::Close { lingers: false }),
        // A length or chunks tell the client by themselves that the end is missing.
        Ending::Broken if http1.encoder.ends_by_close() || http1.body.is_raw() => Ok(Next::Cut),
        Ending::Broken => Ok(Next::Close { lingers: false }),
        Ending::Whole { closes, is_forced } if closes || http1.encoder.ends_by_close() => {
            let lost = http1.wire.flush().await.is_err();
            // Whoever speaks HTTP/0.9 may send a blank line yet, which must not cost it the answer.
            let is_0_9 = http1.head.is_parsed() && http1.head.version() == Version::Http09;
            let lingers = !http1.body.is_at_end() || !http1.wire.unread().is_empty() || is_forced || is_0_9;
            let next = Next::Close { lingers };
            if lost { Err(next) } else { Ok(next) }
        }
        Ending::Whole { .. } if !http1.body.is_at_end() => {
            // The client may wait for the answer before it sends on.
            let drained = http1.wire.flush().await.is_ok() && drain(http1, session, patience).await;
            Ok(if drained { Next::Keep } else { Next::Close { lingers: true } })
        }
        Ending::Whole { .. } => {
            if http1.wire.out.unsent().len() >= PIECE && http1.wire.flush().await.is_err() {
                return Err(Next::Close { lingers: false });
            }
            Ok(Next::Keep)
        }
    }
}

/// Throws away what is left of a body, all of it within the time that one wait may take: who sends a byte now and then is
/// done with as well, and so is everybody when others need the session's instance.
async fn drain(http1: &mut Http1, session: &mut Session, patience: Duration) -> bool {
    let Http1 { wire, body, .. } = http1;
    tokio::select! {
        biased;
        drained = body.drain(wire, MAX_DRAIN) => drained,
        () = poll_fn(|context| session.poll_asked_to_go(context)) => false,
        () = lateness::over(Instant::now() + patience) => false,
    }
}

#[cfg(test)]
mod tests {
    use doverb_core::handler::Handler;
    use doverb_core::isolation::Isolation;
    use doverb_core::log::Log;
    use doverb_core::mount::Mount;
    use doverb_core::peer::Address;
    use doverb_core::pool::{Pool, PoolSize};
    use doverb_core::slot::Slot;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Whether the connection is done with while its client still holds its side open, and what the client read.
    async fn ends_at_once(request: &[u8]) -> (bool, String) {
        let handler = Handler::native("empty", |request| {
            request.send_response(200, None)?;
            request.end_headers()
        });
        let mount =
            Mount::new(Slot::new(handler), Isolation::Connection, Pool::new(PoolSize::share(1, 1, 1)));
        let service = Arc::new(Service::new(Arc::new(Site::new(Log::discard())), mount));
        let (mut client, stream) = tokio::io::duplex(4096);
        client.write_all(request).await.expect("room for it");
        let nobody = Address::of_unix(None);
        let served = serve(service, stream, Peer::new(nobody.clone(), nobody), 1);
        let ended = tokio::time::timeout(LINGER / 2, served).await.is_ok();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("the end of the answer");
        (ended, answer)
    }

    #[tokio::test]
    async fn only_a_client_that_may_still_send_is_lingered_for() {
        let (ended, answer) = ends_at_once(b"GET / HTTP/1.0\r\n\r\n").await;
        assert!(ended && answer.starts_with("HTTP/1.0 200 OK\r\n"), "{answer}");
        let (ended, answer) = ends_at_once(b"GET / HTTP/1.0\r\n\r\nmore").await;
        assert!(!ended && answer.starts_with("HTTP/1.0 200 OK\r\n"), "{answer}");
        let (ended, answer) = ends_at_once(b"GET /a b HTTP/1.0\r\n\r\n").await;
        assert!(!ended && answer.contains(" 400 Bad request syntax"), "{answer}");
    }
}
