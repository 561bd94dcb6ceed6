//! The bounded queue of lines, and the thread that writes them out.

use std::any::Any;
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, thread};

/// How long lines gather before they are written in one go.
const GATHER: Duration = Duration::from_millis(2);
/// How often a sink that would block is tried again, [`GATHER`] apart, when the log has ended.
const LAST_TRIES: u32 = 500;

/// What all clones of a `Log` share; the writer ends when it is dropped.
pub(super) struct Handle {
    pub(super) queue: Arc<Queue>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.wake.notify_one();
    }
}

/// Where lines wait for the writer.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// The writer waits here for lines.
    wake: Condvar,
    /// `Log::flush` waits here for the writer.
    pub(super) settled: Condvar,
}

/// The counters are of lines since the log began, dropped ones too: `settled <= taken <= queued`.
#[derive(Default)]
pub(super) struct State {
    buffer: Vec<u8>,
    pub(super) queued: u64,
    taken: u64,
    pub(super) settled: u64,
    /// Lines that found no room and are not yet reported.
    dropped: u64,
    /// The writer sleeps: only then is it worth a system call to wake it.
    parked: bool,
    closed: bool,
}

impl Queue {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done where a holder could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, line: &[u8], capacity: usize) {
        let mut state = self.lock();
        if state.buffer.len() + line.len() > capacity {
            state.dropped += 1;
        } else {
            state.buffer.extend_from_slice(line);
        }
        state.queued += 1;
        let parked = mem::take(&mut state.parked);
        drop(state);
        if parked {
            self.wake.notify_one();
        }
    }
}

/// The thread that writes.
pub(super) struct Writer {
    queue: Arc<Queue>,
    sink: Box<dyn Write + Send>,
    /// What is being written; its memory and the queue's are swapped.
    batch: Vec<u8>,
    /// Lines that were dropped or could not be written, and are not yet reported.
    lost: u64,
    /// What was written last ended inside of a line.
    torn: bool,
}

impl Writer {
    pub(super) fn new(queue: Arc<Queue>, sink: Box<dyn Write + Send>) -> Self {
        Writer { queue, sink, batch: Vec::new(), lost: 0, torn: false }
    }

    pub(super) fn run(mut self) {
        while let Some(taken) = self.gather() {
            self.write_batch();
            self.queue.lock().settled = taken;
            self.queue.settled.notify_all();
        }
    }

    /// Waits for lines and takes them; none when the log has ended.
    fn gather(&mut self) -> Option<u64> {
        let mut state = self.queue.lock();
        while state.queued == state.taken {
            if state.closed {
                return None;
            }
            state.parked = true;
            state = self.queue.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.parked = false;
        if !state.closed {
            drop(state);
            thread::sleep(GATHER);
            state = self.queue.lock();
        }
        mem::swap(&mut state.buffer, &mut self.batch);
        self.lost += mem::take(&mut state.dropped);
        state.taken = state.queued;
        Some(state.taken)
    }

    /// Writes the batch and how many lines were lost, or counts those that it could not write.
    fn write_batch(&mut self) {
        let start = usize::from(self.torn);
        if self.torn {
            self.batch.insert(0, b'\n');
        }
        let end = self.batch.len();
        if self.lost > 0 {
            let (lines, were) = if self.lost == 1 { ("line", "was") } else { ("lines", "were") };
            let report =
                format!("doverb: {} log {lines} {were} dropped: the log could not be written\n", self.lost);
            self.batch.extend_from_slice(report.as_bytes());
        }
        let done = self.send();
        if done == self.batch.len() {
            (self.lost, self.torn) = (0, false);
        } else {
            let unwritten = &self.batch[done.clamp(start, end)..end];
            self.lost += unwritten.iter().map(|&byte| u64::from(byte == b'\n')).sum::<u64>();
            self.torn = if done == 0 { self.torn } else { self.batch[done - 1] != b'\n' };
        }
        self.batch.clear();
    }

    /// Writes as much of the batch as the sink takes; gives the number of bytes.
    fn send(&mut self) -> usize {
        let mut done = 0;
        let sent =
            catch_unwind(AssertUnwindSafe(|| send_all(&self.queue, &mut *self.sink, &self.batch, &mut done)));
        if let Err(panic) = sent {
            let broken = mem::replace(&mut self.sink, Box::new(io::sink()));
            // Even what is left of it may panic when dropped.
            let _ = catch_unwind(AssertUnwindSafe(|| drop::<(Box<_>, Box<dyn Any + Send>)>((broken, panic))));
        }
        done
    }
}

/// Writes until all is written or the sink fails. One that would block (a terminal or pipe that
/// another process made non-blocking) is tried again, without an end as long as the log is in use.
fn send_all(queue: &Queue, sink: &mut dyn Write, batch: &[u8], done: &mut usize) {
    let mut tries = 0;
    while *done < batch.len() {
        match sink.write(&batch[*done..]) {
            Ok(0) => return,
            Ok(count) => *done += count.min(batch.len() - *done),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock && tries < LAST_TRIES => {
                tries += u32::from(queue.lock().closed);
                thread::sleep(GATHER);
            }
            Err(_) => return,
        }
    }
    // A sink that can't flush says so at its next write.
    let _ = sink.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sink that takes so many bytes, once.
    struct OneWrite(usize);

    impl Write for OneWrite {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Ok(mem::take(&mut self.0))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn only_lines_that_were_not_written_count_as_lost() {
        let sink = OneWrite(6);
        let mut writer = Writer::new(Arc::default(), Box::new(sink));
        writer.batch = b"one\ntwo\nthree\n".to_vec();
        writer.write_batch();
        assert_eq!((writer.lost, writer.torn), (2, true));
    }
}
