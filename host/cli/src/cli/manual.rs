//! `doverb completions` and `doverb man`: what shells and readers of manuals want, made from the arguments' definition.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

use super::failure::Failure;

const AFTER_HELP: &str = "\
Examples:
  doverb completions bash > ~/.local/share/bash-completion/completions/doverb
  doverb completions zsh > ~/.zfunc/_doverb
  doverb completions fish > ~/.config/fish/completions/doverb.fish";

/// Print what a shell needs to complete the command's arguments.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Write the manual's pages into a folder: doverb.1, doverb-serve.1 and so on.
#[derive(Args)]
#[command(after_help = "Example:\n  doverb man ~/.local/share/man/man1 && man doverb-serve")]
pub(super) struct Man {
    /// The folder, which is made if it is not there.
    folder: PathBuf,
}

impl Completions {
    pub(super) fn run(self, mut command: Command) -> Result<(), Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut command, "doverb", &mut text);
        super::print(String::from_utf8_lossy(&text).trim_end());
        Ok(())
    }
}

impl Man {
    pub(super) fn run(self, command: Command) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::failed(self.folder.display(), error);
        fs::create_dir_all(&self.folder).map_err(failed)?;
        clap_mangen::generate_to(command, &self.folder).map_err(failed)
    }
}
