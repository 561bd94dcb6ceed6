//! Values that outlive a request, where the server has granted a store: `--keyvalue NAME=STORE`.

use std::error::Error;
use std::fmt;

use crate::bindings::wasi::keyvalue::{atomics, batch, store as wit};

/// How often a value that others change meanwhile is tried to be changed.
const TRIES: u32 = 1000;

/// The store of this name, if it was granted: `doverb serve app --keyvalue default=./data.redb`.
///
/// ```no_run
/// # fn example() -> Result<(), doverb_guest::StoreError> {
/// let visits = doverb_guest::store("default")?.increment("visits", 1)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`StoreError::AccessDenied`] where it was not granted; the server's log names the flag.
pub fn store(name: &str) -> Result<Store, StoreError> {
    Ok(Store(wit::open(name)?))
}

/// Values by their keys. What a call has changed is kept when it returns; others see it at once, in whichever instance they are.
#[derive(Debug)]
pub struct Store(wit::Bucket);

/// Why a store does not do what it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no store of this name.
    NoSuchStore,
    /// The handler was not granted it.
    AccessDenied,
    /// Everything else, in words: a bound, a value that is no number, a disk that is full.
    Other(String),
}

impl Store {
    /// The value of a key, if there is one.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(key)?)
    }

    /// Gives a key a value.
    ///
    /// # Errors
    ///
    /// When the store fails, or is full.
    pub fn set(&self, key: &str, value: impl AsRef<[u8]>) -> Result<(), StoreError> {
        Ok(self.0.set(key, value.as_ref())?)
    }

    /// Takes a key away, if it is there.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub fn delete(&self, key: &str) -> Result<(), StoreError> {
        Ok(self.0.delete(key)?)
    }

    /// Whether there is such a key.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub fn exists(&self, key: &str) -> Result<bool, StoreError> {
        Ok(self.0.exists(key)?)
    }

    /// All keys, in the order of their bytes, page by page. Each is there once, however many come and go meanwhile.
    pub fn keys(&self) -> impl Iterator<Item = Result<String, StoreError>> + '_ {
        let mut page = Vec::new().into_iter();
        let mut next = Some(None);
        std::iter::from_fn(move || {
            loop {
                if let Some(key) = page.next() {
                    return Some(Ok(key));
                }
                match self.0.list_keys(next.take()?.as_deref()) {
                    Ok(response) => {
                        page = response.keys.into_iter();
                        next = response.cursor.map(Some);
                    }
                    Err(error) => return Some(Err(error.into())),
                }
            }
        })
    }

    /// Adds to the number that the value of a key is, in decimal digits. A key that is not there counts as 0. Nobody comes between.
    ///
    /// # Errors
    ///
    /// When the value is no whole number, or the store fails.
    pub fn increment(&self, key: &str, delta: i64) -> Result<i64, StoreError> {
        Ok(atomics::increment(&self.0, key, delta)?)
    }

    /// Gives a key a value if it has the one that is expected, or none. Whether it did.
    ///
    /// # Errors
    ///
    /// When the store fails, or is full.
    pub fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<bool, StoreError> {
        let cas = atomics::Cas::new(&self.0, key)?;
        if cas.current()?.as_deref() != expected {
            return Ok(false);
        }
        match atomics::swap(cas, value.as_ref()) {
            Ok(()) => Ok(true),
            Err(atomics::CasError::CasFailed(_)) => Ok(false),
            Err(atomics::CasError::StoreError(error)) => Err(error.into()),
        }
    }

    /// Makes a key's value out of the one that it has. When somebody else has changed it meanwhile, `change` is called again, with
    /// that one.
    ///
    /// # Errors
    ///
    /// When the store fails, or is full, or others change the value all the time.
    pub fn update(
        &self,
        key: &str,
        mut change: impl FnMut(Option<Vec<u8>>) -> Vec<u8>,
    ) -> Result<Vec<u8>, StoreError> {
        let mut cas = atomics::Cas::new(&self.0, key)?;
        for _ in 0..TRIES {
            let value = change(cas.current()?);
            match atomics::swap(cas, &value) {
                Ok(()) => return Ok(value),
                Err(atomics::CasError::CasFailed(again)) => cas = again,
                Err(atomics::CasError::StoreError(error)) => return Err(error.into()),
            }
        }
        Err(StoreError::Other(format!("{key} is changed by others all the time")))
    }

    /// The values of several keys, in their order.
    ///
    /// # Errors
    ///
    /// When the store fails, or they are too much for once.
    pub fn get_many<K: Into<String>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let keys: Vec<String> = keys.into_iter().map(Into::into).collect();
        let pairs = batch::get_many(&self.0, &keys)?;
        Ok(pairs.into_iter().map(|pair| pair.map(|(_, value)| value)).collect())
    }

    /// Gives several keys their values, all of them or none.
    ///
    /// # Errors
    ///
    /// When the store fails, or is full.
    pub fn set_many<K: Into<String>, V: Into<Vec<u8>>>(
        &self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), StoreError> {
        let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Ok(batch::set_many(&self.0, &pairs)?)
    }

    /// Takes several keys away.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub fn delete_many<K: Into<String>>(&self, keys: impl IntoIterator<Item = K>) -> Result<(), StoreError> {
        let keys: Vec<String> = keys.into_iter().map(Into::into).collect();
        Ok(batch::delete_many(&self.0, &keys)?)
    }
}

impl From<wit::Error> for StoreError {
    fn from(error: wit::Error) -> StoreError {
        match error {
            wit::Error::NoSuchStore => StoreError::NoSuchStore,
            wit::Error::AccessDenied => StoreError::AccessDenied,
            wit::Error::Other(text) => StoreError::Other(text),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::NoSuchStore => f.write_str("there is no store of this name"),
            StoreError::AccessDenied => f.write_str("the handler was not granted this store"),
            StoreError::Other(text) => f.write_str(text),
        }
    }
}

impl Error for StoreError {}
