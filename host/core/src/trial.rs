//! A handler without a server, for people who test theirs in Rust.

use std::io;
use std::sync::Arc;

use crate::handler::Handler;
use crate::head::RequestHead;
use crate::isolation::Isolation;
use crate::log::Log;
use crate::mount::Mount;
use crate::pool::{Pool, PoolSize};
use crate::recorder::{Recorded, Recorder};
use crate::session::Session;
use crate::site::Site;
use crate::slot::Slot;

/// Gives requests to a handler and returns its answers, without sockets and threads. All are of one session, so that the
/// handler keeps its state from one to the next.
///
/// ```
/// use doverb_core::handler::Handler;
/// use doverb_core::trial::Trial;
///
/// let handler = Handler::native("double", |request| {
///     let number: u32 = request.path_only().trim_start_matches('/').parse().unwrap_or(0);
///     request.send_response(200, None)?;
///     request.end_headers()?;
///     request.write((2 * number).to_string().as_bytes())?;
///     Ok(())
/// });
/// let mut trial = Trial::of(handler)?;
/// let answer = trial.get("/21");
/// assert_eq!((answer.status, answer.text()), (200, "42".into()));
/// assert_eq!(answer.header("Content-Length"), Some("2"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Trial {
    runtime: tokio::runtime::Runtime,
    mount: Mount,
    session: Session,
}

impl Trial {
    /// A trial of a handler, with default limits and a log that nobody reads.
    ///
    /// # Errors
    ///
    /// When the system gives no event queue.
    pub fn of(handler: Handler) -> io::Result<Trial> {
        Trial::on(Site::new(Log::discard()), handler)
    }

    /// A trial with limits, a log and observers of one's own.
    ///
    /// # Errors
    ///
    /// As [`Trial::of`].
    pub fn on(site: Site, handler: Handler) -> io::Result<Trial> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let pool = Pool::new(PoolSize::share(1, 1, site.limits().max_instances));
        let mount = Mount::new(Slot::new(handler), Isolation::Connection, pool);
        Ok(Trial { runtime, mount, session: Session::new(Arc::new(site), 1) })
    }

    /// Answers a GET.
    pub fn get(&mut self, target: &str) -> Recorded {
        self.answer(Recorder::get(target))
    }

    /// Answers a request with a body, whose length is said in a field.
    pub fn send(&mut self, method: &str, target: &str, body: &[u8]) -> Recorded {
        let length = body.len().to_string();
        let fields = [("Host", "127.0.0.1:8000"), ("Content-Length", length.as_str())];
        self.answer(Recorder::new(RequestHead::of(method, target, fields), body))
    }

    /// Answers a request.
    pub fn answer(&mut self, request: Recorder) -> Recorded {
        let served = self.session.serve(&self.mount, Box::new(request));
        self.runtime.block_on(served).0.into_answer()
    }
}
