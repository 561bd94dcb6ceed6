//! A file's bytes on their way to the client.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use doverb_core::exchange::Exchange;
use doverb_core::failure::Failure;

/// What is read at once.
const PIECE: usize = 256 * 1024;

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
        let mut piece = Vec::new();
        while at < end {
            let length = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
            let file = Arc::clone(&self.file);
            // A disk may be slow, or gone: others are served meanwhile.
            let read = tokio::task::spawn_blocking(move || {
                piece.resize(length, 0);
                file.read_exact_at(&mut piece, at).map(|()| piece)
            });
            piece =
                read.await.map_err(io::Error::other).and_then(|read| read).map_err(|error| failed(&error))?;
            request.write(&piece)?;
            request.flush_body().await?;
            at += length as u64;
        }
        Ok(())
    }
}

fn shorter() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

fn failed(error: &io::Error) -> Failure {
    Failure::Other(("file".into(), format!("it can't be read while it is sent: {error}")))
}
