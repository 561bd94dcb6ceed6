//! How many may be at a store at once, and how long others wait.

use std::sync::Arc;
use std::time::Duration;

use doverb_core::keyvalue::StoreError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Asks of all handlers at one file or server that are under way at once.
const ROOM: usize = 64;
/// How long one waits for room.
const PATIENCE: Duration = Duration::from_secs(5);

/// Room at a store.
#[derive(Debug)]
pub(crate) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Room(Arc::new(Semaphore::new(ROOM)))
    }
}

impl Room {
    /// Takes a place, once there is one.
    pub(crate) async fn take(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let place = tokio::time::timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await;
        place.ok().and_then(Result::ok).ok_or(StoreError::Busy)
    }
}

/// Does what may take time on a thread that is there for it. Dropped before its end it goes on, in its place.
pub(crate) async fn aside<T: Send + 'static>(
    place: OwnedSemaphorePermit,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(move || {
        let result = work();
        drop(place);
        result
    });
    done.await.unwrap_or_else(|_| Err(StoreError::unusable("a fault of its own ended it")))
}
