//! The streams of files, each with a part in the bounds on what is done with files.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Weak};

use bytesize::ByteSize;
use tokio::task::JoinHandle;
use wasmtime::component::{Resource, ResourceTable, ResourceTableError};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, InputStream, OutputStream, Pollable, StreamError, StreamResult,
};
use wasmtime_wasi_io::bytes::Bytes;

use crate::file_operations::{FileOperations, NoRoom, OfHandler, Operation};
use crate::limits::PIECE;
use crate::log::Log;
use crate::scratch::{self, ALL, MAX_ENTRIES, Scratch};

/// Whom operations are counted for, and who is told where there is no room.
#[derive(Clone)]
pub(super) struct Watcher {
    pub(super) operations: Arc<FileOperations>,
    pub(super) of: OfHandler,
    pub(super) handler: String,
    pub(super) log: Log,
}

impl Watcher {
    pub(super) fn tell(&self, no_room: &NoRoom) {
        if let Some(so_far) = no_room.told {
            let (handler, under_way) = (&self.handler, self.operations.under_way());
            self.log.message(format_args!(
                "{handler}: a file is busy ({so_far} so far): {under_way} operations on files are under way and do not \
                 come back. Is there a pipe, or a disk that is gone, in a granted folder?"
            ));
        }
    }

    /// Says it once an instance: the guest's own library may say no more than that a write failed.
    pub(super) fn tell_of_full(&self, scratch: &Scratch) {
        if scratch.is_full_at_last() {
            let (handler, most) = (&self.handler, ByteSize(scratch.most()));
            self.log.message(format_args!(
                "{handler}: an instance's {} is full: it may hold {most} and {MAX_ENTRIES} files, and all instances \
                 together {ALL} times as many bytes",
                scratch::PLACE
            ));
        }
    }
}

/// What one stream does.
pub(super) struct Watch {
    watcher: Watcher,
    /// The stream keeps it open.
    file: Weak<File>,
    name: Arc<str>,
    /// Where it is counted what is written to it.
    scratch: Option<Arc<Scratch>>,
    /// The one that is under way, as far as is known.
    operation: Option<Operation>,
}

impl Watch {
    pub(super) fn new(
        watcher: Watcher,
        file: Arc<File>,
        name: Arc<str>,
        scratch: Option<Arc<Scratch>>,
    ) -> Watch {
        Watch { watcher, file: Arc::downgrade(&file), name, scratch, operation: None }
    }

    fn busy(&self, no_room: &NoRoom) -> StreamError {
        self.watcher.tell(no_room);
        StreamError::LastOperationFailed(io::Error::from(io::ErrorKind::ResourceBusy).into())
    }

    /// One begins, unless one is under way.
    async fn begin(&mut self) -> StreamResult<()> {
        let (None, Some(file)) = (&self.operation, self.file.upgrade()) else {
            return Ok(());
        };
        let Watcher { operations, of, .. } = &self.watcher;
        let begun = operations.begin(of, &self.name, &file).await;
        self.operation = Some(begun.map_err(|no_room| self.busy(&no_room))?);
        Ok(())
    }

    /// The same where one cannot wait.
    fn try_begin(&mut self) -> StreamResult<()> {
        let (None, Some(file)) = (&self.operation, self.file.upgrade()) else {
            return Ok(());
        };
        let Watcher { operations, of, .. } = &self.watcher;
        let begun = operations.try_begin(of, &self.name, &file);
        self.operation = Some(begun.map_err(|no_room| self.busy(&no_room))?);
        Ok(())
    }

    /// So many bytes are to be written.
    fn expect_space(&self, bytes: usize) -> StreamResult<()> {
        let Some(scratch) = &self.scratch else { return Ok(()) };
        scratch.take_bytes(bytes as u64).map_err(|errno| {
            self.watcher.tell_of_full(scratch);
            StreamError::LastOperationFailed(io::Error::from(errno).into())
        })
    }

    /// None is under way any more.
    fn end(&mut self) {
        self.operation.take().into_iter().for_each(Operation::end);
    }
}

struct Input {
    stream: DynInputStream,
    watch: Watch,
    /// Where the next byte is read from.
    position: u64,
    /// Whether the file's end was reached. wasmtime-wasi's stream stays closed then, and a guest's library that keeps it, across a
    /// seek as well, would never see what is written behind.
    has_ended: bool,
    behind: Behind,
    /// Why a wait could not begin, for the next read.
    failed: Option<StreamError>,
}

struct Output {
    stream: DynOutputStream,
    watch: Watch,
}

/// Puts the stream that stands there under watch.
pub(super) fn watch_input(
    table: &mut ResourceTable,
    stream: &Resource<DynInputStream>,
    (watch, position): (Watch, u64),
) -> Result<(), ResourceTableError> {
    let place = table.get_mut(stream)?;
    let stream = std::mem::replace(place, Box::new(wasmtime_wasi::p2::pipe::ClosedInputStream));
    *place =
        Box::new(Input { stream, watch, position, has_ended: false, behind: Behind::Nothing, failed: None });
    Ok(())
}

/// The same for one that is written to.
pub(super) fn watch_output(
    table: &mut ResourceTable,
    stream: &Resource<DynOutputStream>,
    watch: Watch,
) -> Result<(), ResourceTableError> {
    let place = table.get_mut(stream)?;
    let stream = std::mem::replace(place, Box::new(wasmtime_wasi::p2::pipe::ClosedOutputStream));
    *place = Box::new(Output { stream, watch });
    Ok(())
}

/// What is read behind an end that was reached.
enum Behind {
    Nothing,
    Reading(JoinHandle<io::Result<Vec<u8>>>),
    Read(io::Result<Vec<u8>>),
}

impl Input {
    fn note(&mut self, result: &StreamResult<Bytes>) {
        match result {
            Ok(bytes) => self.position += bytes.len() as u64,
            Err(StreamError::Closed) => self.has_ended = true,
            Err(_) => {}
        }
    }

    /// Begins to look for what has come behind the end.
    fn begin_behind(&mut self, size: usize) {
        let (Behind::Nothing, Some(file)) = (&self.behind, self.watch.file.upgrade()) else { return };
        let at = self.position;
        self.behind = Behind::Reading(tokio::task::spawn_blocking(move || {
            // Of a pipe there is no place to read at, and its end is one.
            let mut bytes = vec![0; size.min(PIECE)];
            let count = file.read_at(&mut bytes, at)?;
            bytes.truncate(count);
            Ok(bytes)
        }));
    }

    async fn await_behind(&mut self) {
        if let Behind::Reading(task) = &mut self.behind {
            let read = task.await.unwrap_or_else(|error| Err(io::Error::other(error)));
            self.behind = Behind::Read(read);
        }
    }

    /// What was found; nothing as long as it is looked for.
    fn take_behind(&mut self, size: usize) -> StreamResult<Bytes> {
        match std::mem::replace(&mut self.behind, Behind::Nothing) {
            Behind::Read(Ok(mut bytes)) if !bytes.is_empty() => {
                // It may be asked for less than before; the rest is found again.
                bytes.truncate(size);
                Ok(bytes.into())
            }
            Behind::Read(_) | Behind::Nothing => Err(StreamError::Closed),
            reading @ Behind::Reading(_) => {
                self.behind = reading;
                Ok(Bytes::new())
            }
        }
    }
}

#[async_trait]
impl InputStream for Input {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        self.watch.try_begin()?;
        if self.has_ended && size > 0 {
            if matches!(self.behind, Behind::Nothing) {
                self.begin_behind(size);
            }
            let result = self.take_behind(size);
            self.note(&result);
            if !matches!(self.behind, Behind::Reading(_)) {
                self.watch.end();
            }
            return result;
        }
        let result = self.stream.read(size);
        // Nothing, where something was asked for, means that a thread has begun to read, or still does.
        if size == 0 || !matches!(&result, Ok(bytes) if bytes.is_empty()) {
            self.watch.end();
        }
        self.note(&result);
        result
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        self.watch.begin().await?;
        let result = if self.has_ended {
            self.begin_behind(size);
            self.await_behind().await;
            self.take_behind(size)
        } else {
            self.stream.blocking_read(size).await
        };
        self.watch.end();
        self.note(&result);
        result
    }

    async fn cancel(&mut self) {
        self.stream.cancel().await;
        self.await_behind().await;
        self.watch.end();
    }
}

#[async_trait]
impl Pollable for Input {
    async fn ready(&mut self) {
        if self.failed.is_some() {
            return;
        }
        if let Err(failed) = self.watch.begin().await {
            self.failed = Some(failed);
            return;
        }
        if self.has_ended {
            self.await_behind().await;
        } else {
            self.stream.ready().await;
        }
        self.watch.end();
    }
}

#[async_trait]
impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.watch.expect_space(bytes.len())?;
        self.watch.try_begin()?;
        self.stream.write(bytes).inspect_err(|_| self.watch.end())
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.watch.expect_space(bytes.len())?;
        self.watch.begin().await?;
        let result = self.stream.blocking_write_and_flush(bytes).await;
        self.watch.end();
        result
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.stream.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let result = self.stream.check_write();
        if !matches!(result, Ok(0)) {
            self.watch.end();
        }
        result
    }

    async fn cancel(&mut self) {
        self.stream.cancel().await;
        self.watch.end();
    }
}

#[async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {
        self.stream.ready().await;
        self.watch.end();
    }
}
