//! Which handler serves a request.

use std::sync::Arc;

use crate::handler::Slot;

/// The handlers of a server and where they are mounted.
#[derive(Clone)]
pub(crate) struct Router {
    root: Route,
}

/// A handler and the path that it serves.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) mount: Arc<str>,
    pub(crate) slot: Arc<Slot>,
}

impl Router {
    /// One handler for every path.
    pub(crate) fn single(slot: Arc<Slot>) -> Router {
        Router { root: Route { mount: Arc::from("/"), slot } }
    }

    /// The handler for a path.
    pub(crate) fn route(&self, _path: &[u8]) -> &Route {
        &self.root
    }
}
