//! What breaks around the server: it is killed, its disk is full, nobody reads what it says, its handler's file is
//! something else. What was served before is served on, and a line says why no more.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use doverb_tests::command::run;
use doverb_tests::server::{command, in_shell};
use doverb_tests::{LATER, Outcome, SOON, Server, eventually, guest, padded, request};
use rustix::process::{Pid, Signal, test_kill_process};

/// A folder with a handler's file and a cache of its own.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn of(name: &str) -> Site {
        let site = Site { folder: tempfile::tempdir().expect("a folder") };
        fs::copy(guest(name), site.file()).expect("the guest");
        site
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self) -> PathBuf {
        self.at("handler.wasm")
    }

    fn cache(&self) -> PathBuf {
        self.at("cache")
    }

    fn command(&self, handler: &Path, arguments: &[&str]) -> Command {
        let mut all: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        all.push(handler.as_os_str());
        let mut command = command(&all);
        command.env("DOVERB_CACHE_DIR", self.cache());
        command
    }

    fn serve(&self, arguments: &[&str]) -> Server {
        Server::spawn(self.command(&self.file(), arguments))
    }

    /// The new content takes the old one's place in one step.
    fn replace(&self, content: &[u8]) {
        fs::write(self.at("new"), content).expect("a file");
        fs::rename(self.at("new"), self.file()).expect("a file");
    }

    /// The entries of its cache whose names have this in them.
    fn cached(&self, part: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.cache()).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        paths.filter(|path| path.to_string_lossy().contains(part)).collect()
    }
}

/// The processes that a process has begun and that are there.
fn children(process: u32) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let of_task = |task: fs::DirEntry| fs::read_to_string(task.path().join("children")).unwrap_or_default();
    let all: Vec<String> = tasks.map(of_task).collect();
    all.iter().flat_map(|text| text.split_whitespace()).map(|id| id.parse().expect("a number")).collect()
}

/// What is seen of a process that is to be killed at that moment.
type Moment = fn(&Site, u32) -> bool;

/// It has begun to compile or to build.
fn has_a_child(_: &Site, process: u32) -> bool {
    !children(process).is_empty()
}

/// It writes what was compiled.
fn writes(site: &Site, _: u32) -> bool {
    !site.cached("new-").is_empty() || !site.cached(".cwasm").is_empty()
}

/// Kills a process as soon as the moment has come, and sees that what it began ends too.
fn kill_at(site: &Site, child: &mut Child, moment: Moment) {
    let deadline = Instant::now() + LATER;
    while !moment(site, child.id()) {
        assert!(Instant::now() < deadline, "the moment does not come");
        assert!(child.try_wait().expect("it is our child").is_none(), "it has ended before");
        std::thread::yield_now();
    }
    let begun = children(child.id());
    child.kill().expect("it is there");
    child.wait().expect("it is our child");
    for process in begun {
        let process = Pid::from_raw(process).expect("not zero");
        eventually("what it began has ended", || test_kill_process(process).is_err().then_some(()));
    }
}

fn spawn(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the doverb binary starts")
}

/// Each entry is what its name says, so that another start need not compile.
fn cache_is_sound(site: &Site, entries: usize, text: &str) {
    assert_eq!(site.cached(".cwasm").len(), entries);
    let names = site.cached(".cwasm");
    let mut server = site.serve(&["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), text);
    assert!(server.stop().success());
    assert_eq!(site.cached(".cwasm"), names, "it was taken from there");
    assert_eq!(server.logged("cache"), [""; 0]);
}

#[test]
fn one_that_was_killed_while_it_compiled_or_wrote_serves_when_it_is_started_again() {
    for moment in [has_a_child as Moment, writes] {
        let site = Site::of("hello");
        kill_at(&site, &mut spawn(site.command(&site.file(), &["--no-watch"])), moment);
        let mut server = site.serve(&["--no-watch"]);
        assert_eq!(server.connect().get("/").text(), "Hello, World!");
        assert!(server.stop().success());
        cache_is_sound(&site, 1, "Hello, World!");
    }
}

#[test]
fn one_that_was_killed_while_it_reloaded_serves_the_new_version_when_it_is_started_again() {
    let site = Site::of("hello");
    drop(site.serve(&["--no-watch"]));
    let mut child = spawn(
        site.command(&site.file(), &["--watch", "--bind", &format!("unix:{}", site.at("s").display())]),
    );
    eventually("it serves", || UnixStream::connect(site.at("s")).ok());
    eventually("it has ended to compile", || children(child.id()).is_empty().then_some(()));
    site.replace(&fs::read(guest("any")).expect("the guest"));
    kill_at(&site, &mut child, has_a_child);
    let mut server = site.serve(&["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "GET");
    assert!(server.stop().success());
    cache_is_sound(&site, 2, "GET");
}

#[test]
fn one_that_was_killed_while_it_built_builds_when_it_is_started_again() {
    let site = Site::of("hello");
    let source = site.at("hello.mjs");
    let text = "import { BaseHTTPRequestHandler } from 'doverb';\n\
        export default class Hello extends BaseHTTPRequestHandler {\n  do_GET() {\n    this.send_response(200);\n    \
        this.end_headers();\n    this.wfile.write('built');\n  }\n}\n";
    fs::write(&source, text).expect("a file");
    for _ in 0..2 {
        kill_at(&site, &mut spawn(site.command(&source, &["--no-watch"])), has_a_child);
    }
    let server = Server::spawn(site.command(&source, &["--no-watch"]));
    assert_eq!(server.connect().get("/").text(), "built");
}

/// In a mount namespace of its own, in which its cache is on a disk like this.
fn on_disk(site: &Site, options: &str, arguments: &[&str]) -> Command {
    fs::create_dir_all(site.cache()).expect("a folder");
    let before = format!("mount -t tmpfs -o mode=700,{options} none '{}'", site.cache().display());
    let inner = in_shell(&before, &site.command(&site.file(), arguments), "");
    let mut outer = Command::new("unshare");
    outer.arg("-rm").arg(inner.get_program()).args(inner.get_args());
    for (name, value) in inner.get_envs() {
        outer.env(name, value.unwrap_or_default());
    }
    outer
}

#[test]
fn a_cache_without_room_costs_a_line_and_no_version() {
    let site = Site::of("hello");
    let server = Server::spawn(on_disk(&site, "size=64k", &["--watch"]));
    let line = server.wait_for_log("its compiled code is not cached");
    assert!(line.contains("No space left"), "{line}");
    assert_eq!(server.connect().get("/").text(), "Hello, World!");
    site.replace(&fs::read(guest("any")).expect("the guest"));
    server.log.wait_for(LATER, |line| line.contains("(version 2)"));
    assert_eq!(server.connect().get("/").text(), "GET");
    assert_eq!(server.logged("is not cached").len(), 2, "{:#?}", server.log.lines());
}

#[test]
fn a_cache_that_cannot_be_written_costs_a_line() {
    let site = Site::of("hello");
    let server = Server::spawn(on_disk(&site, "ro", &["--no-watch"]));
    let line = server.wait_for_log("its compiled code is not cached");
    assert!(line.contains("Read-only file system"), "{line}");
    assert_eq!(server.connect().get("/").text(), "Hello, World!");
}

#[test]
fn a_bound_on_the_size_of_files_costs_a_line() {
    let site = Site::of("probe");
    // In blocks of 512 or 1,024 bytes. Less would leave no room for the memory that instances begin with.
    let command = in_shell("ulimit -f 1024", &site.command(&site.file(), &["--no-watch"]), "");
    let mut server = Server::spawn(command);
    let line = server.wait_for_log("its compiled code is not cached");
    assert!(line.contains("File too large") && line.contains("ulimit -f"), "{line}");
    assert_eq!(server.connect().get("/buffered").status, 200);
    assert!(server.stop().success());
}

#[test]
fn bounds_of_the_system_that_leave_no_room_for_instances_are_told_with_what_to_raise() {
    let site = Site::of("probe");
    for (bound, hint) in
        [("ulimit -f 4", "ulimit -f"), ("ulimit -v 1000000", "ulimit -v"), ("ulimit -d 60000", "ulimit -d")]
    {
        let Outcome { code, stderr, .. } = run(in_shell(bound, &site.command(&site.file(), &[]), ""), LATER);
        let last = stderr.last().expect("a line");
        assert_eq!(code, Some(1), "{stderr:#?}");
        assert!(last.starts_with("doverb: ") && last.contains(hint), "{last}");
    }
}

#[test]
fn a_closed_stderr_hurts_nobody() {
    let site = Site::of("probe");
    let mut server = Server::spawn(in_shell("", &site.command(&site.file(), &["--no-watch"]), "2>&-"));
    for path in ["/buffered", "/print", "/trap", "/panic", "/buffered"] {
        assert!(matches!(server.connect().get(path).status, 200 | 500), "{path}");
    }
    assert!(server.stop().success());
}

#[test]
fn a_log_that_nobody_reads_holds_up_nobody() {
    let site = Site::of("probe");
    let mut server = Server::spawn_unread(site.command(&site.file(), &["--watch"]));
    for _ in 0..50 {
        assert_eq!(server.connect().get("/print").status, 200);
        assert_eq!(server.connect().get("/trap").status, 500);
    }
    site.replace(&fs::read(guest("any")).expect("the guest"));
    eventually("it reloads all the same", || (server.connect().get("/").text() == "GET").then_some(()));
    assert!(server.stop().success());
}

#[test]
fn a_closed_stdout_hurts_nobody() {
    let site = Site::of("hello");
    let socket = site.at("socket");
    let bind = format!("unix:{}", socket.display());
    let command = site.command(&site.file(), &["--no-watch", "--bind", &bind]);
    let mut child = spawn(in_shell("", &command, ">&-"));
    let mut client = eventually("it serves", || UnixStream::connect(&socket).ok());
    client.set_read_timeout(Some(SOON)).expect("a duration above zero");
    client.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("it takes a request");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("it answers");
    child.kill().expect("it is there");
    child.wait().expect("it is our child");
    assert!(answer.ends_with("Hello, World!"), "{answer}");
}

fn make_pipe(path: &Path) {
    let mut mkfifo = Command::new("mkfifo");
    mkfifo.arg(path);
    assert_eq!(run(mkfifo, SOON).code, Some(0));
}

fn remove(path: &Path) {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir(path).expect("an empty folder"),
        Ok(_) => fs::remove_file(path).expect("a file"),
        Err(_) => {}
    }
}

/// Puts something in a file's place.
type Put = fn(&Path);

/// What may stand in the place of a handler's file, and what is said of it.
const OTHERS: [(&str, Put, &str); 6] = [
    ("a folder", |path| fs::create_dir(path).expect("a folder"), "a folder"),
    ("a link to itself", |path| symlink(path, path).expect("a link"), "symbolic links"),
    ("a pipe", make_pipe, "a pipe or a device"),
    ("half a file", half, "it is cut off in the middle"),
    ("an empty file", |path| drop(File::create(path).expect("a file")), "it is empty"),
    ("nothing", |_| {}, "there is no such file"),
];

fn half(path: &Path) {
    let whole = fs::read(guest("hello")).expect("the guest");
    fs::write(path, &whole[..whole.len() / 2]).expect("a file");
}

#[test]
fn whatever_takes_the_place_of_the_file_the_old_version_goes_on_until_there_is_a_new_one() {
    let site = Site::of("hello");
    let mut server = site.serve(&["--watch"]);
    for (number, (what, put, said)) in OTHERS.into_iter().enumerate() {
        let text = if number % 2 == 0 { "Hello, World!" } else { "GET" };
        let mark = server.log.mark();
        remove(&site.file());
        put(&site.file());
        let line = server.log.wait_after(mark, LATER, |line| {
            line.contains("the old version goes on serving") && line.contains(said)
        });
        assert!(line.contains("handler.wasm"), "{what}: {line}");
        assert_eq!(server.connect().get("/").text(), text, "{what}");
        remove(&site.file());
        let next = if number % 2 == 0 { "any" } else { "hello" };
        site.replace(&fs::read(guest(next)).expect("the guest"));
        let version = format!("(version {})", number + 2);
        server.log.wait_after(mark, LATER, |line| line.contains(&version));
    }
    assert!(server.stop().success());
}

#[test]
fn a_server_ends_though_its_file_has_become_a_pipe() {
    let site = Site::of("hello");
    let mut server = site.serve(&["--watch"]);
    fs::remove_file(site.file()).expect("a file");
    make_pipe(&site.file());
    server.log.wait_for(LATER, |line| line.contains("a pipe or a device"));
    assert!(server.stop().success());
}

#[test]
fn what_is_no_file_is_refused_at_the_start() {
    let site = Site::of("hello");
    for (what, put, said) in OTHERS {
        remove(&site.file());
        put(&site.file());
        let outcome = run(site.command(&site.file(), &[]), SOON);
        assert_eq!((outcome.code, outcome.stderr.len()), (Some(1), 1), "{what}: {outcome:#?}");
        // A folder is looked at for sources.
        let said = if what == "a folder" { "handler.wasm" } else { said };
        assert!(outcome.stderr[0].contains(said), "{what}: {outcome:#?}");
    }
}

#[test]
fn damaged_entries_of_the_cache_are_made_anew() {
    let site = Site::of("hello");
    drop(site.serve(&["--no-watch"]));
    let [entry] = &site.cached(".cwasm")[..] else { panic!("not one entry") };
    let whole = fs::read(entry).expect("the entry");
    let damage: [fn(&Path, &[u8]); 5] = [
        |path, whole| fs::write(path, &whole[..whole.len() / 2]).expect("it is ours"),
        |path, _| fs::write(path, "").expect("it is ours"),
        |path, whole| {
            let mut other = whole.to_vec();
            other[whole.len() / 2] ^= 1;
            fs::write(path, other).expect("it is ours");
        },
        |path, _| {
            fs::remove_file(path).expect("it is ours");
            symlink("/etc/passwd", path).expect("a link");
        },
        |path, _| {
            fs::remove_file(path).expect("it is ours");
            make_pipe(path);
        },
    ];
    for damage in damage {
        damage(entry, &whole);
        let mut server = site.serve(&["--no-watch"]);
        assert_eq!(server.connect().get("/").text(), "Hello, World!");
        assert!(server.stop().success());
        assert_eq!(fs::read(entry).expect("the entry"), whole);
    }
}

#[test]
fn functions_that_were_being_kept_when_it_was_killed_cost_nothing() {
    let site = Site::of("hello");
    fs::write(site.file(), padded("hello", &vec![0; 2 << 20])).expect("a file");
    let kept = |site: &Site, _| site.cached(".functions").len() + site.cached("new-").len() > 0;
    kill_at(&site, &mut spawn(site.command(&site.file(), &["--no-watch"])), kept);
    let server = site.serve(&["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "Hello, World!");
    assert!(server.logged("is not").is_empty(), "{:#?}", server.log.lines());
}

#[test]
fn a_server_that_was_stopped_takes_what_its_clients_have_sent_meanwhile() {
    let times = [
        "--header-timeout",
        "5s",
        "--keep-alive-timeout",
        "5s",
        "--client-timeout",
        "5s",
        "--request-timeout",
        "6s",
    ];
    for threads in ["1", "2"] {
        let mut arguments = vec!["--threads", threads];
        arguments.extend(times);
        let server = Server::with("probe", &arguments);
        let clients = || (0..20).map(|_| server.connect()).collect::<Vec<_>>();
        let (mut idle, mut in_heads, mut in_bodies, mut new) = (clients(), clients(), clients(), clients());
        for client in &mut idle {
            assert_eq!(client.get("/buffered").status, 200);
        }
        for client in &mut in_heads {
            client.send("GET /buffered HTTP/1.1\r\nHo").wait_until_read();
        }
        for client in &mut in_bodies {
            client.send(request("POST", "/body", "Content-Length: 20000\r\n") + "x").wait_until_read();
        }
        server.pause();
        for client in idle.iter_mut().chain(&mut new) {
            client.send(request("GET", "/buffered", ""));
        }
        for client in &mut in_heads {
            client.send("st: x\r\n\r\n");
        }
        for client in &mut in_bodies {
            client.send("x".repeat(19_999));
        }
        // Nothing but time tells it from one that was not stopped: all that it waits for is over by then.
        std::thread::sleep(Duration::from_secs(8));
        server.signal(Signal::CONT);
        for (what, clients) in [
            ("idle", &mut idle),
            ("in heads", &mut in_heads),
            ("in bodies", &mut in_bodies),
            ("new", &mut new),
        ] {
            for client in clients {
                assert_eq!(client.read_response().status, 200, "{what}, {threads} threads");
            }
        }
        // Who has sent nothing is done with, as ever.
        idle[0].expect_end_or_reset();
    }
}
