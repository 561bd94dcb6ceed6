//! What a process has begun, and what that has: as /proc has it.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, wait};

/// How long their end may take, and how often it is looked for.
const END: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(5);
/// How often it is looked for more of them, before those are ended that were found.
const ROUNDS: usize = 100;

/// All that this process has begun, and what these have, and so on.
pub(super) fn begun() -> Vec<Pid> {
    let mut children = BTreeMap::<i32, Vec<i32>>::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let Some(number) = number else { continue };
        if let Some(parent) = parent(number) {
            children.entry(parent).or_default().push(number);
        }
    }
    let (mut found, mut ahead) = (Vec::new(), vec![getpid().as_raw_nonzero().get()]);
    while let Some(process) = ahead.pop() {
        let own = children.remove(&process).unwrap_or_default();
        found.extend(own.iter().copied().filter_map(Pid::from_raw));
        ahead.extend(own);
    }
    found
}

/// Who has begun a process that has not ended.
fn parent(process: i32) -> Option<i32> {
    let stat = fs::read(format!("/proc/{process}/stat")).ok()?;
    // Its name is in brackets, and may have brackets and line ends in it.
    let after = stat.iter().rposition(|&byte| byte == b')')?;
    let mut fields = str::from_utf8(&stat[after + 1..]).ok()?.split_ascii_whitespace();
    (fields.next()? != "Z").then_some(())?;
    fields.next()?.parse().ok()
}

/// The memory that a process has of its own, in bytes.
pub(super) fn memory(process: Pid) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.as_raw_nonzero())).unwrap_or_default();
    let own = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .and_then(|own| own.split_whitespace().next());
    own.and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0).saturating_mul(1024)
}

/// Ends all that this process has begun. Those that begin others all the time are halted first, so that none is missed.
pub(super) fn end_all() {
    let deadline = Instant::now() + END;
    while Instant::now() < deadline {
        let mut halted = 0;
        for _ in 0..ROUNDS {
            let all = begun();
            signal(&all, Signal::STOP);
            if all.len() == halted {
                break;
            }
            halted = all.len();
        }
        let all = begun();
        signal(&all, Signal::KILL);
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        if all.is_empty() {
            return;
        }
        thread::sleep(TICK);
    }
}

fn signal(processes: &[Pid], signal: Signal) {
    for process in processes {
        // One that has ended in the meantime needs none.
        let _ = kill_process(*process, signal);
    }
}
