//! Where the tools of other languages are, and how to get those that are not there.

use std::env;
use std::path::{Path, PathBuf};

use super::error::SourceCause;

/// The folder for tools of Doverb's own, a Python virtual environment: `$DOVERB_TOOLS`, or
/// `~/.local/share/doverb/tools`.
pub(super) const FOLDER: &str = ".local/share/doverb/tools";

/// Finds an executable: in `$DOVERB_TOOLS`, then as a shell would, then in the folder that our own hints install to.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let chosen = env::var_os("DOVERB_TOOLS").map(|folder| Path::new(&folder).join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let own = env::home_dir().map(|home| home.join(FOLDER).join("bin"));
    let mut folders = chosen.into_iter().chain(env::split_paths(&path)).chain(own);
    folders.find_map(|folder| Some(folder.join(name)).filter(|file| is_executable(file)))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// What to say when `tool` is in no folder and PyPI has it as `package`.
pub(super) fn missing_from_pypi(tool: &str, package: &str) -> SourceCause {
    let install = format!("python3 -m venv ~/{FOLDER} && ~/{FOLDER}/bin/pip install {package}");
    SourceCause::Missing { tool: tool.to_owned(), install }
}

#[cfg(test)]
mod tests {
    use super::{find, missing_from_pypi};

    #[test]
    fn an_executable_is_found_as_a_shell_would() {
        assert!(find("sh").unwrap().is_absolute());
        assert_eq!(find("no-such-tool"), None);
    }

    #[test]
    fn what_is_missing_comes_with_a_line_for_a_shell() {
        let text = missing_from_pypi("zig", "ziglang==0.15.1").to_string();
        assert!(text.starts_with("zig is missing. Install it: python3 -m venv ~/.local/share/"), "{text}");
        assert!(text.ends_with("/bin/pip install ziglang==0.15.1"), "{text}");
    }
}
