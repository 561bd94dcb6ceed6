//! What all components of Python have in common: the interpreter with its library and our SDK, made once for a user.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::accessors;
use super::words::Words;
use crate::build_dir::{BuildDir, CONTRACT, DEPENDENCIES, Lock};
use crate::error::SourceCause;
use crate::run;
use crate::tended::Usual;
use crate::world::{Told, world};
use doverb_compile::{CompileError, CompileOptions, Digest, Progress, Wasm};
use doverb_sdk_python::{FILES as SDK, METHODS, NATIVE};
use doverb_wit::OUTGOING;

const TOOL: &str = "componentize-py";
pub(super) const PACKAGE: &str = "componentize-py==0.25.1";
const BUILD_TIME: Usual = Usual::Build(Duration::from_secs(600));
/// Where systems have their time zones.
const ZONES: &str = "/usr/share/zoneinfo";
const ENVIRONMENT: &str = "package wasi:cli@0.2.0;\n\ninterface environment {\n  \
    get-environment: func() -> list<tuple<string, string>>;\n  get-arguments: func() -> list<string>;\n  \
    initial-cwd: func() -> option<string>;\n}\n";

/// What Python calls interfaces that have a name in common.
const NAMES: [&str; 4] = [
    "doverb:handler/types@0.1.0=types",
    "wasi:http/types@0.2.0=http_types",
    "doverb:outgoing/text@0.1.0=http_text",
    "doverb:keyvalue/text@0.1.0=stores_text",
];

/// The base of all programs.
#[derive(Debug)]
pub(super) struct Base {
    /// Its component.
    pub(super) wasm: Wasm,
    /// What is locked while it is compiled: programs that begin at the same time need its code once.
    lock: PathBuf,
}

impl Base {
    /// Its native code, which only running a program takes.
    pub(super) fn code(
        &self,
        options: &CompileOptions,
        progress: &mut dyn Progress,
    ) -> Result<Arc<[u8]>, SourceCause> {
        // Where there is no such file, as in a cache that cannot be written, each compiles for itself.
        let _lock = self.lock.is_file().then(|| Lock::take(&self.lock, progress)).transpose()?;
        Ok(self.wasm.native_code(options, progress).map_err(unusable)?.into())
    }
}

fn unusable(error: CompileError) -> SourceCause {
    SourceCause::of_compiling(error, |error| error.to_string())
}

/// Finds the tool that makes it.
pub(crate) fn tool() -> Result<PathBuf, SourceCause> {
    run::find(TOOL).ok_or_else(|| run::missing_from_pypi(TOOL, PACKAGE))
}

/// The base that a package of Doverb has brought, if it is this version's.
pub(crate) fn shipped(folder: Option<&Path>) -> Option<PathBuf> {
    let file = folder?.join(format!("{}.wasm", name(&base_world())));
    file.is_file().then_some(file)
}

/// A name that no base has which is made of anything else.
fn name(world: &str) -> String {
    let texts = SDK.iter().chain(CONTRACT).chain(DEPENDENCIES).chain(OUTGOING).map(|(_, text)| *text);
    let texts = texts.chain([PACKAGE, env!("CARGO_PKG_VERSION"), world]).map(str::as_bytes);
    let made_of: Vec<u8> = texts.chain(NATIVE.iter().map(|(_, code)| *code)).flatten().copied().collect();
    format!("python-{}", &Digest::of(&made_of).to_string()[..16])
}

/// The base: the one that was shipped, else one that is made if it is not there yet.
pub(super) fn open(
    build_dir: &BuildDir,
    shipped_in: Option<&Path>,
    progress: &mut dyn Progress,
) -> Result<Base, SourceCause> {
    let world = base_world();
    let folder = build_dir.shared(&name(&world));
    let lock = folder.join("compiling");
    // One that is damaged is as good as none.
    let shipped = shipped(shipped_in).and_then(|file| Wasm::read(&file).ok());
    let wasm = shipped.map_or_else(|| own(&folder, &world, progress), Ok)?;
    if !lock.is_file() {
        let _ = fs::create_dir_all(&folder).and_then(|()| fs::write(&lock, ""));
    }
    Ok(Base { wasm: wasm.of_runtime(Some(PACKAGE)), lock })
}

/// The one that is made here, once.
fn own(folder: &Path, world: &str, progress: &mut dyn Progress) -> Result<Wasm, SourceCause> {
    let file = folder.join("python.wasm");
    if !file.is_file() {
        make(folder, &file, world, progress)?;
    }
    Wasm::read(&file).map_err(unusable)
}

fn make(folder: &Path, file: &Path, world: &str, progress: &mut dyn Progress) -> Result<(), SourceCause> {
    let failed =
        |error: std::io::Error| SourceCause::BuildDir { path: folder.to_owned(), reason: error.to_string() };
    fs::create_dir_all(folder).map_err(failed)?;
    let _lock = Lock::take(&folder.join("lock"), progress)?;
    if file.is_file() {
        // Another build has made it meanwhile.
        return Ok(());
    }
    let tool = tool()?;
    progress.step("Making a Python for components, once");
    let files = SDK.iter().map(|(name, text)| (format!("sdk/{name}"), *text));
    let contract = CONTRACT.iter().map(|(name, text)| (format!("wit/deps/doverb/{name}"), *text));
    let dependencies = DEPENDENCIES.iter().chain(OUTGOING);
    let dependencies = dependencies.map(|(name, text)| (format!("wit/deps/{name}"), *text));
    let others = [
        ("wit/deps/cli.wit".to_owned(), ENVIRONMENT),
        ("wit/world.wit".to_owned(), world),
        ("entry/doverb_entry.py".to_owned(), "from doverb.entry import WitWorld\n"),
    ];
    let texts = files.chain(contract).chain(dependencies).chain(others);
    let texts = texts.map(|(name, text)| (name, text.as_bytes()));
    let native = NATIVE.iter().map(|(name, code)| (format!("sdk/{name}"), *code));
    for (name, content) in texts.chain(native) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))
            .and_then(|()| fs::write(&path, content))
            .map_err(failed)?;
    }
    let mut command = command(&tool, folder);
    command.args(["--quiet", "--wit-path", "wit", "--world", "handler"]);
    for name in NAMES {
        command.args(["--import-interface-name", name]);
    }
    command.args(["componentize", "doverb_entry"]);
    // The last is read by `doverb/library.py`; where there is none, a package has the zones.
    command.args(["-p", "entry", "-p", "sdk", "-p", ZONES, "--output", "made.wasm"]);
    let mut words = Words::default();
    if !words.run(TOOL, command, BUILD_TIME, progress)? {
        progress.diagnostics(&words.stderr);
        return Err(SourceCause::Component(words.error().to_owned()));
    }
    let made = fs::read(folder.join("made.wasm")).map_err(failed)?;
    let base = accessors::add(&made).map_err(SourceCause::Component)?;
    let fresh = folder.join("python.wasm-new");
    fs::write(&fresh, base).and_then(|()| fs::rename(&fresh, file)).map_err(failed)?;
    let _ = fs::remove_file(folder.join("made.wasm"));
    Ok(())
}

/// A tool that runs in `folder` and finds nothing of the user's there.
pub(super) fn command(tool: &Path, folder: &Path) -> Command {
    let mut command = Command::new(tool);
    command.current_dir(folder);
    // Nothing is written beside the sources.
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONIOENCODING", "utf-8");
    // It would look for more packages there.
    command.env("VIRTUAL_ENV", folder.join("no-environment")).env_remove("PYTHONPATH");
    command
}

/// The world of the base: everything that a program might export. Which of it a component has, its snapshot says.
fn base_world() -> String {
    let methods: Vec<String> = METHODS.iter().map(|method| format!("do-{method}")).collect();
    let others = [
        "setup",
        "finish",
        "switch-connection",
        "send-error",
        "handle-expect-100",
        "address-string",
        "log-date-time-string",
    ];
    let more = ["wasi:cli/environment@0.2.0", "doverb:handler/pauses@0.1.0"];
    let imports: Vec<&str> = more.iter().chain(doverb_wit::POWERS).copied().collect();
    let exports = methods.iter().map(String::as_str).chain(others).map(|name| (name, Told::Connection));
    let world = world(&imports, exports);
    let end = world.trim_end().trim_end_matches('}');
    format!("{end}  export prepare: func(plan: string) -> result<string, string>;\n}}\n")
}

#[cfg(test)]
mod tests {
    use doverb_sdk_python::ORIGIN;

    use super::{Digest, NATIVE, SDK, base_world};

    #[test]
    fn the_machine_code_is_the_one_whose_origin_is_written_down() {
        NATIVE
            .iter()
            .for_each(|(name, code)| assert!(ORIGIN.contains(&Digest::of(code).to_string()), "{name}"));
    }

    #[test]
    fn the_base_exports_what_the_sdk_has() {
        let world = base_world();
        assert!(
            world.contains("  export do-M-SEARCH: func(connection: u64);\n  export do-NOTIFY"),
            "{world}"
        );
        let others = "  export do-ANY: func(connection: u64);\n  export setup: func(connection: u64);\n  export finish: func();\n";
        assert!(world.contains(others), "{world}");
        assert!(
            world.ends_with("  export prepare: func(plan: string) -> result<string, string>;\n}\n"),
            "{world}"
        );
        let (_, choice) = SDK.iter().find(|(name, _)| *name == "doverb/choice.py").unwrap();
        let (_, others) = choice.split_once("OTHERS = {\n").unwrap();
        let others = others.lines().map_while(|line| line.strip_prefix("    \"")?.split('"').next());
        others.for_each(|name| assert!(world.contains(&format!("  export {name}: func")), "{name}"));
    }
}
