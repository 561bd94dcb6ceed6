//! What each mount is and has at a moment.

use doverb_core::calls::Calls;
use doverb_core::routes::Routes;
use doverb_core::shares::Share;

/// One mount.
pub(super) struct Usage {
    /// Its path, after its host where it is for one alone: what observers call it.
    pub(super) mount: String,
    pub(super) handler: String,
    pub(super) version: u64,
    /// Live instances, and bytes of memory that they have.
    pub(super) instances: u64,
    pub(super) memory: u64,
    /// New versions that were taken over, and those that came to nothing.
    pub(super) swaps: u64,
    pub(super) failed_swaps: u64,
    /// Of other servers.
    pub(super) calls: Calls,
}

pub(super) fn of(routes: &Routes) -> Vec<Usage> {
    routes.all().filter_map(|(route, target)| Some(one(route.to_string(), target.mount()?))).collect()
}

fn one(mount: String, of: &doverb_core::mount::Mount) -> Usage {
    let (slot, share) = (of.slot(), of.share());
    let handler = slot.handler();
    Usage {
        mount,
        handler: handler.name().to_owned(),
        version: handler.version(),
        instances: share.map_or(0, Share::instances),
        memory: share.map_or(0, Share::memory),
        swaps: slot.version() - 1,
        failed_swaps: slot.refused(),
        calls: handler.calls().clone(),
    }
}
