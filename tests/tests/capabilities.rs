//! A handler can do nothing but answer, unless it is granted more.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;

use doverb_tests::Server;

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
