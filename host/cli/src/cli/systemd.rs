//! What systemd hands in, and what it is told. Without it nothing happens here.

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use doverb::server::Listen;
use sd_notify::NotifyState;

use super::failure::Failure;

/// The sockets that systemd has opened for this process. To be called once.
pub(super) fn listeners() -> Result<Vec<Listen>, Failure> {
    let handed = sd_notify::listen_fds().map_err(|error| Failure::failed("LISTEN_FDS", error))?;
    Ok(handed.map(|number| Listen::handed(own(number))).collect())
}

fn own(number: RawFd) -> OwnedFd {
    // SAFETY: systemd opened it for this process before it began, as LISTEN_PID says, and `listen_fds` has found it open.
    // Nothing else knows of it.
    unsafe { OwnedFd::from_raw_fd(number) }
}

/// Clients can connect.
pub(super) fn ready() {
    tell(NotifyState::Ready);
}

/// The end has begun.
pub(super) fn stopping() {
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    // Who does not listen misses nothing that the server needs.
    let _ = sd_notify::notify(&[state]);
}
