//! What the host's threads share, run by shuttle in thousands of orders.
//!
//! The files are the host's own, compiled once more: `crate::sync` is shuttle's here, and what they need besides is a stand-in
//! that says when it is used by two at a time.

#![cfg(test)]

// The host uses more of them than the tests do.
#[allow(dead_code)]
#[path = "../../../host/core/src/pool.rs"]
mod pool;
#[allow(dead_code)]
#[path = "../../../host/core/src/log/writer.rs"]
mod writer;

mod clock;
mod handler;
mod instance;
mod sync;

mod hand_over;
mod log_queue;

/// Orders that each test is run in.
const ORDERS: usize = 3_000;

/// Runs a test in orders of all kinds: at random, and with few switches at places that are hard to hit at random.
fn in_many_orders(test: impl Fn() + Send + Sync + Copy + 'static) {
    shuttle::check_random(test, ORDERS);
    shuttle::check_pct(test, ORDERS, 3);
}
