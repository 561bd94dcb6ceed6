//! The page for people: one document without anything from elsewhere, which asks for itself anew.

use std::fmt::Write;
use std::sync::PoisonError;
use std::time::Duration;

use bytesize::ByteSize;
use doverb_core::html;

use super::Counts;
use super::calls;
use super::requests::RequestsNow;
use super::shard::LATENCIES;
use super::stops::Stops;
use super::usage::Usage;

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Doverb: state of things</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,"><meta http-equiv="refresh" content="3"><style>
:root { color-scheme: light dark; --line: #8884; --bar: #3b82f6 }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 3rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem } a { color: LinkText }
.table { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .3rem .7rem; border-bottom: 1px solid var(--line); white-space: nowrap }
th { font-size: .85rem; opacity: .75 } .n { text-align: right } td:first-child { font-weight: 600 }
td.long { white-space: normal; overflow-wrap: anywhere; min-width: 12rem }
.empty { opacity: .75 } rect { fill: var(--bar) } svg { width: 100%; max-width: 42rem }
text { fill: currentColor; font-size: 11px; text-anchor: middle } :focus-visible { outline: 2px solid var(--bar) }
</style></head><body><h1>State of things</h1>
"#;

pub(super) fn page(counts: &Counts, mounts: &[Usage]) -> String {
    let requests = counts.requests.now();
    let mut page = HEAD.to_owned();
    let uptime = Duration::from_secs(requests.uptime.as_secs());
    page += &format!(
        "<p>Up for {uptime:?}, {:.1} requests a second, connections: {} open, {} turned away. <a href=\"/metrics\">Metrics</a></p>\n",
        requests.rate(),
        counts.metrics.connections.get(),
        counts.metrics.all_turned_away(),
    );
    page += &table_of_mounts(mounts, &requests);
    page += &calls::table(mounts);
    page += "<h2>Latency</h2>\n<p>Requests by the time that they took at most.</p>\n";
    page += &plot(&requests.all().by_latency());
    page += "<h2>Stops and refusals</h2>\n";
    page += &table_of_causes(&counts.stops);
    page += &table_of_stops(&counts.stops);
    page + "</body></html>\n"
}

/// A table whose first columns are texts and whose others are numbers.
pub(super) fn head(texts: &[&str], numbers: &[&str]) -> String {
    let texts = texts.iter().map(|text| format!("<th>{text}"));
    let numbers = numbers.iter().map(|text| format!("<th class=\"n\">{text}"));
    format!("<div class=\"table\"><table><tr>{}</tr>\n", texts.chain(numbers).collect::<String>())
}

pub(super) const END: &str = "</table></div>\n";

fn table_of_mounts(mounts: &[Usage], requests: &RequestsNow) -> String {
    let numbers = [
        "Version",
        "Swaps",
        "Failed",
        "Instances",
        "Memory",
        "Requests",
        "2xx",
        "3xx",
        "4xx",
        "5xx",
        "other",
    ];
    let mut table = "<h2>Mounts</h2>\n".to_owned() + &head(&["Mount", "Handler"], &numbers);
    for usage in mounts {
        let [odd, informed, ok, moved, wrong, failed] = requests.classes(&usage.mount);
        let (other, all) = (odd + informed, odd + informed + ok + moved + wrong + failed);
        let memory = ByteSize(usage.memory).display().iec().to_string();
        let _ = write!(table, "<tr><td>{}<td>{}", escaped(&usage.mount), escaped(&usage.handler));
        for number in [usage.version, usage.swaps, usage.failed_swaps, usage.instances] {
            let _ = write!(table, "<td class=\"n\">{number}");
        }
        let _ = write!(table, "<td class=\"n\">{memory}");
        for number in [all, ok, moved, wrong, failed, other] {
            let _ = write!(table, "<td class=\"n\">{number}");
        }
        table += "</tr>\n";
    }
    table + END
}

fn table_of_causes(stops: &Stops) -> String {
    let causes = stops.causes.lock().unwrap_or_else(PoisonError::into_inner);
    if causes.is_empty() {
        return "<p class=\"empty\">None so far.</p>\n".into();
    }
    let mut table = head(&["Mount", "Cause"], &["How often"]);
    for ((mount, cause), count) in &*causes {
        let _ = writeln!(table, "<tr><td>{}<td>{cause}<td class=\"n\">{count}</tr>", escaped(mount));
    }
    table + END
}

fn table_of_stops(stops: &Stops) -> String {
    let last = stops.last.lock().unwrap_or_else(PoisonError::into_inner);
    if last.is_empty() {
        return String::new();
    }
    let mut table = "<h2>The last ones</h2>\n".to_owned() + &head(&["At", "Mount", "Cause", "Request"], &[]);
    for stop in &*last {
        let (mount, request) = (escaped(&stop.mount), escaped(&stop.request));
        let _ = writeln!(
            table,
            "<tr><td>{}<td>{mount}<td>{}<td class=\"long\">{request}</tr>",
            stop.when, stop.cause
        );
    }
    table + END
}

/// A bar for each range of latencies, as high as its part of the largest.
fn plot(counts: &[u64; LATENCIES.len()]) -> String {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let mut svg =
        String::from("<svg viewBox=\"0 0 660 130\" role=\"img\" aria-label=\"requests by latency\">\n");
    for (n, (count, end)) in counts.iter().zip(LATENCIES).enumerate() {
        let (x, height) = (n * 60, count.saturating_mul(90) / most);
        let label = match end {
            u64::MAX => "more".to_owned(),
            end => format!("{:?}", Duration::from_micros(end)),
        };
        // Writing to a text does not fail.
        let _ = writeln!(
            svg,
            "<rect x=\"{}\" y=\"{}\" width=\"48\" height=\"{height}\"><title>{count}</title></rect><text x=\"{}\" y=\"125\">{label}</text>",
            x + 6,
            110 - height,
            x + 30,
        );
    }
    svg + "</svg>\n"
}

pub(super) fn escaped(text: &str) -> String {
    html::escape(text).replace('"', "&quot;")
}
