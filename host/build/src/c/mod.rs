//! C and C++: one file, or a folder of files, compiled by Zig's clang or by wasi-sdk's.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build_dir::BuildDir;
use crate::componentize::componentize;
use crate::depfiles::{Inputs, MAX_DEP_INFO, from_dep_info};
use crate::diagnostics::{self, Report};
use crate::error::SourceCause;
use crate::options::SourceOptions;
use crate::run;
use crate::sources::{Sources, files_in, folder_and_file, named_after};
use doverb_compile::{Progress, regular_file};

pub(super) const EXTENSIONS: [&str; 4] = ["c", "cc", "cpp", "cxx"];
const HEADERS: [&str; 4] = ["h", "hh", "hpp", "hxx"];
/// Flags of the author's, one a line, as clangd and other tools read them.
const FLAGS: &str = "compile_flags.txt";
/// Bytes of it.
const MAX_FLAGS: u64 = 1 << 20;
/// Zig's default of 16 MiB would be in every instance.
const STACK: &str = "-Wl,-z,stack-size=262144";

/// Sources of one handler.
#[derive(Debug)]
pub(super) struct CSources {
    /// What the user named.
    root: PathBuf,
    /// Where the compiler runs: errors name files as seen from here.
    folder: PathBuf,
    /// The only one, or all in the folder.
    file: Option<PathBuf>,
    build_dir: BuildDir,
}

/// Takes up a file, or all files of a folder.
pub(super) fn open(
    path: PathBuf,
    _options: &SourceOptions,
    _progress: &mut dyn Progress,
) -> Result<Box<dyn Sources>, SourceCause> {
    let build_dir = BuildDir::open(&path)?;
    let (folder, file) = folder_and_file(&path);
    Ok(Box::new(CSources { root: path, folder, file, build_dir }))
}

impl CSources {
    fn sources(&self) -> Vec<PathBuf> {
        self.file.clone().map_or_else(|| files_in(&self.folder, &EXTENSIONS), |file| vec![file])
    }

    /// Where the compiler lists what it has read for the source of this number.
    fn dependencies(&self, number: usize) -> PathBuf {
        self.build_dir.path(&format!("objects/{number}.d"))
    }

    /// The author's flags: one a line, for a folder.
    fn flags(&self) -> Vec<String> {
        let text = match self.file {
            Some(_) => String::new(),
            None => regular_file::text(&self.folder.join(FLAGS), MAX_FLAGS).unwrap_or_default(),
        };
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    fn compile(
        &self,
        compiler: &Compiler,
        source: &Path,
        number: usize,
        run: &mut Run<'_>,
    ) -> Result<PathBuf, SourceCause> {
        let object = self.build_dir.path(&format!("objects/{number}.o"));
        let mut command = compiler.command(source, &self.folder, &self.build_dir);
        command.args(["-O2", "-g", "-Wall", "-c", "-MMD", "-MF"]);
        command.arg(self.dependencies(number)).arg("-I").arg(self.build_dir.path("sdk"));
        match is_cpp(source) {
            true => command.args(["-std=c++17", "-fno-exceptions"]),
            false => command.arg("-std=gnu11"),
        };
        command.args(self.flags()).arg("-o").arg(&object);
        // Seen from the folder it has a short name in errors; a name like `-x.c` is no flag.
        command.arg(Path::new(".").join(source.file_name().unwrap_or(source.as_os_str())));
        run.tool(command)?;
        Ok(object)
    }

    fn link(
        &self,
        compiler: &Compiler,
        objects: &[PathBuf],
        run: &mut Run<'_>,
    ) -> Result<Vec<u8>, SourceCause> {
        let module = self.build_dir.path("module.wasm");
        let sources = self.sources();
        let main = sources.iter().find(|source| is_cpp(source)).or(sources.first()).unwrap_or(&self.root);
        let mut command = compiler.command(main, &self.folder, &self.build_dir);
        // With what a debugger needs the linker keeps the names of functions, which are in backtraces.
        command.args(["-mexec-model=reactor", "-O2", "-g", STACK, "-o"]).arg(&module).args(objects);
        run.tool(command)?;
        run::made(&module)
    }
}

/// One build: its compiler's words, and how many were errors.
struct Run<'a> {
    progress: &'a mut dyn Progress,
    report: Report,
}

impl Run<'_> {
    fn tool(&mut self, command: Command) -> Result<(), SourceCause> {
        diagnostics::run("clang", command, &mut self.report, Report::line, self.progress)
    }
}

impl Sources for CSources {
    fn root(&self) -> &Path {
        &self.root
    }

    fn wasm_name(&self) -> String {
        named_after(&self.root, self.file.is_none())
    }

    fn build(&mut self, progress: &mut dyn Progress) -> Result<PathBuf, SourceCause> {
        progress.step(&format!("Building {}", self.wasm_name()));
        let compiler = Compiler::find()?;
        let sources = self.sources();
        if sources.is_empty() {
            return Err(SourceCause::UnknownFolder);
        }
        let _lock = self.build_dir.lock(progress)?;
        self.build_dir.unpack("sdk", doverb_sdk_c::FILES)?;
        self.build_dir.unpack("objects", &[("README", "Made by doverb.\n")])?;
        let (mut objects, mut failed) = (Vec::new(), None);
        let mut run = Run { progress, report: Report::default() };
        for (number, source) in sources.iter().enumerate() {
            // The errors of all files are worth seeing.
            match self.compile(&compiler, source, number, &mut run) {
                Ok(object) => objects.push(object),
                Err(SourceCause::Build { errors, first }) => failed = Some(plus(failed, errors, first)),
                Err(other) => return Err(other),
            }
        }
        if let Some(failed) = failed {
            return Err(failed);
        }
        let module = self.link(&compiler, &objects, &mut run)?;
        let wasm = self.build_dir.path(&self.wasm_name());
        self.build_dir.write(&wasm, &componentize(&module)?)?;
        Ok(wasm)
    }

    fn inputs(&self) -> Inputs {
        let mut inputs = Inputs::default();
        let sources = self.sources();
        let lists = (0..sources.len())
            .filter_map(|number| regular_file::text(&self.dependencies(number), MAX_DEP_INFO).ok());
        for list in lists {
            // clang breaks long lists into lines.
            let read = from_dep_info(&list.replace("\\\n", " "));
            let read = read.iter().map(|path| plain(&self.folder.join(path)));
            inputs.files.extend(read.filter(|path| !path.starts_with(self.build_dir.folder())));
        }
        inputs.files.extend(sources);
        if self.file.is_none() {
            inputs.files.insert(self.folder.join(FLAGS));
            // A header that is missing is in no list yet.
            inputs.files.extend(files_in(&self.folder, &HEADERS));
            inputs.folders.insert(self.folder.clone());
        }
        inputs
    }
}

fn plus(sum: Option<SourceCause>, more: usize, other: String) -> SourceCause {
    match sum {
        Some(SourceCause::Build { errors, first }) => SourceCause::Build { errors: errors + more, first },
        _ => SourceCause::Build { errors: more, first: other },
    }
}

/// Without `.` in the middle, as the watcher names it.
fn plain(path: &Path) -> PathBuf {
    path.components().collect()
}

fn is_cpp(source: &Path) -> bool {
    source.extension().is_some_and(|extension| extension != "c")
}

/// The compiler that is there, for people.
pub(super) fn tool() -> Result<PathBuf, SourceCause> {
    Ok(match Compiler::find()? {
        Compiler::Zig(zig) => zig,
        Compiler::WasiSdk(folder) => folder.join("bin/clang"),
    })
}

/// A clang that compiles for WebAssembly, with a C library.
enum Compiler {
    Zig(PathBuf),
    WasiSdk(PathBuf),
}

impl Compiler {
    fn find() -> Result<Compiler, SourceCause> {
        if let Some(folder) = env::var_os("WASI_SDK_PATH").filter(|folder| !folder.is_empty()) {
            let folder = PathBuf::from(folder);
            let clang = folder.join("bin/clang");
            return if clang.is_file() {
                Ok(Compiler::WasiSdk(folder))
            } else {
                let text = format!("WASI_SDK_PATH is set, but there is no {}", clang.display());
                Err(SourceCause::Refused(text))
            };
        }
        let zig = run::find("python-zig").or_else(|| run::find("zig"));
        zig.map(Compiler::Zig).ok_or_else(|| run::missing_from_pypi("zig", "ziglang"))
    }

    fn command(&self, source: &Path, folder: &Path, build_dir: &BuildDir) -> Command {
        let cpp = is_cpp(source);
        let (program, mode, target): (OsString, _, _) = match self {
            Compiler::Zig(zig) => (zig.into(), Some(if cpp { "c++" } else { "cc" }), "--target=wasm32-wasi"),
            Compiler::WasiSdk(sdk) => {
                let clang = sdk.join("bin").join(if cpp { "clang++" } else { "clang" });
                (clang.into(), None, "--target=wasm32-wasip1")
            }
        };
        let mut command = Command::new(program);
        command.current_dir(folder).args(mode).arg(target);
        command.env("ZIG_LOCAL_CACHE_DIR", build_dir.path("zig"));
        command.env("ZIG_GLOBAL_CACHE_DIR", build_dir.shared("zig"));
        command
    }
}
