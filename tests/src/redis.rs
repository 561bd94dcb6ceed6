//! Debian's Redis, on a port of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::eventually;
use crate::tls::Certificate;

/// A server that runs with the test, and keeps what it acknowledges in a folder that ends with it.
#[derive(Debug)]
pub struct Redis {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
    certificate: Option<Certificate>,
}

impl Redis {
    /// Starts one, and waits until it can be connected to.
    ///
    /// # Panics
    ///
    /// When there is none: on Debian, `apt-get install redis-server` brings it.
    #[must_use]
    pub fn start() -> Redis {
        Redis::begin(None)
    }

    /// The same over TLS alone, with a certificate for `localhost` that nobody knows.
    ///
    /// # Panics
    ///
    /// As [`Redis::start`], and when it was built without TLS.
    #[must_use]
    pub fn start_with_tls() -> Redis {
        Redis::begin(Some(Certificate::new()))
    }

    fn begin(certificate: Option<Certificate>) -> Redis {
        // Somebody else may take the port meanwhile: then it ends, and nobody listens.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
        let (address, folder) = (free.expect("a free port"), tempfile::tempdir().expect("a folder"));
        let child = spawn(address, &folder, certificate.as_ref());
        Redis { child, address, folder, certificate }
    }

    /// Ends it at once, and starts it again.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn restart(&mut self) {
        self.stop();
        self.child = spawn(self.address, &self.folder, self.certificate.as_ref());
    }

    /// Ends it at once.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Where it is: `redis://127.0.0.1:1234`.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.certificate {
            None => format!("redis://{}", self.address),
            Some(_) => format!("rediss://localhost:{}", self.address.port()),
        }
    }

    /// What it is to be known by, where it speaks TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }
}

fn spawn(address: SocketAddr, folder: &tempfile::TempDir, certificate: Option<&Certificate>) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"]);
    let port = address.port().to_string();
    match certificate {
        None => command.args(["--port", &port]),
        Some(certificate) => {
            command.args(["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"]);
            command.arg("--tls-cert-file").arg(certificate.cert());
            command.arg("--tls-key-file").arg(certificate.key())
        }
    };
    command.arg("--dir").arg(folder.path());
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let child = child.expect("redis-server starts. On Debian: apt-get install redis-server");
    eventually("Redis listens", || TcpStream::connect(address).ok());
    child
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}
