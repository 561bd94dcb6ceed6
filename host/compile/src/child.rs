//! Runs a tool as a child process: fed, listened to, and stopped when it takes too long.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

/// How often the child's end, its deadline and cancellation are looked for.
const TICK: Duration = Duration::from_millis(20);
/// How long output is awaited once the child has ended: a process of its own may hold the pipes open.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long it may take to its end once it is asked to end, and how often that is looked for.
const LAST_DEEDS: Duration = Duration::from_secs(6);
const SHORT: Duration = Duration::from_millis(5);
const PIECE: usize = 64 * 1024;

/// What a child does while it runs.
pub enum Event<'a> {
    /// It wrote to its standard output.
    Stdout(&'a [u8]),
    /// It wrote to its standard error.
    Stderr(&'a [u8]),
    /// Nothing, for the moment.
    Quiet,
}

/// Why a child did not end by itself.
#[derive(Debug)]
pub enum ChildError {
    /// The system could not start it.
    Start(io::Error),
    /// Its time was over.
    TimedOut,
    /// The listener said so.
    Cancelled,
}

/// Runs `command` with `input` as its standard input, and tells `listener` what it does until that
/// returns false. However this returns, neither the child nor a process of its group is left.
///
/// The child leads a process group of its own, so that all of it can be stopped; an interrupt from the
/// terminal does not reach it, and cancelling is the caller's job. One that is to end gets SIGTERM first,
/// and some seconds to end what has left its group.
pub fn run(
    mut command: Command,
    input: Arc<[u8]>,
    timeout: Duration,
    listener: &mut dyn FnMut(Event<'_>) -> bool,
) -> Result<ExitStatus, ChildError> {
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let child = command.spawn().map_err(ChildError::Start)?;
    let mut running = Running { child, is_waited_for: false };
    let output = connect(&mut running.child, input).map_err(ChildError::Start)?;
    let deadline = Instant::now() + timeout;
    let mut open = 2;
    let status = loop {
        if !deliver(&output, TICK, &mut open, listener) {
            return Err(ChildError::Cancelled);
        }
        if running.has_ended() {
            // What it leaves behind in its group, as long as its number is its own.
            running.kill_group();
            break running.wait().map_err(ChildError::Start)?;
        }
        if Instant::now() >= deadline {
            return Err(ChildError::TimedOut);
        }
    };
    let deadline = Instant::now() + LAST_WORDS;
    while open > 0 && Instant::now() < deadline {
        if !deliver(&output, TICK, &mut open, listener) {
            return Err(ChildError::Cancelled);
        }
    }
    Ok(status)
}

/// A child that does not outlive this value.
struct Running {
    child: Child,
    /// Whether its end was taken note of. Then its number may be another process's.
    is_waited_for: bool,
}

impl Running {
    /// Whether it has ended, and nobody knows of it yet.
    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(Pid::from_child(&self.child)), options), Ok(None))
    }

    fn kill_group(&self) {
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
    }

    fn wait(&mut self) -> io::Result<ExitStatus> {
        self.is_waited_for = true;
        self.child.wait()
    }

    /// Asks it to end, as it may have something to end first.
    fn ask(&self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let deadline = Instant::now() + LAST_DEEDS;
        while !self.has_ended() && Instant::now() < deadline {
            thread::sleep(SHORT);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_waited_for {
            self.ask();
            self.kill_group();
            let _ = self.child.kill();
            let _ = self.wait();
        }
    }
}

enum Message {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    End,
}

/// Starts the threads that feed and listen. They end with the pipes, so with the child.
fn connect(child: &mut Child, input: Arc<[u8]>) -> io::Result<Receiver<Message>> {
    let (sender, receiver) = mpsc::sync_channel(16);
    if let Some(mut stdin) = child.stdin.take() {
        let feed = move || {
            // A child that ends without reading everything says itself why.
            let _ = stdin.write_all(&input);
        };
        thread::Builder::new().name("doverb-feed".into()).spawn(feed)?;
    }
    if let Some(stdout) = child.stdout.take() {
        listen(stdout, sender.clone(), Message::Stdout)?;
    }
    if let Some(stderr) = child.stderr.take() {
        listen(stderr, sender, Message::Stderr)?;
    }
    Ok(receiver)
}

fn listen(
    mut pipe: impl Read + Send + 'static,
    sender: SyncSender<Message>,
    message: fn(Vec<u8>) -> Message,
) -> io::Result<()> {
    let pump = move || {
        let mut piece = vec![0; PIECE];
        loop {
            match pipe.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => {
                    if sender.send(message(piece[..read].to_vec())).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let _ = sender.send(Message::End);
    };
    thread::Builder::new().name("doverb-listen".into()).spawn(pump).map(drop)
}

/// Hands one event on, waiting for it at most `patience`. False when the listener has had enough.
fn deliver(
    output: &Receiver<Message>,
    patience: Duration,
    open: &mut u32,
    listener: &mut dyn FnMut(Event<'_>) -> bool,
) -> bool {
    match output.recv_timeout(patience) {
        Ok(Message::Stdout(piece)) => listener(Event::Stdout(&piece)),
        Ok(Message::Stderr(piece)) => listener(Event::Stderr(&piece)),
        Ok(Message::End) => {
            *open -= 1;
            listener(Event::Quiet)
        }
        Err(RecvTimeoutError::Timeout) => listener(Event::Quiet),
        Err(RecvTimeoutError::Disconnected) => {
            // Both pipes are closed, yet the child runs on: its end is all there is to wait for.
            thread::sleep(patience);
            listener(Event::Quiet)
        }
    }
}

/// Cuts pieces of output into lines.
pub struct Lines {
    partial: Vec<u8>,
    bound: usize,
}

impl Lines {
    /// A line that has more than `bound` bytes when the next piece comes is handed out in parts.
    pub fn new(bound: usize) -> Lines {
        Lines { partial: Vec::new(), bound }
    }

    /// Takes in a piece and hands out the lines that are complete now, without their ends.
    pub fn push(&mut self, piece: &[u8], mut line: impl FnMut(&str)) {
        for part in piece.split_inclusive(|&byte| byte == b'\n') {
            self.partial.extend_from_slice(part);
            if part.ends_with(b"\n") || self.partial.len() >= self.bound {
                self.finish(&mut line);
            }
        }
    }

    /// Hands out the last line when it has no end.
    pub fn finish(&mut self, mut line: impl FnMut(&str)) {
        let bytes = std::mem::take(&mut self.partial);
        let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        if !bytes.is_empty() {
            line(&String::from_utf8_lossy(text.strip_suffix(b"\r").unwrap_or(text)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{ChildError, Event, Lines, run};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn input_and_both_outputs_pass_through_whole() {
        let input = vec![b'x'; 1_000_000];
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let status = run(
            shell("cat; echo done >&2; exit 3"),
            input.clone().into(),
            Duration::from_secs(60),
            &mut |event| {
                match event {
                    Event::Stdout(piece) => stdout.extend_from_slice(piece),
                    Event::Stderr(piece) => stderr.extend_from_slice(piece),
                    Event::Quiet => {}
                }
                true
            },
        );
        assert_eq!(status.unwrap().code(), Some(3));
        assert_eq!(stdout, input);
        assert_eq!(stderr, b"done\n");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_child_over_its_time_is_stopped_with_its_children() {
        // The child and its own child hold the writing end; reading ends when both are gone.
        let (mut reader, writer) = std::io::pipe().unwrap();
        let path = format!("/proc/{}/fd/{}", std::process::id(), std::os::fd::AsRawFd::as_raw_fd(&writer));
        let child = shell(&format!("exec 9>{path}; echo held >&9; sleep 600 & wait"));
        let mut writer = Some(writer);
        let mut held = [0; 5];
        let result = run(child, [].into(), Duration::from_secs(1), &mut |_| {
            if writer.is_some() {
                std::io::Read::read_exact(&mut reader, &mut held).unwrap();
                writer = None;
            }
            true
        });
        assert!(matches!(result, Err(ChildError::TimedOut)));
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(std::io::Read::read(&mut reader, &mut [0; 16])));
        let end = receiver.recv_timeout(Duration::from_secs(60)).expect("a process was left behind");
        assert_eq!(end.unwrap(), 0);
    }

    #[test]
    fn a_listener_that_has_had_enough_stops_the_child() {
        let result = run(shell("exec sleep 600"), [].into(), Duration::from_secs(600), &mut |_| false);
        assert!(matches!(result, Err(ChildError::Cancelled)));
    }

    #[test]
    fn a_child_that_closes_its_outputs_is_still_waited_for() {
        let result = run(shell("exec >&- 2>&-; exit 7"), [].into(), Duration::from_secs(60), &mut |_| true);
        assert_eq!(result.unwrap().code(), Some(7));
    }

    #[test]
    fn a_program_that_does_not_exist_is_an_error() {
        let command = Command::new("/nonexistent/tool");
        let result = run(command, [].into(), Duration::from_secs(60), &mut |_| true);
        assert!(matches!(result, Err(ChildError::Start(_))));
    }

    #[test]
    fn lines_are_put_together_and_long_ones_are_cut() {
        let mut lines = Lines::new(8);
        let mut seen = Vec::new();
        for piece in ["on", "e\ntwo\r\n\nth", "ree", "and much more\nlast"] {
            lines.push(piece.as_bytes(), |line| seen.push(line.to_owned()));
        }
        lines.finish(|line| seen.push(line.to_owned()));
        assert_eq!(seen, ["one", "two", "", "threeand much more", "last"]);
    }
}
