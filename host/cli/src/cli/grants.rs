//! What handlers are granted: the flags.

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use doverb::handler::DirGrant;

use super::failure::Failure;
use super::powers::PowerArgs;
use super::values::{self, Size};

/// What the handler may use.
#[derive(Args)]
#[command(next_help_heading = "Grants (nothing by default; may be repeated)")]
pub(super) struct Grants {
    /// A folder of this machine, as the handler sees it; :ro for reading only.
    #[arg(long, value_name = "HOST::GUEST[:ro]",
        value_parser = OsStringValueParser::new().try_map(values::parse_dir))]
    pub(super) dir: Vec<DirGrant>,
    /// An environment variable.
    #[arg(long, value_name = "KEY=VALUE", value_parser = values::parse_env)]
    pub(super) env: Vec<(String, String)>,
    /// A folder of its own for each instance at /tmp, which holds so much and goes with it; 0 for none [default: 64MiB for
    /// Python programs, none for others].
    #[arg(long, value_name = "SIZE", value_parser = Size::parse)]
    pub(super) scratch: Option<Size>,
    #[command(flatten)]
    pub(super) powers: PowerArgs,
}

impl Grants {
    /// Whether they can all be had.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let dirs = &self.dir;
        let twice = dirs.iter().enumerate().find(|(n, dir)| dirs[..*n].iter().any(|d| d.guest == dir.guest));
        match twice {
            Some((_, dir)) => Err(Failure::failed(
                format!("--dir {}", dir.guest),
                "two folders are granted under this name",
            )),
            None => self.powers.check(),
        }
    }
}
