//! Several listeners: ports, unix sockets, and sockets that are handed in.

mod common;

use std::net::TcpListener;
use std::net::TcpStream;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use common::{Running, SOON, ask};
use doverb_core::log::Log;
use doverb_server::{Config, Listen, ListenAddress, ServerError};

const GET: &str = "GET / HTTP/1.0\r\n\r\n";

fn unix(path: &Path) -> Config {
    Config::default().with_listener(Listen::Unix(path.into()))
}

fn answers(path: &Path) -> bool {
    let stream = UnixStream::connect(path).expect("somebody listens");
    stream.set_read_timeout(Some(SOON)).expect("a time");
    ask(stream, GET).expect("an answer").ends_with("hello")
}

#[test]
fn all_listeners_serve() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("site");
    let handed = folder.path().join("handed");
    let config = unix(&path)
        .with_listener(Listen::tcp("127.0.0.1", 0))
        .with_listener(Listen::handed(TcpListener::bind("127.0.0.1:0").expect("a port")))
        .with_listener(Listen::handed(UnixListener::bind(&handed).expect("a socket")));
    let mut server = Running::new(config);
    assert_eq!(server.addresses.len(), 4);
    assert_eq!(server.addresses[0], ListenAddress::Unix(path.clone()));
    assert_eq!(server.addresses[3], ListenAddress::Unix(handed.clone()));
    for address in server.addresses.iter().filter_map(ListenAddress::tcp) {
        let answer = ask(TcpStream::connect(address).expect("somebody listens"), GET).expect("an answer");
        assert!(answer.ends_with("hello"), "{answer}");
    }
    for _ in 0..8 {
        assert!(answers(&path) && answers(&handed));
    }
    server.stop();
    assert!(!path.exists(), "the server removes what it made");
    assert!(handed.exists(), "and nothing else");
}

#[test]
fn a_stale_socket_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("site");
    drop(UnixListener::bind(&path).expect("a socket"));
    let _server = Running::new(unix(&path));
    assert!(answers(&path));
}

#[test]
fn a_live_socket_and_another_file_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("site");
    let server = Running::new(unix(&path));
    let error = common::bind(unix(&path), Log::discard()).err().expect("it is taken");
    assert!(matches!(&error, ServerError::SocketInUse { path: of } if *of == path), "{error}");
    assert!(answers(&path));
    drop(server);
    std::fs::write(&path, "text").expect("a file");
    let error = common::bind(unix(&path), Log::discard()).err().expect("it is taken");
    assert!(matches!(&error, ServerError::NotASocket { path: of } if *of == path), "{error}");
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), "text");
}

#[test]
fn the_socket_of_a_successor_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("site");
    let mut first = Running::new(unix(&path));
    std::fs::remove_file(&path).expect("the socket");
    let _second = Running::new(unix(&path));
    first.stop();
    assert!(answers(&path));
}

#[test]
fn a_socket_that_does_not_listen_is_refused() {
    let (one, _other) = UnixStream::pair().expect("sockets");
    let config = Config::default().with_listener(Listen::handed(one));
    let error = common::bind(config, Log::discard()).err().expect("it does not listen");
    assert!(matches!(&error, ServerError::Bind { listen: Listen::Handed(_), .. }), "{error}");
}
