//! What mounts have of what all of them share, so that none can take it from the others: instances, and their memory.
//!
//! Half of it belongs to the mounts in equal parts, whatever others want. The other half is for who asks first. Both a mount's
//! own bound and what is kept for others are looked at when it asks for more.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Why there is no more for a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// It has as much as it may have, which is less than there is.
    Own,
    /// What is left is kept for other mounts.
    Kept,
    /// There is nothing left.
    All,
}

/// Something that mounts share. Clones are the same.
#[derive(Clone, Debug)]
struct Stock(Arc<Stocked>);

#[derive(Debug)]
struct Stocked {
    most: u64,
    /// What each mount has, by its number; none where there is no mount any more.
    had: Mutex<Vec<Option<Had>>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Had {
    amount: u64,
    /// Whether nothing comes to the mount any more, so that nothing need be kept for it.
    is_retired: bool,
}

impl Had {
    /// What others must leave to it, with what it has.
    fn at_least(self, fair: u64) -> u64 {
        if self.is_retired { self.amount } else { self.amount.max(fair) }
    }
}

impl Stock {
    fn new(most: u64) -> Stock {
        Stock(Arc::new(Stocked { most, had: Mutex::default() }))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<Had>>> {
        // Nothing that runs under the lock leaves a number half changed.
        self.0.had.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(&self, most: u64) -> Part {
        let mut had = self.lock();
        let number = had.iter().position(Option::is_none).unwrap_or(had.len());
        if number == had.len() {
            had.push(None);
        }
        had[number] = Some(Had::default());
        drop(had);
        Part { stock: self.clone(), number, most }
    }

    /// What belongs to each mount.
    fn fair(&self, had: &[Option<Had>]) -> u64 {
        let mounts = had.iter().flatten().filter(|had| !had.is_retired).count() as u64;
        self.0.most / 2 / mounts.max(1)
    }
}

/// A mount's part of something. Dropped, it is another's.
#[derive(Debug)]
struct Part {
    stock: Stock,
    number: usize,
    most: u64,
}

impl Part {
    fn take(&self, amount: u64) -> Result<(), Lack> {
        let mut all = self.stock.lock();
        let fair = self.stock.fair(&all);
        let own = all[self.number].unwrap_or_default().amount.saturating_add(amount);
        let most = self.stock.0.most;
        if own > self.most && self.most < most {
            return Err(Lack::Own);
        }
        let others = || {
            all.iter().enumerate().filter(|(number, _)| *number != self.number).filter_map(|(_, had)| *had)
        };
        let had = others().map(|had| had.amount).fold(own, u64::saturating_add);
        if had > most {
            return Err(Lack::All);
        }
        // What others have, or may come for.
        let kept = others().map(|had| had.at_least(fair)).fold(own, u64::saturating_add);
        if kept > most {
            return Err(Lack::Kept);
        }
        if let Some(had) = &mut all[self.number] {
            had.amount = own;
        }
        Ok(())
    }

    fn give_back(&self, amount: u64) {
        if let Some(had) = &mut self.stock.lock()[self.number] {
            had.amount = had.amount.saturating_sub(amount);
        }
    }

    fn had(&self) -> u64 {
        self.stock.lock()[self.number].unwrap_or_default().amount
    }

    /// Whether it has more than what belongs to it.
    fn is_over(&self) -> bool {
        let all = self.stock.lock();
        all[self.number].is_some_and(|had| had.is_retired || had.amount > self.stock.fair(&all))
    }

    fn retire(&self) {
        if let Some(had) = &mut self.stock.lock()[self.number] {
            had.is_retired = true;
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.stock.lock()[self.number] = None;
    }
}

/// All that the mounts of a site share.
#[derive(Debug)]
pub(crate) struct Commons {
    instances: Stock,
    memory: Stock,
}

impl Commons {
    pub(crate) fn new(instances: u32, memory: u64) -> Commons {
        Commons { instances: Stock::new(instances.into()), memory: Stock::new(memory) }
    }

    /// The part of one more mount, which may have so much and no more.
    pub(crate) fn join(&self, instances: u32, memory: u64) -> Share {
        Share(Arc::new(Parts {
            instances: self.instances.join(instances.into()),
            memory: self.memory.join(memory),
        }))
    }
}

#[derive(Debug)]
struct Parts {
    instances: Part,
    memory: Part,
}

/// What one mount has of what all share. Clones are the same.
///
/// A site [gives](crate::site::Site::share) it.
#[derive(Clone, Debug)]
pub struct Share(Arc<Parts>);

/// An instance that is counted. Dropped, it is not.
#[derive(Debug)]
pub(crate) struct Counted(Share);

impl Share {
    pub(crate) fn take_instance(&self) -> Result<Counted, Lack> {
        self.0.instances.take(1).map(|()| Counted(self.clone()))
    }

    pub(crate) fn take_memory(&self, bytes: u64) -> Result<(), Lack> {
        self.0.memory.take(bytes)
    }

    pub(crate) fn give_memory_back(&self, bytes: u64) {
        self.0.memory.give_back(bytes);
    }

    /// Live instances of the mount.
    pub fn instances(&self) -> u64 {
        self.0.instances.had()
    }

    /// Bytes of memory that they have.
    pub fn memory(&self) -> u64 {
        self.0.memory.had()
    }

    /// Whether the mount has more than what belongs to it, of anything.
    pub(crate) fn is_over(&self) -> bool {
        self.0.instances.is_over() || self.0.memory.is_over()
    }

    /// Nothing comes to the mount any more: nothing is kept for it.
    pub(crate) fn retire(&self) {
        self.0.instances.retire();
        self.0.memory.retire();
    }

    pub(crate) fn is(&self, other: &Share) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.instances.give_back(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(share: &Share, most: usize) -> Vec<Counted> {
        (0..most).map_while(|_| share.take_instance().ok()).collect()
    }

    #[test]
    fn one_mount_alone_may_have_all() {
        let commons = Commons::new(10, 100);
        let share = commons.join(10, 100);
        let had = take(&share, 11);
        assert_eq!((had.len(), share.instances()), (10, 10));
        assert_eq!(share.take_memory(101), Err(Lack::All));
        assert_eq!((share.take_memory(100), share.memory()), (Ok(()), 100));
    }

    #[test]
    fn what_belongs_to_a_mount_is_there_whatever_the_others_have() {
        let commons = Commons::new(16, 160);
        let [greedy, also, modest, late] = [(); 4].map(|()| commons.join(16, 160));
        // Half of 16 is for who asks first, and 2 belong to each.
        let had = take(&greedy, 16);
        assert_eq!((had.len(), greedy.is_over()), (10, true));
        assert_eq!(greedy.take_instance().unwrap_err(), Lack::Kept);
        let (others, last) = (take(&also, 16), take(&modest, 16));
        assert_eq!((others.len(), last.len()), (2, 2));
        assert!(!also.is_over());
        drop(had);
        assert_eq!(take(&also, 16).len(), 8);
        assert_eq!(take(&late, 16).len(), 10, "what was given back is for who asks");
    }

    #[test]
    fn a_bound_of_its_own_comes_first_and_is_given_back() {
        let commons = Commons::new(16, 160);
        let share = commons.join(2, 20);
        let had = take(&share, 16);
        assert_eq!((had.len(), share.take_instance().unwrap_err()), (2, Lack::Own));
        drop(had);
        assert!(share.take_instance().is_ok());
        assert_eq!(share.take_memory(20), Ok(()));
        assert_eq!(share.take_memory(1), Err(Lack::Own));
        share.give_memory_back(20);
        assert_eq!(share.take_memory(1), Ok(()));
    }

    #[test]
    fn a_mount_that_has_gone_keeps_nothing_from_the_others() {
        let commons = Commons::new(8, 80);
        let stays = commons.join(8, 80);
        let goes = commons.join(8, 80);
        assert_eq!(take(&stays, 8).len(), 6);
        let left = goes.take_instance();
        goes.retire();
        assert_eq!(take(&stays, 8).len(), 7, "but for what it still has");
        drop((left, goes));
        assert_eq!(take(&stays, 8).len(), 8);
        let comes = commons.join(8, 80);
        assert_eq!(take(&comes, 8).len(), 6, "in the place of the one before");
    }
}
