//! What is counted of requests, by what they have in common.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use doverb_core::observer::RequestEnded;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::Unit;

use super::metrics::{durations, error_type, method, status};
use super::shard::{Shard, Sum};

/// How many kinds of requests a thread knows at a time; of more it forgets those that it has known for longest.
const KNOWN: usize = 16;

thread_local! {
    static OF_THREAD: RefCell<Vec<(Kind, Arc<Shard>)>> = const { RefCell::new(Vec::new()) };
}

/// What requests have in common that count as one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, EncodeLabelSet)]
pub(super) struct Labels {
    http_request_method: &'static str,
    http_response_status_code: String,
    url_scheme: &'static str,
    /// Why a request failed, and empty where it did not.
    error_type: String,
    mount: String,
    handler: String,
}

/// The same of a request that nothing has stopped, as a thread compares it without making texts.
struct Kind {
    /// Whose they are: a process may have several that count.
    counts: u64,
    method: &'static str,
    status: u16,
    scheme: &'static str,
    mount: Box<str>,
    handler: Box<str>,
}

impl Kind {
    fn is_of(&self, counts: u64, request: &RequestEnded<'_>) -> bool {
        self.counts == counts
            && self.status == request.status
            && self.method.as_bytes() == request.head.method()
            && *self.mount == *request.mount
            && *self.handler == *handler(request)
            && self.scheme == request.peer.scheme()
    }
}

/// All requests since it was made.
pub(super) struct Requests {
    /// Tells its kinds from those of others.
    name: u64,
    began: Instant,
    /// Of each kind a shard for each thread that has counted it.
    shards: Mutex<BTreeMap<Labels, Vec<Arc<Shard>>>>,
}

impl Default for Requests {
    fn default() -> Requests {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = MADE.fetch_add(1, Ordering::Relaxed);
        Requests { name, began: Instant::now(), shards: Mutex::default() }
    }
}

impl Requests {
    pub(super) fn count(&self, request: &RequestEnded<'_>) {
        let second = request.ended.saturating_duration_since(self.began).as_secs();
        if request.stop.is_some() {
            return self.shard(request).count(request, second);
        }
        OF_THREAD.with_borrow_mut(|all| {
            if let Some((_, shard)) = all.iter().find(|(kind, _)| kind.is_of(self.name, request)) {
                return shard.count(request, second);
            }
            let (method, shard) = (method(request.head.method()), self.shard(request));
            shard.count(request, second);
            // Of the methods that count as one, each is another kind.
            if method.as_bytes() == request.head.method() {
                all.truncate(KNOWN - 1);
                let kind = Kind {
                    counts: self.name,
                    method,
                    status: request.status,
                    scheme: request.peer.scheme(),
                    mount: request.mount.into(),
                    handler: handler(request).into(),
                };
                all.insert(0, (kind, shard));
            }
        });
    }

    /// One that no other thread has: nobody but who holds it counts into it.
    fn shard(&self, request: &RequestEnded<'_>) -> Arc<Shard> {
        let labels = Labels {
            http_request_method: method(request.head.method()),
            http_response_status_code: status(request.status),
            url_scheme: request.peer.scheme(),
            error_type: error_type(request.stop, request.status),
            mount: request.mount.to_owned(),
            handler: handler(request).to_owned(),
        };
        let mut shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
        let of_kind = shards.entry(labels).or_default();
        // Held by nobody else, it is one that a thread has let go of; under the lock no other takes it.
        if let Some(left) = of_kind.iter().find(|shard| Arc::strong_count(shard) == 1) {
            // What that thread has counted comes before what this one does.
            fence(Ordering::Acquire);
            return Arc::clone(left);
        }
        let shard = Arc::<Shard>::default();
        of_kind.push(Arc::clone(&shard));
        shard
    }

    /// What was counted up to now.
    pub(super) fn now(&self) -> RequestsNow {
        let uptime = self.began.elapsed();
        let shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = |shards: &Vec<Arc<Shard>>| sum(shards.iter().map(|shard| shard.sum(uptime.as_secs())));
        let kinds = shards.iter().map(|(labels, shards)| (labels.clone(), sum(shards))).collect();
        RequestsNow { uptime, kinds }
    }
}

/// The counts of a moment.
#[derive(Debug)]
pub(super) struct RequestsNow {
    pub(super) uptime: Duration,
    kinds: Vec<(Labels, Sum)>,
}

impl RequestsNow {
    pub(super) fn all(&self) -> Sum {
        sum(self.kinds.iter().map(|(_, sum)| *sum))
    }

    /// Requests a second, over the last seconds.
    pub(super) fn rate(&self) -> f64 {
        self.all().rate(self.uptime.as_secs())
    }

    /// Requests of a mount by the class of their status: none or odd, 1xx to 5xx.
    pub(super) fn classes(&self, mount: &str) -> [u64; 6] {
        let mut classes = [0; 6];
        for (labels, sum) in self.kinds.iter().filter(|(labels, _)| labels.mount == mount) {
            let first = labels.http_response_status_code.bytes().next();
            let class = first.filter(|first| (b'1'..=b'5').contains(first)).map_or(0, |first| first - b'0');
            classes[usize::from(class)] += sum.requests();
        }
        classes
    }
}

fn sum(parts: impl Iterator<Item = Sum>) -> Sum {
    parts.fold(Sum::default(), |mut all, part| {
        all += part;
        all
    })
}

impl Collector for RequestsNow {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let written = encoder.encode_descriptor(
            "doverb_response_body",
            "What handlers wrote as bodies",
            Some(&Unit::Bytes),
            MetricType::Counter,
        )?;
        ConstCounter::new(self.all().body_bytes).encode(written)?;
        if self.kinds.is_empty() {
            return Ok(());
        }
        durations(
            &mut encoder,
            ("http_server_request_duration", "From the end of a request's head to the end of its answer"),
            self.kinds
                .iter()
                .map(|(labels, sum)| (labels.clone(), sum.requests(), sum.time(), sum.by_duration())),
        )
    }
}

/// Who answered; nobody where nothing is mounted.
fn handler<'a>(request: &RequestEnded<'a>) -> &'a str {
    request.handler.map_or("", |(name, _)| name)
}
