//! One thread of a server: a runtime of its own, so that no request ever waits for another thread's lock.

use std::io;
use std::sync::Arc;

use doverb_core::peer::Address;
use doverb_http1::Service;
use tokio::runtime;
use tokio_util::task::TaskTracker;

use crate::ServerHandle;
use crate::listener::{Count, Listener};
use crate::open::Listening;
use crate::tls::Tls;

/// What one thread serves with.
pub(crate) struct Thread {
    pub(crate) service: Arc<Service>,
    /// What connections speak TLS with, if they do.
    pub(crate) tls: Option<Arc<Tls>>,
    /// The connections of all threads.
    pub(crate) count: Arc<Count>,
}

impl Thread {
    /// Serves until the server has drained, or is aborted. `sockets` has one of each listener, with its address.
    pub(crate) fn serve(self, sockets: Vec<(Listening, Address)>, handle: &ServerHandle) -> io::Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let thread = Arc::new(self);
        let served = runtime.block_on(async {
            let tasks = TaskTracker::new();
            let accepting = TaskTracker::new();
            for (socket, server) in sockets {
                let listener = Listener::new(socket, server)?;
                accepting.spawn(listener.accept(Arc::clone(&thread), tasks.clone()));
            }
            accepting.close();
            accepting.wait().await;
            tasks.close();
            let site = thread.service.site();
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
        thread.service.mount().pool().clear();
        served
    }
}
