//! Packages that no list names: those of modules that were once Python's own, and those that everybody means who imports a module.
//!
//! Only names that are written down here are ever asked for: a name that is merely guessed may be anybody's package.

use std::path::PathBuf;

use doverb_compile::files::MAX_BYTES;
use doverb_compile::regular_file;

use super::imports::modules;
use super::lacking::Lacking;

/// Modules that were Python's own, with the packages that have them now.
const ONCE_PYTHONS: [(&str, &[&str]); 18] = [
    ("aifc", &["standard-aifc", "standard-chunk"]),
    ("asynchat", &["standard-asynchat", "standard-asyncore"]),
    ("asyncore", &["standard-asyncore"]),
    ("cgi", &["legacy-cgi"]),
    ("cgitb", &["legacy-cgi"]),
    ("chunk", &["standard-chunk"]),
    ("distutils", &["standard-distutils"]),
    ("imghdr", &["standard-imghdr"]),
    ("imp", &["zombie-imp"]),
    ("mailcap", &["standard-mailcap"]),
    ("nntplib", &["standard-nntplib"]),
    ("pipes", &["standard-pipes"]),
    ("smtpd", &["standard-smtpd", "standard-asynchat", "standard-asyncore"]),
    ("sndhdr", &["standard-sndhdr"]),
    ("sunau", &["standard-sunau"]),
    ("telnetlib", &["standard-telnetlib"]),
    ("uu", &["standard-uu"]),
    ("xdrlib", &["standard-xdrlib"]),
];

/// Modules that programs import whose authors had a package installed and wrote no list, with these packages. What cannot do without
/// compiled parts is none of them.
const WELL_KNOWN: [(&str, &str); 56] = [
    ("arrow", "arrow"),
    ("attr", "attrs"),
    ("attrs", "attrs"),
    ("babel", "Babel"),
    ("bottle", "bottle"),
    ("bs4", "beautifulsoup4"),
    ("cachetools", "cachetools"),
    ("certifi", "certifi"),
    ("chevron", "chevron"),
    ("click", "click"),
    ("colorama", "colorama"),
    ("dateutil", "python-dateutil"),
    ("decouple", "python-decouple"),
    ("defusedxml", "defusedxml"),
    ("docopt", "docopt"),
    ("docutils", "docutils"),
    ("dotenv", "python-dotenv"),
    ("feedparser", "feedparser"),
    ("flask", "Flask"),
    ("html5lib", "html5lib"),
    ("httpx", "httpx"),
    ("humanize", "humanize"),
    ("idna", "idna"),
    ("itsdangerous", "itsdangerous"),
    ("jinja2", "Jinja2"),
    ("jwt", "PyJWT"),
    ("mako", "Mako"),
    ("markdown", "Markdown"),
    ("markdown2", "markdown2"),
    ("markdown_it", "markdown-it-py"),
    ("markupsafe", "MarkupSafe"),
    ("mistune", "mistune"),
    ("more_itertools", "more-itertools"),
    ("packaging", "packaging"),
    ("passlib", "passlib"),
    ("peewee", "peewee"),
    ("prometheus_client", "prometheus-client"),
    ("pygments", "Pygments"),
    ("pyotp", "pyotp"),
    ("pystache", "pystache"),
    ("pytz", "pytz"),
    ("requests", "requests"),
    ("rich", "rich"),
    ("schedule", "schedule"),
    ("simplejson", "simplejson"),
    ("six", "six"),
    ("slugify", "python-slugify"),
    ("sortedcontainers", "sortedcontainers"),
    ("tabulate", "tabulate"),
    ("termcolor", "termcolor"),
    ("toml", "toml"),
    ("urllib3", "urllib3"),
    ("webob", "WebOb"),
    ("werkzeug", "Werkzeug"),
    ("xmltodict", "xmltodict"),
    ("yaml", "PyYAML"),
];

/// The modules that a package has of which it is asked for here.
pub(super) fn modules_of(package: &str) -> impl Iterator<Item = &'static str> {
    let once = ONCE_PYTHONS.iter().filter(move |(_, packages)| packages.contains(&package));
    let known = WELL_KNOWN.iter().filter(move |(_, name)| *name == package);
    once.map(|(module, _)| *module).chain(known.map(|(module, _)| *module))
}

/// The packages of modules that were once Python's own, and that a source imports.
pub(super) fn once_pythons(sources: &[PathBuf]) -> Vec<&'static str> {
    let mut packages = Vec::new();
    // A script may have no ending.
    let is_python = |file: &&PathBuf| file.extension().is_none_or(|extension| extension == "py");
    let sources: Vec<_> = sources.iter().filter(is_python).collect();
    let is_there =
        |module: &str| sources.iter().any(|file| file.file_stem().is_some_and(|stem| stem == module));
    for source in &sources {
        let text = regular_file::text(source, MAX_BYTES).unwrap_or_default();
        let imported = modules(&text);
        for (module, names) in ONCE_PYTHONS {
            if imported.contains(module) && !is_there(module) {
                packages.extend(names);
            }
        }
    }
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// The packages without which a program failed that lacks this, of those that everybody knows.
pub(super) fn lacking(lacking: &Lacking<'_>) -> Vec<&'static str> {
    let known = WELL_KNOWN.iter().filter(|(module, _)| lacking.has(module));
    let mut packages: Vec<_> = known.map(|(_, package)| *package).collect();
    packages.dedup();
    packages
}

/// What is said of them.
pub(super) fn told(packages: &[&str]) -> String {
    format!(
        "no list names {}, which the program imports: what is newest is installed. A requirements.txt beside the file says which \
         version is meant",
        packages.join(", ")
    )
}

/// Those that were needed before, as a note of an earlier build has them.
pub(super) fn noted(note: &[u8]) -> Vec<&'static str> {
    let names: Vec<String> = serde_json::from_slice(note).unwrap_or_default();
    let known = WELL_KNOWN.iter().map(|(_, package)| *package);
    let mut packages: Vec<_> = known.filter(|package| names.iter().any(|name| name == package)).collect();
    packages.dedup();
    packages
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::SourceCause;

    #[test]
    fn what_was_once_pythons_is_a_package_unless_it_lies_beside() {
        let folder = tempfile::tempdir().unwrap();
        let (app, own) = (folder.path().join("app.py"), folder.path().join("uu.py"));
        fs::write(&app, "import cgi, uu\nimport telnetlib\nfrom distutils.util import strtobool\n").unwrap();
        fs::write(&own, "").unwrap();
        assert_eq!(
            once_pythons(&[app.clone(), own]),
            ["legacy-cgi", "standard-distutils", "standard-telnetlib"]
        );
        assert_eq!(
            once_pythons(&[app]),
            ["legacy-cgi", "standard-distutils", "standard-telnetlib", "standard-uu"]
        );
    }

    #[test]
    fn a_package_that_everybody_knows_is_found_by_its_module() {
        let failure = SourceCause::Build { errors: 1, first: String::new() };
        let lacks = |module: &str| {
            let told = format!("Traceback ...\nModuleNotFoundError: No module named '{module}'\n");
            lacking(&Lacking::of(&told, &failure, None))
        };
        assert_eq!(lacks("yaml"), ["PyYAML"]);
        assert!(lacks("yaml.reader").is_empty(), "yaml is there, and another one");
        assert!(lacks("no_such_module").is_empty());
        assert_eq!(noted(br#"["PyYAML", "anything"]"#), ["PyYAML"], "whatever a note says");
        assert_eq!(modules_of("attrs").collect::<Vec<_>>(), ["attr", "attrs"]);
    }
}
