//! Which session serves a call: a new one, or one that another call has left.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use doverb_core::mount::Mount;
use doverb_core::recorder::Recorder;
use doverb_core::session::Session;
use doverb_core::site::Site;

/// Sessions that are kept for later calls.
const MOST_KEPT: usize = 64;

/// A session, and the version of the handler that it served last.
struct Kept {
    version: u64,
    session: Session,
}

/// What all clones of a service share.
pub(crate) struct Sessions {
    site: Arc<Site>,
    mount: Mount,
    kept: Mutex<Vec<Kept>>,
}

impl Sessions {
    pub(crate) fn new(site: Arc<Site>, mount: Mount) -> Sessions {
        Sessions { site, mount, kept: Mutex::default() }
    }

    pub(crate) fn site(&self) -> &Arc<Site> {
        &self.site
    }

    pub(crate) fn mount(&self) -> &Mount {
        &self.mount
    }

    /// A session for one call.
    pub(crate) fn take(&self) -> Session {
        let kept = self.kept().pop();
        kept.map_or_else(
            || Session::new(Arc::clone(&self.site), self.site.number_session()),
            |kept| kept.session,
        )
    }

    /// A session that a call is done with. Returns what is to be ended.
    #[must_use]
    pub(crate) fn put_back(&self, session: Session) -> Vec<Session> {
        let handler = self.mount.slot().handler();
        let version = handler.version();
        // What one client leaves in the memory of its handler another may see only where instances are shared anyhow.
        let mut kept = self.kept();
        if !self.mount.shares(&handler) {
            let mut ended: Vec<_> = kept.drain(..).map(|kept| kept.session).collect();
            ended.push(session);
            return ended;
        }
        // Who is not taken again would hold instances of an old version.
        let mut ended: Vec<_> =
            kept.extract_if(.., |kept| kept.version != version).map(|kept| kept.session).collect();
        if kept.len() < MOST_KEPT {
            kept.push(Kept { version, session });
        } else {
            ended.push(session);
        }
        ended
    }

    /// Ends those that are kept.
    pub(crate) async fn end(&self) {
        let kept = std::mem::take(&mut *self.kept());
        end(kept.into_iter().map(|kept| kept.session)).await;
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        // Nothing panics while it holds the lock.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends sessions, so that `finish` of their handlers is called.
pub(crate) async fn end(sessions: impl IntoIterator<Item = Session>) {
    for mut session in sessions {
        // There is no request any more; it is only what the log is told of.
        session.end(Box::new(Recorder::get("/"))).await;
    }
}

#[cfg(test)]
mod tests {
    use doverb_core::handler::Handler;
    use doverb_core::isolation::Isolation;
    use doverb_core::log::Log;
    use doverb_core::pool::{Pool, PoolSize};
    use doverb_core::slot::Slot;

    use super::*;

    fn handler() -> Handler {
        Handler::native("none", |_| Ok(()))
    }

    fn sessions(isolation: Isolation) -> Sessions {
        let mount = Mount::new(Slot::new(handler()), isolation, Pool::new(PoolSize::share(1, 1, 1)));
        Sessions::new(Arc::new(Site::new(Log::discard())), mount)
    }

    #[test]
    fn a_session_is_used_again_only_where_instances_are_shared() {
        for (isolation, kept) in [
            (Isolation::Worker, 1),
            (Isolation::Auto, 0),
            (Isolation::Connection, 0),
            (Isolation::Request, 0),
        ] {
            let sessions = sessions(isolation);
            let ended = sessions.put_back(sessions.take());
            assert_eq!((sessions.kept().len(), ended.len()), (kept, 1 - kept), "{isolation:?}");
        }
    }

    #[test]
    fn no_more_than_a_bound_are_kept_and_none_of_an_old_version() {
        let sessions = sessions(Isolation::Worker);
        let taken: Vec<_> = (0..=MOST_KEPT).map(|_| sessions.take()).collect();
        let ended: Vec<_> = taken.into_iter().flat_map(|session| sessions.put_back(session)).collect();
        assert_eq!((sessions.kept().len(), ended.len()), (MOST_KEPT, 1));
        sessions.mount().slot().swap(handler());
        let ended = sessions.put_back(sessions.take());
        assert_eq!((sessions.kept().len(), ended.len()), (1, MOST_KEPT - 1));
    }
}
