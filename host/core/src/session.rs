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
use tenancy::{Share, Tenancy};

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
    tenancy: Tenancy,
    /// Its parts in instances that it had to leave, and that have yet to be told of its end.
    left: Vec<Share>,
}

impl Session {
    /// A session with a number that no other of the site has, from 1.
    pub fn new(site: Arc<Site>, number: u64) -> Session {
        let exchange = Box::new(Exchange::new(Arc::clone(&site), number));
        Session { site, exchange, tenancy: Tenancy::Nothing, left: Vec::new() }
    }

    /// The site that it is of.
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// Serves a request.
    pub async fn serve<D: Downstream>(&mut self, mount: &Mount, down: Box<D>) -> (Box<D>, Ending) {
        self.exchange.begin(down, mount.path());
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
        self.exchange.begin(down, mount.path());
        self.exchange.persistence.must_close();
        let ending = self.answer(mount, Some(refusal)).await;
        (self.give_back(), ending)
    }

    /// Answers a connection that there is no room for, before its request is read.
    pub fn turn_away<D: Downstream>(&mut self, mount: &Mount, down: Box<D>) -> Box<D> {
        self.exchange.begin(down, mount.path());
        if let Some(protocol) = mount.slot().load().protocol() {
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
        self.tenancy.waits_to_finish() || !self.left.is_empty()
    }

    /// Ready when its instance, which rests, should make room for another: [`Session::end`] has it go, and the next
    /// request gets a fresh one. To be asked while the connection waits for a request, always by the same task.
    pub fn poll_asked_to_go(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.tenancy.poll_asked(context)
    }

    /// Ends it: `finish` is called, and its instances end or go to others.
    pub async fn end<D: Downstream>(&mut self, down: Box<D>) -> Box<D> {
        self.exchange.resume(down);
        self.end_instance().await;
        self.give_back()
    }

    fn give_back<D: Downstream>(&mut self) -> Box<D> {
        let down: Box<dyn Any> = self.exchange.end();
        down.downcast().expect("the exchange ends with who brought its request")
    }

    async fn answer(&mut self, mount: &Mount, refusal: Option<&Refusal>) -> Ending {
        let began = self.site.counts_requests().then(Instant::now);
        let handler = mount.slot().handler();
        let served = self.give_to_handler(mount, &handler, refusal).await;
        let ending = match &served {
            Ok(()) => self.exchange.conclude().await,
            Err(stop) => self.exchange.conclude_stopped(stop, handler.protocol()).await,
        };
        if let Some(began) = began {
            self.tell_end(began, served.as_ref().err());
        }
        if mount.isolation() == Isolation::Request {
            self.end_instance().await;
        }
        ending
    }

    async fn give_to_handler(
        &mut self,
        mount: &Mount,
        handler: &Arc<Handler>,
        refusal: Option<&Refusal>,
    ) -> Result<(), Stop> {
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
            (Program::Component(loaded), Some(_)) if loaded.overrides.of_errors() => {
                self.give_to_instance(mount, handler, refusal).await
            }
            (_, Some(refusal)) => {
                let (message, explain) = (refusal.message.as_deref(), refusal.explain.as_deref());
                // Nothing is there yet that could make it fail.
                let _ = self.exchange.send_error(refusal.status, message, explain);
                Ok(())
            }
        }
    }

    fn tell_end(&self, began: Instant, stop: Option<&Stop>) {
        let request = self.exchange.request();
        let ended = RequestEnded {
            peer: self.peer(),
            method: request.method(),
            path: request.path(),
            status: self.exchange.answer.status(),
            body_bytes: self.exchange.answer.written(),
            wall: began.elapsed(),
            cpu: self.tenancy.spent(),
            stop,
        };
        self.site.tell(|observer| observer.request_ended(&ended));
    }

    fn peer(&self) -> &Peer {
        self.exchange.down.peer()
    }
}
