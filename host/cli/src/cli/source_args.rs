//! How a source is built: the flags, shared by `doverb build` and `doverb serve`, and what they and doverb.toml choose.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use doverb::compile::CompileOptions;
use doverb::limits::half_of_memory;
use doverb::source::{SourceOptions, tend_tools};

use super::failure::Failure;
use super::values::{Size, Time};

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
    /// Memory that a tool which builds sources may take, with all that it begins [default: half of the machine's].
    #[arg(long, value_name = "SIZE", value_parser = Size::parse)]
    build_memory: Option<Size>,
    /// Time that such a tool may take [default: 30m for Cargo, 5m to 15m for others].
    #[arg(long, value_name = "TIME", value_parser = Time::parse_positive)]
    build_time: Option<Time>,
    /// Address space that compiling a component to native code may take.
    #[arg(long, value_name = "SIZE", default_value_t = Size(4 << 30), value_parser = Size::parse_process)]
    compile_memory: Size,
    /// Time that compiling it may take.
    #[arg(long, value_name = "TIME", default_value_t = Time(Duration::from_secs(120)),
        value_parser = Time::parse_positive)]
    compile_time: Time,
    /// For a program in Python, what it is run with, behind --.
    #[arg(last = true, value_name = "ARGUMENTS")]
    arguments: Vec<String>,
}

/// What a tool that builds sources may take, as far as somebody says it.
#[derive(Clone, Copy, Default)]
pub(super) struct BuildBounds {
    pub(super) memory: Option<u64>,
    pub(super) time: Option<Duration>,
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

    /// How sources are built where nothing else says it.
    pub(super) fn options(&self) -> Result<SourceOptions, Failure> {
        self.choice().options(&self.compile_options()?)
    }

    /// How components are compiled.
    pub(super) fn compile_options(&self) -> Result<CompileOptions, Failure> {
        Ok(super::compile_options()?.memory(self.compile_memory.0).timeout(self.compile_time.0))
    }

    /// Has the tools that build sources end with all that they begin, and take no more memory and time than they may, which a
    /// file may have said.
    pub(super) fn tend(&self, of_file: BuildBounds) -> Result<(), Failure> {
        let memory = of_file.memory.or(self.build_memory.map(|size| size.0));
        let time = of_file.time.or(self.build_time.map(|time| time.0));
        tend_tools(super::own_executable()?, memory.unwrap_or_else(half_of_memory), time);
        Ok(())
    }
}

impl SourceChoice {
    pub(super) fn options(&self, compile: &CompileOptions) -> Result<SourceOptions, Failure> {
        let options = SourceOptions::default()
            .web_apis(self.web_apis)
            .strict_types(self.strict_types)
            .arguments(self.arguments.clone())
            .files(self.files)
            .compile(compile.clone())
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
