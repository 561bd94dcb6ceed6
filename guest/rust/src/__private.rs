//! What the code that `#[handler]` makes calls. No part of the API.

use std::cell::RefCell;
use std::thread::LocalKey;

pub use wit_bindgen;

use crate::body;
use crate::error::{Error, Outcome, Verdict};
use crate::headers;

/// Where the handler lives, once it was made.
pub type Cell<T> = RefCell<Option<T>>;

/// Calls a method of the handler, making the handler first if need be. The host never enters a component
/// that is in a call, so the borrow is always free.
pub fn enter<T, R>(
    cell: &'static LocalKey<Cell<T>>,
    new: impl FnOnce() -> T,
    call: impl FnOnce(&mut T) -> R,
) -> R {
    headers::forget();
    cell.with_borrow_mut(|handler| call(handler.get_or_insert_with(new)))
}

/// Forgets what was read ahead of the last request's body.
pub fn begin_request() {
    body::forget();
}

/// Ends a call: an error is logged and stops the instance, so that the host answers 500.
pub fn conclude(outcome: impl Outcome) {
    match outcome.into_result() {
        Err(error) if !error.is_closed() => fail(&error),
        _ => {}
    }
}

/// Ends a call of `handle_expect_100`.
pub fn decide(verdict: impl Verdict) -> bool {
    match verdict.into_result() {
        Ok(goes_on) => goes_on,
        Err(error) if error.is_closed() => false,
        Err(error) => fail(&error),
    }
}

/// Applies a constant of the handler's.
pub fn apply(name: &str, result: impl Outcome) {
    if let Err(error) = result.into_result() {
        fail(&error.context(name));
    }
}

fn fail(error: &Error) -> ! {
    crate::bindings::log::log_error(&error.to_string());
    std::process::abort()
}
