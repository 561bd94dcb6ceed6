//! The real server, as a child process.

use std::ffi::OsStr;
use std::fs;
use std::io::{PipeReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::log_lines::LogLines;
use crate::{Client, LATER, SOON, artifacts, eventually, guest};

/// A running `doverb serve`. It ends with the test.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    /// Its standard output.
    pub stdout: LogLines,
    /// Its log.
    pub log: LogLines,
    /// The end of its log's pipe, where it is not to be read.
    unread: Option<PipeReader>,
}

impl Server {
    /// Serves a guest that was built for the tests with the defaults.
    #[must_use]
    pub fn of(name: &str) -> Server {
        Server::with(name, &[])
    }

    /// Serves such a guest with more arguments.
    #[must_use]
    pub fn with(name: &str, arguments: &[&str]) -> Server {
        let mut all = vec!["--no-watch"];
        all.extend(arguments);
        Server::start(&guest(name), &all)
    }

    /// Serves a source of the repository's, which is built first, without watching it.
    #[must_use]
    pub fn of_source(path: &str, arguments: &[&str]) -> Server {
        let mut all = vec!["--no-watch"];
        all.extend(arguments);
        Server::start(&artifacts::repository().join(path), &all)
    }

    /// Serves any file or folder, and waits until it can be connected to.
    ///
    /// # Panics
    ///
    /// When the server ends instead; the message holds what it said.
    #[must_use]
    pub fn start(handler: &Path, arguments: &[&str]) -> Server {
        let mut arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        arguments.push(handler.as_os_str());
        Server::spawn(command(&arguments))
    }

    /// Starts what [`command`] made.
    ///
    /// # Panics
    ///
    /// When the server ends instead; the message holds what it said.
    #[must_use]
    pub fn spawn(mut command: Command) -> Server {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the doverb binary starts");
        let stdout = LogLines::of(child.stdout.take().expect("it is piped"));
        let log = LogLines::of(child.stderr.take().expect("it is piped"));
        // Dropped, and so killed, when the ready line does not come.
        let mut server =
            Server { child, address: SocketAddr::from(([0, 0, 0, 0], 0)), stdout, log, unread: None };
        server.address = server.ready();
        server
    }

    /// The same, but its log goes to a pipe that is full and that nobody reads.
    ///
    /// # Panics
    ///
    /// As [`Server::spawn`].
    #[must_use]
    pub fn spawn_unread(mut command: Command) -> Server {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        let size = rustix::pipe::fcntl_setpipe_size(&writer, 4096).expect("a size");
        writer.write_all(&vec![b'\n'; size]).expect("it holds so much");
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(writer);
        let mut child = command.spawn().expect("the doverb binary starts");
        let stdout = LogLines::of(child.stdout.take().expect("it is piped"));
        let log = LogLines::of(std::io::empty());
        let mut server =
            Server { child, address: SocketAddr::from(([0, 0, 0, 0], 0)), stdout, log, unread: Some(reader) };
        server.address = server.ready();
        server
    }

    fn ready(&self) -> SocketAddr {
        // A folder is built first.
        let stdout = self.stdout.clone();
        let line = std::panic::catch_unwind(move || stdout.wait_for(LATER, |_| true));
        let said = || self.log.lines().join("\n");
        let line = line.unwrap_or_else(|_| panic!("the server is not ready; it said:\n{}", said()));
        parse_ready_line(&line).unwrap_or_else(|| panic!("not a ready line: {line:?}"))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A new connection to it.
    #[must_use]
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// The same from another address of this machine, as another client.
    #[must_use]
    pub fn connect_from(&self, address: &str) -> Client {
        Client::connect_from(address, self.address)
    }

    /// The text that a new client gets of a path.
    pub fn text(&self, path: &str) -> String {
        self.connect().get(path).text()
    }

    /// Waits for a line of the log that contains `text`.
    pub fn wait_for_log(&self, text: &str) -> String {
        self.log.wait_for(SOON, |line| line.contains(text))
    }

    /// Where the state of things is shown, once it is: for who has begun it with `--status`.
    #[must_use]
    pub fn status_address(&self) -> SocketAddr {
        let line = self.wait_for_log("status at http://");
        let (_, rest) = line.split_once("http://").expect("an address");
        rest.trim_end_matches('/').parse().expect("an address and a port")
    }

    /// The lines of the log so far that contain `text`.
    #[must_use]
    pub fn logged(&self, text: &str) -> Vec<String> {
        self.log.lines().into_iter().filter(|line| line.contains(text)).collect()
    }

    /// Sends it SIGSTOP, and waits until the system has stopped it.
    ///
    /// # Panics
    ///
    /// When it is not stopped soon.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
        let stat = format!("/proc/{}/stat", self.child.id());
        eventually("the server is stopped", || {
            let stat = fs::read_to_string(&stat).ok()?;
            stat.rsplit(") ").next()?.starts_with('T').then_some(())
        });
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("the server is there");
    }

    /// Ends it without a chance to do anything, as the system does when it needs memory.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends it SIGTERM and waits until it has ended.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Waits until it has ended of itself.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn wait(&mut self) -> ExitStatus {
        // The system closes its pipes when it ends: there is no need to poll until then.
        let _ = self.log.wait_for_end(SOON);
        let deadline = Instant::now() + SOON;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status;
            }
            assert!(Instant::now() < deadline, "the server closed its log and did not end");
            thread::yield_now();
        }
    }

    /// Time that all of its threads have computed, in steps of the system's. What it does for a request can be measured
    /// by it on a machine that is busy with others.
    ///
    /// # Panics
    ///
    /// When it has ended.
    #[must_use]
    pub fn processor_time(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = std::fs::read_to_string(path).expect("the server is there");
        let (_, numbers) = stat_of(&stat).expect("a name in brackets");
        let ticks = |word: &str| word.parse::<u64>().expect("a number of ticks");
        // utime and stime are the 14th and 15th of all.
        let ticks: u64 = numbers.split(' ').skip(11).take(2).map(ticks).sum();
        Duration::from_millis(1000 * ticks / rustix::param::clock_ticks_per_second())
    }

    /// Memory that it has resident, in bytes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Threads that it has.
    #[must_use]
    pub fn threads(&self) -> u64 {
        self.status_number("Threads:")
    }

    /// The niceness of each of its threads whose name begins so.
    ///
    /// # Panics
    ///
    /// When it has ended.
    #[must_use]
    pub fn niceness(&self, name: &str) -> Vec<i32> {
        let all = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("the server is there");
        let of = |thread: std::fs::DirEntry| {
            let stat = std::fs::read_to_string(thread.path().join("stat")).ok()?;
            let (called, numbers) = stat_of(&stat)?;
            // The 19th of all.
            called.starts_with(name).then(|| numbers.split(' ').nth(16)?.parse().ok())?
        };
        all.flatten().filter_map(of).collect()
    }

    /// Descriptors that it has of a kind, as the system calls it.
    ///
    /// # Panics
    ///
    /// When it has ended.
    #[must_use]
    pub fn descriptors_of(&self, kind: &str) -> usize {
        let all = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("the server is there");
        let is_it = |entry: &std::fs::DirEntry| {
            std::fs::read_link(entry.path()).is_ok_and(|to| to.to_string_lossy().contains(kind))
        };
        all.flatten().filter(is_it).count()
    }

    /// The most memory that it ever had resident, in bytes.
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, key: &str) -> u64 {
        self.status_number(key) * 1024
    }

    /// A number in what the system says of it, without its unit.
    fn status_number(&self, key: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("the server is there");
        let line = status.lines().find_map(|line| line.strip_prefix(key)).expect(key);
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

/// What the system says of a process or a thread: its name, which may have spaces and is in brackets, and what comes behind it, from the
/// third on.
fn stat_of(stat: &str) -> Option<(&str, &str)> {
    let (before, behind) = stat.rsplit_once(") ")?;
    Some((before.split_once('(')?.1, behind))
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        drop(self.unread.take());
        if thread::panicking() {
            let lines = self.log.wait_for_end(Duration::from_secs(5));
            eprintln!("--- the server's log ---\n{}", lines.join("\n"));
        }
    }
}

/// `doverb serve ...`, on a free port if none is named, with the cache of the tests and nothing else from their environment that
/// would change what it does.
#[must_use]
pub fn command(arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = command_as_it_is(arguments);
    if arguments.iter().all(|argument| argument.as_ref() != "--port") {
        command.args(["--port", "0"]);
    }
    command
}

/// The same where nothing is said of the port: a doverb.toml says it.
#[must_use]
pub fn command_as_it_is(arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(artifacts::binary());
    command.arg("serve").args(arguments);
    command.env("DOVERB_CACHE_DIR", artifacts::cache()).env("TZ", "UTC");
    command.env("DOVERB_TOOLS", artifacts::tools());
    command
}

/// The same command behind what a shell does first: `ulimit -n 64`. `redirections` are of its streams: `2>&-`.
#[must_use]
pub fn in_shell(before: &str, command: &Command, redirections: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{before}\nexec \"$0\" \"$@\" {redirections}"));
    shell.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell
}

/// `Serving HTTP on 127.0.0.1 port 8000 (http://127.0.0.1:8000/) ...`, or the same with HTTPS and https.
fn parse_ready_line(line: &str) -> Option<SocketAddr> {
    let rest = line.strip_prefix("Serving HTTP")?.strip_suffix("/) ...")?;
    let (rest, between) = match rest.strip_prefix("S on ") {
        Some(rest) => (rest, " (https://"),
        None => (rest.strip_prefix(" on ")?, " (http://"),
    };
    let (named, url) = rest.split_once(between)?;
    let (host, port) = named.split_once(" port ")?;
    let address: SocketAddr = url.parse().ok()?;
    (address.ip().to_string() == host && address.port().to_string() == port).then_some(address)
}
