//! `doverb check`: whether a handler, or what a doverb.toml says, can be served, and what it takes.

use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use clap::Args;
use doverb::compile::Wasm;
use doverb::component::Component;
use doverb::handler::{Handler, HandlerOptions};
use doverb::log::escaped;
use serde_json::json;

use super::build::methods_of;
use super::config::Config;
use super::failure::Failure;
use super::grant_report::{Granted, Report};
use super::grants::Grants;
use super::made::{self, Made};
use super::plan::Settings;
use super::progress::Terminal;
use super::signals::Signals;
use super::source_args::SourceArgs;

const AFTER_HELP: &str = "\
A handler is built if it is a source, and told of: the methods that it serves, what it overrides, what it imports, and whether \
each of these is granted by the flags that stand here, and else which flag grants it. Of a doverb.toml it says what would be served \
where, and which of its lines grants what; what is wrong with it is shown with its line. Sources that it names are not built.

The exit status is 1 if it cannot be served here.

Examples:
  doverb check hello.wasm
  doverb check app.py --json
  doverb check app.py --keyvalue default=./data.redb
  doverb check doverb.toml";

/// Check a handler, or a doverb.toml.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Check {
    /// A component, a source file or folder, or a doverb.toml.
    #[arg(default_value = super::config::FILE_NAME)]
    file: PathBuf,
    /// Say it as an object of JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    grants: Grants,
    #[command(flatten)]
    sources: SourceArgs,
}

impl Check {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.file.extension().is_some_and(|extension| extension == "toml") && !is_manifest(&self.file) {
            if !self.file.exists() && self.file == Path::new(super::config::FILE_NAME) {
                let how = "name a FILE: doverb check app.py. Or write a doverb.toml";
                return Err(Failure::usage("nothing to check", how));
            }
            return self.check_config();
        }
        self.check_handler()
    }

    fn check_config(&self) -> Result<(), Failure> {
        let config = Config::read(&self.file, &Settings::default(), None);
        let config = config.map_err(|error| Failure::config(&error))?;
        let mounts = config.mounts.iter().zip(&config.granted);
        let mounts = mounts.map(|(plan, granted)| {
            let path = plan.target.path();
            (plan.route.to_string(), path, imports_of(path), granted)
        });
        if self.json {
            let told =
                |(route, path, imports, granted): (String, &Path, Option<Vec<String>>, &Vec<Granted>)| {
                    let imports = imports.map(|imports| {
                        let report = Report::of(&imports, granted);
                        imports.iter().map(|import| report.json(import)).collect::<Vec<_>>()
                    });
                    let granted: Vec<_> = granted.iter().map(|granted| &granted.by).collect();
                    json!({ "route": route, "handler": path, "granted": granted, "imports": imports })
                };
            let mounts: Vec<_> = mounts.map(told).collect();
            super::print(&json!({ "file": self.file, "mounts": mounts }).to_string());
            return Ok(());
        }
        let count = config.mounts.len();
        let s = if count == 1 { "" } else { "s" };
        super::print(&format!("{}: good, {count} mount{s}", self.file.display()));
        let width = config.mounts.iter().map(|plan| plan.route.to_string().len()).max().unwrap_or(0);
        for (route, path, imports, granted) in mounts {
            super::print(&format!("  {route:width$}  {}", path.display()));
            let lines = match imports {
                Some(imports) => Report::of(&imports, granted).lines(),
                None => granted.iter().map(|granted| format!("granted: {}", granted.by)).collect(),
            };
            lines.iter().for_each(|line| super::print(&format!("  {:width$}    {line}", "")));
        }
        Ok(())
    }

    fn check_handler(&self) -> Result<(), Failure> {
        self.grants.check()?;
        let signals = Signals::install().map_err(|error| Failure::failed("signals", error))?;
        let mut progress = Terminal::new(&signals);
        let Made { source, wasm, engine, component, .. } =
            made::make(&self.file, &self.sources, &signals, &mut progress)?;
        drop(progress);
        let name = self.file.display().to_string();
        let handler = Handler::new(&engine, &component, HandlerOptions::new(&name));
        let granted = Granted::of_flags(&self.grants);
        let told = Told {
            name: &name,
            language: source.language(),
            size: wasm.bytes().len() as u64,
            component,
            granted,
        };
        match (handler, self.json) {
            (Ok(handler), true) => super::print(&told.json(Ok(&handler)).to_string()),
            (Ok(handler), false) => told.lines(&handler).iter().for_each(|line| super::print(line)),
            (Err(error), true) => {
                super::print(&told.json(Err(error.to_string())).to_string());
                return Err(Failure::handler(&name, &error));
            }
            (Err(error), false) => return Err(Failure::handler(&name, &error)),
        }
        Ok(())
    }
}

/// A Cargo.toml stands for its folder.
fn is_manifest(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == "Cargo.toml")
}

/// What is said of a handler.
struct Told<'a> {
    name: &'a str,
    language: Option<&'static str>,
    size: u64,
    component: Component,
    granted: Vec<Granted>,
}

/// What a component imports; none of a source, which is not built.
fn imports_of(path: &Path) -> Option<Vec<String>> {
    let is_component = path.extension().is_some_and(|extension| extension == "wasm");
    let wasm = is_component.then(|| Wasm::read(path).ok()).flatten()?;
    Some(wasm.imports().iter().map(|import| escaped(import)).collect())
}

impl Told<'_> {
    /// The interfaces of the contract that it imports, of which version they are, and what else it imports.
    fn imports(&self) -> (Vec<String>, Option<String>, Vec<String>) {
        let (mut contract, mut version, mut others) = (Vec::new(), None, Vec::new());
        for import in self.component.imports() {
            match import.strip_prefix("doverb:handler/").and_then(|rest| rest.split_once('@')) {
                Some((interface, of)) => {
                    contract.push(escaped(interface));
                    version = version.or_else(|| Some(escaped(of)));
                }
                None => others.push(escaped(&import)),
            }
        }
        (contract, version, others)
    }

    fn lines(&self, handler: &Handler) -> Vec<String> {
        let (contract, version, others) = self.imports();
        let or_none = |words: &[String]| if words.is_empty() { "nothing".into() } else { words.join(", ") };
        let owned = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let language = self.language.map_or(String::new(), |language| format!(" in {language}"));
        let version = version.map_or(String::new(), |version| format!(" (version {version})"));
        let mut lines = vec![
            format!(
                "{}: can be served: a handler{language} of {}",
                self.name,
                ByteSize(self.size).display().iec()
            ),
            format!("  serves     {}", methods_of(handler)),
            format!("  overrides  {}", or_none(&owned(handler.overrides()))),
            format!("  contract   {}{version}", or_none(&contract)),
            format!("  imports    {}", or_none(&others)),
        ];
        let report = Report::of(&others, &self.granted).lines();
        let first = report.first().map_or("nothing is asked for", |line| &line[..]);
        lines.push(format!("  grants     {first}"));
        lines.extend(report.iter().skip(1).map(|line| format!("             {line}")));
        lines
    }

    fn json(&self, handler: Result<&Handler, String>) -> serde_json::Value {
        let (contract, version, others) = self.imports();
        let report = Report::of(&others, &self.granted);
        let imports: Vec<_> = others.iter().map(|name| report.json(name)).collect();
        let mut told = json!({
            "file": self.name,
            "language": self.language,
            "size": self.size,
            "contract": { "version": version, "interfaces": contract },
            "imports": imports,
            "can_be_served": handler.is_ok(),
        });
        match handler {
            Ok(handler) => {
                told["methods"] = handler.methods().collect();
                told["overrides"] = handler.overrides().into();
            }
            Err(why) => told["why"] = why.into(),
        }
        told
    }
}
