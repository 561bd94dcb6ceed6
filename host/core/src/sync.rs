//! What threads share things by. It is std's and tokio's: `tests/races` compiles who uses it with shuttle's in its place, which
//! runs them in every order.

pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
pub(crate) use std::thread;

pub(crate) use tokio::sync::oneshot;
