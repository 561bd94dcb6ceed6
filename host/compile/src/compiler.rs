//! The engines that compile: what they make is loaded by every [`Engine`](doverb_core::engine::Engine) of the same version.

use std::sync::Arc;

use doverb_core::engine::{EngineError, compiler_config};
use wasmtime::CacheStore;

use crate::functions::Functions;

/// An engine that only compiles.
///
/// # Errors
///
/// When this processor is not supported.
pub fn compiler() -> Result<wasmtime::Engine, EngineError> {
    Ok(wasmtime::Engine::new(&compiler_config())?)
}

/// The same, with the functions of earlier versions at hand.
///
/// # Errors
///
/// As [`compiler`].
pub fn incremental_compiler(functions: &Arc<Functions>) -> Result<wasmtime::Engine, EngineError> {
    let mut config = compiler_config();
    config.enable_incremental_compilation(Arc::clone(functions) as Arc<dyn CacheStore>)?;
    Ok(wasmtime::Engine::new(&config)?)
}
