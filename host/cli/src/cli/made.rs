//! A handler made from its source, to be written or looked at: nothing of it is run.

use std::path::{Path, PathBuf};

use doverb::compile::{Progress, Wasm};
use doverb::component::Component;
use doverb::engine::Engine;
use doverb::limits::Limits;
use doverb::source::Source;

use super::failure::Failure;
use super::signals::Signals;
use super::source_args::{BuildBounds, SourceArgs};

/// A source with its component.
pub(super) struct Made {
    pub(super) source: Source,
    /// Where its `.wasm` file is.
    pub(super) path: PathBuf,
    pub(super) wasm: Wasm,
    pub(super) engine: Engine,
    pub(super) component: Component,
}

/// Builds what is there and compiles it.
pub(super) fn make(
    path: &Path,
    sources: &SourceArgs,
    signals: &Signals,
    progress: &mut dyn Progress,
) -> Result<Made, Failure> {
    let source_failed = |error| Failure::source(error, signals);
    let compile_failed = |error| Failure::compile(error, signals);
    sources.tend(BuildBounds::default())?;
    let mut source = Source::open_with(path, &sources.options()?, progress).map_err(source_failed)?;
    let path = source.build(progress).map_err(source_failed)?;
    let wasm = Wasm::read(&path).map_err(compile_failed)?.of_runtime(source.runtime());
    let engine = super::engine(&Limits::default().with_max_instances(1))?;
    let component = wasm.compile(&engine, &sources.compile_options()?, progress).map_err(compile_failed)?;
    Ok(Made { source, path, wasm, engine, component })
}
