//! Where a server listens: several ports, unix sockets, sockets handed in, and TLS.

use std::fs;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;

use doverb_tests::tls::{Certificate, Stream};
use doverb_tests::{SOON, Server, eventually, guest, request, server};
use rustix::process::Signal;

const CLOSE: &str = "Connection: close\r\n";

/// Sends a GET and reads to the end.
fn get(mut stream: impl Read + Write, path: &str) -> String {
    stream.write_all(request("GET", path, CLOSE).as_bytes()).expect("the server takes it");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer, and an end in good order");
    answer
}

fn unix(path: &Path) -> UnixStream {
    let stream = UnixStream::connect(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    stream.set_read_timeout(Some(SOON)).expect("a time");
    stream
}

/// A server at a unix socket, and at a port by which the tests know it.
fn at(path: &Path, more: &[&str]) -> Server {
    let bind = format!("unix:{}", path.display());
    let mut arguments = vec!["--bind", "127.0.0.1", "--bind", &bind];
    arguments.extend(more);
    Server::with("probe", &arguments)
}

/// One that can't listen; what it said.
fn refused(path: &Path) -> Vec<String> {
    let mut all = vec!["serve".to_owned(), "--no-watch".to_owned(), guest("probe").display().to_string()];
    all.push(format!("--bind=unix:{}", path.display()));
    let outcome = doverb_tests::doverb(&all);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    outcome.stderr
}

#[test]
fn a_line_for_each_address_says_where_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("site");
    let server = at(&path, &["--bind", "[::1]"]);
    server.stdout.wait_for(SOON, |line| line == format!("Serving HTTP on unix:{} ...", path.display()));
    let ipv6 = server.stdout.wait_for(SOON, |line| line.starts_with("Serving HTTP on ::1 port "));
    let port = ipv6.split(' ').nth(5).expect("a port");
    let stream = std::net::TcpStream::connect(format!("[::1]:{port}")).expect("it listens");
    assert!(get(stream, "/buffered").starts_with("HTTP/1.1 200 "));
    assert!(get(unix(&path), "/buffered").starts_with("HTTP/1.1 200 "));
    assert_eq!(server.connect().get("/buffered").status, 200);
}

#[test]
fn a_unix_socket_is_removed_at_the_end_and_its_clients_have_no_address() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("site");
    let mut server = at(&path, &[]);
    let facts = get(unix(&path), "/headers");
    assert!(facts.contains("scheme=http\n"), "{facts}");
    let line = server.wait_for_log("\"GET /headers HTTP/1.1\" 200");
    assert!(line.starts_with("unix: - - ["), "{line}");
    assert_eq!(server.stop().code(), Some(0));
    assert!(!path.exists());
}

#[test]
fn what_a_killed_server_left_is_replaced_and_nothing_else_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("site");
    let mut killed = at(&path, &[]);
    killed.signal(Signal::KILL);
    killed.wait();
    assert!(path.exists(), "nobody could remove it");
    let server = at(&path, &[]);
    assert!(get(unix(&path), "/buffered").starts_with("HTTP/1.1 200 "));
    let said = refused(&path);
    assert!(said[0].contains("another server answers at this socket"), "{said:?}");
    assert!(get(unix(&path), "/buffered").starts_with("HTTP/1.1 200 "), "the first is not harmed");
    drop(server);
    let file = folder.path().join("notes");
    fs::write(&file, "mine").expect("a file");
    let said = refused(&file);
    assert!(said[0].contains("there is a file that is no socket"), "{said:?}");
    assert!(said[0].contains("--bind unix:PATH"), "{said:?}");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "mine");
}

#[test]
fn a_reset_of_a_unix_socket_and_a_body_over_it_are_like_those_of_tcp() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("site");
    let server = at(&path, &[]);
    let mut stream = unix(&path);
    let head = request("POST", "/body", &format!("Content-Length: 100000\r\n{CLOSE}"));
    stream.write_all(head.as_bytes()).expect("a head");
    stream.write_all(&[b'x'; 100_000]).expect("a body");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.contains("100000 "), "{answer:.200}");
    drop(server);
}

/// `doverb serve` as systemd starts it: its third descriptor listens, and the environment says so.
fn handed(socket: &UnixListener, notify: &Path, arguments: &[&str]) -> Command {
    let mut all = vec!["--no-watch".to_owned(), guest("probe").display().to_string()];
    all.extend(arguments.iter().map(ToString::to_string));
    let serve = server::command(&all);
    let mut command = Command::new("sh");
    // The number of the process is known only when it is there.
    let script = format!(
        "exec 3<&{0}; [ {0} = 3 ] || exec {0}<&-; LISTEN_PID=$$ exec \"$0\" \"$@\"",
        socket.as_raw_fd()
    );
    command.arg("-c").arg(script).arg(serve.get_program()).args(serve.get_args());
    for (name, value) in serve.get_envs() {
        command.env(name, value.expect("none is removed"));
    }
    command.env("LISTEN_FDS", "1").env("NOTIFY_SOCKET", notify);
    command
}

fn inherited(path: &Path) -> UnixListener {
    let socket = UnixListener::bind(path).expect("a socket");
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::empty()).expect("a descriptor");
    socket
}

#[test]
fn a_socket_that_systemd_hands_in_is_served_and_it_is_told_of_begin_and_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, notify) = (folder.path().join("site"), folder.path().join("notify"));
    let socket = inherited(&path);
    let systemd = UnixDatagram::bind(&notify).expect("a socket");
    systemd.set_read_timeout(Some(SOON)).expect("a time");
    let told = || {
        let mut text = [0; 256];
        let bytes = systemd.recv(&mut text).expect("news");
        String::from_utf8_lossy(&text[..bytes]).trim().to_owned()
    };
    // The port is there for the harness; without it the socket alone would be listened at.
    let mut server = Server::spawn(handed(&socket, &notify, &["--bind", "127.0.0.1"]));
    drop(socket);
    server.stdout.wait_for(SOON, |line| line == format!("Serving HTTP on unix:{} ...", path.display()));
    assert_eq!(told(), "READY=1");
    assert!(get(unix(&path), "/buffered").starts_with("HTTP/1.1 200 "));
    server.signal(Signal::TERM);
    assert_eq!(told(), "STOPPING=1");
    assert_eq!(server.wait().code(), Some(0));
    assert!(path.exists(), "it is systemd's");
}

#[test]
fn a_client_over_tls_is_served_and_its_scheme_is_known() {
    let certificate = Certificate::new();
    let flags = certificate.flags();
    let server = Server::with("probe", &flags.each_ref().map(String::as_str));
    let ready = server.stdout.lines();
    let url = format!("(https://{}/)", server.address());
    assert!(ready[0].starts_with("Serving HTTPS on 127.0.0.1 port ") && ready[0].contains(&url), "{ready:?}");
    let connect = || -> Stream { certificate.connect(server.address(), &["http/1.1"]).expect("a handshake") };
    let facts = get(connect(), "/headers");
    assert!(facts.contains("scheme=https\n"), "{facts}");
    assert_eq!(connect().conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert!(certificate.connect(server.address(), &["h2"]).is_err(), "HTTP/2 is not spoken");
}

#[test]
fn a_certificate_that_was_replaced_is_used_without_a_restart() {
    let (first, second) = (Certificate::new(), Certificate::new());
    let flags = first.flags();
    let server = Server::with("probe", &flags.each_ref().map(String::as_str));
    let open = first.connect(server.address(), &[]).expect("a handshake");
    fs::rename(second.cert(), first.cert()).expect("a file");
    fs::rename(second.key(), first.key()).expect("a file");
    eventually("the new certificate", || second.connect(server.address(), &[]).ok());
    assert!(first.connect(server.address(), &[]).is_err(), "the old one is gone");
    assert!(get(open, "/buffered").starts_with("HTTP/1.1 200 "), "who was connected still is");
    server.wait_for_log("cert.pem: loaded again");
}

#[test]
fn a_certificate_that_cannot_be_used_is_named_before_anything_listens() {
    let certificate = Certificate::new();
    let [_, cert, _, key] = certificate.flags();
    let handler = guest("probe").display().to_string();
    let serve = |cert: &str, key: &str| {
        let outcome =
            doverb_tests::doverb(&["serve", "--no-watch", &handler, "--tls-cert", cert, "--tls-key", key]);
        assert_eq!((outcome.code, outcome.stdout.len()), (Some(1), 0), "{outcome:?}");
        outcome.stderr.join("\n")
    };
    let missing = format!("{cert}.none");
    assert!(serve(&missing, &key).contains(&missing));
    assert!(serve(&key, &key).contains("it holds no certificate in PEM"));
    assert!(serve(&cert, &cert).contains("it holds no private key in PEM"));
    let other = Certificate::new();
    let [_, _, _, foreign] = other.flags();
    assert!(serve(&cert, &foreign).contains(&foreign));
}
