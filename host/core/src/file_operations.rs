//! What guests have the system do with files, so that what never ends (a pipe in a granted folder, a disk that is gone)
//! keeps none of them from theirs.
//!
//! Each is done by a thread of the runtime's, of which there are 512. The system's call cannot be taken back: it goes
//! on when its request has ended, and is counted until it comes back. How many there may be is bounded: of all, of one
//! handler, and at one file, as most of what hangs does so at the same one. Who finds no room waits for a moment, and
//! is then told that the file is busy.

use std::collections::HashMap;
use std::fs::File;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Of all handlers of an engine. Each thread of a server has more threads for files than this.
const ALL: usize = 256;
/// Of one handler.
const OF_HANDLER: usize = 192;
/// At one file. What does not hang takes well below a millisecond.
const AT_FILE: usize = 16;
/// How long one waits for room.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often one who waits looks whether what was left has come back.
const LOOK: Duration = Duration::from_millis(50);
/// Names that are remembered, before those are forgotten at which nothing is done.
const NAMES: usize = 1024;
/// Of so many refusals one has a line.
const TOLD: u64 = 1000;

/// All of an engine.
pub(crate) struct FileOperations {
    all: Arc<Semaphore>,
    files: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
    left: Mutex<Vec<Left>>,
    refused: AtomicU64,
}

/// Those of one handler.
#[derive(Clone, Debug)]
pub(crate) struct OfHandler(Arc<Semaphore>);

impl Default for OfHandler {
    fn default() -> Self {
        OfHandler(Arc::new(Semaphore::new(OF_HANDLER)))
    }
}

/// One that its request has not seen the end of. The thread that does it has the file, and nobody else: the instance's
/// share of it has ended with the instance.
struct Left {
    file: Weak<File>,
    _room: Room,
}

type Room = [OwnedSemaphorePermit; 3];

/// One that is under way. Dropped before its end, it is left to the system.
pub(crate) struct Operation {
    operations: Arc<FileOperations>,
    file: Weak<File>,
    room: Option<Room>,
}

/// There is no room. With how many were refused so far, if somebody should be told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoRoom {
    pub(crate) told: Option<u64>,
}

impl Default for FileOperations {
    fn default() -> Self {
        FileOperations {
            all: Arc::new(Semaphore::new(ALL)),
            files: Mutex::default(),
            left: Mutex::default(),
            refused: AtomicU64::new(0),
        }
    }
}

impl FileOperations {
    /// Begins one at a file of this name, with what the thread that does it will hold. Waits for a moment where there is
    /// no room.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        of: &OfHandler,
        name: &Arc<str>,
        file: &Arc<File>,
    ) -> Result<Operation, NoRoom> {
        if let Some(operation) = self.begin_now(of, name, file) {
            return Ok(operation);
        }
        let deadline = Instant::now() + PATIENCE;
        // Who hangs on to one file takes no room from who waits for another.
        let mut room = pin!(async {
            let at_file = self.at(name).acquire_owned().await.ok()?;
            let of_handler = Arc::clone(&of.0).acquire_owned().await.ok()?;
            Some([at_file, of_handler, Arc::clone(&self.all).acquire_owned().await.ok()?])
        });
        while Instant::now() < deadline {
            if let Ok(Some(room)) = tokio::time::timeout(LOOK, room.as_mut()).await {
                return Ok(self.operation(file, room));
            }
            self.look_after_left();
        }
        Err(self.refuse())
    }

    /// Begins one where one cannot wait.
    pub(crate) fn try_begin(
        self: &Arc<Self>,
        of: &OfHandler,
        name: &Arc<str>,
        file: &Arc<File>,
    ) -> Result<Operation, NoRoom> {
        self.begin_now(of, name, file).ok_or_else(|| self.refuse())
    }

    fn begin_now(self: &Arc<Self>, of: &OfHandler, name: &Arc<str>, file: &Arc<File>) -> Option<Operation> {
        self.look_after_left();
        let now = |semaphore: Arc<Semaphore>| semaphore.try_acquire_owned().ok();
        let room = [now(self.at(name))?, now(Arc::clone(&of.0))?, now(Arc::clone(&self.all))?];
        Some(self.operation(file, room))
    }

    fn operation(self: &Arc<Self>, file: &Arc<File>, room: Room) -> Operation {
        Operation { operations: Arc::clone(self), file: Arc::downgrade(file), room: Some(room) }
    }

    fn at(&self, name: &Arc<str>) -> Arc<Semaphore> {
        let mut files = lock(&self.files);
        if let Some(file) = files.get(name) {
            return Arc::clone(file);
        }
        if files.len() >= NAMES {
            files.retain(|_, file| Arc::strong_count(file) > 1);
        }
        Arc::clone(files.entry(Arc::clone(name)).or_insert_with(|| Arc::new(Semaphore::new(AT_FILE))))
    }

    /// Takes those off the count that have come back.
    fn look_after_left(&self) {
        lock(&self.left).retain(|left| left.file.strong_count() > 0);
    }

    fn refuse(&self) -> NoRoom {
        let before = self.refused.fetch_add(1, Ordering::Relaxed);
        NoRoom { told: before.is_multiple_of(TOLD).then_some(before + 1) }
    }

    /// How many are under way.
    pub(crate) fn under_way(&self) -> usize {
        ALL - self.all.available_permits()
    }
}

impl Operation {
    /// It has come to its end.
    pub(crate) fn end(mut self) {
        self.room = None;
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if let Some(room) = self.room.take() {
            lock(&self.operations.left).push(Left { file: self.file.clone(), _room: room });
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that runs under these locks leaves anything half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Arc<File> {
        Arc::new(File::open("/dev/null").expect("a file"))
    }

    fn name(number: usize) -> Arc<str> {
        number.to_string().into()
    }

    #[tokio::test]
    async fn who_waits_at_a_file_is_told_that_it_is_busy_and_another_file_is_not() {
        let (operations, of, file) = (Arc::<FileOperations>::default(), OfHandler::default(), file());
        let begin = |number| operations.try_begin(&of, &name(number), &file);
        let hang: Vec<_> = (0..AT_FILE).map(|_| begin(0).expect("room")).collect();
        let refused = operations.begin(&of, &name(0), &file).await.err();
        assert_eq!(refused, Some(NoRoom { told: Some(1) }));
        begin(1).expect("room at another").end();
        assert_eq!(operations.under_way(), AT_FILE);
        hang.into_iter().for_each(Operation::end);
        assert!(operations.begin(&of, &name(0), &file).await.is_ok());
    }

    #[test]
    fn one_that_is_left_counts_until_the_system_is_done_with_its_file() {
        let (operations, of) = (Arc::<FileOperations>::default(), OfHandler::default());
        let at_work = file();
        for _ in 0..AT_FILE {
            drop(operations.try_begin(&of, &name(0), &at_work).expect("room"));
        }
        assert!(operations.try_begin(&of, &name(0), &file()).is_err());
        drop(at_work);
        assert!(operations.try_begin(&of, &name(0), &file()).is_ok());
    }

    #[test]
    fn a_handler_leaves_room_for_others() {
        let (operations, greedy, file) = (Arc::<FileOperations>::default(), OfHandler::default(), file());
        let all: Vec<_> =
            (0..).map_while(|number| operations.try_begin(&greedy, &name(number), &file).ok()).collect();
        assert_eq!(all.len(), OF_HANDLER);
        assert!(operations.try_begin(&OfHandler::default(), &name(0), &file).is_ok());
    }
}
