//! Requests that have let go of their instance until another one brings what they wait for.

use crate::sync::{Mutex, MutexGuard, PoisonError, oneshot};

/// Those of one instance, by their sessions.
#[derive(Default)]
pub(crate) struct Pauses(Mutex<Vec<(u64, oneshot::Sender<()>)>>);

impl Pauses {
    fn lock(&self) -> MutexGuard<'_, Vec<(u64, oneshot::Sender<()>)>> {
        // Nothing that runs under the lock leaves the list half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session's request has paused. What it gives is there when it is to go on.
    pub(crate) fn enter(&self, session: u64) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut paused = self.lock();
        // Those that went on by themselves are over.
        paused.retain(|(other, sender)| *other != session && !sender.is_closed());
        paused.push((session, sender));
        receiver
    }

    /// Has it go on.
    pub(crate) fn resume(&self, session: u64) {
        let mut paused = self.lock();
        let place = paused.iter().position(|(other, _)| *other == session);
        let found = place.map(|place| paused.swap_remove(place));
        drop(paused);
        if let Some((_, sender)) = found {
            // It may have gone on by itself.
            let _ = sender.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_is_resumed_goes_on_once_and_nobody_else_does() {
        let pauses = Pauses::default();
        let (mut one, mut two) = (pauses.enter(1), pauses.enter(2));
        pauses.resume(3);
        assert!(one.try_recv().is_err() && two.try_recv().is_err());
        pauses.resume(2);
        assert!(one.try_recv().is_err() && two.try_recv().is_ok());
        drop(one);
        let again = pauses.enter(2);
        assert_eq!(pauses.lock().len(), 1, "those that went on by themselves are let go");
        pauses.resume(2);
        assert!(again.await.is_ok() && pauses.lock().is_empty());
    }
}
