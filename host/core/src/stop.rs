//! Why a handler did not come to its end.

/// A call is ended from within because nobody is left to see its end.
#[derive(Debug, thiserror::Error)]
#[error("the client has gone")]
pub(crate) struct ClientGone;

/// Why a handler did not come to its end. Its instance is never used again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// It trapped: the reason, and where, a line each.
    Trap(Vec<String>),
    /// It computed longer than [`Limits::cpu_time`](crate::limits::Limits::cpu_time).
    CpuTime,
    /// Its client reset the connection while it waited for something else.
    ClientGone,
    /// It did not return within [`Limits::request_timeout`](crate::limits::Limits::request_timeout).
    WallTime,
    /// It asked for more memory than [`Limits::max_memory`](crate::limits::Limits::max_memory), and gave up when it got
    /// none.
    Memory,
    /// All instances together have as much memory as
    /// [`Limits::max_total_memory`](crate::limits::Limits::max_total_memory) allows.
    TotalMemory,
    /// All instances of its mount have as much memory as the mount's
    /// [`Limits::max_total_memory`](crate::limits::Limits::max_total_memory) allows.
    MountMemory,
    /// As many instances of its mount are live as the mount's
    /// [`Limits::max_instances`](crate::limits::Limits::max_instances) allows.
    MountInstances,
    /// What is left of all instances, or of their memory, is kept for other mounts.
    KeptForOthers,
    /// As many requests of its mount are served as may be at a time: here is the number.
    MountRequests(usize),
    /// [`Limits::max_client_instances`](crate::limits::Limits::max_client_instances) serve the same client.
    ClientInstances,
    /// [`Limits::max_instances`](crate::limits::Limits::max_instances) are live.
    NoRoom,
    /// The pool has no more of a part that instances are made of: which, in words.
    NoPart(String),
    /// The instance that it shares with others was not free within
    /// [`Limits::request_timeout`](crate::limits::Limits::request_timeout).
    Busy,
    /// The system gives no more memory for one.
    NoSystemMemory,
}

impl Stop {
    /// The status that its client gets: 500 for a crash, 503 for what another try may get, 504 for time.
    pub fn status(&self) -> u16 {
        match self {
            Stop::Trap(_) | Stop::ClientGone => 500,
            Stop::CpuTime | Stop::WallTime => 504,
            Stop::Memory
            | Stop::TotalMemory
            | Stop::MountMemory
            | Stop::MountInstances
            | Stop::KeptForOthers
            | Stop::MountRequests(_)
            | Stop::ClientInstances
            | Stop::NoRoom
            | Stop::NoPart(_)
            | Stop::Busy
            | Stop::NoSystemMemory => 503,
        }
    }

    /// Whether it never began, or could not go on, for want of room: another try may get it.
    pub fn is_refusal(&self) -> bool {
        match self {
            Stop::TotalMemory
            | Stop::MountMemory
            | Stop::MountInstances
            | Stop::KeptForOthers
            | Stop::MountRequests(_)
            | Stop::ClientInstances
            | Stop::NoRoom
            | Stop::NoPart(_)
            | Stop::Busy
            | Stop::NoSystemMemory => true,
            Stop::Trap(_) | Stop::CpuTime | Stop::ClientGone | Stop::WallTime | Stop::Memory => false,
        }
    }

    /// Its name in one word with hyphens, for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Stop::Trap(_) => "trap",
            Stop::CpuTime => "cpu-time",
            Stop::ClientGone => "client-gone",
            Stop::WallTime => "wall-time",
            Stop::Memory => "memory",
            Stop::TotalMemory => "total-memory",
            Stop::MountMemory => "mount-memory",
            Stop::MountInstances => "mount-instances",
            Stop::KeptForOthers => "kept-for-others",
            Stop::MountRequests(_) => "mount-requests",
            Stop::ClientInstances => "client-instances",
            Stop::NoRoom => "instances",
            Stop::NoPart(_) => "pool",
            Stop::Busy => "busy",
            Stop::NoSystemMemory => "system-memory",
        }
    }

    /// Whether room for an instance is what it lacks.
    pub(crate) fn is_for_room(&self) -> bool {
        matches!(
            self,
            Stop::NoRoom
                | Stop::NoPart(_)
                | Stop::NoSystemMemory
                | Stop::TotalMemory
                | Stop::MountMemory
                | Stop::MountInstances
                | Stop::KeptForOthers
        )
    }

    /// Whether the client may try again at once: the request was not begun.
    pub(crate) fn may_retry(&self) -> bool {
        matches!(
            self,
            Stop::ClientInstances
                | Stop::MountInstances
                | Stop::KeptForOthers
                | Stop::MountRequests(_)
                | Stop::NoRoom
                | Stop::NoPart(_)
                | Stop::Busy
                | Stop::NoSystemMemory
        )
    }

    /// Whether it was a limit of the whole site's.
    pub(crate) fn is_of_site(&self) -> bool {
        matches!(self, Stop::TotalMemory | Stop::ClientInstances | Stop::NoRoom)
    }
}
