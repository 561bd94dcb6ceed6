//! What the operator has configured the handler with: `--config-value NAME=VALUE` and `--secret NAME=env:VARIABLE`.

use std::error::Error;
use std::fmt;

use crate::bindings::wasi::config::store as wit;

/// The value or secret of this name, if there is one.
///
/// ```no_run
/// # fn example() -> Result<(), doverb_guest::ConfigError> {
/// let title = doverb_guest::config("title")?.unwrap_or_else(|| "Guests".into());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// When the host cannot read it. Doverb's always can.
pub fn config(name: &str) -> Result<Option<String>, ConfigError> {
    wit::get(name).map_err(ConfigError::of)
}

/// All values, without the secrets.
///
/// # Errors
///
/// When the host cannot read them. Doverb's always can.
pub fn config_values() -> Result<Vec<(String, String)>, ConfigError> {
    wit::get_all().map_err(ConfigError::of)
}

/// Why a value cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    fn of(error: wit::Error) -> ConfigError {
        match error {
            wit::Error::Upstream(text) | wit::Error::Io(text) => ConfigError(text),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration cannot be read: {}", self.0)
    }
}

impl Error for ConfigError {}
