//! One thread of a server: a runtime of its own, so that no request ever waits for another thread's lock.

use std::io;

use tokio::net::TcpListener;
use tokio::runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::listener::{self, Admission};

/// One thread's part of a server.
pub(crate) struct Thread {
    pub(crate) admission: Admission,
    /// Ends it at once.
    pub(crate) abort: CancellationToken,
}

impl Thread {
    /// Serves until the server has drained, or is aborted.
    pub(crate) fn serve(&self, socket: std::net::TcpListener) -> io::Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let served = runtime.block_on(async {
            let listener = TcpListener::from_std(socket)?;
            let tasks = TaskTracker::new();
            listener::accept(listener, &self.admission, &tasks).await;
            tasks.close();
            let site = self.admission.service.site();
            let grace = tokio::time::timeout(site.limits().grace, tasks.wait());
            tokio::select! {
                finished = grace => if finished.is_err() {
                    let left = tasks.len();
                    site.log().message(format_args!("{left} unfinished after the grace time: cut"));
                },
                () = self.abort.cancelled() => {}
            }
            Ok(())
        });
        // With what is left of the connections, which hold on to instances of the pool.
        drop(runtime);
        self.admission.service.mount().pool().clear();
        served
    }
}
