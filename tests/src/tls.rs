//! A certificate for a server, and clients that trust it and no other.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::SOON;

/// A client's connection.
pub type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A certificate for `localhost`, as two files of a folder of its own.
#[derive(Debug)]
pub struct Certificate {
    folder: tempfile::TempDir,
    der: CertificateDer<'static>,
}

impl Certificate {
    /// Makes one.
    ///
    /// # Panics
    ///
    /// When there is no folder to be had.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Certificate {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).expect("a file");
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).expect("a file");
        Certificate { folder, der: made.cert.der().clone() }
    }

    /// The certificate's file.
    #[must_use]
    pub fn cert(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// The file of its key.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// The flags of a server that has it.
    #[must_use]
    pub fn flags(&self) -> [String; 4] {
        let text = |path: PathBuf| path.into_os_string().into_string().expect("a path in UTF-8");
        ["--tls-cert".to_owned(), text(self.cert()), "--tls-key".to_owned(), text(self.key())]
    }

    /// Connects to a server that has this certificate, and offers it these protocols.
    ///
    /// # Errors
    ///
    /// When nobody listens, or the handshake fails.
    ///
    /// # Panics
    ///
    /// Never: what it is made of is good.
    pub fn connect(&self, server: SocketAddr, protocols: &[&str]) -> io::Result<Stream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).expect("a certificate");
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let name = "localhost".try_into().expect("a name");
        let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let socket = TcpStream::connect(server)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(SOON))?;
        socket.set_write_timeout(Some(SOON))?;
        let mut stream = StreamOwned::new(connection, socket);
        stream.conn.complete_io(&mut stream.sock)?;
        Ok(stream)
    }
}
