//! Other servers with the same answers as the handler of `tests/guests/conformance`, for comparison.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::log_lines::LogLines;
use crate::{SOON, repository};

/// A running server. It ends with its value.
#[derive(Debug)]
pub struct Peer {
    /// What it is, with its version.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    _folder: Option<tempfile::TempDir>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Peer {
    /// CPython's `http.server`, with `tests/conformance/cpython.py` as its handler.
    ///
    /// # Panics
    ///
    /// When there is no python3.
    #[must_use]
    pub fn cpython() -> Peer {
        let script = repository().join("tests/conformance/cpython.py");
        let mut command = Command::new("python3");
        command.arg(script).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("python3 is installed");
        let output = LogLines::of(child.stdout.take().expect("it is piped"));
        let ready = output.wait_for(SOON, |_| true);
        let (version, port) = ready.split_once(' ').expect("a version and a port");
        let port: u16 = port.parse().expect("a port");
        let name = format!("CPython {version}");
        Peer { name, address: SocketAddr::from(([127, 0, 0, 1], port)), child, _folder: None }
    }

    /// nginx, with `tests/conformance/nginx.conf`.
    ///
    /// # Panics
    ///
    /// When it is not installed.
    #[must_use]
    pub fn nginx() -> Peer {
        let folder = tempfile::tempdir().expect("a folder");
        // It can't be told to choose a port itself.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a free port");
        let template = repository().join("tests/conformance/nginx.conf");
        let template = fs::read_to_string(template).expect("its configuration");
        let here = folder.path().to_str().expect("a path in UTF-8");
        let configuration = template.replace("@PORT@", &address.port().to_string()).replace("@HERE@", here);
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration).expect("a configuration");
        let child = nginx(&file).stderr(Stdio::null()).spawn().expect("nginx is installed");
        let peer = Peer { name: nginx_version(), address, child, _folder: Some(folder) };
        let deadline = Instant::now() + SOON;
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "nginx does not listen");
            std::thread::yield_now();
        }
        peer
    }
}

fn nginx(configuration: &Path) -> Command {
    let mut command = Command::new("nginx");
    command
        .arg("-c")
        .arg(configuration)
        .arg("-e")
        .arg("/dev/null")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// `nginx version: nginx/1.22.1`
fn nginx_version() -> String {
    let said = Command::new("nginx").arg("-v").output().expect("nginx is installed").stderr;
    let said = String::from_utf8_lossy(&said);
    format!("nginx {}", said.trim().rsplit('/').next().unwrap_or("?"))
}
