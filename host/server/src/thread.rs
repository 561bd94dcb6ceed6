//! One thread of a server: a runtime of its own, so that no request ever waits for another thread's lock.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use doverb_http1::Service;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio_util::task::TaskTracker;

use crate::ServerHandle;
use crate::listener::{self, Count};

/// What one thread serves with.
pub(crate) struct Thread {
    pub(crate) service: Arc<Service>,
    /// Where clients find the server.
    pub(crate) address: SocketAddr,
    /// The connections of all threads.
    pub(crate) count: Arc<Count>,
}

impl Thread {
    /// Serves until the server has drained, or is aborted.
    pub(crate) fn serve(&self, socket: std::net::TcpListener, handle: &ServerHandle) -> io::Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let served = runtime.block_on(async {
            let listener = TcpListener::from_std(socket)?;
            let tasks = TaskTracker::new();
            listener::accept(listener, self, &tasks).await;
            tasks.close();
            let site = self.service.site();
            let grace = tokio::time::timeout(site.limits().grace, tasks.wait());
            tokio::select! {
                finished = grace => if finished.is_err() {
                    let left = tasks.len();
                    site.log().message(format_args!("{left} unfinished after the grace time: cut"));
                },
                () = handle.abort.cancelled() => {}
            }
            Ok(())
        });
        // With what is left of the connections, which hold on to instances of the pool.
        drop(runtime);
        self.service.mount().pool().clear();
        served
    }
}
