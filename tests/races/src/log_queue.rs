//! The log's queue, with those who add lines, who waits for them to be written, and the thread that writes.

use std::io::{self, Write};
use std::sync::Mutex;

use shuttle::thread;

use crate::in_many_orders;
use crate::sync::Arc;
use crate::writer::{Handle, Queue, Writer};

/// Keeps what is written. The lock is std's: it is held for no other's turn.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<String>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::yield_now();
        // Not all at once, so that the writer comes back for more.
        let taken = bytes.len().min(5);
        self.0.lock().unwrap().push_str(std::str::from_utf8(&bytes[..taken]).unwrap());
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

/// A log as `Log::writer` makes it: its handle, the thread that writes, and what is written.
fn log() -> (Arc<Handle>, thread::JoinHandle<()>, Kept) {
    let (queue, kept) = (Arc::new(Queue::default()), Kept::default());
    let writer = Writer::new(Arc::clone(&queue), Box::new(kept.clone()));
    let thread = thread::spawn(move || writer.run());
    (Arc::new(Handle { queue }), thread, kept)
}

/// As `Log::flush`, without its bound on the time.
fn flush(handle: &Handle) {
    let mut state = handle.queue.lock();
    let target = state.queued;
    while state.settled < target {
        state = handle.queue.settled.wait(state).unwrap();
    }
}

#[test]
fn every_line_is_written_whole_and_in_its_order_before_the_log_ends() {
    in_many_orders(|| {
        let (handle, writer, kept) = log();
        let adders = ["a", "b"].map(|name| {
            let handle = Arc::clone(&handle);
            thread::spawn(move || {
                (1..=2).for_each(|number| handle.queue.add(format!("{name}{number}\n").as_bytes(), 1_000));
            })
        });
        drop(handle);
        adders.into_iter().for_each(|adder| adder.join().unwrap());
        writer.join().unwrap();
        let text = kept.text();
        for name in ["a", "b"] {
            let lines: Vec<_> = text.lines().filter(|line| line.starts_with(name)).collect();
            assert_eq!(lines, [format!("{name}1"), format!("{name}2")], "{text}");
        }
        assert_eq!(text.lines().count(), 4);
    });
}

#[test]
fn whoever_flushes_finds_his_line_written() {
    in_many_orders(|| {
        let (handle, writer, kept) = log();
        let adders = ["a\n", "b\n"].map(|line| {
            let (handle, kept) = (Arc::clone(&handle), kept.clone());
            thread::spawn(move || {
                handle.queue.add(line.as_bytes(), 1_000);
                flush(&handle);
                assert!(kept.text().contains(line));
            })
        });
        adders.into_iter().for_each(|adder| adder.join().unwrap());
        drop(handle);
        writer.join().unwrap();
    });
}

#[test]
fn lines_without_room_are_counted_once() {
    in_many_orders(|| {
        let (handle, writer, kept) = log();
        let adders = [b"one\n", b"two\n", b"six\n"].map(|line| {
            let handle = Arc::clone(&handle);
            thread::spawn(move || {
                handle.queue.add(line, 6);
                flush(&handle);
            })
        });
        adders.into_iter().for_each(|adder| adder.join().unwrap());
        drop(handle);
        writer.join().unwrap();
        let text = kept.text();
        let written = text.lines().filter(|line| line.len() == 3).count();
        let dropped: usize = text
            .lines()
            .filter_map(|line| line.strip_prefix("doverb: ")?.split_once(' ')?.0.parse::<usize>().ok())
            .sum();
        assert_eq!(written + dropped, 3, "{text}");
    });
}
