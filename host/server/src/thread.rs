//! One thread of a server: a runtime of its own, so that no request ever waits for another thread's lock.

use std::io;
use std::sync::Arc;

use doverb_core::peer::Address;
use doverb_core::turns::take_turns;
use tokio::runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::listener::{Admission, Listener};
use crate::open::Listening;

/// One thread's part of a server.
pub(crate) struct Thread {
    pub(crate) admission: Arc<Admission>,
    /// Ends it at once.
    pub(crate) abort: CancellationToken,
}

impl Thread {
    /// Serves until the server has drained, or is aborted. `sockets` has one of each listener, with its address.
    pub(crate) fn serve(&self, sockets: Vec<(Listening, Address)>) -> io::Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let service = &self.admission.service;
        take_turns();
        let served = runtime.block_on(async {
            let tasks = TaskTracker::new();
            let accepting = TaskTracker::new();
            for (socket, server) in sockets {
                let listener = Listener::new(socket, server)?;
                accepting.spawn(listener.accept(Arc::clone(&self.admission), tasks.clone()));
            }
            accepting.close();
            accepting.wait().await;
            tasks.close();
            let site = service.site();
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
        // A file that a handler opened and that never answers (a pipe, a disk that is gone) is not waited for.
        runtime.shutdown_background();
        service.clear();
        served
    }
}
