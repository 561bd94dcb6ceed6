//! What the page shows: counts of each mount, the last seconds, latencies, and the last stops.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use doverb_core::latin1;
use doverb_core::log::local_time;
use doverb_core::observer::RequestEnded;

/// The ends of the latencies that are told apart, in microseconds; the last has no end.
pub(super) const LATENCIES: [u64; 11] =
    [100, 250, 500, 1000, 2500, 5000, 10_000, 50_000, 250_000, 1_000_000, u64::MAX];
/// Over so many seconds the rate is told.
const SECONDS: u64 = 10;
const STOPS: usize = 10;
/// Bytes of a client's target that are shown.
const MAX_TARGET: usize = 200;

/// By class of status: none or odd, 1xx to 5xx.
pub(super) type Classes = [AtomicU64; 6];

pub(super) struct Stopped {
    pub(super) when: String,
    pub(super) mount: String,
    pub(super) request: String,
    pub(super) cause: &'static str,
}

pub(super) struct Recent {
    began: Instant,
    mounts: RwLock<HashMap<String, Arc<Classes>>>,
    /// How often each mount had each cause to stop.
    pub(super) causes: Mutex<BTreeMap<(String, &'static str), u64>>,
    pub(super) latencies: [AtomicU64; LATENCIES.len()],
    /// A second's number in the upper half, and its requests in the lower.
    seconds: [AtomicU64; 16],
    pub(super) stops: Mutex<VecDeque<Stopped>>,
}

impl Default for Recent {
    fn default() -> Recent {
        Recent {
            began: Instant::now(),
            mounts: RwLock::default(),
            causes: Mutex::default(),
            latencies: Default::default(),
            seconds: Default::default(),
            stops: Mutex::default(),
        }
    }
}

impl Recent {
    pub(super) fn count(&self, request: &RequestEnded<'_>, classes: &Classes) {
        let class = usize::from(request.status / 100);
        classes[if class < 6 { class } else { 0 }].fetch_add(1, Relaxed);
        let micros = u64::try_from(request.wall.as_micros()).unwrap_or(u64::MAX);
        let bucket = LATENCIES.partition_point(|end| *end < micros);
        self.latencies[bucket].fetch_add(1, Relaxed);
        let now = request.ended.saturating_duration_since(self.began).as_secs();
        let begun = now << 32;
        let next = |old: u64| Some(if old >> 32 == now { old + 1 } else { begun + 1 });
        let _ = self.seconds[(now % 16) as usize].fetch_update(Relaxed, Relaxed, next);
        if let Some(stop) = request.stop {
            let cut = |text: &[u8]| latin1::decode(&text[..text.len().min(MAX_TARGET)]).into_owned();
            let stopped = Stopped {
                when: local_time("%H:%M:%S").to_string(),
                mount: request.mount.to_owned(),
                request: format!("{} {}", cut(request.head.method()), cut(request.head.path())),
                cause: stop.name(),
            };
            let mut causes = self.causes.lock().unwrap_or_else(PoisonError::into_inner);
            *causes.entry((request.mount.to_owned(), stop.name())).or_default() += 1;
            drop(causes);
            let mut stops = self.stops.lock().unwrap_or_else(PoisonError::into_inner);
            stops.truncate(STOPS - 1);
            stops.push_front(stopped);
        }
    }

    /// The counts of a mount, which is asked for by all threads and made once.
    pub(super) fn classes(&self, mount: &str) -> Arc<Classes> {
        if let Some(found) = self.mounts.read().unwrap_or_else(PoisonError::into_inner).get(mount) {
            return Arc::clone(found);
        }
        let mut mounts = self.mounts.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(mounts.entry(mount.to_owned()).or_default())
    }

    pub(super) fn uptime(&self) -> Duration {
        self.began.elapsed()
    }

    /// Requests a second, over the last seconds that are over.
    pub(super) fn rate(&self) -> f64 {
        let now = self.uptime().as_secs();
        let is_recent = |value: &u64| (value >> 32) < now && (value >> 32) + SECONDS >= now;
        let counts = self.seconds.iter().map(|value| value.load(Relaxed)).filter(is_recent);
        let sum: u64 = counts.map(|value| value & u64::from(u32::MAX)).sum();
        sum as f64 / now.clamp(1, SECONDS) as f64
    }
}
