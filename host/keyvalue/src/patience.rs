//! How many may be at a store at once, and how long others wait.

use std::sync::Arc;
use std::time::Duration;

use doverb_core::keyvalue::{Ask, MAX_ANSWER, MAX_VALUE, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places at one file or server for what all handlers ask: each is one for an answer of [`MAX_VALUE`] bytes, which is in the
/// server's memory until its instance goes on.
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
    /// Takes as many places as the answer may need, once there are so many.
    pub(crate) async fn take(&self, ask: &Ask) -> Result<OwnedSemaphorePermit, StoreError> {
        let places =
            tokio::time::timeout(PATIENCE, Arc::clone(&self.0).acquire_many_owned(places(ask))).await;
        places.ok().and_then(Result::ok).ok_or(StoreError::Busy)
    }
}

/// How many places an answer may need. One that is too large is given up when the next value does not fit.
fn places(ask: &Ask) -> u32 {
    const MOST: usize = MAX_ANSWER.div_ceil(MAX_VALUE) + 1;
    match ask {
        Ask::GetMany(keys) => u32::try_from(keys.len().clamp(1, MOST)).unwrap_or(1),
        _ => 1,
    }
}

/// Does what may take time on a thread that is there for it. Dropped before its end it goes on, in its place; else the place is
/// free when the answer has been taken.
pub(crate) async fn aside<T: Send + 'static>(
    place: OwnedSemaphorePermit,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(move || (work(), place)).await {
        Ok((answer, _place)) => answer,
        Err(_) => Err(StoreError::unusable("a fault of its own ended it")),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Future, poll_fn};
    use std::task::Poll;

    use super::*;

    #[test]
    fn answers_that_nobody_has_taken_keep_their_places() {
        tokio::runtime::Builder::new_multi_thread()
            .enable_time()
            .build()
            .expect("a runtime")
            .block_on(leave_answers());
    }

    async fn leave_answers() {
        let room = Room::default();
        let many = Ask::GetMany(vec![String::new(); 1000]);
        let mut answers = Vec::new();
        while room.0.available_permits() >= places(&many) as usize {
            let place = room.take(&many).await.expect("there is room");
            let mut answer = Box::pin(aside(place, || Ok(vec![0u8; MAX_ANSWER])));
            // It is begun, and nobody asks for it again.
            let asked =
                poll_fn(|context| Poll::Ready(answer.as_mut().poll(context).map(|answer| answer.is_ok())));
            match asked.await {
                Poll::Pending => answers.push(answer),
                Poll::Ready(is_given) => assert!(is_given),
            }
        }
        assert!(answers.len() * MAX_ANSWER <= ROOM * MAX_VALUE, "{} answers", answers.len());
        assert!(room.take(&Ask::Get(String::new())).await.is_ok(), "a small one finds the rest");
        answers.pop();
        assert!(room.take(&many).await.is_ok());
    }
}
