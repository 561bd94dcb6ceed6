//! Mounts that change while a server runs: no request fails that need not.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use doverb_tests::site::{Site, get};
use doverb_tests::{SOON, doverb, guest, padded, request};
use rustix::process::Signal;

#[test]
fn a_folder_is_served_as_it_is_at_any_time() {
    let site = Site::new(&["hello"]);
    fs::rename(site.path("hello.wasm"), site.path("index.wasm")).expect("a file");
    let server = site.serve_folder(&["--watch"]);
    let mut client = server.connect();
    let wait = |text: &str| server.log.wait_for(SOON, |line| line.contains(text));
    assert_eq!(get(&mut client, "/"), "Hello, World!");
    // Dropped in.
    site.put("any.wasm", fs::read(guest("any")).expect("the guest"));
    wait("mounted /any/ (any.wasm)");
    assert_eq!(get(&mut client, "/any/x"), "GET");
    // One that is broken is not served, and served when it is mended.
    site.put("bad.wasm", "junk");
    wait("/bad/ (bad.wasm): it is not WebAssembly");
    assert_eq!(get(&mut client, "/bad"), "Hello, World!");
    fs::write(site.path("bad.wasm"), fs::read(guest("any")).expect("the guest")).expect("a file");
    wait("mounted /bad/ (bad.wasm)");
    assert_eq!(get(&mut client, "/bad"), "GET");
    // Replaced.
    site.put("any.wasm", padded("mounted", b"2"));
    wait("reloaded /any/ (any.wasm) (version 2)");
    assert_eq!(get(&mut client, "/any"), "mount=/any/ path=/any greeting=");
    // Renamed.
    fs::rename(site.path("any.wasm"), site.path("other.wasm")).expect("a file");
    wait("unmounted /any/ (any.wasm)");
    assert_eq!(get(&mut client, "/other/count"), "1");
    assert_eq!(get(&mut client, "/any"), "Hello, World!");
    // Two of one name change nothing.
    fs::write(site.path("other.py"), "").expect("a file");
    wait("would both be served at /other/");
    assert_eq!(get(&mut client, "/other/count"), "2");
    fs::remove_file(site.path("other.py")).expect("a file");
    // Removed, up to the last.
    fs::remove_file(site.path("other.wasm")).expect("a file");
    wait("unmounted /other/ (other.wasm)");
    fs::remove_file(site.path("index.wasm")).expect("a file");
    wait("unmounted / (index.wasm)");
    assert_eq!(server.connect().get("/").status, 404);
    assert_eq!(get(&mut server.connect(), "/bad"), "GET");
}

#[test]
fn a_folder_is_served_without_what_is_broken_when_the_server_begins() {
    let site = Site::new(&["hello"]);
    site.put("bad.wasm", "junk");
    site.put("plain.txt", "text");
    assert!(Command::new("mkfifo").arg(site.path("pipe")).status().expect("mkfifo").success());
    fs::rename(site.path("hello.wasm"), site.path("index.wasm")).expect("a file");
    let server = site.serve_folder(&["--watch"]);
    let not_served = "/bad/ (bad.wasm): it is not WebAssembly";
    let told = server.log.wait_for(SOON, |line| line.contains(not_served));
    assert!(told.ends_with("; it is not served"), "{told}");
    let mut client = server.connect();
    assert_eq!(
        (get(&mut client, "/"), get(&mut client, "/bad")),
        ("Hello, World!".into(), "Hello, World!".into())
    );
    assert_eq!(get(&mut client, "/plain.txt"), "text");
    // Another change does not make it be tried again, but its own does.
    site.put("any.wasm", fs::read(guest("any")).expect("the guest"));
    server.log.wait_for(SOON, |line| line.contains("mounted /any/ (any.wasm)"));
    fs::write(site.path("bad.wasm"), fs::read(guest("any")).expect("the guest")).expect("a file");
    server.log.wait_for(SOON, |line| line.contains("mounted /bad/ (bad.wasm)"));
    assert_eq!(get(&mut client, "/bad"), "GET");
    assert_eq!(server.log.lines().iter().filter(|line| line.contains(not_served)).count(), 1);
    // What is where is told of what is served; a pipe is nobody's.
    let places: Vec<_> = server.stdout.lines().into_iter().filter(|line| line.starts_with("  ")).collect();
    let [root, plain] = &places[..] else { panic!("{places:?}") };
    assert!(root.starts_with("  /          ") && plain.starts_with("  /plain.txt  "), "{places:?}");
    assert!(plain.ends_with("/plain.txt"), "{plain}");
    // Nothing at all is no server.
    let only = Site::new(&[]);
    only.put("bad.wasm", "junk");
    let outcome = doverb(&["serve", only.folder().to_str().expect("UTF-8"), "--port", "0"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr[0].contains("bad.wasm: it is not WebAssembly"), "{outcome:#?}");
}

#[test]
fn a_request_in_flight_ends_where_it_began_when_its_mount_goes() {
    let site = Site::new(&["probe", "hello"]);
    fs::rename(site.path("probe.wasm"), site.path("body.wasm")).expect("a file");
    let server = site.serve_folder(&["--watch"]);
    let mut client = server.connect();
    client.send(request("POST", "/body", "Content-Length: 5\r\n") + "he").wait_until_read();
    fs::remove_file(site.path("body.wasm")).expect("a file");
    server.log.wait_for(SOON, |line| line.contains("unmounted /body/"));
    assert_eq!(server.connect().get("/body").status, 404);
    client.send("llo");
    assert_eq!(client.read_response().text(), "5 532 hello");
    assert_eq!(client.get("/body").status, 404);
}

#[test]
fn the_file_is_taken_over_whole_or_not_at_all() {
    let site = Site::new(&["mounted", "hello", "any"]);
    let mounted = |greeting: &str| {
        format!(
            "[[mount]]\npath = \"/a\"\nhandler = \"mounted.wasm\"\nenv = {{ GREETING = \"{greeting}\" }}\n"
        )
    };
    let any = "[[mount]]\npath = \"/any\"\nhandler = \"any.wasm\"\n";
    site.put("doverb.toml", mounted("one"));
    let server = site.serve(&["--watch", "--protocol", "HTTP/1.1"]);
    let mut client = server.connect();
    let wait = |mark: usize, text: &str| server.log.wait_after(mark, SOON, |line| line.contains(text));
    let mark = server.log.mark();
    assert_eq!(get(&mut client, "/a/count"), "1");
    site.put("doverb.toml", mounted("one") + any);
    wait(mark, "reloaded");
    assert_eq!(get(&mut client, "/any"), "GET");
    assert_eq!(get(&mut client, "/a/count"), "2", "what is the same stays");
    // One key that is wrong, and nothing changes; the line is shown.
    let mark = server.log.mark();
    site.put("doverb.toml", mounted("two") + "colour = 1\n");
    wait(mark, "it is refused, and all goes on as it was before");
    assert!(server.logged("doverb.toml:5:1").len() == 1 && server.logged("unknown key `colour`").len() == 1);
    assert_eq!(get(&mut client, "/any"), "GET");
    // A handler that can't be loaded is as bad.
    let mark = server.log.mark();
    site.put("bad.wasm", "junk");
    site.put("doverb.toml", mounted("two") + "[[mount]]\npath = \"/bad\"\nhandler = \"bad.wasm\"\n");
    wait(mark, "goes on as it was before");
    assert_eq!(get(&mut client, "/a"), "mount=/a/ path=/a greeting=one");
    assert_eq!(get(&mut client, "/any"), "GET");
    // Mended where it was broken: the handler, not the file.
    let mark = server.log.mark();
    site.put("bad.wasm", fs::read(guest("hello")).expect("the guest"));
    wait(mark, "reloaded");
    assert_eq!(get(&mut client, "/a"), "mount=/a/ path=/a greeting=two");
    assert_eq!(get(&mut client, "/bad"), "Hello, World!");
    assert_eq!(server.connect().get("/any").status, 404);
    // One that comes later than the file that names it.
    let mark = server.log.mark();
    site.put("doverb.toml", mounted("two") + "[[mount]]\npath = \"/late\"\nhandler = \"late.wasm\"\n");
    wait(mark, "/late/ (late.wasm): there is no such file or folder");
    assert_eq!(get(&mut client, "/bad"), "Hello, World!");
    site.put("late.wasm", fs::read(guest("any")).expect("the guest"));
    wait(mark, "mounted /late/ (late.wasm)");
    assert_eq!(get(&mut client, "/late"), "GET");
    // What takes a restart is said to; the rest is taken over.
    let mark = server.log.mark();
    site.put("doverb.toml", format!("[server]\nmax-instances = 5\n{any}"));
    wait(mark, "[server] max-instances has changed, which takes a restart");
    assert_eq!(get(&mut client, "/any"), "GET");
}

#[test]
fn sighup_reloads_what_is_not_watched() {
    let site = Site::new(&["hello", "any"]);
    let at = |path: &str, file: &str| format!("[[mount]]\npath = \"{path}\"\nhandler = \"{file}\"\n");
    site.put("doverb.toml", at("/a", "hello.wasm"));
    let server = site.serve(&["--no-watch"]);
    let wait = |mark: usize, text: &str| server.log.wait_after(mark, SOON, |line| line.contains(text));
    site.put("doverb.toml", at("/a", "hello.wasm") + &at("/b", "any.wasm"));
    assert_eq!(server.connect().get("/b").status, 404);
    let mark = server.log.mark();
    server.signal(Signal::HUP);
    wait(mark, "mounted /b/ (any.wasm)");
    wait(mark, "/a/ (hello.wasm): nothing has changed");
    assert_eq!(get(&mut server.connect(), "/b"), "GET");
    site.put("hello.wasm", fs::read(guest("any")).expect("the guest"));
    let mark = server.log.mark();
    server.signal(Signal::HUP);
    wait(mark, "reloaded /a/ (hello.wasm) (version 2)");
    wait(mark, "doverb.toml: nothing has changed");
    assert_eq!(get(&mut server.connect(), "/a"), "GET");
}

#[test]
fn hundreds_of_mounts_are_watched_by_one_watcher_of_the_systems() {
    let site = Site::new(&[]);
    let hello = fs::read(guest("hello")).expect("the guest");
    let count = 200;
    for n in 0..count {
        site.put(&format!("{n}.wasm"), &hello);
    }
    site.put("doverb.toml", file_of(count));
    let server = site.serve(&["--watch", "--protocol", "HTTP/1.1", "--threads", "1"]);
    for n in [count - 1, 0] {
        let mark = server.log.mark();
        site.put(&format!("{n}.wasm"), fs::read(guest("any")).expect("the guest"));
        server
            .log
            .wait_after(mark, SOON, |line| line.contains(&format!("reloaded /{n}/ ({n}.wasm) (version 2)")));
        assert_eq!(get(&mut server.connect(), &format!("/{n}/x")), "GET");
    }
    assert!(server.logged("changes are looked for").is_empty(), "none has to look by itself");
    assert_eq!(server.descriptors_of("inotify"), 1);
}

// The storm.

const CONNECTIONS: usize = 64;
const MOUNTS: usize = 8;
/// Of these two come and go.
const STEADY: usize = 6;
const ROUNDS: usize = 50;

/// A doverb.toml with so many mounts.
fn file_of(mounts: usize) -> String {
    (0..mounts).map(|n| format!("[[mount]]\npath = \"/{n}\"\nhandler = \"{n}.wasm\"\n")).collect()
}

#[test]
fn no_request_fails_in_a_storm_of_changes() {
    let site = Site::new(&[]);
    let versions: Vec<Vec<u8>> =
        ["hello", "any"].iter().map(|name| fs::read(guest(name)).expect("it")).collect();
    for n in 0..MOUNTS {
        site.put(&format!("{n}.wasm"), &versions[0]);
    }
    site.put("doverb.toml", file_of(MOUNTS));
    let server = site.serve(&["--watch", "--quiet", "--protocol", "HTTP/1.1"]);
    let (ends, asked) = (Arc::new(AtomicBool::new(false)), AtomicU64::new(0));
    let counts: Vec<AtomicU64> = (0..3).map(|_| AtomicU64::new(0)).collect();
    let ask = |number: usize| {
        let mut client = server.connect();
        let mut turn = number;
        while !ends.load(Ordering::Relaxed) {
            let mount = turn % MOUNTS;
            turn += 1;
            let response = client.get(&format!("/{mount}/x"));
            asked.fetch_add(1, Ordering::Relaxed);
            let which = match (response.status, response.text().as_str()) {
                (200, "Hello, World!") => 0,
                (200, "GET") => 1,
                (404, _) if mount >= STEADY => 2,
                (status, text) => panic!("/{mount}: {status} {text:?}"),
            };
            counts[which].fetch_add(1, Ordering::Relaxed);
            if response.status == 404 {
                client.expect_end();
                client = server.connect();
            }
        }
    };
    let change = || {
        for round in 1..=ROUNDS {
            let mark = server.log.mark();
            let wait = |text: &str| server.log.wait_after(mark, SOON, |line| line.contains(text));
            for n in 0..STEADY {
                site.put(&format!("{n}.wasm"), &versions[round % 2]);
            }
            match round % 3 {
                0 => site.put("doverb.toml", file_of(MOUNTS)),
                1 => site.put("doverb.toml", file_of(STEADY)),
                _ => site.put("doverb.toml", "[[mount]]\npath = 7\n"),
            }
            for n in 0..STEADY {
                wait(&format!("reloaded /{n}/ ({n}.wasm) (version {})", round + 1));
            }
            match round % 3 {
                0 => wait("mounted /7/"),
                1 => wait("unmounted /7/"),
                _ => wait("it is refused"),
            };
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|number| scope.spawn(move || ask(number))).collect();
        // Whatever happens, the threads must end.
        let changed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(change));
        ends.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().expect("no request failed");
        }
        changed.expect("all was changed");
    });
    let counts: Vec<u64> = counts.into_iter().map(AtomicU64::into_inner).collect();
    assert!(counts.iter().all(|count| *count > 0), "{counts:?} of {asked:?}");
}
