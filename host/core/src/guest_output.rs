//! What a guest writes to stdout and stderr: lines of the log, with the handler's name.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::handler_options::HandlerOptions;
use crate::log::Log;
use crate::output_budget::{A_SECOND, OutputBudget};

/// Bytes of a line without an end that are kept; more is cut into lines of this length.
const MAX_LINE: usize = 8 * 1024;

/// One of a guest's two output streams. Clones share the unfinished line.
#[derive(Clone)]
pub(crate) struct GuestOutput(Arc<Stream>);

struct Stream {
    log: Log,
    budget: Arc<OutputBudget>,
    handler: String,
    name: &'static str,
    line: Mutex<Vec<u8>>,
}

impl GuestOutput {
    pub(crate) fn new(log: Log, options: &HandlerOptions, name: &'static str) -> GuestOutput {
        let (budget, handler) = (Arc::clone(options.output()), options.name().to_owned());
        GuestOutput(Arc::new(Stream { log, budget, handler, name, line: Mutex::default() }))
    }
}

impl Stream {
    fn take(&self, mut bytes: &[u8]) {
        let mut line = self.line.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        while !bytes.is_empty() {
            let room = (MAX_LINE - line.len()).min(bytes.len());
            match memchr::memchr(b'\n', &bytes[..room]) {
                Some(end) => {
                    line.extend_from_slice(&bytes[..end]);
                    self.put(&mut line);
                    bytes = &bytes[end + 1..];
                }
                None => {
                    line.extend_from_slice(&bytes[..room]);
                    bytes = &bytes[room..];
                    if line.len() == MAX_LINE {
                        self.put(&mut line);
                    }
                }
            }
        }
    }

    fn put(&self, line: &mut Vec<u8>) {
        let (fits, dropped) = self.budget.take(line.len() + 1, Instant::now());
        if dropped > 0 {
            let handler = &self.handler;
            self.log.message(format_args!(
                "{handler}: {dropped} lines of its output were dropped: it wrote more than {A_SECOND} bytes in a second"
            ));
        }
        if fits {
            self.log.guest(&self.handler, self.name, &String::from_utf8_lossy(line));
        }
        line.clear();
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut line = std::mem::take(self.line.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner));
        if !line.is_empty() {
            self.put(&mut line);
        }
    }
}

impl IsTerminal for GuestOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestOutput {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn wasmtime_wasi::p2::OutputStream> {
        Box::new(self.clone())
    }
}

/// The log never waits, so neither does a guest that writes to it.
impl AsyncWrite for GuestOutput {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[wasmtime_wasi::async_trait]
impl wasmtime_wasi::p2::Pollable for GuestOutput {
    async fn ready(&mut self) {}
}

impl wasmtime_wasi::p2::OutputStream for GuestOutput {
    fn write(&mut self, bytes: wasmtime_wasi_io::bytes::Bytes) -> wasmtime_wasi::p2::StreamResult<()> {
        // As the interface has it: who writes more than `check-write` has allowed traps. Else one call could have the log look
        // through megabytes.
        if bytes.len() > MAX_LINE {
            return Err(wasmtime_wasi::p2::StreamError::trap(
                "more is written to an output stream than it has allowed",
            ));
        }
        self.0.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> wasmtime_wasi::p2::StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> wasmtime_wasi::p2::StreamResult<usize> {
        Ok(MAX_LINE)
    }
}
