//! The instances that sessions have to themselves, so that one that rests can make room for another.
//!
//! A session says when its instance works and when it rests, by one store each. Who finds no room for a new one asks the
//! one that has rested longest to go; its session ends it in good order, with `finish`, and gets another at its next
//! request.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::Notify;

use crate::clients::Client;
use crate::shares::Share;

/// How long one that was asked to go may take, as long as a `finish` takes.
const PATIENCE: Duration = Duration::from_millis(500);
/// How many are asked before it is said that there is no room.
const TRIES: usize = 8;
/// Not at rest.
const WORKS: u64 = 0;

/// All of a site.
#[derive(Default)]
pub(crate) struct Residents(Mutex<Vec<Arc<Shared>>>);

struct Shared {
    client: Client,
    /// Its mount's.
    share: Option<Share>,
    /// When it began to rest, in the engine's ticks and one more, or [`WORKS`].
    rests_since: AtomicU64,
    is_asked: AtomicBool,
    /// The session's, where it waits for its client.
    waker: Mutex<Option<Waker>>,
    gone: Notify,
}

/// Whose instance may have to go.
#[derive(Clone, Debug)]
pub(crate) enum Whose {
    Anybodys,
    /// One of a client's own.
    Clients(Client),
    /// One of a mount's own.
    Mounts(Share),
    /// The same, or one of a mount that has more than what belongs to it.
    MountsOrExcess(Share),
}

impl Whose {
    fn includes(&self, shared: &Shared) -> bool {
        let is_of = |share: &Share| shared.share.as_ref().is_some_and(|own| own.is(share));
        match self {
            Whose::Anybodys => true,
            Whose::Clients(client) => *client == shared.client,
            Whose::Mounts(share) => is_of(share),
            Whose::MountsOrExcess(share) => is_of(share) || shared.share.as_ref().is_none_or(Share::is_over),
        }
    }
}

/// A session's place among them. Dropped with its instance.
pub(crate) struct Resident {
    residents: Arc<Residents>,
    shared: Arc<Shared>,
    /// Who hears it: left anew only where another task asks, as a connection goes to another while its handler computes.
    heard_by: Option<Waker>,
}

impl Residents {
    /// A place for an instance that works.
    pub(crate) fn enter(self: &Arc<Residents>, client: Client, share: Option<Share>) -> Resident {
        let shared = Arc::new(Shared {
            client,
            share,
            rests_since: AtomicU64::new(WORKS),
            is_asked: AtomicBool::new(false),
            waker: Mutex::default(),
            gone: Notify::new(),
        });
        self.lock().push(Arc::clone(&shared));
        Resident { residents: Arc::clone(self), shared, heard_by: None }
    }

    /// Has the one that has rested longest go, of those that may. False when none does.
    pub(crate) async fn make_room(&self, of: Whose) -> bool {
        for _ in 0..TRIES {
            let Some(longest) = self.ask_longest(&of) else {
                return false;
            };
            let gone = longest.gone.notified();
            longest.wake();
            if tokio::time::timeout(PATIENCE, gone).await.is_ok() {
                return true;
            }
        }
        false
    }

    fn ask_longest(&self, of: &Whose) -> Option<Arc<Shared>> {
        let all = self.lock();
        let rests = |shared: &&Arc<Shared>| {
            of.includes(shared)
                && shared.rests_since.load(Ordering::Relaxed) != WORKS
                && !shared.is_asked.load(Ordering::Relaxed)
        };
        let longest =
            all.iter().filter(rests).min_by_key(|shared| shared.rests_since.load(Ordering::Relaxed))?;
        longest.is_asked.store(true, Ordering::Release);
        Some(Arc::clone(longest))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Shared>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn wake(&self) {
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Resident {
    /// Its instance has work.
    pub(crate) fn works(&self) {
        self.shared.rests_since.store(WORKS, Ordering::Relaxed);
    }

    /// Its instance has none, from this tick of the engine's on.
    pub(crate) fn rests(&self, tick: u64) {
        self.shared.rests_since.store(tick + 1, Ordering::Relaxed);
    }

    /// Whether it was asked to go.
    pub(crate) fn is_asked(&self) -> bool {
        self.shared.is_asked.load(Ordering::Acquire)
    }

    /// Ready when it was asked to go.
    pub(crate) fn poll_asked(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !self.heard_by.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            let waker = self.heard_by.insert(context.waker().clone()).clone();
            *self.shared.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker);
        }
        if self.is_asked() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        self.residents.lock().retain(|other| !Arc::ptr_eq(other, &self.shared));
        // Kept for one who is about to wait.
        self.shared.gone.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn the_one_that_has_rested_longest_goes() {
        let residents = Arc::<Residents>::default();
        let [first, mut second, third] = [(); 3].map(|()| residents.enter(Client::of("192.0.2.1"), None));
        first.rests(7);
        second.rests(3);
        third.works();
        let goes = async {
            poll_fn(|context| second.poll_asked(context)).await;
            drop(second);
        };
        let (made, ()) = tokio::join!(residents.make_room(Whose::Anybodys), goes);
        assert!(made);
        assert_eq!(residents.lock().len(), 2);
    }

    #[tokio::test]
    async fn one_hears_it_in_the_task_that_it_has_gone_to() {
        let residents = Arc::<Residents>::default();
        let mut resident = residents.enter(Client::of("192.0.2.1"), None);
        resident.rests(1);
        // As a connection does whose handler has computed in the background.
        let elsewhere = &mut Context::from_waker(Waker::noop());
        assert!(resident.poll_asked(elsewhere).is_pending());
        let goes = async {
            poll_fn(|context| resident.poll_asked(context)).await;
            drop(resident);
        };
        let (made, ()) = tokio::join!(goes_in_time(&residents), goes);
        assert!(made, "it was not woken");
    }

    /// Whether the first that is asked goes at once.
    async fn goes_in_time(residents: &Residents) -> bool {
        tokio::time::timeout(PATIENCE, residents.make_room(Whose::Anybodys)).await == Ok(true)
    }

    #[tokio::test]
    async fn a_client_makes_room_for_itself_alone() {
        let residents = Arc::<Residents>::default();
        let resident = residents.enter(Client::of("192.0.2.1"), None);
        resident.rests(1);
        assert!(!residents.make_room(Whose::Clients(Client::of("192.0.2.2"))).await);
        assert!(!resident.shared.is_asked.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn a_mount_makes_room_for_itself_and_who_has_too_much_for_others() {
        let commons = crate::shares::Commons::new(4, 4);
        let [own, other] = [(); 2].map(|()| commons.join(4, 4));
        let residents = Arc::<Residents>::default();
        let resident = residents.enter(Client::of("192.0.2.1"), Some(other.clone()));
        resident.rests(1);
        let counted = [(); 2].map(|()| other.take_instance().expect("there is room"));
        assert!(!residents.make_room(Whose::Mounts(own.clone())).await);
        assert!(
            residents.ask_longest(&Whose::MountsOrExcess(own.clone())).is_some(),
            "2 where 1 belongs to it"
        );
        drop(counted);
        resident.shared.is_asked.store(false, Ordering::Relaxed);
        assert!(!residents.make_room(Whose::MountsOrExcess(own)).await);
    }

    #[tokio::test]
    async fn none_goes_that_works() {
        let residents = Arc::<Residents>::default();
        let resident = residents.enter(Client::of("192.0.2.1"), None);
        assert!(!residents.make_room(Whose::Anybodys).await);
        resident.rests(0);
        resident.works();
        assert!(!residents.make_room(Whose::Anybodys).await);
    }

    #[tokio::test]
    async fn one_that_does_not_go_is_waited_for_no_longer_than_it_must() {
        let residents = Arc::<Residents>::default();
        let resident = residents.enter(Client::of("192.0.2.1"), None);
        resident.rests(1);
        assert!(!residents.make_room(Whose::Anybodys).await);
    }
}
