//! Words that somebody at the terminal types while the server runs.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::thread;

use doverb::log::Log;
use signal_hook::consts::SIGINT;

use super::signals::Signals;

/// What is understood, each with the Enter key behind it.
const HELP: &str = "type o to open it in the browser, r to look for changes, q to quit, each with Enter";

/// Reads the terminal, if there is one, in a thread of its own; `open` opens the browser.
pub(super) fn listen(signals: &Arc<Signals>, log: &Log, open: impl Fn() + Send + 'static) {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return;
    }
    let (signals, log) = (Arc::clone(signals), log.clone());
    log.message(format_args!("{HELP}"));
    let read = move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            match line.trim() {
                "" => {}
                "o" => open(),
                "r" => signals.look_again(),
                "q" => return signals.receive(SIGINT),
                _ => log.message(format_args!("{HELP}")),
            }
        }
    };
    // Without it signals do the same.
    let _ = thread::Builder::new().name("doverb-keys".into()).spawn(read);
}
