//! Sources whose build means harm: it runs the author's code, as Cargo's build scripts are.

use std::fs;
use std::path::{Path, PathBuf};

use doverb_tests::sources::serve_package;
use doverb_tests::{LATER, Server, eventually, repository};
use rustix::process::{Pid, test_kill_process};

/// A package that is served, and whose build script a test changes.
struct Package {
    folder: tempfile::TempDir,
}

impl Package {
    fn new(name: &str) -> Package {
        let package = Package { folder: tempfile::tempdir().expect("a folder") };
        let sdk = repository().join("guest/rust");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n\
             [dependencies]\ndoverb-guest = {{ path = {sdk:?} }}\n"
        );
        fs::create_dir(package.path("src")).expect("a folder");
        fs::write(package.path("Cargo.toml"), manifest).expect("a file");
        let example = repository().join("guest/examples/hello/src/lib.rs");
        fs::copy(example, package.path("src/lib.rs")).expect("a file");
        let lock = repository().join("guest/examples/Cargo.lock");
        fs::copy(lock, package.path("Cargo.lock")).expect("a file");
        package.script("");
        package
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives it a build script that does this.
    fn script(&self, deed: &str) {
        let text = format!("use std::process::{{Command, Stdio}};\n{BEGIN}\nfn main() {{ {deed} }}\n");
        fs::write(self.path("build.rs"), text).expect("a file");
    }

    fn serve(&self, arguments: &[&str]) -> Server {
        serve_package(self.folder.path(), arguments)
    }
}

/// What build scripts may call: it begins a process that leaves everything, and that says in a file which one it is.
const BEGIN: &str = r#"
#[allow(dead_code)]
fn begin() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/begun");
    let script = format!("echo $$ >{file}.new; mv {file}.new {file}; exec sleep 600");
    let mut command = Command::new("setsid");
    command.args(["-f", "sh", "-c", &script]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap();
    while !std::path::Path::new(file).exists() {}
}
"#;

/// The process that the build script has begun, once it has.
fn begun(package: &Package) -> Pid {
    let number =
        eventually("the build script has begun one", || fs::read_to_string(package.path("begun")).ok());
    Pid::from_raw(number.trim().parse().expect("a number")).expect("not zero")
}

fn has_ended(process: Pid) -> bool {
    test_kill_process(process).is_err()
}

fn ends(process: Pid) {
    eventually("what the build has begun has ended", || has_ended(process).then_some(()));
}

/// The line that says why there is no new version; the old one answers meanwhile and after.
fn refused(server: &Server, package: &Package, deed: &str) -> String {
    let mark = server.log.mark();
    package.script(deed);
    let line = server.log.wait_after(mark, LATER, |line| line.contains("the old version goes on serving"));
    assert_eq!(server.connect().get("/").text(), "Hello, World!");
    line
}

#[test]
fn what_a_build_begins_ends_with_it_though_it_leaves_its_session() {
    let package = Package::new("attack-leaves");
    let server = package.serve(&["--watch"]);
    let mark = server.log.mark();
    package.script("begin();");
    change(&package.path("src/lib.rs"), "World", "Again");
    server.log.wait_after(mark, LATER, |line| line.contains("(version 2)"));
    ends(begun(&package));
    assert_eq!(server.connect().get("/").text(), "Hello, Again!");
}

#[test]
fn a_build_without_an_end_ends_with_the_server_however_that_ends() {
    let package = Package::new("attack-endless");
    for is_killed in [false, true] {
        let mut server = package.serve(&["--watch"]);
        package.script("begin(); loop { std::thread::yield_now() }");
        let process = begun(&package);
        assert!(!has_ended(process));
        assert_eq!(server.connect().get("/").text(), "Hello, World!");
        if is_killed {
            server.kill();
        } else {
            assert!(server.stop().success());
        }
        ends(process);
        fs::remove_file(package.path("begun")).expect("the file");
        package.script("");
    }
}

#[test]
fn a_build_that_takes_memory_or_begins_thousands_of_processes_is_ended() {
    let package = Package::new("attack-takes");
    let server = package.serve(&["--watch", "--build-memory", "1GiB"]);
    let memory = "let mut all = vec![]; loop { all.push(vec![1u8; 16 << 20]); std::hint::black_box(&all); }";
    let line = refused(&server, &package, memory);
    assert!(line.contains("take more than 1024 MiB of memory, and were stopped"), "{line}");
    let processes = "for _ in 0..5000 { Command::new(\"sleep\").arg(\"600\").spawn().unwrap(); } loop {}";
    let line = refused(&server, &package, processes);
    assert!(line.contains("has begun more than 1000 processes, and was stopped"), "{line}");
    let mark = server.log.mark();
    let source = package.path("src/lib.rs");
    package.script("");
    change(&source, "World", "Again");
    server.log.wait_after(mark, LATER, |line| line.contains("(version 2)"));
    assert_eq!(server.connect().get("/").text(), "Hello, Again!");
}

#[test]
fn a_build_that_takes_too_long_is_ended_with_all_that_it_has_begun() {
    let package = Package::new("attack-lasts");
    // What takes a while is built already when time is short.
    drop(package.serve(&[]));
    let server = package.serve(&["--watch", "--build-time", "20s"]);
    let line = refused(&server, &package, "begin(); loop { std::thread::yield_now() }");
    assert!(
        line.contains("cargo took more than 20 s and was stopped. Allow more with --build-time"),
        "{line}"
    );
    ends(begun(&package));
    let mark = server.log.mark();
    package.script("");
    change(&package.path("src/lib.rs"), "World", "Again");
    server.log.wait_after(mark, LATER, |line| line.contains("(version 2)"));
    assert_eq!(server.connect().get("/").text(), "Hello, Again!");
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("the source");
    fs::write(file, text.replace(from, to)).expect("the source");
}
