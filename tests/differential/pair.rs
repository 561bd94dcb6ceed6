//! CPython and Doverb with the same handlers, side by side.

use std::net::{Shutdown, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use doverb_tests::command::spawn;
use doverb_tests::log_lines::LogLines;
use doverb_tests::server::command;
use doverb_tests::{Client, LATER, Server, repository};

use super::case::{Case, Variant};
use super::outcome::Outcome;

/// The environment variable that makes the handlers' `setup` set attributes.
const OWN_ATTRIBUTES: &str = "OWN_ATTRIBUTES";

/// The 11 of the machine's Python 3.11.
pub fn python_minor() -> u32 {
    let mut command = Command::new("python3");
    command.args(["-c", "import sys; print(sys.version_info.minor)"]);
    let outcome = doverb_tests::command::run(command, LATER);
    outcome.stdout.first().and_then(|line| line.parse().ok()).expect("python3 says its version")
}

/// A server of each kind.
pub struct Pair {
    python: Python,
    doverb: Server,
}

/// `handlers.py`, run by the machine's python3. It ends with the test.
struct Python {
    child: Child,
    address: SocketAddr,
    log: LogLines,
}

impl Pair {
    /// `guest` is what `doverb serve` takes: a component, or its sources.
    pub fn start(guest: &Path, variant: Variant, environment: &[&'static str]) -> Pair {
        // As in Python, whatever the component weighs: in a shared instance a handler that fails takes the state of other
        // cases' connections with it.
        let mut arguments = vec!["--no-watch", "--isolation", "connection", "--protocol", variant.protocol()];
        if variant == Variant::OwnAttributes {
            arguments.extend(["--env", "OWN_ATTRIBUTES=1"]);
        }
        arguments.extend(environment.iter().flat_map(|&variable| ["--env", variable]));
        let guest = guest.to_str().expect("a path that is text");
        arguments.push(guest);
        let mut doverb = command(&arguments);
        if guest.ends_with(".py") {
            // Told as under CPython, the program says itself which version it speaks, and so how long a handler lasts.
            doverb.args(["--", variant.protocol()]);
        }
        Pair { python: Python::start(variant), doverb: Server::spawn(doverb) }
    }

    /// Sends the case to both, to one after the other.
    pub fn run(&self, case: &Case) -> [Outcome; 2] {
        let bytes = case.bytes();
        [self.python.address, self.doverb.address()].map(|address| exchange(address, &bytes))
    }
}

fn exchange(address: SocketAddr, bytes: &[u8]) -> Outcome {
    let mut client = Client::connect(address);
    client.send_what_it_takes(bytes);
    // The server may have closed by now.
    let _ = client.writer().shutdown(Shutdown::Write);
    let (raw, reset) = client.read_to_any_end();
    Outcome::parse(raw, reset)
}

impl Python {
    fn start(variant: Variant) -> Python {
        let mut command = Command::new("python3");
        command.arg(repository().join("tests/differential/handlers.py")).arg(variant.protocol());
        command.env_remove(OWN_ATTRIBUTES).env("PYTHONDONTWRITEBYTECODE", "1");
        if variant == Variant::OwnAttributes {
            command.env(OWN_ATTRIBUTES, "1");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = spawn(&mut command);
        let stdout = LogLines::of(child.stdout.take().expect("it is piped"));
        let log = LogLines::of(child.stderr.take().expect("it is piped"));
        // Dropped, and so killed, when the ready line does not come.
        let mut python = Python { child, address: SocketAddr::from(([0, 0, 0, 0], 0)), log };
        let line = stdout.wait_for(LATER, |line| line.starts_with("Serving HTTP on "));
        let url = line.split_once("(http://").and_then(|(_, rest)| rest.split_once('/'));
        python.address = url.and_then(|(address, _)| address.parse().ok()).expect("the line names the port");
        python
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            // It logs every request; what went wrong is at the end.
            let lines = self.log.lines();
            eprintln!(
                "--- the end of Python's log ---\n{}",
                lines[lines.len().saturating_sub(20)..].join("\n")
            );
        }
    }
}
