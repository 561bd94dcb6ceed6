//! Sources that mean harm to whoever builds them, which a server does when they change.

use std::fs;
use std::path::Path;

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
