//! Values that outlive a request: what a store can be asked, and what it answers, however it keeps them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

mod changes;
mod grants;
mod memory;

pub use changes::{Entries, EntriesMut, change, entry_bytes, look};
pub(crate) use grants::StoreGrants;
pub use memory::Memory;

/// Bytes of a key.
pub const MAX_KEY: usize = 1024;
/// Bytes of a value.
pub const MAX_VALUE: usize = 1 << 20;
/// Keys that are asked for at once, and of a page of keys.
pub const MAX_KEYS: usize = 1000;
/// Bytes of values that are given at once.
pub const MAX_ANSWER: usize = 4 << 20;
/// Bytes of all entries of a store, where nothing else is said.
pub const DEFAULT_SIZE: u64 = 256 << 20;
/// Bytes that an entry counts beside those of its key and its value: what it takes to keep it, wherever that is, so that a store
/// of many small ones is bounded as well.
pub const ENTRY: u64 = 128;

/// Keeps values by their keys, for one grant: nobody sees them who was not granted the same store.
///
/// What it has answered [`Answer::Done`] to, or with a number, is kept; and a change is seen whole or not at all.
///
/// ```
/// use doverb_core::keyvalue::{Answer, Ask, Memory, Store};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = Memory::new(1 << 20);
/// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// let visits = runtime.block_on(store.ask(Ask::Increment("visits".into(), 1)))?;
/// assert_eq!(visits, Answer::Number(1));
/// # Ok(())
/// # }
/// ```
pub trait Store: Send + Sync {
    /// Does what it is asked. The future may be dropped; what it was to do may then be done or not.
    fn ask(&self, ask: Ask) -> Asking<'_>;
}

/// What is asked is being done.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Result<Answer, StoreError>> + Send + 'a>>;

/// What a store is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The value of a key: [`Answer::Value`].
    Get(String),
    /// Whether there is a key: [`Answer::Exists`].
    Exists(String),
    /// The first keys behind this one: [`Answer::Keys`].
    Keys(Option<String>),
    /// The values of keys: [`Answer::Values`].
    GetMany(Vec<String>),
    /// To give keys values: [`Answer::Done`].
    Set(Vec<(String, Vec<u8>)>),
    /// To take keys away: [`Answer::Done`].
    Delete(Vec<String>),
    /// To add to a number: [`Answer::Number`].
    Increment(String, i64),
    /// To give a key a value if it still has the one that is expected: [`Answer::Done`], or [`Answer::Value`] with what it has.
    Swap {
        /// The key.
        key: String,
        /// What it is expected to have.
        expected: Option<Vec<u8>>,
        /// What it is to have.
        value: Vec<u8>,
    },
}

/// What a store answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The value of a key, if it is there.
    Value(Option<Vec<u8>>),
    /// Whether a key is there.
    Exists(bool),
    /// Keys in the order of their bytes, at most [`MAX_KEYS`], and whether there are more.
    Keys(Vec<String>, bool),
    /// The values of keys, each if it is there.
    Values(Vec<Option<Vec<u8>>>),
    /// The sum.
    Number(i64),
    /// It is done, and kept.
    Done,
}

/// Why a store does not do what it is asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A key has more than [`MAX_KEY`] bytes.
    #[error("a key has more than {MAX_KEY} bytes")]
    KeyTooLong,
    /// A value has more than [`MAX_VALUE`] bytes.
    #[error("a value has more than {MAX_VALUE} bytes")]
    ValueTooLarge,
    /// More than [`MAX_KEYS`] keys at once.
    #[error("more than {MAX_KEYS} keys at once")]
    TooManyKeys,
    /// Values of more than [`MAX_ANSWER`] bytes at once.
    #[error("values of more than {MAX_ANSWER} bytes at once")]
    TooMuchAtOnce,
    /// It holds no more.
    #[error(
        "the store is full: it holds {0} bytes of keys and values, of which each entry counts {ENTRY} more"
    )]
    Full(u64),
    /// What is to be added to is no number.
    #[error("the value is no whole number")]
    NotANumber,
    /// The sum has more than 64 bits.
    #[error("the number would have more than 64 bits")]
    Overflow,
    /// Others have so much to do with it that this must be tried again.
    #[error("the store is busy")]
    Busy,
    /// It can't be used. Why, is for the operator alone.
    #[error("the store cannot be used")]
    Unusable(String),
}

impl Ask {
    /// Whether all that it has is within the bounds of every store.
    ///
    /// # Errors
    ///
    /// Which bound it is not within.
    pub fn check(&self) -> Result<(), StoreError> {
        let keys: Box<dyn Iterator<Item = &str>> = match self {
            Ask::Get(key) | Ask::Exists(key) | Ask::Increment(key, _) | Ask::Swap { key, .. } => {
                Box::new(std::iter::once(&key[..]))
            }
            Ask::Keys(after) => Box::new(after.iter().map(|key| &key[..])),
            Ask::GetMany(keys) | Ask::Delete(keys) => Box::new(keys.iter().map(|key| &key[..])),
            Ask::Set(pairs) => Box::new(pairs.iter().map(|(key, _)| &key[..])),
        };
        let mut count = 0;
        for key in keys {
            count += 1;
            if key.len() > MAX_KEY {
                return Err(StoreError::KeyTooLong);
            }
        }
        if count > MAX_KEYS {
            return Err(StoreError::TooManyKeys);
        }
        let is_large = match self {
            Ask::Set(pairs) => pairs.iter().any(|(_, value)| value.len() > MAX_VALUE),
            Ask::Swap { value, .. } => value.len() > MAX_VALUE,
            _ => false,
        };
        if is_large { Err(StoreError::ValueTooLarge) } else { Ok(()) }
    }

    /// Whether it leaves everything as it is.
    #[must_use]
    pub fn only_looks(&self) -> bool {
        matches!(self, Ask::Get(_) | Ask::Exists(_) | Ask::Keys(_) | Ask::GetMany(_))
    }
}

impl StoreError {
    /// It can't be used, for this reason.
    pub fn unusable(cause: impl fmt::Display) -> StoreError {
        StoreError::Unusable(cause.to_string())
    }
}
