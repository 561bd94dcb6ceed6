//! How a source is built: the flags, shared by `doverb build` and `doverb serve`, and what they and doverb.toml choose.

use std::path::PathBuf;

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

/// What is chosen of how a source is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourceChoice {
    pub(super) class: Option<String>,
    pub(super) web_apis: bool,
    pub(super) strict_types: bool,
    pub(super) files: bool,
    pub(super) arguments: Vec<String>,
    /// Where a program that is named alone is started.
    pub(super) started_in: Option<PathBuf>,
}

impl Default for SourceChoice {
    fn default() -> SourceChoice {
        SourceChoice {
            class: None,
            web_apis: false,
            strict_types: false,
            files: true,
            arguments: Vec::new(),
            started_in: None,
        }
    }
}

impl SourceArgs {
    pub(super) fn choice(&self) -> SourceChoice {
        SourceChoice {
            class: self.class.clone(),
            web_apis: self.web_apis,
            strict_types: self.strict_types,
            files: !self.no_files,
            arguments: self.arguments.clone(),
            started_in: std::env::current_dir().ok(),
        }
    }

    pub(super) fn options(&self) -> Result<SourceOptions, Failure> {
        self.choice().options()
    }
}

impl SourceChoice {
    pub(super) fn options(&self) -> Result<SourceOptions, Failure> {
        let options = SourceOptions::default()
            .web_apis(self.web_apis)
            .strict_types(self.strict_types)
            .arguments(self.arguments.clone())
            .files(self.files)
            .compile(super::compile_options()?)
            .builder(super::own_executable()?);
        let options = match &self.started_in {
            Some(folder) => options.started_in(folder),
            None => options,
        };
        let options = match super::shipped() {
            Some(folder) => options.shipped(folder),
            None => options,
        };
        Ok(match &self.class {
            Some(class) => options.class(class),
            None => options,
        })
    }
}
