//! The counts in OpenMetrics. Whatever a client or a handler chooses freely is bounded before it becomes a label.

use std::fmt;
use std::time::Duration;

use doverb_core::calls::SECONDS;
use doverb_core::observer::TurnedAway;
use doverb_core::responses;
use doverb_core::stop::Stop;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::calls::CallsOfMounts;
use super::requests::RequestsNow;
use super::usage::Usage;

/// Those that the semantic conventions of OpenTelemetry name.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfStop {
    cause: &'static str,
    mount: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfRefusal {
    reason: &'static str,
    mount: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfConnection {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfMount {
    mount: String,
}

pub(super) struct Metrics {
    registry: Registry,
    stops: Family<OfStop, Counter>,
    refusals: Family<OfRefusal, Counter>,
    pub(super) connections: Gauge,
    turned_away: Family<OfConnection, Counter>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let (stops, refusals) =
            (Family::<OfStop, Counter>::default(), Family::<OfRefusal, Counter>::default());
        let (connections, turned_away) = (Gauge::default(), Family::<OfConnection, Counter>::default());
        let mut registry = Registry::default();
        registry.register("doverb_stops", "Handlers that did not come to their end, by cause", stops.clone());
        registry.register(
            "doverb_refusals",
            "Requests that were refused for want of room, by reason",
            refusals.clone(),
        );
        registry.register("doverb_connections_open", "Connections that are open", connections.clone());
        registry.register(
            "doverb_connections_refused",
            "Connections that were turned away, by reason",
            turned_away.clone(),
        );
        Metrics { registry, stops, refusals, connections, turned_away }
    }
}

impl Metrics {
    pub(super) fn count_stop(&self, mount: &str, stop: &Stop) {
        let (name, mount) = (stop.name(), mount.to_owned());
        match stop.is_refusal() {
            true => self.refusals.get_or_create(&OfRefusal { reason: name, mount }).inc(),
            false => self.stops.get_or_create(&OfStop { cause: name, mount }).inc(),
        };
    }

    pub(super) fn turn_away(&self, why: TurnedAway) {
        self.turned_away.get_or_create(&OfConnection { reason: why.name() }).inc();
    }

    /// Connections that were turned away, for whatever reason.
    pub(super) fn all_turned_away(&self) -> u64 {
        // The reasons that there are: names of a family can't be listed.
        let reasons =
            [TurnedAway::All(0), TurnedAway::OfClient(0)].map(|why| OfConnection { reason: why.name() });
        reasons.iter().filter_map(|labels| self.turned_away.get(labels).map(|count| count.get())).sum()
    }

    pub(super) fn text(&self, requests: RequestsNow, mounts: &[Usage]) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = text::encode_registry(&mut text, &self.registry);
        let _ = text::encode_registry(&mut text, &of_moment(requests, mounts));
        let _ = text::encode_eof(&mut text);
        text
    }
}

/// What is so at this moment: nothing is left of a mount that has gone.
fn of_moment(requests: RequestsNow, mounts: &[Usage]) -> Registry {
    let (instances, memory) = (Family::<OfMount, Gauge>::default(), Family::<OfMount, Gauge>::default());
    let (swaps, failed) = (Family::<OfMount, Counter>::default(), Family::<OfMount, Counter>::default());
    for usage in mounts {
        let labels = OfMount { mount: usage.mount.clone() };
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        instances.get_or_create(&labels).set(count(usage.instances));
        memory.get_or_create(&labels).set(count(usage.memory));
        swaps.get_or_create(&labels).inc_by(usage.swaps);
        failed.get_or_create(&labels).inc_by(usage.failed_swaps);
    }
    let mut registry = Registry::default();
    registry.register("doverb_instances", "Live instances", instances);
    registry.register_with_unit("doverb_instances_memory", "Memory of live instances", Unit::Bytes, memory);
    registry.register("doverb_swaps", "New versions of handlers that took their place", swaps);
    registry.register("doverb_swaps_failed", "New versions of handlers that came to nothing", failed);
    registry.register_collector(Box::new(requests));
    let calls = mounts.iter().map(|usage| (usage.mount.clone(), usage.calls.clone()));
    registry.register_collector(Box::new(CallsOfMounts::new(calls)));
    registry
}

/// What took how long: each with its labels, its number, their time together, and the numbers by the ends of `SECONDS`.
pub(super) fn durations<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    all: impl Iterator<Item = (L, u64, Duration, [u64; SECONDS.len() + 1])>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
    for (labels, count, time, by_duration) in all {
        let ends = SECONDS.into_iter().chain([f64::INFINITY]);
        let buckets: Vec<_> = ends.zip(by_duration).collect();
        let mut encoder = family.encode_family(&labels)?;
        encoder.encode_histogram::<NoLabelSet>(time.as_secs_f64(), count, &buckets, None)?;
    }
    Ok(())
}

pub(super) fn method(of_client: &[u8]) -> &'static str {
    METHODS.into_iter().find(|known| known.as_bytes() == of_client).unwrap_or("_OTHER")
}

/// A name for why a request failed: what stopped its handler, or else an answer that says so.
pub(super) fn error_type(stop: Option<&Stop>, of_handler: u16) -> String {
    match stop {
        Some(stop) => stop.name().to_owned(),
        None if of_handler >= 500 => status(of_handler),
        None => String::new(),
    }
}

/// A handler may answer with any number: those without a name are counted by their class.
pub(super) fn status(of_handler: u16) -> String {
    match of_handler {
        0 => "none".to_owned(),
        known if responses::lookup(known).is_some() => known.to_string(),
        other => format!("{}xx", (other / 100).min(9)),
    }
}

#[cfg(test)]
mod tests {
    use super::{method, status};

    #[test]
    fn labels_are_of_a_bounded_set() {
        assert_eq!([&b"GET"[..], b"get", b"", b"BREW"].map(method), ["GET", "_OTHER", "_OTHER", "_OTHER"]);
        assert_eq!([200, 299, 0, 999].map(status), ["200", "2xx", "none", "9xx"]);
    }
}
