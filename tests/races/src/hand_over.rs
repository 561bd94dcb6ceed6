//! A pool's instances, from hand to hand.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use shuttle::future::block_on;
use shuttle::thread::{self, JoinHandle, yield_now};

use crate::handler::Handler;
use crate::in_many_orders;
use crate::instance::{Census, Instance};
use crate::pool::{Asked, Lease, Permit, Pool, PoolSize};

/// A pool, and what serves with it.
#[derive(Clone)]
struct Threads {
    pool: Pool,
    handler: Arc<Handler>,
    census: Arc<Census>,
}

impl Threads {
    /// A pool of at most so many instances.
    fn new(most: usize) -> Threads {
        let pool = Pool::new(PoolSize::share(most, 1, 1_000));
        Threads { pool, handler: Arc::default(), census: Arc::default() }
    }

    fn spawn(&self, session: impl FnOnce(&Threads) + Send + 'static) -> JoinHandle<()> {
        let threads = self.clone();
        thread::spawn(move || session(&threads))
    }

    fn lease(&self) -> Lease {
        self.pool.lease(&self.handler, true).expect("there may always be one")
    }

    /// A permit, with its instance, and the lease that it is of: another one where a worker ended.
    fn permit(&self, mut lease: Lease) -> (Lease, Permit) {
        loop {
            let permit = match lease.ask() {
                Asked::Now(permit) => Some(permit),
                Asked::Later(receiver) => block_on(receiver).ok(),
                Asked::Gone => None,
            };
            if let Some(permit) = permit {
                return (lease, self.begun(permit));
            }
            lease = self.lease();
        }
    }

    fn begun(&self, mut permit: Permit) -> Permit {
        if permit.instance.is_none() {
            yield_now();
            permit.begin(Instance::start(&self.census));
        }
        permit
    }

    /// Serves a request, and keeps the lease as a connection does.
    fn serve(&self, lease: Lease) -> Lease {
        let (lease, permit) = self.permit(lease);
        permit.instance.as_ref().expect("begun").serve();
        lease
    }

    /// Nobody uses the pool any more: no instance is lost, and none is left behind.
    fn assert_at_rest(&self) {
        let lease = self.lease();
        let Asked::Now(permit) = lease.ask() else { panic!("a worker that nobody uses is busy") };
        drop(self.begun(permit));
        drop(lease);
        self.pool.clear();
        assert_eq!(self.census.alive(), 0);
    }
}

fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    // All of them have begun before the first is waited for.
    let threads: Vec<_> = threads.into_iter().collect();
    threads.into_iter().for_each(|thread| thread.join().expect("it went well"));
}

#[test]
fn an_instance_serves_one_at_a_time_and_all_get_their_turn() {
    in_many_orders(|| {
        let threads = Threads::new(1);
        let session = |threads: &Threads| drop(threads.serve(threads.serve(threads.lease())));
        join([threads.spawn(session), threads.spawn(session), threads.spawn(session)]);
        assert_eq!((threads.census.served(), threads.census.most()), (6, 1));
        threads.assert_at_rest();
    });
}

#[test]
fn a_pool_has_no_more_instances_than_it_may() {
    in_many_orders(|| {
        let threads = Threads::new(2);
        let session = |threads: &Threads| drop(threads.serve(threads.lease()));
        join((0..4).map(|_| threads.spawn(session)));
        assert_eq!(threads.census.served(), 4);
        assert!(threads.census.most() <= 2);
        threads.assert_at_rest();
    });
}

/// A session waits until its time is over, which may be when it gets its turn.
fn give_up(threads: &Threads) {
    let lease = threads.lease();
    match lease.ask() {
        Asked::Now(permit) => drop(threads.begun(permit)),
        Asked::Later(mut receiver) => {
            for _ in 0..2 {
                yield_now();
                let polled = std::pin::Pin::new(&mut receiver).poll(&mut Context::from_waker(Waker::noop()));
                if let Poll::Ready(Ok(permit)) = polled {
                    permit.instance.as_ref().expect("it was there when it was handed on").serve();
                    return;
                }
            }
        }
        Asked::Gone => {}
    }
}

#[test]
fn who_gives_up_takes_nothing_along() {
    in_many_orders(|| {
        let threads = Threads::new(1);
        let session = |threads: &Threads| drop(threads.serve(threads.lease()));
        join([
            threads.spawn(session),
            threads.spawn(give_up),
            threads.spawn(give_up),
            threads.spawn(session),
        ]);
        assert!(threads.census.served() >= 2);
        assert_eq!(threads.census.most(), 1);
        threads.assert_at_rest();
    });
}

#[test]
fn who_waits_for_an_instance_that_traps_takes_another() {
    in_many_orders(|| {
        let threads = Threads::new(1);
        let fails = |threads: &Threads| {
            let (_lease, mut permit) = threads.permit(threads.lease());
            permit.instance.as_mut().expect("begun").trap();
        };
        let session = |threads: &Threads| drop(threads.serve(threads.lease()));
        join([threads.spawn(fails), threads.spawn(session), threads.spawn(session)]);
        assert_eq!(threads.census.served(), 2);
        threads.assert_at_rest();
    });
}

#[test]
fn who_waits_for_a_start_that_fails_takes_another() {
    in_many_orders(|| {
        let threads = Threads::new(1);
        let fails = |threads: &Threads| {
            let lease = threads.lease();
            // Its instance does not start, or it is dropped in the middle of a call.
            match lease.ask() {
                Asked::Now(mut permit) => permit.instance = None,
                Asked::Later(receiver) => {
                    if let Ok(mut permit) = block_on(receiver) {
                        permit.instance = None;
                    }
                }
                Asked::Gone => {}
            }
        };
        let session = |threads: &Threads| drop(threads.serve(threads.lease()));
        join([threads.spawn(fails), threads.spawn(session), threads.spawn(session)]);
        assert_eq!(threads.census.served(), 2);
        threads.assert_at_rest();
    });
}

#[test]
fn a_connection_that_becomes_raw_keeps_its_instance_and_others_take_another() {
    in_many_orders(|| {
        let threads = Threads::new(1);
        let raw = |threads: &Threads| {
            let (lease, mut permit) = threads.permit(threads.lease());
            permit.detach()();
            assert!(!permit.is_shared());
            let instance = permit.instance.take().expect("begun");
            drop((permit, lease));
            instance.serve();
        };
        let session = |threads: &Threads| drop(threads.serve(threads.lease()));
        join([threads.spawn(raw), threads.spawn(session), threads.spawn(session)]);
        assert_eq!(threads.census.served(), 3);
        assert!(threads.census.most() <= 2);
        threads.assert_at_rest();
    });
}

#[test]
fn a_handler_that_waits_holds_up_nobody() {
    in_many_orders(|| {
        let threads = Threads::new(1);
        let waits = |threads: &Threads| {
            let (_lease, permit) = threads.permit(threads.lease());
            let instance = permit.instance.as_ref().expect("begun");
            instance.clock().wait(true);
            yield_now();
            instance.clock().wait(false);
            instance.serve();
        };
        let session = |threads: &Threads| drop(threads.serve(threads.lease()));
        join([threads.spawn(waits), threads.spawn(session), threads.spawn(session)]);
        assert_eq!(threads.census.served(), 3);
        assert!(threads.census.most() <= 2, "it has one in its place");
        threads.assert_at_rest();
    });
}

#[test]
fn an_old_version_ends_with_its_last_connection() {
    in_many_orders(|| {
        let threads = Threads::new(2);
        let session = |threads: &Threads| drop(threads.serve(threads.lease()));
        let sessions = [threads.spawn(session), threads.spawn(session)];
        let new = Threads { handler: Arc::default(), ..threads.clone() };
        threads.handler.supersede();
        let sessions = sessions.into_iter().chain([new.spawn(session)]);
        join(sessions);
        assert_eq!(threads.census.served(), 3);
        // The next lease clears away what nobody used when the new version came.
        let lease = new.lease();
        assert_eq!(new.census.alive(), 1, "the new version's");
        drop(lease);
        new.assert_at_rest();
    });
}

#[test]
fn a_pool_that_is_cleared_in_use_is_left_by_all() {
    in_many_orders(|| {
        let threads = Threads::new(1);
        let session = |threads: &Threads| drop(threads.serve(threads.serve(threads.lease())));
        let clear = |threads: &Threads| threads.pool.clear();
        join([threads.spawn(session), threads.spawn(clear), threads.spawn(session)]);
        assert_eq!(threads.census.served(), 4);
        threads.assert_at_rest();
    });
}
