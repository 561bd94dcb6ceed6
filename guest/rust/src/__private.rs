//! What the code that `#[handler]` makes calls. No part of the API.

use std::cell::RefCell;
use std::thread::LocalKey;
use std::time::Duration;

pub use wit_bindgen;

/// The calls as the contract has them, for tests.
pub mod response {
    pub use crate::bindings::response::*;
}

use crate::error::{Error, Failure, Outcome, Verdict};
use crate::{answer, body, request};

/// Where the handlers live, once they were made.
pub type Cell<T> = RefCell<Handlers<T>>;

/// The handler of the connection that calls are for, and those of other connections that share the instance: none,
/// unless the server is told to share it.
pub struct Handlers<T> {
    current: Option<T>,
    connection: u64,
    /// Searched from end to end: a map would make every handler larger by a tenth, and few share an instance.
    others: Vec<(u64, T)>,
}

impl<T> Handlers<T> {
    /// None of them yet.
    #[expect(clippy::new_without_default, reason = "it must be const")]
    pub const fn new() -> Handlers<T> {
        Handlers { current: None, connection: 0, others: Vec::new() }
    }

    /// Puts the handler away until its connection comes again, and takes up that of `connection`.
    fn switch(&mut self, connection: u64) {
        let left = self.current.take();
        // 0 says that the last connection has ended.
        if let Some(left) = left.filter(|_| connection != 0) {
            self.others.push((self.connection, left));
        }
        self.connection = connection;
        let place = self.others.iter().position(|(id, _)| *id == connection);
        self.current = place.map(|place| self.others.swap_remove(place).1);
    }
}

/// Calls a method of the handler, making the handler first if need be. The host never enters a component
/// that is in a call, so the borrow is always free.
pub fn enter<T, R>(
    cell: &'static LocalKey<Cell<T>>,
    new: impl FnOnce() -> T,
    call: impl FnOnce(&mut T) -> R,
) -> R {
    request::forget();
    cell.with_borrow_mut(|handlers| call(handlers.current.get_or_insert_with(new)))
}

/// The calls that follow are for this connection.
pub fn switch<T>(cell: &'static LocalKey<Cell<T>>, connection: u64) {
    request::forget();
    body::forget();
    cell.with_borrow_mut(|handlers| handlers.switch(connection));
}

/// Begins a request: forgets what was read ahead of the last one's body.
pub fn begin_request() {
    body::forget();
    answer::begin_request(true);
}

/// The same for methods that CONNECT may be among.
pub fn begin_any_request() {
    body::forget();
    request::forget();
    answer::begin_request(!request::method_is("CONNECT"));
}

/// From now on calls go to the server one by one, for tests.
pub fn call_one_by_one() {
    answer::call_one_by_one();
}

/// Ends the call that serves a request.
pub fn end_request(outcome: impl Outcome) {
    let result = outcome.into_result();
    // What was said before an error stands.
    let handed_over = answer::end_request().map_err(Error::from);
    conclude(result.and(handed_over));
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

/// What setting an attribute gives.
pub trait Setting {
    /// Success or why not.
    fn into_result(self) -> crate::Result;
}

impl Setting for crate::Result<(), Failure> {
    fn into_result(self) -> crate::Result {
        Outcome::into_result(self)
    }
}

/// The time that is in force: it is bounded, and never refused.
impl Setting for Duration {
    fn into_result(self) -> crate::Result {
        Ok(())
    }
}

/// Applies a constant of the handler's.
pub fn apply(name: &str, result: impl Setting) {
    if let Err(error) = result.into_result() {
        fail(&error.context(name));
    }
}

fn fail(error: &Error) -> ! {
    answer::settle();
    crate::bindings::log::log_error(&error.to_string());
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::Handlers;

    /// What the handler of `connection` was left with.
    fn visit(handlers: &mut Handlers<String>, connection: u64) -> String {
        handlers.switch(connection);
        let handler = handlers.current.get_or_insert_default();
        let left = handler.clone();
        handler.push_str(&connection.to_string());
        left
    }

    #[test]
    fn each_connection_finds_its_own_handler() {
        let mut handlers = Handlers::new();
        let left: Vec<_> = [1, 2, 1, 3, 2, 1].map(|connection| visit(&mut handlers, connection)).into();
        assert_eq!(left, ["", "", "1", "", "2", "11"]);
    }

    #[test]
    fn the_handler_of_a_connection_that_has_ended_is_dropped() {
        let mut handlers = Handlers::new();
        visit(&mut handlers, 1);
        visit(&mut handlers, 2);
        handlers.switch(0);
        assert_eq!((handlers.current.is_none(), handlers.others.len()), (true, 1));
        assert_eq!(visit(&mut handlers, 1), "1");
        assert_eq!(handlers.others.len(), 0);
    }

    #[test]
    fn without_switching_there_is_one_handler() {
        let mut handlers = Handlers::<u8>::new();
        *handlers.current.get_or_insert(7) += 1;
        assert_eq!((handlers.current, handlers.others.len()), (Some(8), 0));
    }
}
