//! The choices that a source leaves: the same for `serve` and `build`.

use clap::Args;
use doverb::source::SourceOptions;

#[derive(Args)]
#[command(next_help_heading = "Sources")]
pub(super) struct SourceArgs {
    /// The handler class to serve, when the source has several.
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
}

impl SourceArgs {
    pub(super) fn options(&self) -> SourceOptions {
        SourceOptions { class: self.class.clone() }
    }
}
