//! Debian's Redis, on a port of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::eventually;

/// A server that runs with the test, and keeps what it acknowledges in a folder that ends with it.
#[derive(Debug)]
pub struct Redis {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Redis {
    /// Starts one, and waits until it can be connected to.
    ///
    /// # Panics
    ///
    /// When there is none: on Debian, `apt-get install redis-server` brings it.
    #[must_use]
    pub fn start() -> Redis {
        // Somebody else may take the port meanwhile: then it ends, and nobody listens.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
        let (address, folder) = (free.expect("a free port"), tempfile::tempdir().expect("a folder"));
        Redis { child: spawn(address, &folder), address, folder }
    }

    /// Ends it at once, and starts it again.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn restart(&mut self) {
        self.stop();
        self.child = spawn(self.address, &self.folder);
    }

    /// Ends it at once.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Where it is: `redis://127.0.0.1:1234`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }
}

fn spawn(address: SocketAddr, folder: &tempfile::TempDir) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"]);
    command.arg("--port").arg(address.port().to_string()).arg("--dir").arg(folder.path());
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
