//! Which instance serves a session's requests: one of its own, or one of a pool.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::Session;
use crate::clients::{Client, Had};
use crate::handler::Handler;
use crate::instance::Instance;
use crate::isolation::Isolation;
use crate::lateness;
use crate::mount::Mount;
use crate::pool::{Asked, Lease, Permit};
use crate::refusal::Refusal;
use crate::residents::{Resident, Whose};
use crate::stop::Stop;
use crate::task::{Task, Work};

mod rest;

use rest::Rest;

/// The largest body that is awaited before a shared instance is taken, in bytes.
const SMALL_BODY: usize = 16 * 1024;
/// How many departures are waited for before it is said that there is no room: others may be quicker to take it.
const WAITS: usize = 8;
/// How often one who waits for a shared instance looks whether there is another way.
const LOOK: Duration = Duration::from_millis(20);

/// What a session has of instances.
pub(super) enum Tenancy {
    Nothing,
    Own(Box<Own>),
    Shared(Box<Leased>),
}

/// An instance that is the session's alone.
pub(super) struct Own {
    // Dropped in this order: who waits for room is told when there is some.
    instance: Instance,
    _counted: Option<Had>,
    /// None for one that ends with its request, or has become its client's.
    resident: Option<Resident>,
}

impl Own {
    fn depart(self: Box<Own>) {
        let (departures, memory) = self.instance.departure();
        departures.see_off(memory, self);
    }

    fn works(&self) {
        self.resident.iter().for_each(Resident::works);
    }

    fn rests(&self) {
        if let (Some(resident), Some(loaded)) = (&self.resident, self.instance.handler().loaded()) {
            resident.rests(loaded.tick());
        }
    }
}

/// A session's part in a pooled instance.
pub(super) struct Leased {
    lease: Lease,
    /// Whether `setup` was called for the session.
    is_set_up: bool,
    /// What the handler computed for the session's last request.
    spent: Duration,
}

impl Leased {
    fn of(lease: Lease) -> Box<Leased> {
        Box::new(Leased { lease, is_set_up: false, spent: Duration::ZERO })
    }

    /// Whether the handler wants to know that the session has ended.
    fn must_finish(&self) -> bool {
        let loaded = self.lease.handler().loaded();
        self.is_set_up && loaded.is_some_and(|loaded| loaded.minds_the_end())
    }

    /// Whether all that the handler would do then is to let go of what it keeps for the session: the client's answer need
    /// not have left before.
    fn may_finish_early(&self) -> bool {
        self.lease.handler().loaded().is_some_and(|loaded| loaded.only_lets_go())
    }
}

impl Tenancy {
    /// Whether the end of the session must wait for others' requests.
    pub(super) fn waits_to_finish(&self) -> bool {
        matches!(self, Tenancy::Shared(share) if share.must_finish() && share.lease.is_busy())
    }

    /// What the handler computed for the last request.
    pub(super) fn spent(&self) -> Duration {
        match self {
            Tenancy::Nothing => Duration::ZERO,
            Tenancy::Own(own) => own.instance.spent(),
            Tenancy::Shared(share) => share.spent,
        }
    }

    /// Ready when an instance that rests should make room for another.
    pub(super) fn poll_asked(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self {
            Tenancy::Own(own) => own.resident.as_mut().map_or(Poll::Pending, |it| it.poll_asked(context)),
            Tenancy::Nothing | Tenancy::Shared(_) => Poll::Pending,
        }
    }

    /// Whether an instance that rests was asked to make room for another.
    pub(super) fn is_asked(&self) -> bool {
        matches!(self, Tenancy::Own(own) if own.resident.as_ref().is_some_and(Resident::is_asked))
    }

    /// Its session is busy elsewhere, and would not hear it if it were asked to go.
    pub(super) fn is_kept(&self) {
        if let Tenancy::Own(own) = self {
            own.works();
        }
    }

    /// Its session would hear it if it were asked to go.
    pub(super) fn may_go(&self) {
        if let Tenancy::Own(own) = self {
            own.rests();
        }
    }

    /// Whether there is an instance that is the session's alone, and that it can let go of.
    pub(super) fn is_own(&self) -> bool {
        matches!(self, Tenancy::Own(_))
    }
}

/// What one waits for who wants a shared instance.
struct Turn<'a> {
    mount: &'a Mount,
    handler: &'a Arc<Handler>,
    deadline: Instant,
}

/// How waiting for a worker has ended.
enum Turned {
    Up(Permit),
    /// The worker has ended.
    Over,
    /// There is another that need not be waited for.
    Away(Box<Leased>, Permit),
}

/// Waits until an instance has gone that was about to. False when none is.
async fn wait_for_departure(handler: &Handler) -> bool {
    match handler.loaded() {
        Some(loaded) => loaded.departures().wait().await,
        None => false,
    }
}

/// The permit that was asked for. None where the instance has gone.
async fn given(asked: Asked, deadline: Instant) -> Result<Option<Permit>, Stop> {
    match asked {
        Asked::Now(permit) => Ok(Some(permit)),
        Asked::Later(permit) => Ok(lateness::by(deadline, permit).await.ok_or(Stop::Busy)?.ok()),
        Asked::Gone => Ok(None),
    }
}

fn work(refusal: Option<&Refusal>) -> Work<'_> {
    refusal.map_or(Work::Serve, Work::Refuse)
}

impl Session {
    /// Gives the exchange to an instance of the handler, a fresh one if need be.
    pub(super) async fn give_to_instance(
        &mut self,
        mount: &Mount,
        handler: &Arc<Handler>,
        refusal: Option<&Refusal>,
    ) -> Result<(), Stop> {
        if mount.shares(handler) {
            mount.announce_sharing(handler, &self.site);
            // Boxed, so that the many sessions with instances of their own need no room for it.
            return Box::pin(self.give_to_pool(mount, handler, refusal)).await;
        }
        let is_fresh = !matches!(&self.tenancy, Tenancy::Own(own) if own.instance.is_of(handler));
        if is_fresh {
            self.end_instance().await;
            self.exchange.begin_instance(handler.is_program());
            self.tenancy = Tenancy::Own(self.begin_own(mount, handler).await?);
        }
        let Tenancy::Own(own) = &mut self.tenancy else { unreachable!("it was there or has been started") };
        own.works();
        self.exchange.is_alone = true;
        let task = Task { session: None, sets_up: is_fresh, work: work(refusal) };
        let result = own.instance.take_on(&mut self.exchange, task).await;
        match result {
            Ok(()) => own.rests(),
            Err(_) => self.let_go_of_own(),
        }
        result
    }

    fn let_go_of_own(&mut self) {
        if let Tenancy::Own(own) = std::mem::replace(&mut self.tenancy, Tenancy::Nothing) {
            own.depart();
        }
    }

    async fn begin_own(&mut self, mount: &Mount, handler: &Arc<Handler>) -> Result<Box<Own>, Stop> {
        let counted = self.count_instance().await?;
        let instance = self.start(handler).await?;
        let stays = mount.isolation() != Isolation::Request;
        let resident =
            stays.then(|| self.site.residents().enter(self.client(), self.exchange.terms.share().cloned()));
        Ok(Box::new(Own { instance, resident, _counted: Some(counted) }))
    }

    /// One more instance for the session's client, who may have to let go of another first.
    async fn count_instance(&mut self) -> Result<Had, Stop> {
        let (site, client) = (Arc::clone(&self.site), self.client());
        let host = self.exchange.down.peer().client().host();
        if let Some(counted) = site.client_instances().take(host) {
            return Ok(counted);
        }
        // What the session keeps for other mounts goes first: it would not hear it if it were asked.
        if !self.give_up_one().await {
            site.residents().make_room(Whose::Clients(client)).await;
        }
        let host = self.exchange.down.peer().client().host();
        site.client_instances().take(host).ok_or(Stop::ClientInstances)
    }

    /// Starts an instance. Where there is no room, one that rests makes some.
    async fn start(&mut self, handler: &Arc<Handler>) -> Result<Instance, Stop> {
        let site = Arc::clone(&self.site);
        let (mut waits, mut is_last) = (0, false);
        loop {
            match Instance::start(Arc::clone(handler), &mut self.exchange).await {
                Err(stop) if stop.is_for_room() && !is_last => {
                    // What the session keeps for other mounts goes first. Where none rests, one may have ended meanwhile.
                    is_last =
                        !self.give_up_one().await && !site.residents().make_room(self.whose(&stop)).await;
                    if is_last && waits < WAITS {
                        (waits, is_last) = (waits + 1, !wait_for_departure(handler).await);
                    }
                }
                result => return result,
            }
        }
    }

    /// Whose instance has to go where this is lacking.
    fn whose(&self, lack: &Stop) -> Whose {
        match (lack, self.exchange.terms.share()) {
            (Stop::MountInstances | Stop::MountMemory, Some(share)) => Whose::Mounts(share.clone()),
            (Stop::KeptForOthers | Stop::NoRoom | Stop::TotalMemory, Some(share)) => {
                Whose::MountsOrExcess(share.clone())
            }
            _ => Whose::Anybodys,
        }
    }

    fn client(&self) -> Client {
        Client::of(self.exchange.down.peer().client().host())
    }

    /// Calls `finish` and lets go of the instance.
    pub(super) async fn end_instance(&mut self) {
        match std::mem::replace(&mut self.tenancy, Tenancy::Nothing) {
            Tenancy::Nothing => {}
            Tenancy::Own(own) if own.instance.is_stopped() => own.depart(),
            Tenancy::Own(mut own) => {
                let task = Task { session: None, sets_up: false, work: Work::Finish };
                if let Err(stop) = own.instance.take_on(&mut self.exchange, task).await {
                    self.exchange.log_stop(&stop, "finish");
                }
                own.depart();
            }
            Tenancy::Shared(share) if share.must_finish() => Box::pin(self.finish_in_pool(*share)).await,
            Tenancy::Shared(_) => {}
        }
        for share in std::mem::take(&mut self.left) {
            Box::pin(self.finish_in_pool(share)).await;
        }
    }

    async fn give_to_pool(
        &mut self,
        mount: &Mount,
        handler: &Arc<Handler>,
        refusal: Option<&Refusal>,
    ) -> Result<(), Stop> {
        let limits = self.exchange.terms.limits();
        let (now, body, turn) = (Instant::now(), limits.client_timeout, limits.request_timeout);
        self.await_small_body(now + body).await;
        let deadline = now + turn;
        if !matches!(&self.tenancy, Tenancy::Shared(share) if share.lease.is_for(handler)) {
            self.end_instance().await;
        }
        self.leave_stand_in().await;
        let counted = self.wait_for_share(deadline).await?;
        let turn = Turn { mount, handler, deadline };
        let mut no_room: Option<Stop> = None;
        loop {
            let share = match std::mem::replace(&mut self.tenancy, Tenancy::Nothing) {
                Tenancy::Shared(share) => share,
                _ => match mount.pool(handler, self.lane).lease(handler, no_room.is_none()) {
                    Some(lease) => self.leased_by(lease),
                    None => return Err(no_room.unwrap_or(Stop::NoRoom)),
                },
            };
            let (share, mut permit) = match self.wait_for_permit(&share.lease, &turn, &mut no_room).await? {
                Turned::Up(permit) => (share, permit),
                Turned::Away(other, permit) => {
                    if share.must_finish() {
                        self.left.push(*share);
                    }
                    (other, permit)
                }
                // By another's fault, or it is another's alone now. That may have made room.
                Turned::Over => {
                    no_room = None;
                    continue;
                }
            };
            if permit.instance.is_none() {
                match self.start(handler).await {
                    Ok(instance) => permit.begin(instance),
                    // Another may be had instead, once.
                    Err(stop) if stop.is_for_room() && no_room.is_none() => {
                        no_room = Some(stop);
                        continue;
                    }
                    Err(stop) => return Err(stop),
                }
            }
            let mut rest = self.use_permit(share, permit, work(refusal)).await?;
            // Who rests has no instance.
            drop(counted);
            while let Some(resting) = rest {
                rest = self.go_on(resting).await?;
            }
            return Ok(());
        }
    }

    /// Goes back to the instance that counts, if it no longer waits.
    async fn leave_stand_in(&mut self) {
        match std::mem::replace(&mut self.tenancy, Tenancy::Nothing) {
            Tenancy::Shared(share) if share.lease.is_makeshift() => {
                if share.must_finish() {
                    if share.lease.is_busy() {
                        self.left.push(*share);
                    } else {
                        self.finish_in_pool(*share).await;
                    }
                }
            }
            other => self.tenancy = other,
        }
    }

    /// The session's part in a worker, which may be one that it has left before.
    fn leased_by(&mut self, lease: Lease) -> Box<Leased> {
        match self.left.iter().position(|share| share.lease.is_on_same(&lease)) {
            Some(place) => Box::new(self.left.swap_remove(place)),
            None => Leased::of(lease),
        }
    }

    /// Waits in the line of its own client, where that has all the instances that it may. They are shared, so that its turn
    /// comes as soon as another of its requests is over.
    async fn wait_for_share(&mut self, deadline: Instant) -> Result<Had, Stop> {
        let host = self.exchange.down.peer().client().host();
        let turn = match self.site.client_instances().ask(host) {
            Ok(counted) => return Ok(counted),
            Err(turn) => turn,
        };
        // Answers to earlier requests must not wait with this one.
        if self.exchange.send().await.is_err() {
            return Err(Stop::Busy);
        }
        tokio::select! {
            biased;
            counted = turn => return counted.map_err(|_| Stop::Busy),
            () = self.exchange.down.gone() => {}
            () = lateness::over(deadline) => return Err(Stop::Busy),
        }
        self.exchange.down.lose();
        Err(Stop::Busy)
    }

    /// A worker can serve nobody else while it waits for a body, so a small one is awaited before. What goes wrong with it
    /// the handler is told when it reads.
    async fn await_small_body(&mut self, deadline: Instant) {
        let left = self.exchange.down.body_left().and_then(|left| usize::try_from(left).ok());
        let Some(length) = left.filter(|&length| length > 0 && length <= SMALL_BODY) else {
            return;
        };
        if !self.exchange.awaits_word() {
            let wait = self.exchange.down.await_body(length);
            let _ = lateness::by(deadline, wait).await;
        }
    }

    /// Waits in line, and looks now and then whether there is another way.
    async fn wait_for_permit(
        &mut self,
        lease: &Lease,
        turn: &Turn<'_>,
        no_room: &mut Option<Stop>,
    ) -> Result<Turned, Stop> {
        // Answers to earlier requests must not wait with this one.
        if lease.is_busy() && self.exchange.send().await.is_err() {
            return Err(Stop::Busy);
        }
        let mut permit = match lease.ask() {
            Asked::Now(permit) => return Ok(Turned::Up(permit)),
            Asked::Gone => return Ok(Turned::Over),
            Asked::Later(permit) => permit,
        };
        let mut over = pin!(lateness::over(turn.deadline));
        loop {
            tokio::select! {
                biased;
                permit = &mut permit => return Ok(permit.map_or(Turned::Over, Turned::Up)),
                () = self.exchange.down.gone() => break,
                () = &mut over => return Err(Stop::Busy),
                () = tokio::time::sleep(LOOK) => {}
            }
            if let Some((share, permit)) = self.look_elsewhere(turn, no_room).await? {
                return Ok(Turned::Away(share, permit));
            }
        }
        self.exchange.down.lose();
        Err(Stop::Busy)
    }

    /// Another worker that need not be waited for, if there is one or may be one more. The place in line is kept meanwhile.
    async fn look_elsewhere(
        &mut self,
        turn: &Turn<'_>,
        no_room: &mut Option<Stop>,
    ) -> Result<Option<(Box<Leased>, Permit)>, Stop> {
        let (pool, may_open) = (turn.mount.pool(turn.handler, self.lane), no_room.is_none());
        if !pool.has_room(turn.handler, may_open) {
            return Ok(None);
        }
        let Some(lease) = pool.lease(turn.handler, may_open) else {
            return Ok(None);
        };
        let Asked::Now(mut permit) = lease.ask() else {
            return Ok(None);
        };
        if permit.instance.is_none() {
            match self.start(turn.handler).await {
                Ok(instance) => permit.begin(instance),
                Err(stop) if stop.is_for_room() => {
                    *no_room = Some(stop);
                    return Ok(None);
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(Some((self.leased_by(lease), permit)))
    }

    /// Serves with the instance of a permit, which is set up if it does not know the session.
    async fn use_permit(
        &mut self,
        mut share: Box<Leased>,
        mut permit: Permit,
        work: Work<'_>,
    ) -> Result<Option<Rest>, Stop> {
        let sets_up = !std::mem::replace(&mut share.is_set_up, true);
        if sets_up {
            let instance = permit.instance.as_ref().expect("it was there or has been started");
            self.exchange.begin_instance(instance.handler().is_program());
        }
        // One that is asked for by others, or knows others, is not to end with this client.
        self.exchange.is_alone = permit.is_ones();
        self.exchange.pausing.is_allowed = matches!(work, Work::Serve | Work::GoOn(_));
        let detach = permit.detach();
        let instance = permit.instance.as_mut().expect("it was there or has been started");
        instance.when_raw(detach);
        let task = Task { session: Some(self.exchange.session), sets_up, work };
        let result = instance.take_on(&mut self.exchange, task).await;
        let spent = instance.spent();
        share.spent = match work {
            Work::GoOn(before) => share.spent + spent.saturating_sub(before),
            _ => spent,
        };
        if let Err(stop) = result {
            permit.end();
            return Err(stop);
        }
        if let Some(time) = self.exchange.take_pause() {
            let resumed = instance.pauses().enter(self.exchange.session);
            self.tenancy = Tenancy::Shared(share);
            return Ok(Some(Rest { time, resumed, spent }));
        }
        let is_raw = !permit.is_shared();
        // Else it would be asked for once more, and behind others' requests at that.
        if !is_raw && self.exchange.closes() && share.may_finish_early() {
            share.is_set_up = false;
            self.finish_with(&mut permit).await;
        }
        self.tenancy = match permit.instance.take_if(|_| is_raw) {
            // The connection has become raw, and the worker its own.
            Some(instance) => Tenancy::Own(Box::new(Own { instance, resident: None, _counted: None })),
            None => Tenancy::Shared(share),
        };
        Ok(None)
    }

    async fn finish_in_pool(&mut self, share: Leased) {
        let deadline = Instant::now() + self.exchange.terms.limits().request_timeout;
        let mut permit = match given(share.lease.ask(), deadline).await {
            Ok(Some(permit)) => permit,
            // What it would have been told of has ended with it.
            Ok(None) => return,
            Err(busy) => return self.exchange.log_stop(&busy, "finish"),
        };
        self.finish_with(&mut permit).await;
    }

    /// Tells the instance of a permit that the session has ended.
    async fn finish_with(&mut self, permit: &mut Permit) {
        let Some(instance) = &mut permit.instance else {
            return;
        };
        let task = Task { session: Some(self.exchange.session), sets_up: false, work: Work::Finish };
        if let Err(stop) = instance.take_on(&mut self.exchange, task).await {
            permit.end();
            self.exchange.log_stop(&stop, "finish");
        }
    }
}
