//! JavaScript and TypeScript: a file, or a folder with an entry of a usual name.
//!
//! The modules are read first, to know which class handles requests and so what the component exports; then they are
//! put into a folder of ours, without types, and QuickJS runs them there.

mod beside;
mod classes;
mod code_frame;
mod common_facts;
mod component;
mod data;
mod decorators;
mod depth;
mod facts;
mod finder;
mod fuse;
mod globals;
mod graph;
mod insisted;
mod late;
mod library;
mod link;
mod misnamed;
mod module;
mod names;
mod node;
mod pages;
mod paths;
mod quickjs;
mod requests;
mod scan;
mod serving;
mod snapshot;
mod snippets;
mod stub;
mod translate;
mod twins;
mod types;
mod web;

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::build_dir::{BuildDir, CONTRACT, DEPENDENCIES};
use crate::depfiles::Inputs;
use crate::error::SourceCause;
use crate::javascript_markers::JAVASCRIPT_MARKERS;
use crate::options::SourceOptions;
use crate::sources::{Sources, named_after};
use classes::Handler;
use depth::Depth;
use doverb_compile::{Digest, Progress, regular_file};
use doverb_wit::OUTGOING;
use graph::Graph;
use translate::Promises;
use types::{Begun, Check};

pub use depth::try_in_child;
pub use snapshot::in_child;

const MANIFEST: &str = "package.json";
/// How long a version is kept that was built.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How many errors are shown.
const MAX_SHOWN: usize = 20;

/// The entry of a folder whose package.json names none.
fn usual_entry(folder: &Path) -> Option<PathBuf> {
    let names = JAVASCRIPT_MARKERS.iter().filter(|name| **name != MANIFEST);
    names.map(|name| folder.join(name)).find(|path| path.is_file())
}

/// A handler in JavaScript or TypeScript.
#[derive(Debug)]
pub(super) struct JavaScript {
    /// The file or folder that the user named.
    root: PathBuf,
    options: SourceOptions,
    build_dir: BuildDir,
    /// What the last look has read.
    files: BTreeSet<PathBuf>,
    /// Whether it was said that nothing checks the types.
    said_unchecked: bool,
    /// Files that may be nested deeply, and were tried.
    fit: HashSet<Digest>,
    /// What the last component has its code of.
    runtime: String,
}

/// As much of a package.json as says where its code begins.
#[derive(Debug, Default, Deserialize)]
struct Package {
    exports: Option<serde_json::Value>,
    module: Option<String>,
    main: Option<String>,
}

/// Takes up a file, or a folder with an entry.
pub(super) fn open(
    path: PathBuf,
    options: &SourceOptions,
    _progress: &mut dyn Progress,
) -> Result<Box<dyn Sources>, SourceCause> {
    Ok(Box::new(JavaScript::open(path, options)?))
}

impl JavaScript {
    fn open(root: PathBuf, options: &SourceOptions) -> Result<JavaScript, SourceCause> {
        // What one source is built to depends on these.
        let choice = format!("{:?} {}", options.class, options.web_apis);
        let build_dir = BuildDir::open(&root.join(Digest::of(choice.as_bytes()).to_string()))?;
        let files = BTreeSet::from([root.clone()]);
        let options = options.clone();
        let mut source = JavaScript {
            files,
            root,
            options,
            build_dir,
            said_unchecked: false,
            fit: HashSet::new(),
            runtime: String::new(),
        };
        // So that the inputs are known before the first build.
        if let Ok(entry) = source.entry() {
            source.read(&entry);
        }
        Ok(source)
    }

    fn is_folder(&self) -> bool {
        self.root.is_dir()
    }

    /// The file that the code begins in.
    fn entry(&self) -> Result<PathBuf, SourceCause> {
        if !self.is_folder() {
            return Ok(self.root.clone());
        }
        let manifest = self.root.join(MANIFEST);
        if let Ok(text) = regular_file::text(&manifest, graph::MAX_SOURCE) {
            let package: Package = serde_json::from_str(&text).map_err(|error| SourceCause::Build {
                errors: 0,
                first: format!("package.json:{}:{}: {error}", error.line(), error.column()),
            })?;
            if let Some(named) = package.entry() {
                let path = self.root.join(named.strip_prefix("./").unwrap_or(&named));
                return file_or_folder(&path).ok_or_else(|| no_entry(&named));
            }
        }
        usual_entry(&self.root).ok_or_else(|| {
            let first =
                "package.json names no \"main\", and there is no index, app, main or server (.js or .ts), here or in src";
            SourceCause::Build { errors: 0, first: first.to_owned() }
        })
    }

    /// The folder that names are relative to: the package's, or the file's own.
    fn base(&self) -> PathBuf {
        if self.is_folder() {
            return self.root.clone();
        }
        let folder = self.root.parent().unwrap_or(&self.root);
        let package = folder.ancestors().find(|folder| folder.join(MANIFEST).is_file());
        package.unwrap_or(folder).to_owned()
    }

    /// Where a name is in a module of the user's, as it is told.
    fn place_of(graph: &Graph, module: usize, name: &str) -> String {
        let module = &graph.modules[module];
        let file = module.name.strip_prefix("app/").unwrap_or(&module.name);
        let text = module.source.as_deref().unwrap_or_default();
        let (line, column) = translate::place(text, text.find(name).unwrap_or(0));
        format!("{file}:{line}:{column}")
    }

    /// Removes what was made long ago: the versions of a day's work add up.
    fn tidy(&self) {
        let is_old = |entry: &fs::DirEntry| {
            let changed = entry.metadata().and_then(|metadata| metadata.modified());
            changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > KEPT))
        };
        for entry in fs::read_dir(self.build_dir.path("")).into_iter().flatten().flatten().filter(is_old) {
            // Whatever cannot be removed is tried again the next time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }

    fn promises(&self) -> Promises {
        if self.options.web_apis { Promises::Engine } else { Promises::Ours }
    }

    fn read(&mut self, entry: &Path) -> Graph {
        let promises = self.promises();
        let (base, builder) = (self.base(), self.options.builder.clone());
        let mut depth = Depth { builder: builder.as_deref(), fit: &mut self.fit };
        let read = depth::with_room(|| graph::read(entry, &base, promises, &mut depth));
        let graph = read.unwrap_or_else(|error| Graph {
            faults: vec![format!("{}: it cannot be translated: {error}", entry.display())],
            ..Graph::default()
        });
        self.files = graph.files.clone();
        self.files.insert(entry.to_owned());
        graph
    }

    /// Puts everything that the component is made of into a folder in the build folder, and names it. Its name is by the
    /// content, so that what was made there before is still right, and nobody else makes something different there.
    fn lay_out(
        &self,
        graph: &Graph,
        handler: &Handler,
        progress: &mut dyn Progress,
    ) -> Result<String, SourceCause> {
        let written = component::write(graph, handler, self.promises(), progress);
        let appendix = component::appendix(graph, handler).map(|text| (handler.module, text));
        let modules = link::link(graph, appendix);
        let sdk: Vec<(&str, &str)> = doverb_sdk_js::files(self.options.web_apis).collect();
        let own = modules.iter().map(|(name, text)| (&name[..], &text[..]));
        let own: Vec<(&str, &str)> = own.chain([("entry.js", &written.entry[..])]).collect();
        // Its clocks are the SDK's, which has more of them.
        let of_http = OUTGOING.iter().filter(|(name, _)| *name != "clocks.wit");
        let of_http: Vec<(&str, &str)> = of_http.copied().collect();
        let parts: [(&str, &[(&str, &str)]); 7] = [
            ("wit", &[("world.wit", &written.world)]),
            ("wit/deps/doverb", CONTRACT),
            ("wit/deps", DEPENDENCIES),
            ("wit/deps", &of_http),
            ("wit/deps", doverb_sdk_js::WASI),
            ("modules/sdk", &sdk),
            ("modules", &own),
        ];
        let files = parts.iter().flat_map(|(folder, files)| files.iter().map(move |file| (folder, file)));
        let listed =
            files.map(|(folder, (name, text))| format!("{folder}/{name} {}\n", Digest::of(text.as_bytes())));
        // Another engine makes another component of the same files.
        let all: String = listed.chain([quickjs::ORIGIN.to_owned()]).collect();
        let name = Digest::of(all.as_bytes()).to_string()[..16].to_owned();
        for (folder, files) in parts {
            self.build_dir.unpack(&format!("{name}/{folder}"), files)?;
        }
        Ok(name)
    }

    /// Shows what is wrong with the types, and refuses them if that is wanted.
    fn judge(&mut self, types: Begun, progress: &mut dyn Progress) -> Result<(), SourceCause> {
        let strict = self.options.strict_types;
        let errors = match types {
            Begun::Plain => return Ok(()),
            Begun::Missing if strict => {
                let install = "npm install --save-dev typescript, in the handler's project".to_owned();
                return Err(SourceCause::Missing { tool: "npm's typescript, or node".into(), install });
            }
            Begun::Missing => None,
            Begun::Running(check) => check.end(progress),
        };
        if progress.cancelled() {
            return Err(SourceCause::Cancelled);
        }
        let Some(errors) = errors else {
            if !std::mem::replace(&mut self.said_unchecked, true) {
                progress.note("nothing checks the types; with npm install --save-dev typescript they are");
            }
            return Ok(());
        };
        let Some(first) = errors.first() else { return Ok(()) };
        let shown = errors.iter().take(MAX_SHOWN).map(String::as_str);
        if strict {
            progress.diagnostics(&code_frame::shown(shown, &self.base(), progress.color()));
            return Err(SourceCause::Build { errors: errors.len(), first: first.clone() });
        }
        for line in shown {
            progress.note(line);
        }
        Ok(())
    }

    /// Makes the component of what was laid out in a folder.
    fn make(
        &self,
        folder: &Path,
        graph: &Graph,
        progress: &mut dyn Progress,
    ) -> Result<Vec<u8>, SourceCause> {
        if self.options.web_apis {
            return web::componentize(folder, &self.base(), graph, progress);
        }
        let code = snapshot::code(folder, &self.options.compile, progress)?;
        let made = match &self.options.builder {
            Some(builder) => snapshot::confined(builder, folder, code, progress)?,
            // SAFETY: it is what `native_code` gave for the folder's engine.
            None => unsafe { in_child(folder, &code) },
        };
        made.map_err(|thrown| failed(graph, &thrown, &self.base(), progress))
    }
}

impl Sources for JavaScript {
    fn root(&self) -> &Path {
        &self.root
    }

    fn wasm_name(&self) -> String {
        named_after(&self.root, self.is_folder())
    }

    fn runtime(&self) -> Option<&str> {
        Some(&self.runtime)
    }

    fn build(&mut self, progress: &mut dyn Progress) -> Result<PathBuf, SourceCause> {
        progress.step(&format!("Building {}", self.wasm_name()));
        let entry = self.entry()?;
        let mut graph = self.read(&entry);
        for (module, name, why) in names::faults(&graph) {
            let place = JavaScript::place_of(&graph, module, &name);
            graph.faults.push(format!("{place}: {why}"));
        }
        if let Some(first) = graph.faults.first() {
            let shown = graph.faults.iter().take(MAX_SHOWN).map(String::as_str);
            progress.diagnostics(&code_frame::shown(shown, &self.base(), progress.color()));
            return Err(SourceCause::Build { errors: graph.faults.len(), first: first.clone() });
        }
        for note in &graph.notes {
            progress.note(note);
        }
        let handler = misnamed::choose(&graph, self.options.class.as_deref())?;
        let folder = self.build_dir.path(&self.lay_out(&graph, &handler, progress)?);
        self.runtime = match self.options.web_apis {
            true => "componentize-js".to_owned(),
            false => snapshot::runtime(&folder),
        };
        let types = Check::begin(&entry, &self.base(), folder.join("types"));
        let wasm = folder.join(self.wasm_name());
        let made = match wasm.is_file() {
            true => Ok(()),
            false => self.make(&folder, &graph, progress).and_then(|component| {
                self.tidy();
                self.build_dir.write(&wasm, &component)
            }),
        };
        self.judge(types, progress)?;
        made?;
        // What its modules do comes first, as it is what its author may have to mend before.
        misnamed::methodless(&handler).map_or(Ok(wasm), Err)
    }

    fn inputs(&self) -> Inputs {
        let mut inputs = Inputs { files: self.files.clone(), ..Inputs::default() };
        if self.is_folder() {
            inputs.files.remove(&self.root);
            inputs.files.insert(self.root.join(MANIFEST));
            inputs.folders.insert(self.root.clone());
        }
        inputs.files.retain(|file| file.parent().is_some_and(Path::is_dir));
        inputs
    }
}

impl Package {
    fn entry(self) -> Option<String> {
        self.exports.as_ref().and_then(exported).or(self.module).or(self.main)
    }
}

/// What a package exports as itself.
fn exported(exports: &serde_json::Value) -> Option<String> {
    match exports {
        serde_json::Value::String(path) => Some(path.clone()),
        serde_json::Value::Object(map) => {
            ["doverb", ".", "import", "module", "default"].iter().find_map(|key| exported(map.get(*key)?))
        }
        _ => None,
    }
}

/// The file that a "main" means, as Node has it: with an ending that is left out, or the entry of a folder.
fn file_or_folder(path: &Path) -> Option<PathBuf> {
    let with = |ending: &str| PathBuf::from(format!("{}{ending}", path.display()));
    let whole = path.is_file().then(|| path.to_owned());
    let mut endings = graph::EXTENSIONS.iter();
    whole
        .or_else(|| endings.find_map(|ending| Some(with(ending)).filter(|file| file.is_file())))
        .or_else(|| usual_entry(path))
}

fn no_entry(named: &str) -> SourceCause {
    SourceCause::Build {
        errors: 0,
        first: format!("package.json names {named:?}, and there is no such file"),
    }
}

/// What modules have thrown while they were run, its places in the user's own files.
fn failed(graph: &Graph, thrown: &str, base: &Path, progress: &mut dyn Progress) -> SourceCause {
    let mut lines = thrown.lines();
    let text = match lines.next().unwrap_or_default() {
        // The engine's words for it.
        line if line.contains("resulted in a dead lock") => {
            "the top level awaits what nothing settles while the component is made: a timer, or a server"
                .to_owned()
        }
        line => classed(line).to_owned(),
    };
    let mut first = None;
    let mut shown = vec![text.clone()];
    for line in lines.filter(|line| !line.trim().is_empty() && !is_ours(line)) {
        match frame(graph, line) {
            Some((before, place, after)) => {
                shown.push(format!("{before}{place}{after}"));
                first.get_or_insert(place);
            }
            None => shown.push(line.to_owned()),
        }
    }
    let frame = first.as_ref().and_then(|place| code_frame::of(place, base, progress.color()));
    progress.diagnostics(&format!("{}\n{}", shown.join("\n"), frame.unwrap_or_default()));
    let first = first.map_or_else(|| text.clone(), |place| format!("{place}: {text}"));
    SourceCause::Build { errors: 1, first }
}

/// What the engine calls `Error: RangeError: no start`, as all errors are errors to it.
fn classed(line: &str) -> &str {
    let inner = line.strip_prefix("Error: ").unwrap_or(line);
    let is_class =
        |name: &str| name.ends_with("Error") && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if inner.split_once(": ").is_some_and(|(name, _)| is_class(name)) { inner } else { line }
}

/// Whether a line of a stack is of what every component has.
fn is_ours(line: &str) -> bool {
    line.contains("/sdk/") || line.contains("(/entry.js:")
}

/// A line of a stack, cut around its place: `    at f (`, `src/app.ts:3:5`, `)`.
fn frame<'a>(graph: &Graph, line: &'a str) -> Option<(&'a str, String, &'a str)> {
    let start = ["/app/", "/out/"].iter().find_map(|root| line.find(root))?;
    let end = line[start..].find(')').map_or(line.len(), |end| start + end);
    let mut parts = line[start..end].rsplitn(3, ':');
    let column: u32 = parts.next()?.parse().ok()?;
    let row: u32 = parts.next()?.parse().ok()?;
    let file = parts.next()?;
    let module = graph.modules.iter().find(|module| file.strip_prefix('/') == Some(&module.name));
    let map = module.and_then(|module| module.translated.map.as_ref());
    let (row, column) = map.and_then(|map| map.original(row, column)).unwrap_or((row, column));
    let name = file.strip_prefix("/app/").or(file.strip_prefix("/out")).unwrap_or(file);
    Some((&line[..start], format!("{name}:{row}:{column}"), &line[end..]))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{SourceCause, classed, exported};
    use crate::Source;
    use doverb_compile::Silent;

    #[test]
    fn an_embedder_builds_in_its_own_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hello.ts");
        let class = "export default class extends doverb.BaseHTTPRequestHandler { do_GET(): void {} }";
        fs::write(&path, format!("import * as doverb from 'doverb';\n{class}")).unwrap();
        let mut source = Source::open(&path, &mut Silent).unwrap();
        let wasm = source.build(&mut Silent).unwrap();
        assert_eq!(source.name(), "hello.wasm");
        assert!(fs::read(&wasm).unwrap().starts_with(b"\0asm"));
        assert!(!wasm.starts_with(folder.path()), "nothing is put beside the sources");
        // Inside of a runtime, too.
        fs::write(&path, format!("import * as doverb from 'doverb';\n{class}\nthrow new Error('no');"))
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let error = runtime.block_on(async { source.build(&mut Silent) }).unwrap_err();
        let SourceCause::Build { errors: 1, first } = &error.cause else { panic!("{error}") };
        assert!(first.starts_with("hello.ts:3:") && first.ends_with(": Error: no"), "{first}");
    }

    #[test]
    fn an_error_keeps_its_class() {
        assert_eq!(classed("Error: RangeError: no start"), "RangeError: no start");
        for line in ["Error: no start", "Error: a b Error: c", "Error: at: noon"] {
            assert_eq!(classed(line), line);
        }
    }

    #[test]
    fn what_a_package_exports_is_found() {
        for (exports, path) in [
            (r#""./a.js""#, Some("./a.js")),
            (r#"{".": "./a.js", "./b": "./b.js"}"#, Some("./a.js")),
            (r#"{".": {"types": "./a.d.ts", "default": "./a.js"}}"#, Some("./a.js")),
            (r#"{"import": {"doverb": "./d.js", "default": "./a.js"}}"#, Some("./d.js")),
            (r#"{"./b": "./b.js"}"#, None),
        ] {
            let value = serde_json::from_str(exports).unwrap();
            assert_eq!(exported(&value).as_deref(), path, "{exports}");
        }
    }
}
