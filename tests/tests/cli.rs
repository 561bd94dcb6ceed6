//! What a person gets to read: the ready line, and one line for each way to get it wrong.

use std::fs;
use std::path::{Path, PathBuf};

use doverb_tests::command::doverb_with;
use doverb_tests::{Outcome, SOON, Server, cache, doverb, guest};

/// Serving `handler` fails with status 1 and says so in one line, which holds all of `words`.
fn is_refused(handler: &Path, arguments: &[&str], words: &[&str]) -> Outcome {
    let handler = handler.to_str().expect("a path in UTF-8");
    let port: &[&str] = if arguments.contains(&"--port") { &[] } else { &["--port", "0"] };
    let outcome = doverb(&[&["serve"], port, arguments, &[handler]].concat());
    assert_eq!(outcome.code, Some(1), "{handler}: {outcome:#?}");
    assert!(outcome.stdout.is_empty(), "no ready line: {outcome:#?}");
    let said = outcome.stderr.last().expect("a message");
    assert!(said.starts_with("doverb: "), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
    let all = outcome.stderr.join("\n");
    for noise in ["panicked", "RUST_BACKTRACE", "stack backtrace", "thread '"] {
        assert!(!all.contains(noise), "{all}");
    }
    outcome
}

/// As [`is_refused`], with nothing else said.
fn is_refused_in_one_line(handler: &Path, arguments: &[&str], words: &[&str]) {
    let outcome = is_refused(handler, arguments, words);
    assert_eq!(outcome.stderr.len(), 1, "{outcome:#?}");
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        path
    }

    fn component(&self, text: &str) -> PathBuf {
        self.file("handler.wasm", wat::parse_str(text).expect("it is valid"))
    }
}

#[test]
fn the_ready_line_is_pythons() {
    let server = Server::of("hello");
    let port = server.address().port();
    let line = format!("Serving HTTP on 127.0.0.1 port {port} (http://127.0.0.1:{port}/) ...");
    assert_eq!(server.stdout.lines(), [line]);
}

#[test]
fn an_ipv6_address_is_shown_in_brackets() {
    let server = Server::with("hello", &["--bind", "::1"]);
    let port = server.address().port();
    let line = format!("Serving HTTP on ::1 port {port} (http://[::1]:{port}/) ...");
    assert_eq!(server.stdout.lines(), [line]);
    assert_eq!(server.connect().get("/").status, 200);
}

#[test]
fn the_protocol_is_a_default_that_a_handler_may_change() {
    // It says nothing about protocols, and answers nothing.
    let folder = Folder::new();
    let silent = folder.component(
        r#"(component
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (export "do-GET" (func $f)))"#,
    );
    let status_line = |arguments: &[&str]| Server::start(&silent, arguments).connect().get("/").status_line;
    assert_eq!(status_line(&[]), "HTTP/1.1 500 Internal Server Error");
    assert_eq!(status_line(&["--protocol", "HTTP/1.0"]), "HTTP/1.0 500 Internal Server Error");
    let of_its_own = Server::with("hello", &["--protocol", "HTTP/1.0"]).connect().get("/").status_line;
    assert_eq!(of_its_own, "HTTP/1.1 200 OK");
}

#[test]
fn all_threads_serve() {
    let server = Server::with("hello", &["--threads", "4"]);
    for _ in 0..64 {
        assert_eq!(server.connect().get("/").text(), "Hello, World!");
    }
}

#[test]
fn a_port_that_is_none_and_a_check_of_nothing_say_what_is_expected() {
    let hello = doverb_tests::guest("hello").display().to_string();
    for (arguments, says) in [
        (&["serve", &hello, "80000"][..], "80000: expected a port from 0 to 65535"),
        (&["serve", &hello, "--port", "abc"], "expected a port from 0 to 65535"),
    ] {
        let outcome = doverb_tests::doverb(arguments);
        let said = outcome.stderr.join("\n");
        assert!(outcome.code == Some(2) && said.contains(says), "{outcome:#?}");
    }
    let folder = Folder::new();
    let mut check = std::process::Command::new(doverb_tests::artifacts::binary());
    check.arg("check").current_dir(folder.0.path());
    let outcome = doverb_tests::command::run(check, doverb_tests::SOON);
    assert_eq!(
        outcome.stderr,
        ["doverb: nothing to check: name a FILE: doverb check app.py. Or write a doverb.toml"]
    );
}

#[test]
fn a_path_that_is_not_there() {
    is_refused_in_one_line(
        Path::new("no/such.wasm"),
        &[],
        &["no/such.wasm: there is no such file or folder"],
    );
    is_refused_in_one_line(Path::new("no/such"), &[], &["no/such: there is no such file or folder"]);
}

#[test]
fn a_file_that_is_no_component() {
    let folder = Folder::new();
    let text = folder.file("notes.txt", "hello");
    is_refused_in_one_line(
        &text,
        &[],
        &["notes.txt", "it is not WebAssembly", "Name a component", "a source (.py, .js, ", "or of files"],
    );
    let empty = folder.file("empty.wasm", "");
    is_refused_in_one_line(&empty, &[], &["empty.wasm", "it is empty"]);
    let module = folder.file("module.wasm", wat::parse_str("(module)").expect("it is valid"));
    is_refused_in_one_line(&module, &[], &["it is a core module, not a component", "wasm32-wasip2"]);
    is_refused_in_one_line(Path::new("/dev/null"), &[], &["/dev/null", "not a file"]);
}

#[test]
fn a_component_that_is_damaged() {
    let folder = Folder::new();
    let whole = fs::read(guest("hello")).expect("the guest");
    for length in [9, 1_000, whole.len() / 2, whole.len() - 1] {
        let cut = folder.file("cut.wasm", &whole[..length]);
        is_refused_in_one_line(&cut, &[], &["cut.wasm: it is cut off"]);
    }
    let mut changed = whole;
    for byte in changed.iter_mut().skip(2_000).step_by(97) {
        *byte ^= 0x55;
    }
    is_refused_in_one_line(&folder.file("changed.wasm", changed), &[], &["changed.wasm: it "]);
}

#[test]
fn a_component_without_methods() {
    let folder = Folder::new();
    let nothing = folder.component("(component)");
    is_refused_in_one_line(&nothing, &[], &["handler.wasm", "it exports no do-* function"]);
    let other = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (export "get" (func $f)))"#;
    is_refused_in_one_line(&folder.component(other), &[], &["it exports no do-* function", "get"]);
}

#[test]
fn a_component_with_a_method_of_the_wrong_type() {
    let folder = Folder::new();
    let text = r#"(component
        (core module $m (func (export "f") (result i32) i32.const 1))
        (core instance $i (instantiate $m))
        (func $f (result u32) (canon lift (core func $i "f")))
        (export "do-GET" (func $f)))"#;
    is_refused_in_one_line(&folder.component(text), &[], &["do-GET", "wrong type", "func()"]);
}

#[test]
fn a_component_that_imports_something_unknown() {
    let folder = Folder::new();
    let text = r#"(component
        (import "acme:rockets/launch@1.0.0" (instance (export "go" (func))))
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (export "do-GET" (func $f)))"#;
    let words = ["it imports acme:rockets/launch@1.0.0, which is not offered here"];
    is_refused_in_one_line(&folder.component(text), &[], &words);
}

#[test]
fn a_folder_that_is_no_package() {
    let folder = Folder::new();
    is_refused_in_one_line(folder.0.path(), &[], &["no handler's source in this folder"]);
}

#[test]
fn a_folder_that_does_not_build() {
    let folder = Folder::new();
    let manifest = "[package]\nname = \"broken\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
        [lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n";
    folder.file("Cargo.toml", manifest);
    folder.file("src/lib.rs", "fn f() { let x: u32 = \"no number\"; }\n");
    let outcome = is_refused(folder.0.path(), &[], &["it does not build (1 error above)"]);
    let all = outcome.stderr.join("\n");
    assert!(all.contains("mismatched types") && all.contains("src/lib.rs:1"), "the compiler's words: {all}");
}

#[test]
fn a_package_that_makes_no_handler() {
    let folder = Folder::new();
    folder.file(
        "Cargo.toml",
        "[package]\nname = \"plain\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    folder.file("src/lib.rs", "");
    is_refused(folder.0.path(), &[], &["its package makes no handler", "cdylib"]);
}

#[test]
fn a_port_in_use() {
    let server = Server::of("hello");
    let port = server.address().port().to_string();
    let words = [&*format!("127.0.0.1:{port}: address already in use"), "--port 0"];
    is_refused_in_one_line(&guest("hello"), &["--port", &port], &words);
    is_refused_in_one_line(&guest("hello"), &["--port", &port, "--threads", "1"], &words);
    assert_eq!(server.connect().get("/").status, 200, "the first one goes on");
}

#[test]
fn an_address_of_another_machine() {
    is_refused_in_one_line(&guest("hello"), &["--bind", "192.0.2.1"], &["192.0.2.1", "--bind"]);
    is_refused_in_one_line(
        &guest("hello"),
        &["--bind", "no.such.host.invalid"],
        &["no.such.host.invalid", "--bind"],
    );
}

#[test]
fn a_cache_that_cannot_be_used() {
    let folder = Folder::new();
    let file = folder.file("cache", "a file where a folder should be");
    let mut command = std::process::Command::new(doverb_tests::artifacts::binary());
    command.args(["serve", "--port", "0"]).arg(guest("hello")).env("DOVERB_CACHE_DIR", &file);
    let outcome = doverb_tests::command::run(command, SOON);
    assert_eq!((outcome.code, outcome.stderr.len()), (Some(1), 1), "{outcome:#?}");
    assert!(outcome.stderr[0].contains("DOVERB_CACHE_DIR"), "{}", outcome.stderr[0]);
}

#[test]
fn wrong_usage_has_status_2_and_names_the_flag() {
    let hello = guest("hello");
    let hello = hello.to_str().expect("a path in UTF-8");
    for (arguments, word) in [
        (&["serve"][..], "HANDLER"),
        (&["serve", hello, "--port", "80000"], "--port"),
        (&["serve", hello, "--port", "http"], "--port"),
        (&["serve", hello, "--threads", "0"], "--threads"),
        (&["serve", hello, "--max-memory", "lots"], "--max-memory"),
        (&["serve", hello, "--cpu-time", "0"], "--cpu-time"),
        (&["serve", hello, "--protocol", "HTTP/2"], "--protocol"),
        (&["serve", hello, "--dir", "/"], "--dir"),
        (&["serve", hello, "--dir", "/no/such/folder::/data"], "--dir"),
        (&["serve", hello, "--env", "NOVALUE"], "--env"),
        (&["serve", hello, "--frobnicate"], "--frobnicate"),
        (&["frobnicate"], "frobnicate"),
        (&[], "Usage"),
    ] {
        let outcome = doverb(arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {outcome:#?}");
        assert!(outcome.stderr.join("\n").contains(word), "{arguments:?}: {outcome:#?}");
    }
}

#[test]
fn help_names_every_flag_and_the_version_is_the_packages() {
    let help = doverb(&["serve", "--help"]);
    assert_eq!(help.code, Some(0));
    let help = help.stdout.join("\n");
    for flag in [
        "--bind",
        "--port",
        "--protocol",
        "--threads",
        "--isolation",
        "--workers",
        "--watch",
        "--no-watch",
        "--dir",
        "--env",
        "--max-memory",
        "--cpu-time",
        "--request-timeout",
        "--header-timeout",
        "--keep-alive-timeout",
        "--client-timeout",
        "--max-body",
        "--max-connections",
        "--max-instances",
        "--grace",
        "--quiet",
    ] {
        assert!(help.contains(flag), "{flag} is not in:\n{help}");
    }
    let version = doverb(&["--version"]);
    assert_eq!(version.stdout, [format!("doverb {}", env!("CARGO_PKG_VERSION"))]);
}

#[test]
fn build_says_what_it_made() {
    let outcome = doverb(&["build".as_ref(), guest("echo").as_os_str()]);
    assert_eq!(outcome.code, Some(0));
    let line = outcome.stdout.last().expect("a line");
    assert!(line.contains("serves") && line.contains("POST") && line.contains("PUT"), "{line}");
}

#[test]
fn compiled_code_is_kept_and_a_damaged_entry_is_made_anew() {
    let folder = Folder::new();
    let start = || {
        let mut command = doverb_tests::server::command(&["--no-watch"]);
        command.arg(guest("hello")).env("DOVERB_CACHE_DIR", folder.0.path());
        let server = Server::spawn(command);
        assert_eq!(server.connect().get("/").text(), "Hello, World!");
    };
    let entries = || {
        let entries =
            fs::read_dir(folder.0.path()).expect("the cache").map(|entry| entry.expect("an entry").path());
        let is_code = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "cwasm");
        entries.filter(is_code).collect::<Vec<_>>()
    };
    start();
    let [entry] = &entries()[..] else { panic!("not one entry: {:?}", entries()) };
    // A file that was made anew is another one.
    let file = |path| std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).expect("the entry"));
    let first = file(entry);
    start();
    assert_eq!(file(entry), first, "used again");
    let mut code = fs::read(entry).expect("the entry");
    let middle = code.len() / 2;
    code[middle] ^= 1;
    fs::write(entry, &code).expect("it is ours");
    start();
    let [entry] = &entries()[..] else { panic!("not one entry: {:?}", entries()) };
    assert_ne!(fs::read(entry).expect("the entry"), code, "never loaded, but made anew");
    assert_ne!(cache(), folder.0.path(), "no other test uses it");
}

#[test]
fn variables_of_the_environment_stand_for_flags() {
    let hello = doverb_tests::guest("hello");
    let serve = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = std::process::Command::new(doverb_tests::artifacts::binary());
        command.arg("serve").arg(&hello).args(arguments).env("DOVERB_CACHE_DIR", doverb_tests::cache());
        Server::spawn({
            command.envs(variables.iter().copied());
            command
        })
    };
    let server = serve(&[], &[("PORT", "0"), ("DOVERB_QUIET", "true")]);
    assert_eq!(server.connect().get("/").status, 200);
    assert_eq!(server.logged("GET"), Vec::<String>::new());
    let server = serve(&[], &[("DOVERB_PORT", "0"), ("PORT", "1"), ("DOVERB_BIND", "::1\n127.0.0.1")]);
    assert!(server.address().is_ipv6(), "{}", server.address());
    let server =
        serve(&["--port", "0", "--host", "127.0.0.1"], &[("DOVERB_PORT", "1"), ("DOVERB_BIND", "::1")]);
    assert!(server.address().is_ipv4(), "flags win");
    let outcome = doverb_with(&["serve", "x.wasm"], &[("DOVERB_MAX_BODY", "much")]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr[0].contains("'much' for '--max-body <SIZE>'"), "{outcome:#?}");
}
