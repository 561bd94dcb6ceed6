//! Sources that mean harm to whoever builds them, which a server does when they change.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use doverb_tests::site::Site;
use doverb_tests::sources::folder;
use doverb_tests::{LATER, SOON, Server, doverb};
use rustix::fs::{CWD, FileType, Mode, mknodat};

const HANDLER: &str = "import { BaseHTTPRequestHandler } from 'doverb';\n\
    export default class extends BaseHTTPRequestHandler { do_GET() { this.send_response(200); this.end_headers(); } }\n";

fn make_pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
}

/// The handler with so much of this in it.
fn nested(begin: &str, end: &str, times: usize) -> String {
    format!("{HANDLER}export const deep = {}1{};\n", begin.repeat(times), end.repeat(times))
}

#[test]
fn a_file_of_brackets_is_refused_and_the_server_goes_on() {
    let folder = folder(&[("app.js", HANDLER)]);
    let file = folder.path().join("app.js");
    let server = Server::start(&file, &["--watch", "--cpu-time", "60s"]);
    assert_eq!(server.connect().get("/").status, 200);
    for (begin, end) in [("[", "]"), ("async a => ", "")] {
        let mark = server.log.mark();
        fs::write(&file, nested(begin, end, 400_000)).expect("a file");
        server.log.wait_after(mark, LATER, |line| {
            line.contains("app.js:1:1: its code is nested too deeply to be translated")
        });
        assert_eq!(server.connect().get("/").status, 200, "the old version goes on");
    }
    let mark = server.log.mark();
    fs::write(&file, nested("(", ")", 20)).expect("a file");
    server.log.wait_after(mark, LATER, |line| line.contains("reloaded"));
}

#[test]
fn a_large_file_is_tried_and_built() {
    let functions: String =
        (0..3_000).map(|at| format!("export const f{at} = (a) => [a, {{ b: a }}];\n")).collect();
    let folder = folder(&[("app.js", &format!("{HANDLER}{functions}"))]);
    let out = folder.path().join("out.wasm");
    let outcome = doverb(&[Path::new("build"), &folder.path().join("app.js"), Path::new("--out"), &out]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

#[test]
fn pipes_and_files_without_an_end_among_the_sources_are_waited_for_by_nobody() {
    let folder = folder(&[("index.js", "import './big.js';\n"), ("big.js", "")]);
    let path = |name: &str| folder.path().join(name);
    fs::File::options().write(true).open(path("big.js")).expect("the file").set_len(1 << 40).expect("a hole");
    make_pipe(&path("package.json"));
    let outcome = doverb(&[Path::new("build"), folder.path()]);
    assert!(outcome.stderr[0].contains("big.js: it cannot be read: it has more than"), "{outcome:?}");
    // One that is the handler itself, in a folder of them.
    let site = Site::new(&["hello"]);
    make_pipe(&site.path("pipe.js"));
    let server = site.serve_folder(&["--no-watch"]);
    server.wait_for_log("pipe.js: it cannot be read: it is no regular file; it is not served");
    assert_eq!(server.connect().get("/hello").text(), "Hello, World!");
}

#[test]
fn a_pipe_in_the_place_of_doverb_toml_is_refused_and_what_comes_next_is_taken_up() {
    let site = Site::new(&["hello"]);
    let mount = |path: &str| format!("[[mount]]\npath = \"{path}\"\nhandler = \"hello.wasm\"\n");
    site.put("doverb.toml", mount("/"));
    let server = site.serve(&["--watch"]);
    fs::remove_file(site.path("doverb.toml")).expect("the file");
    make_pipe(&site.path("doverb.toml"));
    server.log.wait_for(SOON, |line| line.contains("doverb.toml: it is no regular file"));
    assert_eq!(server.connect().get("/").status, 200);
    site.put("doverb.toml", mount("/new"));
    server.log.wait_for(SOON, |line| line.contains("reloaded"));
    assert_eq!(server.connect().get("/new").status, 200);
}

/// What is said of a doverb.toml, which is to be said soon and in few words.
fn refused(text: &str) -> String {
    let site = Site::new(&["hello"]);
    site.put("doverb.toml", format!("[[mount]]\npath = \"/\"\nhandler = \"hello.wasm\"\n{text}"));
    let began = Instant::now();
    let outcome = site.check();
    let said = outcome.stderr.join("\n");
    assert_eq!(outcome.code, Some(1), "{said}");
    assert!(said.len() < 20_000, "{} bytes", said.len());
    // As long as others have the machine.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    said
}

#[test]
fn a_doverb_toml_of_very_many_grants_mounts_or_lines_is_refused_at_once() {
    let list = |count: usize, one: fn(usize) -> String| (0..count).map(one).collect::<Vec<_>>().join(",");
    let mounts = |count| {
        let mount = |number| format!("[[mount]]\npath = \"/{number}\"\nhandler = \"hello.wasm\"\n");
        (0..count).map(mount).collect::<String>()
    };
    for (text, why) in [
        (format!("dirs = [{}]", list(50_000, |number| format!("\"/::/{number}\""))), "more than 256 of dirs"),
        (
            format!("allow-http = [{}]", list(50_000, |number| format!("\"{number}.a\""))),
            "more than 256 of allow-http",
        ),
        (
            format!("env = {{ {} }}", list(50_000, |number| format!("A{number} = \"\""))),
            "more than 256 of env",
        ),
        (
            format!("config-values = {{ {} }}", list(50_000, |number| format!("a{number} = \"\""))),
            "more than 256 of config-values",
        ),
        (mounts(20_000), "more than 1000 mounts"),
        (
            format!("[server]\nlisten = [{}]", list(20_000, |number| format!("\"a:{number}\""))),
            "more than 256 addresses",
        ),
        ("\n".repeat(1_000_000) + "bogus = 1", "unknown key `bogus`"),
        (format!("name = \"{}\"\nbogus = 1", "n".repeat(1_000_000)), "unknown key `bogus`"),
        (
            format!("[[mount]]\npath = \"/a\"\nhandler = \"{}\"", "h".repeat(1_000_000)),
            "there is no file or folder",
        ),
        (format!("x = {}", "[".repeat(100_000)), "recurs"),
        ("#".repeat(2 << 20), "it has more than"),
    ] {
        let said = refused(&text);
        assert!(said.contains(why), "{why}: {said}");
    }
}

#[test]
fn a_folder_of_very_many_handlers_is_refused() {
    let site = Site::new(&[]);
    for number in 0..1_001 {
        site.put(&format!("{number}.wasm"), "");
    }
    let outcome = doverb(&[Path::new("serve"), site.folder(), Path::new("--port"), Path::new("0")]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stderr[0].contains("it would be 1001 mounts, and a server has 1000 at most"),
        "{outcome:?}"
    );
}

#[test]
fn what_sources_raise_steers_no_terminal() {
    let throws = format!("{HANDLER}throw new Error('\\x1b[2J\\r\\u202ewiped');\n");
    let folder = folder(&[("app.js", &throws)]);
    let outcome = doverb(&[Path::new("build"), &folder.path().join("app.js")]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let said = outcome.stderr.join("\n");
    assert!(said.contains("wiped"), "{said}");
    assert!(!said.contains(['\x1b', '\r', '\u{202e}']), "{said:?}");
}
