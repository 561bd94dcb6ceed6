//! Packages that have one file for `import` and another for `require`, of which Node, that knows nothing of the field `module`, has one:
//! two would have classes of the same names that are not the same.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::graph::MAX_SOURCE;
use super::paths::folder_of;
use super::scan::Way;
use doverb_compile::regular_file;

/// What packages were asked for, and which files they gave.
#[derive(Debug, Default)]
pub(super) struct Asked(BTreeMap<(PathBuf, String), HashMap<Way, PathBuf>>);

impl Asked {
    pub(super) fn note(&mut self, specifier: &str, way: Way, found: &Path) {
        if let Some(folder) = folder_of(found) {
            let ways = self.0.entry((folder, specifier.to_owned())).or_default();
            ways.insert(way, found.to_owned());
        }
    }

    /// The files that are to be in the places of others.
    pub(super) fn twins(&self) -> HashMap<PathBuf, PathBuf> {
        let mut twins = HashMap::new();
        for ((folder, _), ways) in &self.0 {
            if let (Some(imported), Some(required)) = (ways.get(&Way::Import), ways.get(&Way::Require))
                && imported != required
                && has_module_alone(folder)
            {
                twins.insert(imported.clone(), required.clone());
            }
        }
        twins
    }
}

/// Whether the package has its file for `import` by that field, and not by Node's rules.
fn has_module_alone(folder: &Path) -> bool {
    let text = regular_file::text(&folder.join("package.json"), MAX_SOURCE).unwrap_or_default();
    let package: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    package.get("exports").is_none() && package["module"].is_string()
}
