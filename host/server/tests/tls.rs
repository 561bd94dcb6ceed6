//! TLS: what a client sees of it, and what happens to one that does not speak it.

mod common;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::{Running, SOON, ask, eventually};
use doverb_core::limits::Limits;
use doverb_core::log::Log;
use doverb_server::{Config, Listen, ServerError, TlsError, TlsFiles};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A folder with a certificate for localhost.
struct Files {
    folder: tempfile::TempDir,
    cert: CertificateDer<'static>,
}

impl Files {
    fn new() -> Files {
        let folder = tempfile::tempdir().expect("a folder");
        let cert = write(folder.path());
        Files { folder, cert }
    }

    fn paths(&self) -> TlsFiles {
        TlsFiles { cert: self.folder.path().join("cert.pem"), key: self.folder.path().join("key.pem") }
    }

    fn config(&self) -> Config {
        Config::default().with_listener(Listen::tcp("127.0.0.1", 0)).with_tls(self.paths())
    }
}

fn write(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).expect("a file");
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).expect("a file");
    made.cert.der().clone()
}

type Client = StreamOwned<ClientConnection, TcpStream>;

fn connect(address: SocketAddr, cert: &CertificateDer<'static>, protocols: &[&str]) -> io::Result<Client> {
    let mut roots = RootCertStore::empty();
    roots.add(cert.clone()).expect("a certificate");
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().expect("a name"))
        .map_err(io::Error::other)?;
    let mut client = StreamOwned::new(connection, tcp(address));
    client.conn.complete_io(&mut client.sock)?;
    Ok(client)
}

fn tcp(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("somebody listens");
    stream.set_read_timeout(Some(SOON)).expect("a time");
    stream
}

#[test]
fn a_get_over_tls_is_answered_and_ends_in_good_order() {
    let files = Files::new();
    let server = Running::new(files.config());
    let client = connect(server.tcp(), &files.cert, &[]).expect("a handshake");
    // An end without TLS's own word for it would be an error here.
    let answer = ask(client, "GET / HTTP/1.0\r\n\r\n").expect("an answer");
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.ends_with("\r\n\r\nhello"), "{answer}");
}

#[test]
fn a_client_can_choose_http_1_1_and_nothing_newer() {
    let files = Files::new();
    let server = Running::new(files.config());
    let client = connect(server.tcp(), &files.cert, &["h2", "http/1.1"]).expect("a handshake");
    assert_eq!(client.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert!(connect(server.tcp(), &files.cert, &["h2"]).is_err());
}

#[test]
fn a_uri_has_the_scheme_of_its_connection() {
    let files = Files::new();
    let server = Running::new(files.config());
    for (uri, status) in [("https://localhost/", "200"), ("http://localhost/", "421")] {
        let client = connect(server.tcp(), &files.cert, &[]).expect("a handshake");
        let request = format!("GET {uri} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answer = ask(client, &request).expect("an answer");
        assert_eq!(answer.split(' ').nth(1), Some(status), "{uri}: {answer}");
    }
}

#[test]
fn a_handshake_that_never_comes_is_ended() {
    let files = Files::new();
    let limits = Limits::default().with_header_timeout(Duration::from_millis(100));
    let server = Running::new(files.config().with_limits(limits));
    let mut silent = tcp(server.tcp());
    assert_eq!(silent.read(&mut [0; 8]).expect("an end"), 0);
}

#[test]
fn a_handshake_that_never_comes_does_not_hold_up_the_end() {
    let files = Files::new();
    let limits = Limits::default().with_grace(Duration::from_secs(600));
    let mut server = Running::new(files.config().with_limits(limits));
    let mut silent = tcp(server.tcp());
    server.stop();
    assert_eq!(silent.read(&mut [0; 8]).expect("an end"), 0);
}

#[test]
fn plain_http_is_closed_with_one_line_in_the_log_however_often_it_comes() {
    let files = Files::new();
    let server = Running::new(files.config());
    for _ in 0..20 {
        let mut plain = tcp(server.tcp());
        plain.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("a connection");
        let mut answer = Vec::new();
        let _ = plain.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    }
    assert!(connect(server.tcp(), &files.cert, &[]).is_ok());
    eventually("a line", || server.log().contains("a TLS handshake failed (1 so far)"));
    assert_eq!(server.log().lines().count(), 1, "{}", server.log());
}

#[test]
fn a_certificate_that_changes_is_loaded_again_and_a_broken_one_is_not() {
    let files = Files::new();
    let server = Running::new(files.config());
    let reaches = |cert: &CertificateDer<'static>| connect(server.tcp(), cert, &[]).is_ok();
    assert!(reaches(&files.cert));
    std::fs::write(files.paths().key, "-----BEGIN").expect("a file");
    eventually("a line", || {
        assert!(reaches(&files.cert), "the old certificate stays");
        server.log().contains("key.pem: it") && server.log().contains("the old certificate stays in use")
    });
    let new = write(files.folder.path());
    eventually("the new certificate", || reaches(&new));
    eventually("a line", || server.log().contains("cert.pem: loaded again"));
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let files = Files::new();
    let TlsFiles { cert, key } = files.paths();
    let nothing = files.folder.path().join("none.pem");
    let refused = |files: TlsFiles| match common::bind(Config::default().with_tls(files), Log::discard()) {
        Err(ServerError::Tls(error)) => error,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it listens"),
    };
    let error = refused(TlsFiles { cert: nothing.clone(), key: key.clone() });
    assert!(matches!(&error, TlsError::Read { path, .. } if *path == nothing), "{error}");
    let error = refused(TlsFiles { cert: key.clone(), key: key.clone() });
    assert!(matches!(&error, TlsError::NoCertificate { path } if *path == key), "{error}");
    let error = refused(TlsFiles { cert: cert.clone(), key: cert.clone() });
    assert!(matches!(&error, TlsError::NoKey { path } if *path == cert), "{error}");
    let second = Files::new();
    let error = refused(TlsFiles { cert: cert.clone(), key: second.paths().key });
    assert!(matches!(&error, TlsError::Unusable { .. }), "{error}");
}
