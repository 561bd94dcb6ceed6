//! What stands in a doverb.toml: it is taken as it is written, or refused in lines that steer no terminal.

use std::collections::BTreeSet;

use toml::{Table, Value};

// The command has no library of its own.
#[allow(dead_code, unreachable_pub, missing_docs)]
#[path = "../../../../host/cli/src/cli/mod.rs"]
mod cli;

/// Bytes that are said of a file that is refused.
const MOST_SAID: usize = 16 * 1024 + 64;
/// The tables that there are.
const TABLES: [&str; 3] = ["defaults", "mount", "server"];

/// The bytes are the file's.
///
/// # Panics
///
/// When a file is taken that says something else, or refused in other than a few plain lines.
pub fn check(data: &[u8]) {
    // What is no text is refused before.
    let Ok(text) = std::str::from_utf8(data) else { return };
    match cli::fuzz::config(text) {
        Ok(places) => {
            let table: Table = text.parse().expect("what is taken is TOML");
            assert!(table.keys().all(|key| TABLES.contains(&&**key)), "{table:?}");
            let mounts = table.get("mount").and_then(Value::as_array).expect("it has mounts");
            assert_eq!(places.len(), mounts.len(), "{table:?}");
            assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), places.len(), "{places:?}");
            for (place, mount) in places.iter().zip(mounts) {
                let said = |key: &str| mount.get(key).and_then(Value::as_str);
                let (path, host) = (said("path").expect("it has a path"), said("host").unwrap_or_default());
                assert!(path.starts_with('/') && said("handler").is_some(), "{mount:?}");
                // The root of all names is left out.
                let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
                assert!(place.to_ascii_lowercase().starts_with(&host), "{place} of {mount:?}");
            }
        }
        Err(said) => {
            assert!(said.starts_with("error: ") && said.len() <= MOST_SAID, "{said}");
            let steers = |character: char| {
                (character.is_control() && character != '\n')
                    || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!said.contains(steers), "{said:?}");
        }
    }
}
