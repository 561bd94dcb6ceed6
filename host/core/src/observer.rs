//! Who watches a server: the log is one, metrics and status pages are others.

use std::fmt;
use std::time::{Duration, Instant};

use bytesize::ByteSize;

use crate::head::RequestHead;
use crate::limits::{HEAVY, Limits};
use crate::log::Log;
use crate::peer::Peer;
use crate::stop::Stop;

/// Bytes of a handler's own words that are told.
const MAX_NAME: usize = 80;

/// A request that has ended, well or not.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestEnded<'a> {
    /// The parties of the connection.
    pub peer: &'a Peer,
    /// The request: its method is empty when no request line was understood.
    pub head: &'a RequestHead,
    /// The numbers of its connection and of the request in it, which make its id.
    pub number: (u64, u64),
    /// The mount that it came by: its path, after its host where it is for one alone.
    pub mount: &'a str,
    /// The name of the handler that answered, and its version; none where nothing is mounted.
    pub handler: Option<(&'a str, u64)>,
    /// The status of the answer, 0 when there is none.
    pub status: u16,
    /// Bytes of the body that the handler wrote.
    pub body_bytes: u64,
    /// From the end of its head to the end of its answer.
    pub wall: Duration,
    /// When its answer ended.
    pub ended: Instant,
    /// What the handler computed.
    pub cpu: Duration,
    /// Why the handler did not come to its end, if it did not.
    pub stop: Option<&'a Stop>,
}

impl RequestEnded<'_> {
    /// The request's id, as handlers and the log have it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{:x}-{:x}", self.number.0, self.number.1)
    }
}

/// Something that went wrong with one request, for the operator and never for the client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestFailed<'a> {
    /// The parties of the connection.
    pub peer: &'a Peer,
    /// The request line and the request's id, as the log shows them.
    pub request: &'a str,
    /// What went wrong.
    pub what: What<'a>,
}

/// What went wrong with a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum What<'a> {
    /// The handler did not come to its end.
    Stopped {
        /// Why.
        stop: &'a Stop,
        /// The export that was called, empty for the request itself.
        export: &'a str,
        /// Whether the connection was the handler's.
        is_raw: bool,
        /// The limits in force.
        limits: &'a Limits,
    },
    /// The client went away in the middle.
    Lost {
        /// Of what: `request`, `answer` or `raw connection`.
        during: &'a str,
        /// Bytes that were sent.
        sent: u64,
    },
    /// Something else, told in words.
    Told(&'a str),
}

/// What a handler has asked for, and was not granted. Its names are the handler's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotGranted<'a> {
    /// A store of this name.
    Store(&'a str),
}

impl fmt::Display for NotGranted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotGranted::Store(name) => write!(f, "the store {:?}", shown(name)),
        }
    }
}

/// A name of a handler's, cut.
fn shown(name: &str) -> &str {
    &name[..name.floor_char_boundary(MAX_NAME)]
}

/// Why a connection was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TurnedAway {
    /// There are as many connections as there may be: this many.
    All(usize),
    /// Its client has as many as one may have: this many.
    OfClient(usize),
}

impl TurnedAway {
    /// Its name in one word with hyphens, for metrics.
    pub fn name(&self) -> &'static str {
        match self {
            TurnedAway::All(_) => "connections",
            TurnedAway::OfClient(_) => "client-connections",
        }
    }
}

/// Sees what a server does. All methods have a default that does nothing, and none may wait.
pub trait Observer: Send + Sync {
    /// A connection was accepted.
    fn connection_opened(&self, peer: &Peer) {
        let _ = peer;
    }

    /// A connection has ended.
    fn connection_closed(&self, peer: &Peer) {
        let _ = peer;
    }

    /// A connection was turned away. `so_far` counts them, this one included.
    fn connection_refused(&self, why: TurnedAway, so_far: u64) {
        let _ = (why, so_far);
    }

    /// Whether [`Observer::request_ended`] shall be called: its figures cost two looks at the clock. Asked once.
    fn wants_requests(&self) -> bool {
        false
    }

    /// A request has ended.
    fn request_ended(&self, request: &RequestEnded<'_>) {
        let _ = request;
    }

    /// Something went wrong with a request.
    fn request_failed(&self, request: &RequestFailed<'_>) {
        let _ = request;
    }

    /// The size of a handler's component, in bytes, has decided that its connections share instances. Called once a mount.
    fn instances_are_shared(&self, handler: &str, size: usize) {
        let _ = (handler, size);
    }

    /// A handler has asked for what it was not granted. Called once a handler and thing.
    fn not_granted(&self, handler: &str, what: &NotGranted<'_>) {
        let _ = (handler, what);
    }

    /// All clients are served by one instance, whose memory is the program's state. Called once a mount.
    fn instance_is_one(&self, handler: &str) {
        let _ = handler;
    }
}

/// The operator's own lines have room in the log that no handler can take.
impl Observer for Log {
    fn connection_refused(&self, why: TurnedAway, so_far: u64) {
        if so_far % 1000 != 1 {
            return;
        }
        match why {
            TurnedAway::All(max) => {
                self.message(format_args!("all {max} connections are taken: others get a 503"));
            }
            TurnedAway::OfClient(max) => self.message(format_args!(
                "a client has all {max} connections that one may have: its others get a 503"
            )),
        }
    }

    fn request_failed(&self, failed: &RequestFailed<'_>) {
        let line = |why: &str| {
            self.message(format_args!("{} {}: {why}", failed.peer.client().shown(), failed.request))
        };
        match &failed.what {
            What::Told(why) => line(why),
            What::Lost { during, sent } => {
                line(&format!("the client went away in the middle of the {during} ({sent} bytes were sent)"));
            }
            What::Stopped { stop, export, is_raw, limits } => {
                let place = if export.is_empty() { String::new() } else { format!(" (in {export})") };
                line(&format!("{}{place}", reason(stop, *is_raw, limits)));
                if let Stop::Trap(lines) = stop
                    && (self.is_verbose() || !has_ended_itself(lines))
                {
                    for frame in lines.get(1..).unwrap_or_default() {
                        line(&format!("  at {frame}"));
                    }
                }
            }
        }
    }

    fn instances_are_shared(&self, handler: &str, size: usize) {
        self.message(format_args!("{}", sharing(handler, size)));
    }

    fn not_granted(&self, handler: &str, what: &NotGranted<'_>) {
        self.message(format_args!("{handler}: it asks for {what}, which it was not granted"));
    }

    fn instance_is_one(&self, handler: &str) {
        self.message(format_args!("{}", one_for_all(handler)));
    }
}

/// Whether a component ended by a call of `abort`, as Rust, Go and C do once they have said why: its frames are those of that.
fn has_ended_itself(lines: &[String]) -> bool {
    lines.get(1).is_some_and(|innermost| innermost.ends_with("!abort"))
}

/// That the size of a handler's component has decided for shared instances, in words.
pub fn sharing(handler: &str, size: usize) -> String {
    format!(
        "{handler}: its component has {}, more than {}: its connections share a few instances, so that what one client \
         leaves in the handler's memory is there when the next one is served",
        ByteSize(size as u64).display().iec(),
        ByteSize(HEAVY as u64).display().iec(),
    )
}

/// That one instance has the state of a program, in words.
pub fn one_for_all(handler: &str) -> String {
    format!(
        "{handler}: one instance serves all clients, so that its globals are the same for all. While it waits, others stand \
         in for it, which have the globals that the program began with"
    )
}

/// Why a handler stopped, in words.
pub fn reason(stop: &Stop, is_raw: bool, limits: &Limits) -> String {
    match stop {
        Stop::Trap(lines) => format!("the handler failed: {}", lines.first().map_or("", String::as_str)),
        Stop::CpuTime => format!("the handler computed for more than {:?}", limits.cpu_time),
        Stop::ClientGone => "the client went away while the handler was at work".to_owned(),
        Stop::WallTime if is_raw => {
            format!("the handler did not come back to its client within {:?}", limits.request_timeout)
        }
        Stop::WallTime => format!("the handler did not return within {:?}", limits.request_timeout),
        Stop::Memory => format!("the handler wanted more than {} bytes of memory", limits.max_memory),
        Stop::TotalMemory => format!(
            "the handler got no more memory: all instances together have {}",
            ByteSize(limits.max_total_memory).display().iec()
        ),
        Stop::MountMemory => format!(
            "the handler got no more memory: all instances of its mount together have {}",
            ByteSize(limits.max_total_memory).display().iec()
        ),
        Stop::MountInstances => {
            format!("all {} instances that its mount may have are busy", limits.max_instances)
        }
        Stop::KeptForOthers => {
            "what is left of all instances and their memory is kept for other mounts".to_owned()
        }
        Stop::MountRequests(most) => format!("its mount serves {most} requests already, as many as it may"),
        Stop::ClientInstances => {
            format!("all {} instances that its client may have are busy", limits.max_client_instances)
        }
        Stop::NoRoom => format!("all {} instances are busy", limits.max_instances),
        Stop::NoPart(which) => format!("the pool of instances has nothing left: {which}"),
        Stop::Busy => {
            format!("no instance was free within {:?}: more of them may help", limits.request_timeout)
        }
        Stop::NoSystemMemory => {
            "the system has no memory for another instance: fewer of them must do, or the system \
                                 must allow more (Linux: vm.max_map_count)"
                .to_owned()
        }
    }
}
