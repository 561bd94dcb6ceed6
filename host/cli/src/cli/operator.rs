//! What the log tells the operator beside what the library tells: which flags help.

use doverb::log::Log;
use doverb::observer::{Observer, RequestFailed, What};
use doverb::stop::Stop;

/// Watches the server for who runs the command.
pub(super) struct Operator(pub(super) Log);

impl Observer for Operator {
    fn connection_refused(&self, max: usize, so_far: u64) {
        self.0.connection_refused(max, so_far);
    }

    fn request_failed(&self, failed: &RequestFailed<'_>) {
        self.0.request_failed(failed);
        if let What::Stopped { stop, .. } = &failed.what
            && let Some(hint) = hint(stop)
        {
            self.0.message(format_args!("  {hint}"));
        }
    }

    fn instances_are_shared(&self, handler: &str, size: usize) {
        self.0.instances_are_shared(handler, size);
        self.0.message(format_args!(
            "  that is --isolation worker; --isolation connection keeps clients apart"
        ));
    }
}

/// What may be done about it.
fn hint(stop: &Stop) -> Option<&'static str> {
    match stop {
        Stop::NoRoom => Some("more can live at a time with --max-instances"),
        Stop::Busy => Some("more can be shared with --workers"),
        Stop::NoSystemMemory => Some("fewer live at a time with a lower --max-instances"),
        Stop::CpuTime => Some("--cpu-time gives it more"),
        Stop::WallTime => Some("--request-timeout gives it more"),
        Stop::Memory => Some("--max-memory gives it more"),
        _ => None,
    }
}
