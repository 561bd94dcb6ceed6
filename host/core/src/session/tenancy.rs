//! Which instance serves a session's requests: one of its own, or one of a pool.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Session;
use crate::handler::Handler;
use crate::instance::{Instance, Task, Work};
use crate::mount::Mount;
use crate::pool::{Asked, Lease, Permit};
use crate::refusal::Refusal;
use crate::stop::Stop;

/// The largest body that is awaited before a shared instance is taken, in bytes.
const SMALL_BODY: usize = 8 * 1024;

/// What a session has of instances.
pub(super) enum Tenancy {
    Nothing,
    Own(Box<Instance>),
    Shared(Box<Share>),
}

/// A session's part in a pooled instance.
pub(super) struct Share {
    lease: Lease,
    /// Whether `setup` was called for the session.
    is_set_up: bool,
    /// What the handler computed for the session's last request.
    spent: Duration,
}

impl Share {
    /// Whether the handler wants to know that the session has ended.
    fn must_finish(&self) -> bool {
        let loaded = self.lease.handler().loaded();
        self.is_set_up && loaded.is_some_and(|loaded| loaded.overrides.of_the_end())
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
            Tenancy::Own(instance) => instance.spent(),
            Tenancy::Shared(share) => share.spent,
        }
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
        let is_fresh = !matches!(&self.tenancy, Tenancy::Own(instance) if instance.is_of(handler));
        if is_fresh {
            self.end_instance().await;
            self.exchange.begin_instance();
            let instance = Instance::start(Arc::clone(handler), &mut self.exchange).await?;
            self.tenancy = Tenancy::Own(Box::new(instance));
        }
        let Tenancy::Own(instance) = &mut self.tenancy else {
            unreachable!("it was there or has been started")
        };
        let task = Task { session: None, sets_up: is_fresh, work: work(refusal) };
        let result = instance.take_on(&mut self.exchange, task).await;
        if result.is_err() {
            self.tenancy = Tenancy::Nothing;
        }
        result
    }

    /// Calls `finish` and lets go of the instance.
    pub(super) async fn end_instance(&mut self) {
        match std::mem::replace(&mut self.tenancy, Tenancy::Nothing) {
            Tenancy::Nothing => {}
            Tenancy::Own(instance) if instance.is_stopped() => {}
            Tenancy::Own(mut instance) => {
                let task = Task { session: None, sets_up: false, work: Work::Finish };
                if let Err(stop) = instance.take_on(&mut self.exchange, task).await {
                    self.exchange.log_stop(&stop, "finish");
                }
            }
            Tenancy::Shared(share) if share.must_finish() => Box::pin(self.finish_in_pool(*share)).await,
            Tenancy::Shared(_) => {}
        }
    }

    async fn give_to_pool(
        &mut self,
        mount: &Mount,
        handler: &Arc<Handler>,
        refusal: Option<&Refusal>,
    ) -> Result<(), Stop> {
        let deadline = Instant::now() + self.site.limits().request_timeout;
        self.await_small_body(deadline).await;
        if !matches!(&self.tenancy, Tenancy::Shared(share) if share.lease.is_for(handler)) {
            self.end_instance().await;
        }
        let mut no_room: Option<Stop> = None;
        loop {
            let share = match std::mem::replace(&mut self.tenancy, Tenancy::Nothing) {
                Tenancy::Shared(share) => share,
                _ => match mount.pool().lease(handler, no_room.is_none()) {
                    Some(lease) => Box::new(Share { lease, is_set_up: false, spent: Duration::ZERO }),
                    None => return Err(no_room.unwrap_or(Stop::NoRoom)),
                },
            };
            let Some(mut permit) = self.wait_for_permit(&share.lease, deadline).await? else {
                // The worker has ended by another's fault, or is another's alone now.
                continue;
            };
            if permit.instance.is_none() {
                match Instance::start(Arc::clone(handler), &mut self.exchange).await {
                    Ok(instance) => permit.instance = Some(instance),
                    // Another may be had instead, once.
                    Err(stop @ (Stop::NoRoom | Stop::NoSystemMemory)) if no_room.is_none() => {
                        no_room = Some(stop);
                        continue;
                    }
                    Err(stop) => return Err(stop),
                }
            }
            return self.use_permit(share, permit, refusal).await;
        }
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
            let _ = tokio::time::timeout_at(deadline.into(), wait).await;
        }
    }

    /// None when the worker has ended.
    async fn wait_for_permit(&mut self, lease: &Lease, deadline: Instant) -> Result<Option<Permit>, Stop> {
        // Answers to earlier requests must not wait with this one.
        if lease.is_busy() && self.exchange.send().await.is_err() {
            return Err(Stop::Busy);
        }
        let permit = match lease.ask() {
            Asked::Now(permit) => return Ok(Some(permit)),
            Asked::Gone => return Ok(None),
            Asked::Later(permit) => permit,
        };
        let waited = tokio::select! {
            biased;
            permit = permit => return Ok(permit.ok()),
            () = self.exchange.down.gone() => None,
            () = tokio::time::sleep_until(deadline.into()) => Some(()),
        };
        if waited.is_none() {
            self.exchange.down.lose();
        }
        Err(Stop::Busy)
    }

    /// Serves with the instance of a permit, which is set up if it does not know the session.
    async fn use_permit(
        &mut self,
        mut share: Box<Share>,
        mut permit: Permit,
        refusal: Option<&Refusal>,
    ) -> Result<(), Stop> {
        let sets_up = !std::mem::replace(&mut share.is_set_up, true);
        if sets_up {
            self.exchange.begin_instance();
        }
        let detach = permit.detach();
        let instance = permit.instance.as_mut().expect("it was there or has been started");
        instance.when_raw(detach);
        let task = Task { session: Some(self.exchange.session), sets_up, work: work(refusal) };
        let result = instance.take_on(&mut self.exchange, task).await;
        share.spent = instance.spent();
        if result.is_err() {
            permit.instance = None;
            return result;
        }
        let is_raw = !permit.is_shared();
        self.tenancy = match permit.instance.take_if(|_| is_raw) {
            // The connection has become raw, and the worker its own.
            Some(instance) => Tenancy::Own(Box::new(instance)),
            None => Tenancy::Shared(share),
        };
        Ok(())
    }

    async fn finish_in_pool(&mut self, share: Share) {
        let deadline = Instant::now() + self.site.limits().request_timeout;
        let mut permit = match share.lease.ask() {
            Asked::Now(permit) => permit,
            Asked::Gone => return,
            Asked::Later(permit) => match tokio::time::timeout_at(deadline.into(), permit).await {
                Ok(Ok(permit)) => permit,
                // What it would have been told of has ended with it.
                Ok(Err(_)) => return,
                Err(_) => return self.exchange.log_stop(&Stop::Busy, "finish"),
            },
        };
        let Some(instance) = &mut permit.instance else {
            return;
        };
        let task = Task { session: Some(self.exchange.session), sets_up: false, work: Work::Finish };
        if let Err(stop) = instance.take_on(&mut self.exchange, task).await {
            permit.instance = None;
            self.exchange.log_stop(&stop, "finish");
        }
    }
}
