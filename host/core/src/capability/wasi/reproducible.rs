//! A clock that stands and randomness that is always the same, for tests of handlers.

use std::time::{Duration, SystemTime};

use rand::SeedableRng;
use rand::rngs::StdRng;
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::clocks::HostWallClock;

use crate::handler_options::HandlerOptions;

/// A wall clock that shows the same time for ever.
struct Frozen(Duration);

impl HostWallClock for Frozen {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        self.0
    }
}

/// Sets the clock and the generators of an instance, where that is wanted. The monotonic clock goes on: who sleeps looks at it
/// to know when to wake.
pub(super) fn set(options: &HandlerOptions, wasi: &mut WasiCtxBuilder) {
    if let Some(time) = options.frozen_clock() {
        wasi.wall_clock(Frozen(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()));
    }
    if let Some(seed) = options.seed() {
        wasi.secure_random(StdRng::seed_from_u64(seed));
        wasi.insecure_random(StdRng::seed_from_u64(seed));
        wasi.insecure_random_seed(seed.into());
    }
}
