//! The page for people: one document without anything from elsewhere, which asks for itself anew.

use std::fmt::Write;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use doverb_core::html;
use doverb_core::routes::{Routes, Target};

use super::Counts;
use super::recent::LATENCIES;

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Doverb: state of things</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="3"><style>
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #8884 }
td { overflow-wrap: anywhere; font-variant-numeric: tabular-nums } rect { fill: #3b82f6 } svg { width: 100%; max-width: 42rem }
text { fill: currentColor; font-size: 11px; text-anchor: middle }
</style></head><body><h1>State of things</h1>
"#;

pub(super) fn page(counts: &Counts, routes: &Routes) -> String {
    let recent = &counts.recent;
    let mut page = HEAD.to_owned();
    let uptime = Duration::from_secs(recent.uptime().as_secs());
    page += &format!(
        "<p>Up for {uptime:?}, {:.1} requests a second, connections: {} open, {} turned away. <a href=\"/metrics\">Metrics</a></p>\n",
        recent.rate(),
        counts.metrics.connections.get(),
        counts.metrics.refused.get(),
    );
    page += "<h2>Mounts</h2><table><tr><th>Mount<th>Handler<th>Version<th>Requests<th>2xx<th>3xx<th>4xx<th>5xx<th>other</tr>\n";
    for (route, target) in routes.all() {
        let (name, version) = match target {
            Target::Handler(mount) => (mount.slot().handler().name().to_owned(), mount.slot().version()),
            _ => continue,
        };
        let classes = recent.classes(route.path());
        let [odd, informed, ok, moved, wrong, failed] =
            std::array::from_fn(|class| classes[class].load(Relaxed));
        let (other, all) = (odd + informed, odd + informed + ok + moved + wrong + failed);
        let (route, name) = (escaped(&route.to_string()), escaped(&name));
        page += &format!(
            "<tr><td>{route}<td>{name}<td>{version}<td>{all}<td>{ok}<td>{moved}<td>{wrong}<td>{failed}<td>{other}</tr>\n"
        );
    }
    page += "</table>\n<h2>Latency</h2>\n";
    page += &plot(&std::array::from_fn(|bucket| recent.latencies[bucket].load(Relaxed)));
    page += "<h2>Last stops</h2>\n";
    let stops = recent.stops.lock().unwrap_or_else(PoisonError::into_inner);
    if stops.is_empty() {
        page += "<p>None.</p>\n";
    } else {
        page += "<table><tr><th>At<th>Mount<th>Request<th>Cause</tr>\n";
        for stop in &*stops {
            let (mount, request) = (escaped(&stop.mount), escaped(&stop.request));
            page += &format!("<tr><td>{}<td>{mount}<td>{request}<td>{}</tr>\n", stop.when, stop.cause);
        }
        page += "</table>\n";
    }
    page + "</body></html>\n"
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

fn escaped(text: &str) -> String {
    html::escape(text).replace('"', "&quot;")
}
