//! What handlers have called other servers for. Labels are bounded: no host and no path is one, as a guest names them.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::time::Duration;

use doverb_core::calls::{CallEnd, Calls, Tally};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::metrics::{durations, status};
use super::page::{END, escaped, head};
use super::usage::Usage;

type Labels = [(&'static str, String); 2];

/// The calls of each mount that has made any, as they were at one moment.
#[derive(Debug)]
pub(super) struct CallsOfMounts(Vec<Of>);

#[derive(Debug)]
struct Of {
    mount: String,
    under_way: u64,
    ended: BTreeMap<CallEnd, Tally>,
    cut: BTreeMap<&'static str, u64>,
}

impl CallsOfMounts {
    pub(super) fn new(all: impl Iterator<Item = (String, Calls)>) -> CallsOfMounts {
        let of = |(mount, calls): (String, Calls)| Of {
            mount,
            under_way: calls.under_way(),
            ended: calls.all(),
            cut: calls.all_cut(),
        };
        let has_called = |of: &Of| of.under_way > 0 || !of.ended.is_empty();
        CallsOfMounts(all.map(of).filter(has_called).collect())
    }

    /// Those that were sent, each with what came of it; by the status of the answer, or the reason why there is none.
    fn sent(&self) -> impl Iterator<Item = (Labels, &Tally)> {
        let of_mount = |of: &Of, end: &CallEnd| match end {
            CallEnd::Answered(code) => Some(labels("http_response_status_code", &status(*code), &of.mount)),
            CallEnd::Failed(why) => Some(labels("error_type", why, &of.mount)),
            CallEnd::Refused(_) => None,
        };
        self.0.iter().flat_map(move |of| {
            of.ended.iter().filter_map(move |(end, tally)| Some((of_mount(of, end)?, tally)))
        })
    }

    fn counted(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        (name, help): (&str, &str),
        of: impl Fn(&Of) -> Vec<(Labels, u64)>,
    ) -> fmt::Result {
        let all: Vec<_> = self.0.iter().flat_map(of).collect();
        if all.is_empty() {
            return Ok(());
        }
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, count) in all {
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl Collector for CallsOfMounts {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        durations(
            &mut encoder,
            (
                "http_client_request_duration",
                "From a handler's request to the head of its answer, or to its failure",
            ),
            merged(self.sent())
                .into_iter()
                .map(|(labels, tally)| (labels, tally.count, tally.time, tally.by_duration)),
        )?;
        self.counted(
            &mut encoder,
            ("doverb_http_refusals", "Requests to other servers that were not sent, by reason"),
            |of| {
                let refused = |(end, tally): (&CallEnd, &Tally)| match end {
                    CallEnd::Refused(why) => Some((labels("reason", why, &of.mount), tally.count)),
                    _ => None,
                };
                of.ended.iter().filter_map(refused).collect()
            },
        )?;
        self.counted(
            &mut encoder,
            ("doverb_http_answers_cut", "Answers of other servers that came to no end, by reason"),
            |of| of.cut.iter().map(|(why, count)| (labels("error_type", why, &of.mount), *count)).collect(),
        )?;
        let help = "Requests to other servers that wait for the head of an answer";
        let mut family = encoder.encode_descriptor("doverb_http_under_way", help, None, MetricType::Gauge)?;
        for of in &self.0 {
            let count = i64::try_from(of.under_way).unwrap_or(i64::MAX);
            ConstGauge::new(count).encode(family.encode_family(&[("mount", of.mount.clone())])?)?;
        }
        Ok(())
    }
}

fn labels(name: &'static str, value: &str, mount: &str) -> Labels {
    [(name, value.to_owned()), ("mount", mount.to_owned())]
}

/// Those with the same labels are one: statuses without a name go by their class.
fn merged<'a>(all: impl Iterator<Item = (Labels, &'a Tally)>) -> BTreeMap<Labels, Tally> {
    let mut merged: BTreeMap<Labels, Tally> = BTreeMap::new();
    for (labels, tally) in all {
        let one = merged.entry(labels).or_default();
        one.count += tally.count;
        one.time += tally.time;
        one.by_duration.iter_mut().zip(tally.by_duration).for_each(|(sum, count)| *sum += count);
    }
    merged
}

/// For the page: a row for each mount that has called somebody.
pub(super) fn table(mounts: &[Usage]) -> String {
    let all = CallsOfMounts::new(mounts.iter().map(|usage| (usage.mount.clone(), usage.calls.clone())));
    if all.0.is_empty() {
        return String::new();
    }
    let numbers = ["Under way", "Answered", "Failed", "Cut", "Refused", "Mean time"];
    let mut table = "<h2>Calls to other servers</h2>\n".to_owned() + &head(&["Mount", "Why not"], &numbers);
    for of in &all.0 {
        let (mut answered, mut failed, mut refused) = (Tally::default(), Tally::default(), Tally::default());
        let mut reasons: Vec<&str> = Vec::new();
        for (end, tally) in &of.ended {
            let (sum, why) = match end {
                CallEnd::Answered(_) => (&mut answered, None),
                CallEnd::Failed(why) => (&mut failed, Some(*why)),
                CallEnd::Refused(why) => (&mut refused, Some(*why)),
            };
            sum.count += tally.count;
            sum.time += tally.time;
            reasons.extend(why);
        }
        let cut: u64 = of.cut.values().sum();
        reasons.extend(of.cut.keys());
        reasons.sort_unstable();
        reasons.dedup();
        let _ = write!(table, "<tr><td>{}<td class=\"long\">{}", escaped(&of.mount), reasons.join(", "));
        for number in [of.under_way, answered.count, failed.count, cut, refused.count] {
            let _ = write!(table, "<td class=\"n\">{number}");
        }
        let mean = answered.time.checked_div(u32::try_from(answered.count).unwrap_or(u32::MAX));
        let mean = mean.map_or("".to_owned(), |mean| format!("{:?}", Duration::from_micros(micros(mean))));
        let _ = writeln!(table, "<td class=\"n\">{mean}</tr>");
    }
    table + END
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
