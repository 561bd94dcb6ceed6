//! The handler that the end-to-end tests talk to. Each path does one thing:
//!
//! - `answers`: `/buffered /stream /big?n= /sse /short /long /204 /304 /205 /early-hints /split /order /chunked-self
//!   /chunked-self-bad /error?code=&message=&explain= /status?code=&message= /slow?ms=`
//! - `failures`: `/loop /loop-after-flush /bomb /trap /panic /stack /open /none /no-end /err /late-err`
//! - `facts`: `/headers /count /close /connection /print /env /ls /connect /date?t= /attrs`
//! - `bodies`: POST `/body /lines /trailers /ignore /partial /stop`
//! - `members`: `/persist?protocol=&close=&connection= /flush-headers /response-only /set-timeout?ms= /statuses /log
//!   /message-class`, POST `/format /readline /continue?how=&protocol=`
//! - `rules`: `/rules/attributes /rules/head`, POST `/rules/read /rules/flush /rules/flush-headers`
//! - `raw`: `/upgrade?timeout=&burn=&sleep=&most=&flood=&body`, CONNECT
//! - `waits`: `/waits/output /waits/known?of= /waits/raw?ms=&timeout=&burn= /waits/labour?ms=&times=`, POST `/waits/input?ms=&ask`

mod answers;
mod bodies;
mod facts;
mod failures;
mod members;
mod raw;
mod rules;
mod waits;

use doverb_guest::*;

#[derive(Default)]
struct Probe {
    requests: u32,
}

#[handler]
impl Probe {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn do_GET(&mut self) -> Result {
        self.requests += 1;
        let path = self.path_only();
        if let Some(outcome) = answers::serve(self, &path) {
            return outcome;
        }
        if let Some(outcome) = failures::serve(self, &path) {
            return outcome;
        }
        if let Some(outcome) = facts::serve(self, &path, self.requests) {
            return outcome;
        }
        if let Some(outcome) = members::serve(self, &path) {
            return outcome;
        }
        if let Some(outcome) = rules::serve(self, &path) {
            return outcome;
        }
        if let Some(outcome) = waits::serve(self, &path) {
            return outcome;
        }
        match path.as_str() {
            "/upgrade" => raw::upgrade(self),
            _ => Ok(self.send_error(404)?),
        }
    }

    fn do_HEAD(&mut self) -> Result {
        self.do_GET()
    }

    fn do_POST(&mut self) -> Result {
        let path = self.path_only();
        let outcome = members::serve(self, &path).or_else(|| rules::serve(self, &path));
        let outcome = outcome.or_else(|| waits::serve(self, &path));
        outcome.unwrap_or_else(|| bodies::serve(self))
    }

    fn do_CONNECT(&mut self) -> Result {
        raw::tunnel(self)
    }

    fn do_M_SEARCH(&mut self) -> Result {
        text(self, "found")
    }

    fn do_2FA(&mut self) -> Result {
        text(self, "a digit first")
    }

    fn do_x_1(&mut self) -> Result {
        text(self, "in lower case")
    }

    fn do_BREW(&mut self) -> Result {
        Ok(self.send_error(418)?)
    }
}

/// A whole answer without framing fields of its own.
fn text(handler: &mut impl BaseHTTPRequestHandler, body: &str) -> Result {
    handler.send_response(200)?;
    handler.send_header("Content-Type", "text/plain; charset=utf-8")?;
    handler.end_headers()?;
    handler.wfile().write_all(body.as_bytes())?;
    Ok(())
}

/// A number of the query's.
fn number(handler: &impl BaseHTTPRequestHandler, name: &str) -> Result<u64> {
    match handler.query().get(name) {
        Some(text) => Ok(text.parse()?),
        None => Ok(0),
    }
}
