//! What a program prints while it is built: the beginning of it is kept, and nothing more is waited for or refused.

use bytes::Bytes;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// How much is kept, in bytes.
const MAX_OUTPUT: usize = 64 * 1024;
/// What a program may write at once.
const PIECE: usize = 64 * 1024;
/// What says that there was more.
const CUT: &str = "\n[...]\n";

/// Where a program prints to. Clones keep together.
#[derive(Clone)]
pub(super) struct Output(MemoryOutputPipe);

impl Default for Output {
    fn default() -> Output {
        Output(MemoryOutputPipe::new(MAX_OUTPUT))
    }
}

impl Output {
    /// What was printed, or its beginning.
    pub(super) fn printed(&self) -> String {
        let kept = self.0.contents();
        let text = String::from_utf8_lossy(&kept);
        if kept.len() < MAX_OUTPUT { text.into_owned() } else { text.into_owned() + CUT }
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(self.0.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        // It says so by an error when it is full.
        let room = self.0.check_write().unwrap_or(0).min(bytes.len());
        self.0.write(bytes.slice(..room))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PIECE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_kept_and_more_is_taken() {
        let output = Output::default();
        let mut stream = output.p2_stream();
        for piece in ["begins\n".to_owned(), "x".repeat(PIECE), "y".repeat(PIECE), "z".into()] {
            assert!(stream.check_write().is_ok_and(|room| room >= piece.len()));
            stream.write(piece.into()).expect("it is taken");
        }
        let printed = output.printed();
        assert!(printed.starts_with("begins\nx") && printed.ends_with(CUT), "{}", printed.len());
        assert_eq!(printed.len(), MAX_OUTPUT + CUT.len());
    }
}
