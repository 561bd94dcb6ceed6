//! What the machine allows, where limits ask for more.

use bytesize::ByteSize;
use doverb::limits::Limits;
use doverb::log::Log;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Limits that are not all to be had at once: none of them is wrong, but who sets them should know. The defaults promise no
/// more than what the machine has.
pub(super) fn say_what_cannot_be(limits: &Limits, log: &Log) {
    let of_memory = |limits: &Limits| (limits.max_memory, limits.max_instances, limits.max_total_memory);
    let all = (limits.max_memory as u64).saturating_mul(limits.max_instances.into());
    if all > limits.max_total_memory && of_memory(limits) != of_memory(&Limits::default()) {
        log.message(format_args!(
            "{} instances of {} would be {}; together they get {} (--max-total-memory), and who finds none left a 503",
            limits.max_instances,
            ByteSize(limits.max_memory as u64).display().iec(),
            ByteSize(all).display().iec(),
            ByteSize(limits.max_total_memory).display().iec(),
        ));
    }
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if limits.max_connections as u64 > files && limits.max_connections != Limits::default().max_connections {
        log.message(format_args!(
            "{} connections need more than the {files} open files that the system allows (ulimit -n)",
            limits.max_connections
        ));
    }
}

/// Each connection is a file; the soft limit is meant for programs that use `select`.
pub(super) fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    // Without it the server runs all the same, with fewer connections.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
