//! Where an import leads on the disk: by Node's rules for packages, a bundler's for browsers, and TypeScript's.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use doverb_compile::regular_file;
use oxc_resolver::{
    FileMetadata, FileSystem, FileSystemOs, ResolveError, ResolveOptions, ResolverGeneric, TsconfigDiscovery,
};

use super::decorators::Decorators;
use super::graph::{EXTENSIONS, MAX_SOURCE};
use super::scan::Way;
use super::translate::Jsx;

/// Finds files. What it has seen it need not look for again.
pub(super) struct Finder {
    imported: ResolverGeneric<Disk>,
    required: ResolverGeneric<Disk>,
    of_node: ResolverGeneric<Disk>,
    required_of_node: ResolverGeneric<Disk>,
    /// What was wrong with a tsconfig.json that then did not count.
    troubles: RefCell<BTreeSet<String>>,
}

/// The disk, but what is read of it is a file with an end: nobody waits for the writer of a pipe that is called package.json.
struct Disk(FileSystemOs);

impl FileSystem for Disk {
    fn new() -> Disk {
        Disk(FileSystemOs::new())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        regular_file::read(path, MAX_SOURCE)
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        regular_file::text(path, MAX_SOURCE)
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        FileSystem::metadata(&self.0, path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        FileSystem::symlink_metadata(&self.0, path)
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        FileSystem::read_link(&self.0, path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        FileSystem::canonicalize(&self.0, path)
    }
}

/// What there is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    File(PathBuf),
    /// The package says that there is nothing of it where there is no Node.
    Ignored,
    Nothing,
}

impl Finder {
    pub(super) fn new() -> Finder {
        let imported = ResolverGeneric::<Disk>::new(options(Way::Import));
        let required = imported.clone_with_options(options(Way::Require));
        let of_node = imported.clone_with_options(options_of_node(Way::Import));
        let required_of_node = imported.clone_with_options(options_of_node(Way::Require));
        Finder { imported, required, of_node, required_of_node, troubles: RefCell::default() }
    }

    /// The file that Node would take of a package.
    pub(super) fn find_for_node(&self, from: &Path, specifier: &str, way: Way) -> Option<PathBuf> {
        let resolver = match way {
            Way::Import => &self.of_node,
            Way::Require => &self.required_of_node,
        };
        resolver.resolve_file(from, specifier).ok().map(|found| found.into_path_buf())
    }

    pub(super) fn find(&self, from: &Path, specifier: &str, way: Way) -> Found {
        let resolver = match way {
            Way::Import => &self.imported,
            Way::Require => &self.required,
        };
        match resolver.resolve_file(from, specifier) {
            Ok(found) => Found::File(found.into_path_buf()),
            Err(ResolveError::Ignored(_)) => Found::Ignored,
            Err(ResolveError::NotFound(_)) => Found::Nothing,
            Err(trouble) => self.find_without_tsconfig(from, specifier, way, &trouble),
        }
    }

    /// A tsconfig.json may name a configuration that is not installed, or a project that is not there: the files are, all the same.
    fn find_without_tsconfig(&self, from: &Path, specifier: &str, way: Way, trouble: &ResolveError) -> Found {
        let options = ResolveOptions { tsconfig: None, ..options(way) };
        match self.imported.clone_with_options(options).resolve_file(from, specifier) {
            Ok(found) => {
                self.troubles.borrow_mut().insert(format!("tsconfig.json does not count: {trouble}"));
                Found::File(found.into_path_buf())
            }
            Err(ResolveError::Ignored(_)) => Found::Ignored,
            Err(_) => Found::Nothing,
        }
    }

    /// What is to be told of it.
    pub(super) fn troubles(&self) -> BTreeSet<String> {
        self.troubles.take()
    }
}

impl Finder {
    /// What the tsconfig.json of a file says of JSX.
    pub(super) fn jsx(&self, path: &Path) -> Jsx {
        let Ok(Some(config)) = self.imported.find_tsconfig(path) else { return Jsx::default() };
        let options = &config.compiler_options;
        Jsx {
            is_classic: options.jsx.as_deref() == Some("react"),
            import_source: options.jsx_import_source.clone(),
            factory: options.jsx_factory.clone(),
            fragment_factory: options.jsx_fragment_factory.clone(),
        }
    }

    /// What the tsconfig.json of a file says of decorators.
    pub(super) fn decorators(&self, path: &Path) -> Decorators {
        let Ok(Some(config)) = self.imported.find_tsconfig(path) else { return Decorators::default() };
        let options = &config.compiler_options;
        match options.experimental_decorators {
            Some(true) => {
                Decorators::Legacy { emits_metadata: options.emit_decorator_metadata.unwrap_or_default() }
            }
            _ => Decorators::Standard,
        }
    }
}

fn options(way: Way) -> ResolveOptions {
    let alias = |js: &str, ts: &[&str]| {
        (js.to_owned(), [&[js], ts].concat().into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    // A worker is a browser without a document, which is what a handler is.
    let (conditions, fields): (&[&str], &[&str]) = match way {
        Way::Import => {
            (&["doverb", "worker", "browser", "import", "module", "default"], &["browser", "module", "main"])
        }
        Way::Require => (&["doverb", "worker", "browser", "require", "default"], &["browser", "main"]),
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    ResolveOptions {
        alias_fields: vec![vec!["browser".into()]],
        condition_names: owned(conditions),
        extensions: EXTENSIONS.map(String::from).into(),
        // TypeScript lets one import what a file will be called once it is compiled.
        extension_alias: vec![
            alias(".js", &[".ts", ".tsx"]),
            alias(".mjs", &[".mts"]),
            alias(".cjs", &[".cts"]),
            alias(".jsx", &[".tsx"]),
        ],
        main_fields: owned(fields),
        node_path: false,
        tsconfig: Some(TsconfigDiscovery::Auto),
        ..ResolveOptions::default()
    }
}

fn options_of_node(way: Way) -> ResolveOptions {
    let (conditions, fields): (&[&str], &[&str]) = match way {
        Way::Import => (&["doverb", "node", "import", "module", "default"], &["module", "main"]),
        Way::Require => (&["doverb", "node", "require", "default"], &["main"]),
    };
    ResolveOptions {
        alias_fields: Vec::new(),
        condition_names: conditions.iter().map(|name| (*name).to_owned()).collect(),
        main_fields: fields.iter().map(|name| (*name).to_owned()).collect(),
        ..options(way)
    }
}

/// The package that an import names, unless it names a file.
pub(super) fn package(specifier: &str) -> Option<&str> {
    let is_name = |first: char| first.is_ascii_alphanumeric() || first == '@';
    // What begins like an alias of the project's own is no package of npm's.
    if !specifier.starts_with(is_name) || specifier.starts_with("@/") || specifier.contains(':') {
        return None;
    }
    let parts = if specifier.starts_with('@') { 2 } else { 1 };
    let end = specifier.match_indices('/').nth(parts - 1).map_or(specifier.len(), |(at, _)| at);
    Some(&specifier[..end])
}

#[cfg(test)]
mod tests {
    use super::package;

    #[test]
    fn a_package_is_named_by_the_beginning_of_an_import() {
        assert_eq!(package("left-pad"), Some("left-pad"));
        assert_eq!(package("zod/v4/mini"), Some("zod"));
        assert_eq!(package("@scope/name/deep"), Some("@scope/name"));
        for other in ["./a.js", "/a.js", "#inner", "@/lib/a.js", "https://x/y.js", ""] {
            assert_eq!(package(other), None, "{other}");
        }
    }
}
