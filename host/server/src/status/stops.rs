//! What the page shows of requests that were stopped or refused: how often for each cause, and the last of them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use doverb_core::latin1;
use doverb_core::log::local_time;
use doverb_core::observer::RequestEnded;
use doverb_core::stop::Stop;

/// So many of the last.
const SHOWN: usize = 10;
/// Bytes of a client's target that are shown.
const MAX_TARGET: usize = 200;

pub(super) struct Stopped {
    pub(super) when: String,
    pub(super) mount: String,
    pub(super) request: String,
    pub(super) cause: &'static str,
}

#[derive(Default)]
pub(super) struct Stops {
    /// How often each mount had each cause to stop.
    pub(super) causes: Mutex<BTreeMap<(String, &'static str), u64>>,
    pub(super) last: Mutex<VecDeque<Stopped>>,
}

impl Stops {
    pub(super) fn count(&self, request: &RequestEnded<'_>, stop: &Stop) {
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
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.truncate(SHOWN - 1);
        last.push_front(stopped);
    }
}
