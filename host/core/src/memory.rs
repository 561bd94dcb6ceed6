//! Memory: what one instance may have, and what all of them together may. Beside the linear memories that is what the
//! server holds for an instance, and tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::ResourceLimiter;

use crate::limits::{MAX_TABLE_ELEMENTS, PIECE};
use crate::shares::{Lack, Share};
use crate::stack::Stack;

/// What a guest was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// More than one instance may have.
    Own,
    /// More than the instances of its mount may have.
    Mount,
    /// What is left is kept for other mounts.
    Kept,
    /// More than is left of what all may have.
    Total,
}

/// The memory of all instances of an engine.
#[derive(Debug)]
pub(crate) struct TotalMemory {
    max: u64,
    used: AtomicU64,
}

/// An element of a table: a pointer.
const ELEMENT: usize = size_of::<usize>();

/// Counts memory over all of an instance's memories. What it has is given back when it is dropped.
pub(crate) struct Memory {
    max: usize,
    /// Of its linear memories, and what the server holds for it.
    used: usize,
    /// What was taken of all: the same, its stack, and its tables.
    taken: u64,
    /// What has to be taken together with what is taken next: its stack, and tables that are small.
    due: u64,
    /// What of that is tables.
    due_tables: u64,
    share: Option<Share>,
    total: Arc<TotalMemory>,
    refused: Option<Refused>,
}

impl TotalMemory {
    pub(crate) fn new(max: u64) -> TotalMemory {
        TotalMemory { max, used: AtomicU64::new(0) }
    }

    fn take(&self, bytes: u64) -> bool {
        let more = |used: u64| used.checked_add(bytes).filter(|&sum| sum <= self.max);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Memory {
    pub(crate) fn new(max: usize, share: Option<Share>, total: Arc<TotalMemory>) -> Memory {
        Memory { max, used: 0, taken: 0, due: 0, due_tables: 0, share, total, refused: None }
    }

    /// Its calls have such a stack, which is memory of all, and no memory of the guest's.
    pub(crate) fn with_stack(mut self, stack: Stack) -> Memory {
        self.due = stack.counted();
        self
    }

    fn take(&self, bytes: u64) -> Result<(), Refused> {
        if let Some(share) = &self.share {
            share.take_memory(bytes).map_err(|lack| match lack {
                Lack::Own => Refused::Mount,
                Lack::Kept => Refused::Kept,
                Lack::All => Refused::Total,
            })?;
        }
        if self.total.take(bytes) {
            return Ok(());
        }
        self.share.iter().for_each(|share| share.give_memory_back(bytes));
        Err(Refused::Total)
    }

    /// Bytes of its linear memories, and of what the server holds for it.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// What the guest asked for and did not get, last.
    pub(crate) fn refused(&self) -> Option<Refused> {
        self.refused
    }

    /// What the server holds for the instance has become more, or less.
    pub(crate) fn hold(&mut self, before: usize, now: usize) -> Result<(), Refused> {
        if now <= before {
            let less = (before - now).min(self.used);
            self.used -= less;
            self.give_back(less as u64);
            return Ok(());
        }
        self.take_more(now - before)
    }

    /// More of the instance's own, and of all.
    fn take_more(&mut self, more: usize) -> Result<(), Refused> {
        let used = self.used.saturating_add(more);
        let taken = (more as u64).saturating_add(self.due);
        let grown = if used > self.max { Err(Refused::Own) } else { self.take(taken) };
        grown.inspect_err(|refused| self.refused = Some(*refused))?;
        (self.taken, self.due, self.due_tables) = (self.taken + taken, 0, 0);
        self.used = used;
        Ok(())
    }

    fn give_back(&mut self, bytes: u64) {
        let bytes = bytes.min(self.taken);
        self.taken -= bytes;
        self.total.give_back(bytes);
        self.share.iter().for_each(|share| share.give_memory_back(bytes));
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.give_back(self.taken);
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.take_more(desired.saturating_sub(current)).is_ok())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > MAX_TABLE_ELEMENTS {
            self.refused = Some(Refused::Own);
            return Ok(false);
        }
        // Those of most components are small, and wait for the next memory.
        let more = (desired.saturating_sub(current) * ELEMENT) as u64;
        (self.due, self.due_tables) = (self.due + more, self.due_tables + more);
        if self.due_tables < PIECE as u64 {
            return Ok(true);
        }
        let grown = self.take_more(0);
        if grown.is_err() {
            (self.due, self.due_tables) = (self.due - more, self.due_tables - more);
        }
        Ok(grown.is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grow(memory: &mut Memory, current: usize, desired: usize) -> bool {
        memory.memory_growing(current, desired, None).expect("it never fails")
    }

    #[test]
    fn all_memories_of_an_instance_count_together() {
        let mut memory = Memory::new(100, None, Arc::new(TotalMemory::new(1000)));
        assert!(grow(&mut memory, 0, 60) && grow(&mut memory, 0, 40));
        assert!(!grow(&mut memory, 40, 41));
        assert_eq!(memory.refused(), Some(Refused::Own));
    }

    #[test]
    fn a_deep_stack_is_memory_of_all_and_not_of_the_guest() {
        let stack = Stack::Deep.counted();
        let total = Arc::new(TotalMemory::new(stack + 100));
        let memory = || Memory::new(90, None, Arc::clone(&total)).with_stack(Stack::Deep);
        let (mut first, mut second) = (memory(), memory());
        assert!(grow(&mut first, 0, 60) && grow(&mut first, 60, 90));
        assert!(!grow(&mut second, 0, 1));
        assert_eq!(second.refused(), Some(Refused::Total));
        drop((first, second));
        assert_eq!(total.used.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_the_server_holds_is_memory_and_is_given_back() {
        let total = Arc::new(TotalMemory::new(150));
        let mut memory = Memory::new(100, None, Arc::clone(&total));
        assert!(grow(&mut memory, 0, 40));
        assert_eq!(memory.hold(0, 60), Ok(()));
        assert!(!grow(&mut memory, 40, 41));
        assert_eq!(memory.hold(60, 61), Err(Refused::Own));
        assert_eq!(memory.hold(60, 10), Ok(()));
        assert_eq!(total.used.load(Ordering::Relaxed), 50);
        let mut other = Memory::new(150, None, Arc::clone(&total));
        assert_eq!(other.hold(0, 101), Err(Refused::Total));
        assert_eq!(other.refused(), Some(Refused::Total));
        drop((memory, other));
        assert_eq!(total.used.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn tables_are_memory_of_all_and_small_ones_wait_for_what_comes_next() {
        let elements = PIECE / ELEMENT;
        let total = Arc::new(TotalMemory::new(3 * PIECE as u64));
        let mut memory = Memory::new(0, None, Arc::clone(&total));
        let mut grow = |from, to| memory.table_growing(from, to, None).expect("it never fails");
        assert!(grow(0, elements - 1));
        assert_eq!(total.used.load(Ordering::Relaxed), 0);
        assert!(grow(0, elements));
        assert_eq!(total.used.load(Ordering::Relaxed), (2 * PIECE - ELEMENT) as u64);
        assert!(!grow(0, 2 * elements) && grow(0, elements));
        drop(memory);
        assert_eq!(total.used.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_mount_has_no_more_than_its_share_and_what_all_lack_is_not_counted_for_it() {
        let commons = crate::shares::Commons::new(1, 1000);
        let (share, total) = (commons.join(1, 50), Arc::new(TotalMemory::new(40)));
        let memory = || Memory::new(100, Some(share.clone()), Arc::clone(&total));
        let (mut first, mut second) = (memory(), memory());
        assert!(grow(&mut first, 0, 30) && !grow(&mut second, 0, 21));
        assert_eq!(second.refused(), Some(Refused::Mount));
        assert!(!grow(&mut second, 0, 20));
        assert_eq!(second.refused(), Some(Refused::Total));
        drop(first);
        assert!(grow(&mut second, 0, 40));
    }

    #[test]
    fn what_all_have_is_bounded_and_given_back() {
        let total = Arc::new(TotalMemory::new(100));
        let mut first = Memory::new(80, None, Arc::clone(&total));
        let mut second = Memory::new(80, None, Arc::clone(&total));
        assert!(grow(&mut first, 0, 70));
        assert!(!grow(&mut second, 0, 31));
        assert_eq!(second.refused(), Some(Refused::Total));
        assert!(grow(&mut second, 0, 30));
        drop(first);
        assert!(grow(&mut second, 30, 80));
        drop(second);
        assert_eq!(total.used.load(Ordering::Relaxed), 0);
    }
}
