//! SIGTERM and SIGINT: the first ends the work in good order, the second at once. SIGHUP: what has changed is loaded.

use std::io;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use doverb::log::Log;
use doverb::server::ServerHandle;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::failure::signal_status;
use super::systemd;
use super::watchers::Watchers;

/// How long the end may take after the second signal.
const LAST: Duration = Duration::from_millis(700);

/// The signals that have come, and what they act on.
#[derive(Default)]
pub(super) struct Signals {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    count: u32,
    last: i32,
    server: Option<(ServerHandle, Log)>,
    watchers: Option<Watchers>,
}

impl Signals {
    /// From now on signals are handled here.
    pub(super) fn install() -> io::Result<Arc<Signals>> {
        let signals = Arc::new(Signals::default());
        let mut incoming = signal_hook::iterator::Signals::new([SIGTERM, SIGINT, SIGHUP])?;
        let receiver = Arc::clone(&signals);
        thread::Builder::new()
            .name("doverb-signals".into())
            .spawn(move || incoming.forever().for_each(|signal| receiver.receive(signal)))?;
        Ok(signals)
    }

    /// Whether a signal has come.
    pub(super) fn received(&self) -> bool {
        self.lock().count > 0
    }

    /// The last signal that came; SIGTERM before the first.
    pub(super) fn last(&self) -> i32 {
        let state = self.lock();
        if state.count == 0 { SIGTERM } else { state.last }
    }

    /// The signal that has ended the server before it was drained, if one has.
    pub(super) fn aborted_by(&self) -> Option<i32> {
        let state = self.lock();
        (state.count > 1).then_some(state.last)
    }

    /// From now on the first signal drains the server. One that came before does so now.
    pub(super) fn drain(&self, server: ServerHandle, log: Log) {
        let mut state = self.lock();
        if state.count > 0 {
            systemd::stopping();
            server.drain();
        }
        state.server = Some((server, log));
    }

    /// From now on the first signal also stops this.
    pub(super) fn stop(&self, watchers: Watchers) {
        let mut state = self.lock();
        if state.count > 0 {
            watchers.stop();
        }
        state.watchers = Some(watchers);
    }

    /// Lets go of what the signals acted on.
    pub(super) fn release(&self) {
        // Ending what watches takes a moment, in which a further signal must get through.
        let (server, watchers) = {
            let mut state = self.lock();
            (state.server.take(), state.watchers.take())
        };
        drop(server);
        watchers.iter().for_each(Watchers::end);
    }

    /// Loads what has changed. Before there is a server what that would be is being loaded.
    pub(super) fn look_again(&self) {
        self.lock().watchers.iter().for_each(Watchers::look_again);
    }

    /// Does what a signal asks for.
    pub(super) fn receive(&self, signal: i32) {
        if signal == SIGHUP {
            return self.look_again();
        }
        let mut state = self.lock();
        state.count += 1;
        state.last = signal;
        match (&state.server, state.count) {
            // Whoever works asks `received`.
            (None, 1) => {}
            (Some((server, log)), 1) => {
                log.message(format_args!("draining: requests in flight may finish (again to stop at once)"));
                systemd::stopping();
                state.watchers.iter().for_each(Watchers::stop);
                server.drain();
            }
            (Some((server, _)), 2) => {
                server.abort();
                // Whatever its threads do.
                thread::spawn(move || {
                    thread::sleep(LAST);
                    process::exit(signal_status(signal).into());
                });
            }
            _ => process::exit(signal_status(signal).into()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{SIGINT, Signals};

    #[test]
    fn a_first_signal_only_asks_for_the_end() {
        let signals = Signals::default();
        assert!(!signals.received());
        signals.receive(SIGINT);
        assert!(signals.received());
        assert_eq!(signals.last(), SIGINT);
        assert_eq!(signals.aborted_by(), None);
    }
}
