//! The Rust that builds handlers: its environment, and its WebAssembly target.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::error::SourceCause;
use crate::run::ask;
use crate::tended::Usual;
use doverb_compile::Progress;

pub(super) const TARGET: &str = "wasm32-wasip2";
/// A first call may make rustup install the toolchain that a folder asks for.
const QUESTION_TIME: Usual = Usual::Question(Duration::from_secs(600));
/// rustup's first connection may hang; a new try then helps more than patience.
const DOWNLOAD_TIME: Usual = Usual::Question(Duration::from_secs(120));
const DOWNLOAD_TRIES: usize = 3;
/// A command for `tool` in `folder`, without what an outer `cargo run` or its toolchain leaves behind.
pub(super) fn command(tool: &str, folder: &Path) -> Command {
    let mut command = Command::new(tool);
    command.current_dir(folder);
    env::vars_os().map(|(name, _)| name).filter(|name| is_outer(name)).for_each(|name| {
        command.env_remove(name);
    });
    // Under `cargo run` this is the outer package's toolchain; else the user has set it.
    let inside_cargo = env::var_os("CARGO").is_some();
    if inside_cargo && folder.ancestors().any(chooses_toolchain) {
        command.env_remove("RUSTUP_TOOLCHAIN");
    }
    command
}

fn chooses_toolchain(folder: &Path) -> bool {
    ["rust-toolchain.toml", "rust-toolchain"].iter().any(|name| folder.join(name).is_file())
}

/// Whether a variable describes the package around us, or flags that are meant for the host.
/// What configures Cargo itself stays: `CARGO_HOME`, `CARGO_TARGET_DIR`, `CARGO_NET_OFFLINE`, ...
fn is_outer(name: &OsStr) -> bool {
    const NAMES: [&str; 16] = [
        "CARGO",
        "CARGO_BIN_NAME",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_CRATE_NAME",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_MAKEFLAGS",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_LINKS",
        "CARGO_MANIFEST_PATH",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTFLAGS",
        "TARGET",
    ];
    const PREFIXES: [&str; 4] = ["CARGO_BIN_EXE_", "CARGO_CFG_", "CARGO_FEATURE_", "CARGO_PKG_"];
    let Some(name) = name.to_str() else { return false };
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Adds the target to the toolchain that `folder` uses, unless it is there.
pub(super) fn ensure_target(folder: &Path, progress: &mut dyn Progress) -> Result<(), SourceCause> {
    if has_target(folder, progress)? {
        return Ok(());
    }
    progress.step(&format!("Adding Rust's target {TARGET}"));
    let mut complaint = String::new();
    for _ in 0..DOWNLOAD_TRIES {
        let mut rustup = command("rustup", folder);
        rustup.args(["target", "add", TARGET]);
        match ask("rustup", rustup, DOWNLOAD_TIME, progress) {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(said)) => complaint = said,
            Err(SourceCause::Tool { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                let how = "there is no rustup to add it. Install Rust from https://rustup.rs, \
                           or your system's package of this target";
                return Err(SourceCause::Target(how.into()));
            }
            Err(late @ SourceCause::TimedOut { .. }) => complaint = late.to_string(),
            Err(other) => return Err(other),
        }
    }
    let how = format!("{complaint}. Add it yourself: rustup target add {TARGET}");
    Err(SourceCause::Target(how))
}

pub(crate) fn has_target(folder: &Path, progress: &mut dyn Progress) -> Result<bool, SourceCause> {
    let mut rustc = command("rustc", folder);
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    match ask("rustc", rustc, QUESTION_TIME, progress)? {
        Ok(libraries) => Ok(Path::new(&libraries).is_dir()),
        Err(complaint) => Err(SourceCause::Target(format!("{complaint}. Rust 1.82 or newer has it"))),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;

    use super::{chooses_toolchain, command, is_outer};

    #[test]
    fn what_cargo_run_sets_goes_and_what_configures_cargo_stays() {
        for name in ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_BIN_EXE_doverb", "RUSTFLAGS"] {
            assert!(is_outer(OsStr::new(name)), "{name}");
        }
        for name in [
            "CARGO_HOME",
            "CARGO_TARGET_DIR",
            "CARGO_NET_OFFLINE",
            "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS",
            "RUSTUP_HOME",
            "PATH",
        ] {
            assert!(!is_outer(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn a_folder_with_a_toolchain_of_its_own_uses_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!chooses_toolchain(folder.path()));
        fs::write(folder.path().join("rust-toolchain.toml"), "").unwrap();
        assert!(chooses_toolchain(folder.path()));
        // Tests run under Cargo, which has set this.
        let removed = |name: &str| {
            let command = command("cargo", folder.path());
            command.get_envs().any(|(variable, value)| variable == name && value.is_none())
        };
        assert!(removed("CARGO_MANIFEST_DIR"));
        assert!(removed("RUSTUP_TOOLCHAIN"));
    }
}
