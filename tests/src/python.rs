//! CPython's own server, for programs that run there as well.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::{Client, eventually};

/// A program that runs under CPython. It ends with the test.
#[derive(Debug)]
pub struct Python {
    child: Child,
    address: SocketAddr,
}

impl Python {
    /// Runs a file whose argument is the port to listen on, and waits until it does.
    ///
    /// # Panics
    ///
    /// When it ends instead, or does not listen soon.
    #[must_use]
    pub fn run(file: &Path) -> Python {
        // Somebody else may take it meanwhile: then the program ends, and says so.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
        let address = free.expect("a free port");
        let mut command = Command::new("python3");
        command.args(["-B", "-u"]).arg(file).arg(address.port().to_string());
        let folder = file.parent().expect("a folder");
        let child = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3 is there");
        let python = Python { child, address };
        eventually("the program listens", || Client::try_connect(address).ok());
        python
    }

    /// A new connection to it.
    #[must_use]
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
