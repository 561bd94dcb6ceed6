//! What the fuzzer must reach although it is the command's own.

use std::path::Path;

use super::config::{Config, Fixed, ServerTable};
use super::plan::Settings;

/// Where the mounts of a doverb.toml with this text are, as a server that runs reads it.
///
/// # Errors
///
/// Why it can't be used, in the lines that the operator is shown.
pub fn config(text: &str) -> Result<Vec<String>, String> {
    // A handler that is not there is waited for.
    let fixed = Fixed { server: ServerTable::default(), max_memory: usize::MAX };
    let path = Path::new("/nonexistent/doverb.toml");
    let config =
        Config::of(text, path, &Settings::default(), Some(&fixed)).map_err(|error| error.to_string())?;
    Ok(config.mounts.iter().map(|mount| mount.route.to_string()).collect())
}
