//! Files that are served as they are, for who works on them: pages show themselves anew when one has changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use doverb::compile::Progress;
use doverb::reload::Subject;
use doverb::server::development::Development;
use doverb::source::Stamp;

use super::plan::PlanTarget;

/// Files and folders that are looked at; of a larger site the rest is served all the same.
const MOST: usize = 10_000;

/// What is watched of a folder of files.
pub(super) struct ServedFiles {
    /// The folder, or what is served of it.
    roots: Vec<PathBuf>,
    development: Development,
    seen: Stamp,
}

impl ServedFiles {
    /// None for what is not files.
    pub(super) fn of(target: &PlanTarget, development: &Development) -> Option<ServedFiles> {
        let PlanTarget::Files { folder, only, .. } = target else { return None };
        let folder = std::path::absolute(folder).ok()?;
        let roots: Vec<_> = match only {
            Some(names) => names.iter().map(|name| folder.join(name)).collect(),
            None => vec![folder],
        };
        let seen = Stamp::take(all(&roots));
        Some(ServedFiles { roots, development: development.clone(), seen })
    }
}

impl Subject for ServedFiles {
    fn name(&self) -> String {
        let names: Vec<_> = self.roots.iter().map(|path| path.display().to_string()).collect();
        names.join(", ")
    }

    fn stamp(&self) -> Stamp {
        Stamp::take(all(&self.roots))
    }

    fn has_changed(&self) -> bool {
        self.stamp() != self.seen
    }

    fn watched(&self) -> BTreeSet<PathBuf> {
        let above = self.roots.iter().filter_map(|root| root.parent()).map(Path::to_owned);
        all(&self.roots).into_iter().filter(|path| path.is_dir()).chain(above).collect()
    }

    fn look(&mut self, _: bool, _: &mut dyn Progress) {
        let now = self.stamp();
        if now != self.seen {
            self.seen = now;
            self.development.changed();
        }
    }
}

/// Both files and folders. What is hidden is not served, and what a link leads to is not looked at.
fn all(roots: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut found: BTreeSet<PathBuf> = roots.iter().cloned().collect();
    let mut folders = roots.to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if found.len() >= MOST {
                return found;
            }
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
            found.insert(entry.path());
        }
    }
    found
}
