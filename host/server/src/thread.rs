//! One thread of a server: a runtime of its own, so that no request ever waits for another thread's lock.

use std::io;
use std::sync::Arc;

use doverb_core::time_slice;
use doverb_core::turns::take_turns;
use tokio::runtime;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::control::Order;
use crate::listener::{Admission, Listener};

/// One thread's part of a server.
pub(crate) struct Thread {
    pub(crate) admission: Arc<Admission>,
    /// Ends it at once.
    pub(crate) abort: CancellationToken,
}

impl Thread {
    /// Serves until the server has drained, or is aborted. What it listens at, and how it serves, it is told.
    pub(crate) fn serve(&self, mut orders: UnboundedReceiver<Order>) -> io::Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        take_turns();
        // Whoever computes on the same processor, here or in another process, makes way as soon as a client asks for something.
        time_slice::shorten();
        let served = runtime.block_on(async {
            let (tasks, accepting) = (TaskTracker::new(), TaskTracker::new());
            // What there is from the beginning; also of a server that drains already, whose clients wait.
            while let Ok(order) = orders.try_recv() {
                self.follow(order, &accepting, &tasks)?;
            }
            while let Some(order) = self.next(&mut orders).await {
                if let Err(error) = self.follow(order, &accepting, &tasks) {
                    let log = self.admission.now().service.site().log().clone();
                    log.message(format_args!("a thread does not listen where it should: {error}"));
                }
            }
            accepting.close();
            accepting.wait().await;
            tasks.close();
            let service = &self.admission.now().service;
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
        // Before the runtime, whose clocks and sockets its connections have.
        self.admission.background().end();
        // With what is left of the connections, which hold on to instances of the pool.
        // A file that a handler opened and that never answers (a pipe, a disk that is gone) is not waited for.
        runtime.shutdown_background();
        self.admission.now().service.clear();
        served
    }

    /// What to do next; nothing more when the server drains.
    async fn next(&self, orders: &mut UnboundedReceiver<Order>) -> Option<Order> {
        tokio::select! {
            biased;
            () = self.admission.drain().cancelled() => None,
            order = orders.recv() => order,
        }
    }

    fn follow(&self, order: Order, accepting: &TaskTracker, tasks: &TaskTracker) -> io::Result<()> {
        match order {
            Order::Serve(served) => self.admission.go_over(&served),
            Order::Listen { socket, server, let_go } => {
                let listener = Listener::new(socket, server)?;
                accepting.spawn(listener.accept(Arc::clone(&self.admission), let_go, tasks.clone()));
            }
        }
        Ok(())
    }
}
