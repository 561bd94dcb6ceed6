//! What is asked of a disk. It may be slow, or gone: others are served meanwhile.

use std::io;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Questions at a time: each has a thread, and each thread some memory of its own. One that is never answered counts for ever.
static ROOM: Semaphore = Semaphore::const_new(64);
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(30);

/// Has a thread do this that serves nobody.
pub(super) async fn ask<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let turn = timeout(PATIENCE, ROOM.acquire()).await;
    let turn = turn.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?.map_err(io::Error::other)?;
    let answer = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    answer.await.map_err(io::Error::other)?
}
