//! The memory of the machine, as far as this process may have it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What all instances together have by default: three quarters of what the machine has. The rest is for connections, compiled
/// code and others.
pub(crate) fn default_total() -> u64 {
    quarter() * 3
}

/// A quarter of what this machine or its control group has.
pub(crate) fn quarter() -> u64 {
    static QUARTER: OnceLock<u64> = OnceLock::new();
    *QUARTER.get_or_init(|| {
        let machine = rustix::system::sysinfo();
        let machine = (machine.totalram as u64).saturating_mul(machine.mem_unit.max(1).into());
        let has = control_group(Path::new("/sys/fs/cgroup")).map_or(machine, |group| group.min(machine));
        has / 4
    })
}

/// The smallest bound of this process's control group and those above it.
fn control_group(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let mut folder: PathBuf = root.join(own);
    let mut least = None;
    loop {
        if let Some(bound) = bound(&folder.join("memory.max")) {
            least = Some(least.map_or(bound, |least: u64| least.min(bound)));
        }
        if folder == root || !folder.pop() {
            return least;
        }
    }
}

/// None for `max`, which is no bound.
fn bound(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::default_total;

    #[test]
    fn the_default_is_a_part_of_the_machine() {
        let total = default_total();
        assert!((16 << 20..1 << 50).contains(&total), "{total}");
    }
}
