//! How long the system lets a thread run before another has its turn. Of two threads that want a processor the one that asked for less
//! at a time goes first, on Linux from 6.12 on; how much of it each has in all stays the same.

use std::time::Duration;

/// The shortest that Linux grants. A thread that serves waits most of the time, and is done sooner than this when it does not.
#[cfg(target_os = "linux")]
const SHORT: Duration = Duration::from_micros(100);

/// The calling thread, and those that it begins, want the processor soon and not for long. Where the system has no such thing, or
/// refuses it, they are threads as others.
///
/// ```
/// std::thread::spawn(doverb_core::time_slice::shorten).join().unwrap();
/// ```
pub fn shorten() {
    #[cfg(target_os = "linux")]
    ask(SHORT);
}

/// The calling thread has the system's usual time again.
///
/// ```
/// std::thread::spawn(doverb_core::time_slice::restore).join().unwrap();
/// ```
pub fn restore() {
    #[cfg(target_os = "linux")]
    ask(Duration::ZERO);
}

#[cfg(target_os = "linux")]
fn ask(slice: Duration) {
    // It is set together with the niceness, which stays.
    let Ok(sched_nice) = rustix::process::nice(0) else { return };
    let attributes = libc::sched_attr {
        size: size_of::<libc::sched_attr>() as u32,
        sched_policy: 0,
        // That of whoever has begun this process. One that has no slices refuses them.
        sched_flags: libc::SCHED_FLAG_KEEP_POLICY as u64,
        sched_nice,
        sched_priority: 0,
        sched_runtime: slice.as_nanos() as u64,
        sched_deadline: 0,
        sched_period: 0,
    };
    let (this_thread, flags): (libc::pid_t, libc::c_uint) = (0, 0);
    // SAFETY: no crate has a safe way to this call. It reads `attributes`, whose length they say themselves, before it returns.
    let _ = unsafe { libc::syscall(libc::SYS_sched_setattr, this_thread, &raw const attributes, flags) };
}

/// That of the calling thread in nanoseconds. None on a system that does not tell.
#[cfg(all(test, target_os = "linux"))]
pub(crate) fn of_this_thread() -> Option<u128> {
    let facts = std::fs::read_to_string("/proc/thread-self/sched").ok()?;
    let slice = facts.lines().find(|line| line.starts_with("se.slice"))?;
    slice.rsplit(' ').next()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::thread;

    use super::{SHORT, of_this_thread, restore, shorten};

    /// Linux has it from 6.12 on.
    fn can_be_short() -> bool {
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").expect("Linux has a release");
        let mut numbers = release.split('.').map_while(|number| number.parse::<u32>().ok());
        (numbers.next(), numbers.next()) >= (Some(6), Some(12)) && of_this_thread().is_some()
    }

    #[test]
    fn threads_of_one_that_wants_little_at_a_time_want_as_little() {
        let usual = of_this_thread();
        let expected = if can_be_short() { Some(SHORT.as_nanos()) } else { usual };
        let began = || {
            shorten();
            let begun = thread::spawn(of_this_thread).join().expect("it ends");
            let own = of_this_thread();
            restore();
            [own, begun, of_this_thread()]
        };
        assert_eq!(thread::spawn(began).join().expect("it ends"), [expected, expected, usual]);
    }
}
