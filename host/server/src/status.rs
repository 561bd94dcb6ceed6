//! What a server does, for people as a page and for monitoring in OpenMetrics.

mod audience;
mod calls;
mod metrics;
mod page;
mod requests;
mod shard;
mod stops;
mod usage;

use std::sync::Arc;

use doverb_core::exchange::Exchange;
use doverb_core::failure::Failure;
use doverb_core::handler::Handler;
use doverb_core::observer::{Observer, RequestEnded, TurnedAway};
use doverb_core::peer::Peer;

pub use self::audience::Audience;
use self::metrics::Metrics;
use self::requests::Requests;
use self::stops::Stops;
use crate::mounts::Mounts;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counts what a server does. Clones count the same.
///
/// ```
/// use std::sync::Arc;
/// use doverb_core::{log::Log, slot::Slot};
/// use doverb_server::{Audience, Config, Listen, Server, Status};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let status = Status::new();
/// let config = Config::default().with_listener(Listen::tcp("127.0.0.1", 0)).with_observer(Arc::new(status.clone()));
/// let server = Server::listen(config, Log::discard())?;
/// // A second server, which others do not reach, shows what the first one does.
/// let shown = Slot::new(status.handler(server.mounts().clone(), Audience::default()));
/// let own = Server::bind(Config::default().with_listener(Listen::tcp("127.0.0.1", 0)), shown, Log::discard())?;
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct Status(Arc<Counts>);

#[derive(Default)]
struct Counts {
    metrics: Metrics,
    requests: Requests,
    stops: Stops,
}

impl Status {
    /// Nothing is counted yet.
    pub fn new() -> Status {
        Status::default()
    }

    /// The page at `/`, and the metrics at `/metrics`. It tells of what is mounted there, to requests that the audience may make.
    pub fn handler(&self, mounts: Mounts, audience: Audience) -> Handler {
        let counts = Arc::clone(&self.0);
        Handler::native("status", move |request| match audience.may_ask(&request.host()) {
            true => answer(request, &counts, &mounts),
            false => request.send_error(421, None, Some(audience::WHY)),
        })
    }
}

impl Observer for Status {
    fn connection_opened(&self, _: &Peer) {
        self.0.metrics.connections.inc();
    }

    fn connection_closed(&self, _: &Peer) {
        self.0.metrics.connections.dec();
    }

    fn connection_refused(&self, why: TurnedAway, _: u64) {
        self.0.metrics.turn_away(why);
    }

    fn wants_requests(&self) -> bool {
        true
    }

    fn request_ended(&self, request: &RequestEnded<'_>) {
        let Counts { metrics, requests, stops } = &*self.0;
        requests.count(request);
        if let Some(stop) = request.stop {
            metrics.count_stop(request.mount, stop);
            stops.count(request, stop);
        }
    }
}

fn answer(request: &mut Exchange, counts: &Counts, mounts: &Mounts) -> Result<(), Failure> {
    let is_head = match &*request.command() {
        "GET" => false,
        "HEAD" => true,
        _ => return request.send_error(405, None, None),
    };
    let (content_type, body) = match &*request.path_only() {
        "/" => ("text/html; charset=utf-8", page::page(counts, &usage::of(&mounts.routes()))),
        "/metrics" => {
            (OPEN_METRICS, counts.metrics.text(counts.requests.now(), &usage::of(&mounts.routes())))
        }
        _ => return request.send_error(404, None, None),
    };
    request.send_response(200, None)?;
    request.send_header("Content-Type", content_type)?;
    request.send_header("Content-Length", &body.len().to_string())?;
    request.send_header("Cache-Control", "no-store")?;
    request.send_header(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    )?;
    request.end_headers()?;
    if is_head { Ok(()) } else { request.write(body.as_bytes()).map(drop) }
}
