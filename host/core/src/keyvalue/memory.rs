//! Values in memory, which end with the process: for tests, and for what may be lost.

use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

use super::changes::{Entries, EntriesMut, change, look};
use super::{Ask, Asking, Store, StoreError};

/// A store in memory.
pub struct Memory {
    max: u64,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    entries: BTreeMap<String, Vec<u8>>,
    size: u64,
}

impl Memory {
    /// An empty one, which holds so many bytes of entries.
    #[must_use]
    pub fn new(max: u64) -> Memory {
        Memory { max, held: Mutex::default() }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("max", &self.max).finish_non_exhaustive()
    }
}

impl Store for Memory {
    fn ask(&self, ask: Ask) -> Asking<'_> {
        // Nothing that runs under the lock leaves anything half done.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        Box::pin(ready(match ask.only_looks() {
            true => look(&*held, &ask),
            false => change(&mut *held, &ask, self.max),
        }))
    }
}

impl Entries for Held {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.entries.get(key).cloned())
    }

    fn keys(&self, after: Option<&str>, most: usize) -> Result<Vec<String>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let keys = self.entries.range::<str, _>((from, Bound::Unbounded));
        Ok(keys.take(most).map(|(key, _)| key.clone()).collect())
    }
}

impl EntriesMut for Held {
    fn put(&mut self, key: &str, value: Option<&[u8]>) -> Result<Option<usize>, StoreError> {
        let had = match value {
            Some(value) => self.entries.insert(key.to_owned(), value.to_owned()),
            None => self.entries.remove(key),
        };
        Ok(had.map(|had| had.len()))
    }

    fn size(&self) -> Result<u64, StoreError> {
        Ok(self.size)
    }

    fn set_size(&mut self, size: u64) -> Result<(), StoreError> {
        self.size = size;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, ENTRY, MAX_KEY, MAX_KEYS, MAX_VALUE};
    use super::*;

    fn ask(store: &Memory, ask: Ask) -> Result<Answer, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(store.ask(ask)).map_err(|error| error.to_string())
    }

    fn set(key: &str, value: &[u8]) -> Ask {
        Ask::Set(vec![(key.into(), value.into())])
    }

    #[test]
    fn what_was_set_is_there_until_it_is_deleted() {
        let store = Memory::new(1000);
        assert_eq!(ask(&store, Ask::Get("a".into())), Ok(Answer::Value(None)));
        assert_eq!(ask(&store, set("a", b"1")), Ok(Answer::Done));
        assert_eq!(ask(&store, Ask::Get("a".into())), Ok(Answer::Value(Some(b"1".into()))));
        assert_eq!(ask(&store, Ask::Exists("a".into())), Ok(Answer::Exists(true)));
        assert_eq!(ask(&store, Ask::Delete(vec!["a".into(), "b".into()])), Ok(Answer::Done));
        assert_eq!(ask(&store, Ask::Exists("a".into())), Ok(Answer::Exists(false)));
    }

    #[test]
    fn a_store_is_full_of_keys_and_values_and_has_room_again() {
        let store = Memory::new(10 + 2 * ENTRY);
        assert_eq!(ask(&store, set("ab", b"12345678")), Ok(Answer::Done));
        assert!(ask(&store, set("c", b"")).unwrap_err().contains("full"));
        assert_eq!(ask(&store, set("", b"")), Ok(Answer::Done), "there is room for an empty one");
        assert_eq!(ask(&store, set("ab", b"1234567")), Ok(Answer::Done), "less than there was");
        assert!(ask(&store, set("c", b"")).unwrap_err().contains("full"), "each counts");
        assert_eq!(ask(&store, Ask::Delete(vec![String::new()])), Ok(Answer::Done));
        assert_eq!(ask(&store, set("c", b"")), Ok(Answer::Done));
        assert_eq!(ask(&store, Ask::Delete(vec!["ab".into(), "ab".into()])), Ok(Answer::Done));
        assert_eq!(ask(&store, set("d", b"12345678")), Ok(Answer::Done));
        let twice = Ask::Set(vec![("d".into(), vec![0; 100]), ("d".into(), vec![0; 8])]);
        assert_eq!(ask(&store, twice), Ok(Answer::Done), "the last counts");
    }

    #[test]
    fn what_is_refused_is_not_done_by_half() {
        let store = Memory::new(10 + 2 * ENTRY);
        let both = Ask::Set(vec![("a".into(), vec![0; 5]), ("b".into(), vec![0; 5])]);
        assert!(ask(&store, both).is_err());
        assert_eq!(ask(&store, Ask::Keys(None)), Ok(Answer::Keys(vec![], false)));
    }

    #[test]
    fn numbers_are_added_to_and_nothing_else_is() {
        let store = Memory::new(1000);
        let add = |delta| ask(&store, Ask::Increment("n".into(), delta));
        assert_eq!(add(5), Ok(Answer::Number(5)));
        assert_eq!(add(-7), Ok(Answer::Number(-2)));
        assert_eq!(ask(&store, Ask::Get("n".into())), Ok(Answer::Value(Some(b"-2".into()))));
        assert!(add(i64::MIN).unwrap_err().contains("64 bits"));
        for text in ["", "x", "1.5", "+1", " 1", "01", "-0", "99999999999999999999", "\u{661}"] {
            assert_eq!(ask(&store, set("n", text.as_bytes())), Ok(Answer::Done));
            assert!(add(1).unwrap_err().contains("no whole number"), "{text}");
        }
    }

    #[test]
    fn a_swap_is_done_only_where_the_value_is_the_one_that_was_seen() {
        let store = Memory::new(1000);
        let swap = |expected: Option<&[u8]>, value: &[u8]| {
            let expected = expected.map(Into::into);
            ask(&store, Ask::Swap { key: "k".into(), expected, value: value.into() })
        };
        assert_eq!(swap(Some(b""), b"1"), Ok(Answer::Value(None)), "it is not there");
        assert_eq!(swap(None, b"1"), Ok(Answer::Done));
        assert_eq!(swap(None, b"2"), Ok(Answer::Value(Some(b"1".into()))));
        assert_eq!(swap(Some(b"1"), b"2"), Ok(Answer::Done));
    }

    #[test]
    fn keys_come_in_pages_in_the_order_of_their_bytes() {
        let store = Memory::new(2 << 20);
        for number in 0..=MAX_KEYS {
            assert_eq!(ask(&store, set(&format!("{number:05}"), b"")), Ok(Answer::Done));
        }
        let Ok(Answer::Keys(keys, true)) = ask(&store, Ask::Keys(None)) else { panic!("a page") };
        assert_eq!((keys.len(), &keys[0][..]), (MAX_KEYS, "00000"));
        let next = ask(&store, Ask::Keys(keys.last().cloned()));
        assert_eq!(next, Ok(Answer::Keys(vec![format!("{MAX_KEYS:05}")], false)));
    }

    #[test]
    fn each_bound_has_a_word() {
        let long = "k".repeat(MAX_KEY + 1);
        let many = vec![String::new(); MAX_KEYS + 1];
        for (ask, word) in [
            (Ask::Get(long.clone()), "a key"),
            (Ask::Keys(Some(long)), "a key"),
            (set("a", &vec![0; MAX_VALUE + 1]), "a value"),
            (Ask::Swap { key: "a".into(), expected: None, value: vec![0; MAX_VALUE + 1] }, "a value"),
            (Ask::GetMany(many.clone()), "keys at once"),
            (Ask::Delete(many), "keys at once"),
        ] {
            assert!(ask.check().unwrap_err().to_string().contains(word), "{ask:?}");
        }
        assert!(set(&"k".repeat(MAX_KEY), &vec![0; MAX_VALUE]).check().is_ok());
        let store = Memory::new(u64::MAX);
        let value = vec![0; MAX_VALUE];
        assert_eq!(ask(&store, set("a", &value)), Ok(Answer::Done));
        let five = Ask::GetMany(vec!["a".into(); 5]);
        assert!(ask(&store, five).unwrap_err().contains("bytes at once"));
    }
}
