//! What changes and looks do, in whatever holds the entries: once for all stores that have them at hand.

use super::{Answer, Ask, ENTRY, MAX_ANSWER, MAX_KEYS, StoreError};

/// The entries of one store, as they are at one moment.
pub trait Entries {
    /// The value of a key.
    ///
    /// # Errors
    ///
    /// When it can't be read.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The keys behind this one, in the order of their bytes, up to so many.
    ///
    /// # Errors
    ///
    /// When they can't be read.
    fn keys(&self, after: Option<&str>, most: usize) -> Result<Vec<String>, StoreError>;
}

/// The same where they can be changed.
pub trait EntriesMut: Entries {
    /// Gives a key a value, or takes it away. Returns the length of the value that it had.
    ///
    /// # Errors
    ///
    /// When it can't be written.
    fn put(&mut self, key: &str, value: Option<&[u8]>) -> Result<Option<usize>, StoreError>;

    /// Bytes of all entries, each as [`entry_bytes`] counts it.
    ///
    /// # Errors
    ///
    /// When it can't be read.
    fn size(&self) -> Result<u64, StoreError>;

    /// Remembers the bytes of all entries.
    ///
    /// # Errors
    ///
    /// When it can't be written.
    fn set_size(&mut self, size: u64) -> Result<(), StoreError>;
}

/// Answers what leaves everything as it is.
///
/// # Errors
///
/// When it can't be read, or is more than is given at once.
///
/// # Panics
///
/// When it is a change.
pub fn look(entries: &impl Entries, ask: &Ask) -> Result<Answer, StoreError> {
    match ask {
        Ask::Get(key) => Ok(Answer::Value(entries.get(key)?)),
        Ask::Exists(key) => Ok(Answer::Exists(entries.get(key)?.is_some())),
        Ask::Keys(after) => {
            let mut keys = entries.keys(after.as_deref(), MAX_KEYS + 1)?;
            let more = keys.len() > MAX_KEYS;
            keys.truncate(MAX_KEYS);
            Ok(Answer::Keys(keys, more))
        }
        Ask::GetMany(keys) => {
            let (mut values, mut bytes) = (Vec::with_capacity(keys.len()), 0);
            for key in keys {
                let value = entries.get(key)?;
                bytes += value.as_ref().map_or(0, Vec::len);
                if bytes > MAX_ANSWER {
                    return Err(StoreError::TooMuchAtOnce);
                }
                values.push(value);
            }
            Ok(Answer::Values(values))
        }
        change => unreachable!("{change:?} is a change"),
    }
}

/// Does what is asked, within `max` bytes of entries. What it refuses leaves everything as it is; what fails on the way
/// may leave a part done, which its caller must take back.
///
/// # Errors
///
/// When it is refused, or can't be read or written.
pub fn change(entries: &mut impl EntriesMut, ask: &Ask, max: u64) -> Result<Answer, StoreError> {
    match ask {
        Ask::Set(pairs) => {
            // Of one key that is there twice the last value counts.
            let latest = |place: usize| pairs[place + 1..].iter().all(|(other, _)| *other != pairs[place].0);
            let last: Vec<_> = (0..pairs.len())
                .filter(|place| pairs.len() == 1 || latest(*place))
                .map(|place| (&pairs[place].0[..], &pairs[place].1[..]))
                .collect();
            put(entries, &last, max)
        }
        Ask::Delete(keys) => {
            let mut size = entries.size()?;
            for key in keys {
                if let Some(had) = entries.put(key, None)? {
                    size = size.saturating_sub(entry_bytes(key, had));
                }
            }
            entries.set_size(size)?;
            Ok(Answer::Done)
        }
        Ask::Increment(key, delta) => {
            let number = match entries.get(key)? {
                Some(value) => number(&value)?,
                None => 0,
            };
            let sum = number.checked_add(*delta).ok_or(StoreError::Overflow)?;
            put(entries, &[(key, sum.to_string().as_bytes())], max)?;
            Ok(Answer::Number(sum))
        }
        Ask::Swap { key, expected, value } => {
            let current = entries.get(key)?;
            if current != *expected {
                return Ok(Answer::Value(current));
            }
            put(entries, &[(key, value)], max)
        }
        look_only => look(entries, look_only),
    }
}

fn put(entries: &mut impl EntriesMut, pairs: &[(&str, &[u8])], max: u64) -> Result<Answer, StoreError> {
    let mut size = entries.size()?;
    for (key, value) in pairs {
        let had = entries.get(key)?.map_or(0, |had| entry_bytes(key, had.len()));
        size = size.saturating_sub(had) + entry_bytes(key, value.len());
    }
    if size > max && size > entries.size()? {
        return Err(StoreError::Full(max));
    }
    for (key, value) in pairs {
        entries.put(key, Some(value))?;
    }
    entries.set_size(size)?;
    Ok(Answer::Done)
}

/// What an entry counts: its key, the length of its value, and what it takes to keep it.
#[must_use]
pub fn entry_bytes(key: &str, value: usize) -> u64 {
    ENTRY + (key.len() + value) as u64
}

/// A whole number in decimal digits, as a store writes it: without a plus sign, and zeros in front.
fn number(value: &[u8]) -> Result<i64, StoreError> {
    let text = std::str::from_utf8(value).ok();
    let number: Option<i64> = text.and_then(|text| text.parse().ok());
    number.filter(|number| number.to_string().as_bytes() == value).ok_or(StoreError::NotANumber)
}
