//! A file's bytes on their way to the client.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use doverb_core::advice::advised;
use doverb_core::exchange::Exchange;
use doverb_core::failure::Failure;

use super::disk;

/// What is read at once.
const PIECE: usize = 256 * 1024;
/// What is read where many are being sent: a client that does not take its piece has the server hold it, and its copy in the outbox.
const SMALL: usize = 32 * 1024;
/// Answers at a time that are sent in large pieces.
const MAX_LARGE: usize = 64;

static LARGE: AtomicUsize = AtomicUsize::new(0);

/// One of those answers. As its outbox stays as large as a piece, it is so to its end.
struct Large;

impl Large {
    fn take() -> Option<Large> {
        let more = |count| (count < MAX_LARGE).then_some(count + 1);
        LARGE.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Large)
    }
}

impl Drop for Large {
    fn drop(&mut self) {
        LARGE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A file, or all that is in it.
pub(super) struct Body {
    file: Arc<File>,
    content: Option<Arc<[u8]>>,
}

impl Body {
    pub(super) fn new(file: Arc<File>, content: Option<Arc<[u8]>>) -> Body {
        Body { file, content }
    }

    /// Sends what is from `start` up to `end`. Where the file has become shorter the answer is cut, as its length is told
    /// already.
    pub(super) async fn send(&self, request: &mut Exchange, start: u64, end: u64) -> Result<(), Failure> {
        // The answer to HEAD has a length, and no body.
        if &*request.command() == "HEAD" {
            return Ok(());
        }
        if let Some(content) = &self.content {
            let range = usize::try_from(start).unwrap_or(0)..usize::try_from(end).unwrap_or(0);
            let part = content.get(range).ok_or_else(|| failed(&shorter()))?;
            return request.write(part).map(drop);
        }
        let mut at = start;
        let large = if end - start > SMALL as u64 { Large::take() } else { None };
        let most = if large.is_some() { PIECE } else { SMALL };
        let mut piece = Vec::new();
        while at < end {
            let length = usize::try_from(end - at).unwrap_or(most).min(most);
            // Here, as the threads that read would each keep some for later.
            piece.resize(length, 0);
            let file = Arc::clone(&self.file);
            let read = disk::ask(move || file.read_exact_at(&mut piece, at).map(|()| piece)).await;
            piece = match read {
                Ok(piece) => piece,
                Err(error) => {
                    request.report_failure(&unreadable(&error));
                    return Err(failed(&error));
                }
            };
            request.write(&piece)?;
            if large.is_none() {
                piece = Vec::new();
            }
            request.flush_body().await?;
            at += length as u64;
        }
        Ok(())
    }
}

/// What the log is told.
pub(super) fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "its file has become shorter while it was sent".to_owned(),
        _ => advised(&format!("its file can't be read: {error}")),
    }
}

fn shorter() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

fn failed(error: &io::Error) -> Failure {
    Failure::Other(("file".into(), format!("it can't be read while it is sent: {error}")))
}
