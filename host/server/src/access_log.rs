//! Lines about requests in the formats that other servers write and log readers know.

use std::fmt::Write;
use std::time::Duration;

use doverb_core::latin1;
use doverb_core::log::{Log, escaped, local_time};
use doverb_core::observer::{Observer, RequestEnded};

/// A format of lines about requests that have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessFormat {
    /// The Common Log Format: `127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 13`.
    Common,
    /// The same with the fields Referer and User-Agent.
    Combined,
    /// An object of JSON with `time`, `client`, `method`, `path`, `status`, `bytes`, `duration_ms`, `cpu_ms`, `mount`,
    /// `handler`, `version`, `id`, and `stop` where the handler did not come to its end.
    Json,
}

/// Writes a line for each request when it has ended. The log writes none of its own then: see [`Log::without_requests`].
pub struct AccessLog {
    log: Log,
    format: AccessFormat,
}

impl AccessLog {
    /// Lines go into `log`.
    pub fn new(log: Log, format: AccessFormat) -> AccessLog {
        AccessLog { log, format }
    }
}

impl Observer for AccessLog {
    fn wants_requests(&self) -> bool {
        true
    }

    fn request_ended(&self, request: &RequestEnded<'_>) {
        match self.format {
            AccessFormat::Common => self.log.request(&common(request)),
            AccessFormat::Combined => {
                let (referer, agent) = (field(request, "Referer"), field(request, "User-Agent"));
                let of = |value: Option<String>| quoted(value.as_deref().unwrap_or("-"));
                self.log.request(&format!("{} {} {}", common(request), of(referer), of(agent)));
            }
            AccessFormat::Json => self.log.request(&json(request)),
        }
    }
}

/// A text of the client's between quotes, such that it ends nowhere else.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text).replace('"', "\\x22"))
}

fn field(request: &RequestEnded<'_>, name: &str) -> Option<String> {
    request.head.value(name).map(|value| latin1::decode(value).into_owned())
}

fn common(request: &RequestEnded<'_>) -> String {
    let mut line = format!(
        "{} - - [{}] {} {} ",
        escaped(request.peer.client().shown()),
        local_time("%d/%b/%Y:%H:%M:%S %z"),
        quoted(&latin1::decode(request.head.requestline())),
        request.status
    );
    match request.body_bytes {
        0 => line.push('-'),
        // Writing to a text does not fail.
        bytes => drop(write!(line, "{bytes}")),
    }
    line
}

/// A text of the client's, of a length that a line has room for.
fn cut(text: &[u8]) -> String {
    const MAX: usize = 2048;
    latin1::decode(&text[..text.len().min(MAX)]).into_owned()
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

fn json(request: &RequestEnded<'_>) -> String {
    let mut object = serde_json::json!({
        "time": local_time("%Y-%m-%dT%H:%M:%S%.3f%:z"),
        "client": request.peer.client().shown(),
        "method": cut(request.head.method()),
        "path": cut(request.head.path()),
        "protocol": request.head.version_text(),
        "status": request.status,
        "bytes": request.body_bytes,
        "duration_ms": milliseconds(request.wall),
        "cpu_ms": milliseconds(request.cpu),
        "mount": request.mount,
        "id": request.id(),
    });
    if let Some((name, version)) = request.handler {
        object["handler"] = name.into();
        object["version"] = version.into();
    }
    for (key, name) in [("referer", "Referer"), ("user_agent", "User-Agent")] {
        if let Some(value) = request.head.value(name) {
            object[key] = cut(value).into();
        }
    }
    if let Some(stop) = request.stop {
        object["stop"] = stop.name().into();
    }
    object.to_string()
}
