//! The descriptors that this process may have open (`RLIMIT_NOFILE`): how many of them connections and guests have.
//!
//! All of them are counted, so that some are left for the server itself, whatever its clients and handlers do: to accept
//! a connection and tell it that there is no room, to load a new version, to write the log.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Resource, getrlimit};

/// For the server itself, beside what is open when it begins, and what each of its threads has.
const FOR_ITSELF: usize = 16;
const OF_THREAD: usize = 8;
/// However few there are, a client can come.
const LEAST: usize = 8;

static OF_PROCESS: LazyLock<Descriptors> = LazyLock::new(|| Descriptors::new(left_to_others()));

/// Some of the system's descriptors, and how many of them are taken.
#[derive(Debug)]
pub struct Descriptors {
    most: usize,
    /// By connections and by guests.
    taken: AtomicUsize,
    by_guests: AtomicUsize,
}

/// The right to have one open. Dropped, another may.
#[derive(Debug)]
pub struct Taken {
    of: &'static Descriptors,
    is_guests: bool,
}

/// What one instance has open.
#[derive(Debug)]
pub(crate) struct OfInstance {
    all: &'static Descriptors,
    count: usize,
}

impl Descriptors {
    const fn new(most: usize) -> Descriptors {
        Descriptors { most, taken: AtomicUsize::new(0), by_guests: AtomicUsize::new(0) }
    }

    /// Those of this process. How many there are is looked at when it is first asked.
    pub fn of_process() -> &'static Descriptors {
        &OF_PROCESS
    }

    /// One for a connection.
    pub fn take(&'static self) -> Option<Taken> {
        take(&self.taken, self.most).then(|| Taken { of: self, is_guests: false })
    }

    /// One for what a guest has of the network.
    pub fn take_of_guests(&'static self) -> Option<Taken> {
        self.take_for_guest(self.of_guests()).then(|| Taken { of: self, is_guests: true })
    }

    /// All guests together have half of what there is, so that connections can come.
    fn of_guests(&self) -> usize {
        self.most / 2
    }

    /// One for a guest, while they have less than so many.
    fn take_for_guest(&self, bound: usize) -> bool {
        if !take(&self.by_guests, bound) {
            return false;
        }
        let has_one = take(&self.taken, self.most);
        if !has_one {
            self.by_guests.fetch_sub(1, Ordering::Relaxed);
        }
        has_one
    }

    fn give_back_of_guest(&self, count: usize) {
        self.taken.fetch_sub(count, Ordering::Relaxed);
        self.by_guests.fetch_sub(count, Ordering::Relaxed);
    }
}

fn take(count: &AtomicUsize, most: usize) -> bool {
    count
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| (count < most).then_some(count + 1))
        .is_ok()
}

impl Drop for Taken {
    fn drop(&mut self) {
        match self.is_guests {
            true => self.of.give_back_of_guest(1),
            false => drop(self.of.taken.fetch_sub(1, Ordering::Relaxed)),
        }
    }
}

impl OfInstance {
    pub(crate) fn new(all: &'static Descriptors) -> OfInstance {
        OfInstance { all, count: 0 }
    }

    /// One for a folder that it has been granted.
    pub(crate) fn take_for_folder(&mut self) -> bool {
        self.take_below(self.all.of_guests())
    }

    /// One for a file that it opens. A quarter is left for the folders of others: who opens all files that it can lets those that
    /// begin meanwhile have at least these.
    pub(crate) fn take_for_file(&mut self) -> bool {
        let bound = self.all.of_guests();
        self.take_below(bound - bound / 4)
    }

    fn take_below(&mut self, bound: usize) -> bool {
        let has_one = self.all.take_for_guest(bound);
        self.count += usize::from(has_one);
        has_one
    }

    /// All but so many are closed.
    pub(crate) fn keep(&mut self, count: usize) {
        let closed = self.count.saturating_sub(count);
        self.count -= closed;
        self.all.give_back_of_guest(closed);
    }
}

impl Drop for OfInstance {
    fn drop(&mut self) {
        self.keep(0);
    }
}

/// What the process may have open, without what it has open now and needs itself.
fn left_to_others() -> usize {
    let most = getrlimit(Resource::Nofile)
        .current
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(usize::MAX / 2);
    let now = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    most.saturating_sub(now + FOR_ITSELF + OF_THREAD * threads).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptors(most: usize) -> &'static Descriptors {
        Box::leak(Box::new(Descriptors::new(most)))
    }

    #[test]
    fn guests_leave_half_to_connections() {
        let all = descriptors(8);
        let mut instances = [(); 3].map(|()| OfInstance::new(all));
        let had = (0..12).filter(|number| instances[number % 3].take_for_folder()).count();
        assert_eq!(had, 4);
        let connections: Vec<_> = std::iter::from_fn(|| all.take()).collect();
        assert_eq!(connections.len(), 4);
        drop(instances);
        assert!(all.take().is_some());
    }

    #[test]
    fn files_leave_some_to_the_folders_of_others() {
        let all = descriptors(16);
        let mut greedy = OfInstance::new(all);
        assert_eq!((0..16).filter(|_| greedy.take_for_file()).count(), 6);
        let mut begins = OfInstance::new(all);
        assert!(begins.take_for_folder() && begins.take_for_folder() && !begins.take_for_folder());
        drop(greedy);
        assert!(begins.take_for_file());
    }

    #[test]
    fn connections_may_have_what_guests_do_not_need() {
        let all = descriptors(8);
        let connections: Vec<_> = std::iter::from_fn(|| all.take()).collect();
        assert_eq!(connections.len(), 8);
        let mut instance = OfInstance::new(all);
        assert!(!instance.take_for_folder());
        drop(connections);
        assert!(instance.take_for_folder());
        instance.keep(0);
        assert_eq!((all.taken.load(Ordering::Relaxed), all.by_guests.load(Ordering::Relaxed)), (0, 0));
    }

    #[test]
    fn the_process_has_some() {
        assert!(left_to_others() >= LEAST);
    }
}
