//! What lives as long as a connection: its exchange, and the instances that serve it, by mount.

use std::any::Any;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use crate::downstream::Downstream;
use crate::exchange::{Ending, Exchange};
use crate::handler::{Handler, Program};
use crate::isolation::Isolation;
use crate::mount::Mount;
use crate::observer::RequestEnded;
use crate::peer::Peer;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::stop::Stop;
use away::Away;
use tenancy::{Leased, Tenancy};

mod away;
mod tenancy;

/// A connection's life with its handlers. It knows no socket and no bytes of HTTP/1: who brings a request is given to each
/// call, and given back with the request's ending.
///
/// ```
/// # use doverb_core::{handler::Handler, isolation::Isolation, log::Log, mount::Mount};
/// # use doverb_core::{pool::{Pool, PoolSize}, session::Session, site::Site, slot::Slot};
/// # use doverb_core::recorder::Recorder;
/// # use std::sync::Arc;
/// # async fn example() {
/// let site = Arc::new(Site::new(Log::discard()));
/// let slot = Slot::new(Handler::native("none", |request| request.send_error(404, None, None)));
/// let mount = Mount::new(slot, Isolation::Connection, Pool::new(PoolSize::share(1, 1, 1)));
/// let mut session = Session::new(site, 1);
/// let request = Box::new(Recorder::get("/"));
/// let (request, ending) = session.serve(&mount, request).await;
/// # let _ = (request, ending);
/// # }
/// ```
pub struct Session {
    site: Arc<Site>,
    exchange: Box<Exchange>,
    /// What of its mounts' pools is its own: see [`Session::in_lane`].
    lane: usize,
    /// The mount of its last request.
    mount: Option<Mount>,
    tenancy: Tenancy,
    /// Its parts in instances that it had to leave, and that have yet to be told of its end.
    left: Vec<Leased>,
    /// What it has at other mounts, in the order in which it left them.
    away: Vec<Away>,
}

impl Session {
    /// A session with a number that no other of the site has, from 1.
    pub fn new(site: Arc<Site>, number: u64) -> Session {
        let exchange = Box::new(Exchange::new(Arc::clone(&site), number));
        let (tenancy, left, away) = (Tenancy::Nothing, Vec::new(), Vec::new());
        Session { site, exchange, lane: 0, mount: None, tenancy, left, away }
    }

    /// The session in one of several lanes, 0 by default: those of one lane share the instances of a mount's pool, as those
    /// do that a thread serves.
    #[must_use]
    pub fn in_lane(mut self, lane: usize) -> Session {
        self.lane = lane;
        self
    }

    /// The site that it is of.
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// Serves a request.
    pub async fn serve<D: Downstream>(&mut self, mount: &Mount, down: Box<D>) -> (Box<D>, Ending) {
        self.begin(Some(mount), down).await;
        let ending = self.answer(mount, None).await;
        (self.give_back(), ending)
    }

    /// Answers a request that can't be served, as the handler would have it.
    pub async fn refuse<D: Downstream>(
        &mut self,
        mount: &Mount,
        refusal: &Refusal,
        down: Box<D>,
    ) -> (Box<D>, Ending) {
        self.begin(Some(mount), down).await;
        self.exchange.persistence.must_close();
        let ending = self.answer(mount, Some(refusal)).await;
        (self.give_back(), ending)
    }

    /// Answers a request that no handler answers for: nothing is mounted where it leads, or nobody can tell where that is.
    pub async fn refuse_for_all<D: Downstream>(
        &mut self,
        refusal: &Refusal,
        down: Box<D>,
    ) -> (Box<D>, Ending) {
        self.begin(None, down).await;
        self.exchange.persistence.must_close();
        let began = self.site.counts_requests().then(Instant::now);
        self.exchange.send_refusal(refusal);
        let ending = self.exchange.conclude().await;
        if let Some(began) = began {
            self.tell_end(began, None, None);
        }
        self.rest();
        (self.give_back(), ending)
    }

    /// Answers a connection that there is no room for, before its request is read.
    pub fn turn_away<D: Downstream>(&mut self, mount: Option<&Mount>, down: Box<D>) -> Box<D> {
        self.exchange.begin(down);
        if let Some(protocol) = mount.and_then(|mount| mount.slot().load().protocol()) {
            self.exchange.attributes.protocol = protocol;
        }
        self.exchange.turn_away();
        self.give_back()
    }

    /// Says in the log that the client went away.
    pub fn lost<D: Downstream>(&mut self, down: Box<D>) -> Box<D> {
        self.exchange.resume(down);
        self.exchange.log_lost_client();
        self.give_back()
    }

    /// Whether the end of the session must wait for others' requests.
    pub fn waits_to_end(&self) -> bool {
        let waits = |tenancy: &Tenancy, left: &[Leased]| tenancy.waits_to_finish() || !left.is_empty();
        waits(&self.tenancy, &self.left) || self.away.iter().any(|away| waits(&away.tenancy, &away.left))
    }

    /// Ready when an instance of its own, which rests, should make room for another: [`Session::make_room`] has it go, and
    /// the next request gets a fresh one. To be asked while the connection waits for a request.
    pub fn poll_asked_to_go(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut asked = self.tenancy.poll_asked(context);
        for away in &mut self.away {
            if away.tenancy.poll_asked(context).is_ready() {
                asked = Poll::Ready(());
            }
        }
        asked
    }

    /// Ends those of its instances that were asked to go, with `finish`.
    pub async fn make_room<D: Downstream>(&mut self, down: Box<D>) -> Box<D> {
        self.exchange.resume(down);
        if self.tenancy.is_asked() {
            self.end_instance().await;
        }
        self.end_those(|away| away.tenancy.is_asked()).await;
        self.give_back()
    }

    /// Ends it: `finish` is called, and its instances end or go to others.
    pub async fn end<D: Downstream>(&mut self, down: Box<D>) -> Box<D> {
        self.exchange.resume(down);
        self.end_instance().await;
        self.end_those(|_| true).await;
        self.give_back()
    }

    /// Takes in a request for a mount, or for none.
    async fn begin<D: Downstream>(&mut self, mount: Option<&Mount>, down: Box<D>) {
        if self.has_only(mount) {
            return self.exchange.begin(down);
        }
        self.exchange.resume(down);
        // Boxed, so that the many sessions that know one mount alone need no room for it.
        Box::pin(self.turn_to(mount)).await;
        self.exchange.begin_resumed();
    }

    /// Whether its last request was for this mount, and it keeps nothing elsewhere.
    fn has_only(&self, mount: Option<&Mount>) -> bool {
        let is_there = match (&self.mount, mount) {
            (Some(there), Some(mount)) => there.is(mount),
            (None, None) => true,
            _ => false,
        };
        is_there && self.away.is_empty()
    }

    /// The request is over: what is kept for other mounts may be asked to go.
    fn rest(&self) {
        self.away.iter().for_each(|away| away.tenancy.may_go());
    }

    fn give_back<D: Downstream>(&mut self) -> Box<D> {
        let down: Box<dyn Any> = self.exchange.end();
        down.downcast().expect("the exchange ends with who brought its request")
    }

    async fn answer(&mut self, mount: &Mount, refusal: Option<&Refusal>) -> Ending {
        let began = self.site.counts_requests().then(Instant::now);
        let handler = mount.slot().handler();
        if handler.is_program() {
            self.exchange.turn_to_program();
        }
        let served = self.give_to_handler(mount, &handler, refusal).await;
        let ending = match &served {
            Ok(()) => self.exchange.conclude().await,
            Err(stop) => self.exchange.conclude_stopped(stop, handler.protocol()).await,
        };
        if let Some(began) = began {
            self.tell_end(began, Some(&handler), served.as_ref().err());
        }
        if mount.isolation() == Isolation::Request {
            self.end_instance().await;
        }
        if !self.away.is_empty() {
            self.rest();
        }
        ending
    }

    async fn give_to_handler(
        &mut self,
        mount: &Mount,
        handler: &Arc<Handler>,
        refusal: Option<&Refusal>,
    ) -> Result<(), Stop> {
        if !self.exchange.terms.admits(self.peer().client()) {
            // Not by the handler's own words: it never hears of who is not admitted.
            self.exchange.send_refusal(&Refusal::bare(403));
            return Ok(());
        }
        let gate = self.exchange.terms.gate().filter(|_| refusal.is_none());
        let _inside = match gate.map(|gate| gate.enter().ok_or_else(|| gate.most())) {
            None => None,
            Some(Ok(inside)) => Some(inside),
            Some(Err(most)) => return Err(Stop::MountRequests(most)),
        };
        match (handler.program(), refusal) {
            // What a native handler did of an answer is judged by how the answer ends.
            (Program::Native(native), None) => {
                let _ = native(&mut self.exchange);
                Ok(())
            }
            (Program::NativeAsync(native), None) => {
                let _ = native(&mut self.exchange).await;
                Ok(())
            }
            (Program::Component(_), None) => self.give_to_instance(mount, handler, None).await,
            (Program::Component(loaded), Some(_)) if loaded.answers_errors() => {
                self.give_to_instance(mount, handler, refusal).await
            }
            (_, Some(refusal)) => {
                self.exchange.send_refusal(refusal);
                Ok(())
            }
        }
    }

    fn tell_end(&self, began: Instant, handler: Option<&Handler>, stop: Option<&Stop>) {
        let now = Instant::now();
        let ended = RequestEnded {
            peer: self.peer(),
            head: self.exchange.request(),
            number: self.exchange.number(),
            mount: self.exchange.terms.name(),
            handler: handler.map(|handler| (handler.name(), handler.version())),
            status: self.exchange.answer.status(),
            body_bytes: self.exchange.answer.written(),
            wall: now - began,
            ended: now,
            cpu: self.tenancy.spent(),
            stop,
        };
        self.site.tell(|observer| observer.request_ended(&ended));
    }

    fn peer(&self) -> &Peer {
        self.exchange.down.peer()
    }
}
