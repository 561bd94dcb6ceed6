//! The flags that say how a source is built, shared by `doverb build` and `doverb serve`.

use clap::Args;
use doverb::source::SourceOptions;

use super::failure::Failure;

/// How the handler is built from its sources.
#[derive(Args)]
#[command(next_help_heading = "Sources")]
pub(super) struct SourceArgs {
    /// The handler class, where there are several.
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// For JavaScript and TypeScript, an engine with the Web's APIs; needs Node and npm's componentize-js.
    #[arg(long)]
    web_apis: bool,
    /// For TypeScript, refuse a handler whose types are wrong; needs typescript in its project.
    #[arg(long)]
    strict_types: bool,
    /// For a program in Python, leave out the files that lie beside it.
    #[arg(long)]
    no_files: bool,
    /// For a program in Python, what it is run with, behind --.
    #[arg(last = true, value_name = "ARGUMENTS")]
    arguments: Vec<String>,
}

impl SourceArgs {
    pub(super) fn options(&self) -> Result<SourceOptions, Failure> {
        let options = SourceOptions::default()
            .web_apis(self.web_apis)
            .strict_types(self.strict_types)
            .arguments(self.arguments.clone())
            .files(!self.no_files)
            .compile(super::compile_options()?)
            .builder(super::own_executable()?);
        Ok(match &self.class {
            Some(class) => options.class(class),
            None => options,
        })
    }
}
