//! A handler can do nothing but answer, unless it is granted more.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;

use doverb_tests::command::{doverb, run};
use doverb_tests::server::command;
use doverb_tests::{LATER, Server, guest};

/// The guest's report about a path, from `/ls`.
fn seen(report: &str, path: &str) -> String {
    let prefix = format!("read {path}: ");
    let line = report.lines().find_map(|line| line.strip_prefix(&prefix));
    line.unwrap_or_else(|| panic!("{path}: {report}")).to_owned()
}

fn granted_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("in.txt"), "from the host").expect("a file");
    folder
}

fn report_with(grant: &str, folder: &Path) -> String {
    let server = Server::with("probe", &["--dir", &format!("{}::{grant}", folder.display())]);
    server.connect().get("/ls").text()
}

#[test]
fn the_environment_is_empty() {
    let server = Server::of("probe");
    assert_eq!(server.connect().get("/env").text(), "");
}

#[test]
fn an_environment_variable_is_there_when_it_is_granted() {
    let server = Server::with("probe", &["--env", "A=B=C", "--env", "EMPTY="]);
    assert_eq!(server.connect().get("/env").text(), "A=B=C\nEMPTY=");
}

#[test]
fn no_directory_is_there() {
    let server = Server::of("probe");
    let report = server.connect().get("/ls").text();
    for path in ["/", "/etc/passwd", "/data", "/data/in.txt", "/data/../../etc/passwd"] {
        assert!(seen(&report, path).starts_with("error: "), "{report}");
    }
    assert!(report.contains("write: refused"), "{report}");
}

#[test]
fn a_directory_is_there_when_it_is_granted_and_only_that() {
    let folder = granted_folder();
    let report = report_with("/data", folder.path());
    assert_eq!(seen(&report, "/data"), "a directory");
    assert_eq!(seen(&report, "/data/in.txt"), "from the host");
    for path in ["/", "/etc/passwd", "/data/../../etc/passwd"] {
        assert!(seen(&report, path).starts_with("error: "), "{report}");
    }
    assert!(report.contains("write: ok"), "{report}");
    let written = std::fs::read_to_string(folder.path().join("out.txt"));
    assert_eq!(written.expect("the guest wrote it"), "written by the guest");
}

#[test]
fn a_directory_that_is_granted_for_reading_refuses_writes() {
    let folder = granted_folder();
    let report = report_with("/data:ro", folder.path());
    assert_eq!(seen(&report, "/data/in.txt"), "from the host");
    assert!(report.contains("write: refused"), "{report}");
    assert!(!folder.path().join("out.txt").exists());
}

#[test]
fn a_link_does_not_lead_out_of_a_granted_directory() {
    let folder = granted_folder();
    std::fs::remove_file(folder.path().join("in.txt")).expect("it was made above");
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("in.txt")).expect("a link");
    let report = report_with("/data", folder.path());
    assert!(seen(&report, "/data/in.txt").starts_with("error: "), "{report}");
}

/// A folder that handlers may write to, with another in it, and one beside it that nobody was granted.
fn nested() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("site/data", "granted"), ("secret", "secret")] {
        fs::create_dir_all(folder.path().join(name)).expect("a folder");
        fs::write(folder.path().join(name).join("in.txt"), text).expect("a file");
    }
    folder
}

/// What a handler of the outer folder can do, which WASI lets it: a link in the inner one's place.
fn replace_by_link(folder: &Path) {
    fs::rename(folder.join("site/data"), folder.join("site/old")).expect("a folder");
    symlink("../secret", folder.join("site/data")).expect("a link");
}

const REFUSED: &str = "data is a link in a folder that a handler may write to, and is not followed";

/// The server grants the inner folder, and nothing when it is a link.
fn expect_no_way_by_link(server: &Server, folder: &Path) {
    assert_eq!(seen(&server.connect().get("/ls").text(), "/data/in.txt"), "granted");
    replace_by_link(folder);
    let report = server.connect().get("/ls").text();
    assert!(seen(&report, "/data/in.txt").starts_with("error: "), "{report}");
    server.wait_for_log(REFUSED);
}

#[test]
fn a_link_that_a_handler_puts_in_the_place_of_a_granted_folder_leads_nowhere() {
    let folder = nested();
    let grant = |host: &str, guest: &str| format!("{}::{guest}", folder.path().join(host).display());
    let grants = ["--dir", &grant("site", "/site"), "--dir", &grant("site/data", "/data")];
    let server = Server::with("probe", &grants);
    expect_no_way_by_link(&server, folder.path());
    drop(server);
    let probe = guest("probe").display().to_string();
    let outcome = doverb(&[&["serve", "--port", "0", &probe], &grants[..]].concat());
    assert!(outcome.stderr.concat().contains(REFUSED), "{:?}", outcome.stderr);
}

#[test]
fn neither_does_one_in_the_place_of_another_mounts_folder() {
    let folder = nested();
    let probe = guest("probe").display().to_string();
    let mounts = format!(
        "[[mount]]\npath = \"/\"\nhandler = {probe:?}\ndirs = [\"site/data::/data:ro\"]\n\
         [[mount]]\npath = \"/outer\"\nhandler = {probe:?}\ndirs = [\"site::/site\"]\n"
    );
    let config = folder.path().join("doverb.toml");
    fs::write(&config, mounts).expect("a file");
    let serve = || command(&["--no-watch", "--config", &config.display().to_string()]);
    let server = Server::spawn(serve());
    expect_no_way_by_link(&server, folder.path());
    drop(server);
    // Nor where the server begins anew, whichever it loads first.
    let outcome = run(serve(), LATER);
    assert!(outcome.stderr.concat().contains(REFUSED), "{:?}", outcome.stderr);
    // What is served as it is lies in no other place either.
    let files = "[[mount]]\npath = \"/\"\nhandler = \"site/data\"\n[[mount]]\npath = \"/outer\"\n".to_owned();
    fs::write(&config, files + &format!("handler = {probe:?}\ndirs = [\"site::/site\"]\n")).expect("a file");
    let outcome = run(serve(), LATER);
    assert!(outcome.stderr.concat().contains(REFUSED), "{:?}", outcome.stderr);
}

#[test]
fn no_socket_can_be_opened() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = Server::of("probe");
    let report = server.connect().get(&format!("/connect?port={port}")).text();
    assert!(report.starts_with("refused: "), "{report}");
    listener.set_nonblocking(true).expect("a socket");
    let nobody = listener.accept().expect_err("nobody may connect");
    assert_eq!(nobody.kind(), ErrorKind::WouldBlock);
}
