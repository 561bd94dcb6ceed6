//! How long an instance lives.

/// How long an instance lives, and so which requests can see each other's traces in its memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isolation {
    /// [`Connection`](Isolation::Connection), or [`Worker`](Isolation::Worker) for a handler whose component is larger than
    /// 4 MiB: see [`Handler::with_size`](crate::handler::Handler::with_size). The log says so.
    #[default]
    Auto,
    /// As long as its connection, like Python's handler object.
    Connection,
    /// One request.
    Request,
    /// As long as it works: connections share a [`Pool`](crate::pool::Pool) of them. For handlers that weigh megabytes.
    /// Clients share the memory of the handler, which is told by `switch-connection` whose turn it is.
    Worker,
}
