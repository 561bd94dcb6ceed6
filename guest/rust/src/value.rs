//! Values of header fields.

use std::borrow::Cow;

/// What can be the value of a field: texts and numbers.
///
/// ```
/// use doverb_guest::Value;
///
/// assert_eq!(42_usize.with(str::len), 2);
/// assert_eq!("text/plain".with(str::to_owned), "text/plain");
/// ```
pub trait Value {
    /// Lends the value as text.
    fn with<R>(&self, use_it: impl FnOnce(&str) -> R) -> R;
}

macro_rules! texts {
    ($($type:ty),*) => {
        $(impl Value for $type {
            fn with<R>(&self, use_it: impl FnOnce(&str) -> R) -> R {
                use_it(self)
            }
        })*
    };
}

texts!(&str, String, &String, Cow<'_, str>);

macro_rules! numbers {
    ($($type:ty),*) => {
        $(impl Value for $type {
            fn with<R>(&self, use_it: impl FnOnce(&str) -> R) -> R {
                use_it(itoa::Buffer::new().format(*self))
            }
        })*
    };
}

numbers!(u8, u16, u32, u64, usize, i32, i64);
