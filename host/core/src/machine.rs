//! The memory of the machine, as far as this process may have it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Bytes that a connection may have of memory beside what is counted elsewhere: two buffers, and what is known of it.
const CONNECTION: u64 = 32 * 1024;
/// The most connections that there are by default.
const MOST_CONNECTIONS: usize = 10_000;

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
        let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let has = control_group(&groups, Path::new("/sys/fs/cgroup"));
        has.map_or(machine, |group| group.min(machine)) / 4
    })
}

/// The connections that there may be where nothing else is said: fewer than [`MOST_CONNECTIONS`] where memory is small, as each may
/// have some of it.
pub(crate) fn default_connections() -> usize {
    usize::try_from(quarter() / CONNECTION).unwrap_or(usize::MAX).clamp(1, MOST_CONNECTIONS)
}

/// The smallest bound of this process's control group and those above it: `groups` says which it is. In the second version of control
/// groups there is one hierarchy, which has no name; in the first, memory has one of its own, and no bound is a very large one.
fn control_group(groups: &str, root: &Path) -> Option<u64> {
    let own = |line: &'_ str| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let path = Path::new(path.strip_prefix('/')?).to_owned();
        if controllers.is_empty() {
            return Some((root.to_owned(), path, "memory.max"));
        }
        let is_memory = controllers.split(',').any(|controller| controller == "memory");
        is_memory.then(|| (root.join(controllers), path, "memory.limit_in_bytes"))
    };
    groups.lines().filter_map(own).filter_map(|(root, path, name)| least(&root, &path, name)).min()
}

/// The smallest bound of a group and those above it.
fn least(root: &Path, path: &Path, name: &str) -> Option<u64> {
    let mut folder: PathBuf = root.join(path);
    let mut least = None;
    loop {
        if let Some(bound) = bound(&folder.join(name)) {
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
    use std::fs;

    use super::{control_group, default_total};

    #[test]
    fn the_least_bound_of_control_groups_counts_in_both_versions() {
        let root = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let file = root.path().join(path);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, text).expect("a file");
        };
        assert_eq!(control_group("0::/a/b\n", root.path()), None);
        write("a/b/memory.max", "max\n");
        write("a/memory.max", "300\n");
        write("memory.max", "400\n");
        assert_eq!(control_group("0::/a/b\n", root.path()), Some(300));
        write("memory/x/memory.limit_in_bytes", "200\n");
        write("memory/memory.limit_in_bytes", "9223372036854771712\n");
        let both = "12:cpu,cpuacct:/a\n5:memory:/x/y\n0::/\n";
        assert_eq!(control_group(both, root.path()), Some(200));
        // A container sees its own group as the root, and is told another path.
        assert_eq!(control_group("5:memory:/docker/1\n", root.path()), Some(9_223_372_036_854_771_712));
    }

    #[test]
    fn the_default_is_a_part_of_the_machine() {
        let total = default_total();
        assert!((16 << 20..1 << 50).contains(&total), "{total}");
    }
}
