//! What the log tells the operator beside what the library tells: which flags help.

use doverb::log::Log;
use doverb::observer::{NotGranted, Observer, RequestFailed, TurnedAway, What, one_for_all, reason, sharing};
use doverb::stop::Stop;

/// Watches the server for who runs the command.
pub(super) struct Operator(pub(super) Log);

impl Observer for Operator {
    fn connection_refused(&self, why: TurnedAway, so_far: u64) {
        self.0.connection_refused(why, so_far);
    }

    fn request_failed(&self, failed: &RequestFailed<'_>) {
        let flag = match &failed.what {
            What::Stopped { stop: Stop::Busy, .. } => "--workers",
            What::Stopped { stop: Stop::NoRoom | Stop::NoSystemMemory, .. } => "--max-instances",
            What::Stopped { stop: Stop::TotalMemory, .. } => "--max-total-memory",
            What::Stopped { stop: Stop::ClientInstances, .. } => "--max-client-instances",
            What::Stopped { stop: Stop::KeptForOthers, .. } => "max-instances of [server] in doverb.toml",
            What::Stopped { stop: Stop::MountInstances, .. } => "its max-instances in doverb.toml",
            What::Stopped { stop: Stop::MountMemory, .. } => "its max-total-memory in doverb.toml",
            What::Stopped { stop: Stop::MountRequests(_), .. } => "its max-requests in doverb.toml",
            _ => return self.0.request_failed(failed),
        };
        if let What::Stopped { stop, export, is_raw, limits } = &failed.what {
            let place = if export.is_empty() { String::new() } else { format!(" (in {export})") };
            let why = format!("{}{place}: see {flag}", reason(stop, *is_raw, limits));
            let mut told = failed.clone();
            told.what = What::Told(&why);
            self.0.request_failed(&told);
        }
    }

    fn not_granted(&self, handler: &str, what: &NotGranted<'_>) {
        let flag = match what {
            NotGranted::Store(_) => "--keyvalue NAME=STORE",
            _ => return self.0.not_granted(handler, what),
        };
        self.0.message(format_args!("{handler}: it asks for {what}, which it was not granted: see {flag}"));
    }

    fn instance_is_one(&self, handler: &str) {
        self.0.message(format_args!(
            "{} (--workers N for more of them, --isolation connection for one a client)",
            one_for_all(handler)
        ));
    }

    fn instances_are_shared(&self, handler: &str, size: usize) {
        self.0.message(format_args!(
            "{} (--isolation worker). --isolation connection keeps them apart",
            sharing(handler, size)
        ));
    }
}
