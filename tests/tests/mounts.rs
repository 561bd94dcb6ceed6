//! Many handlers in one server: which of them a request is for, that each is a world of its own, and that all of it reloads.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use doverb_tests::{Client, Outcome, SOON, Server, doverb, guest, padded, repository, request, server};
use rustix::process::Signal;

/// Handlers at their places, as arguments.
fn at(places: &[(&str, &str)]) -> Vec<String> {
    places.iter().map(|(path, name)| format!("{path}={}", guest(name).display())).collect()
}

fn serve(arguments: &[String], more: &[&str]) -> Server {
    let more = more.iter().map(|argument| (*argument).to_owned());
    let all: Vec<String> = arguments.iter().cloned().chain(more).collect();
    Server::spawn(server::command(&all))
}

/// A folder with a doverb.toml, and guests beside it.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new(guests: &[&str]) -> Site {
        let folder = tempfile::tempdir().expect("a folder");
        for name in guests {
            fs::copy(guest(name), folder.path().join(format!("{name}.wasm"))).expect("the guest");
        }
        Site { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The new content takes the old one's place in one step.
    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let new =
            tempfile::NamedTempFile::new_in(self.folder.path().parent().expect("a folder")).expect("a file");
        fs::write(new.path(), content).expect("a file");
        new.persist(self.path(name)).expect("the same file system");
    }

    fn check(&self) -> Outcome {
        doverb(&[Path::new("check"), &self.path("doverb.toml")])
    }

    /// Serves its doverb.toml.
    fn serve(&self, more: &[&str]) -> Server {
        let file = self.path("doverb.toml").display().to_string();
        serve(&["--config".into(), file], more)
    }

    /// Serves it as a folder of handlers.
    fn serve_folder(&self, more: &[&str]) -> Server {
        serve(&[self.folder.path().display().to_string()], more)
    }
}

fn get(client: &mut Client, path: &str) -> String {
    let response = client.get(path);
    assert_eq!(response.status, 200, "{path}: {}", response.head());
    response.text()
}

fn to_host(client: &mut Client, host: &str, path: &str) -> (u16, String) {
    let response = client.call(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    (response.status, response.text())
}

// Where a request leads.

#[test]
fn each_handler_serves_its_place_and_sees_the_whole_path() {
    let places = at(&[("/", "hello"), ("/one", "mounted"), ("/one/two/", "mounted"), ("/any", "any")]);
    let server = serve(&places, &["--no-watch"]);
    let mut client = server.connect();
    for (path, text) in [
        ("/", "Hello, World!"),
        ("/ones", "Hello, World!"),
        ("/any?x", "GET"),
        ("/one", "mount=/one/ path=/one greeting="),
        ("/one?two", "mount=/one/ path=/one?two greeting="),
        ("/one/x/../y", "mount=/one/ path=/one/x/../y greeting="),
        ("/one/twofold", "mount=/one/ path=/one/twofold greeting="),
        ("/one/two", "mount=/one/two/ path=/one/two greeting="),
        ("/one/two/three", "mount=/one/two/ path=/one/two/three greeting="),
        ("http://elsewhere/one/x", "mount=/one/ path=http://elsewhere/one/x greeting="),
    ] {
        assert_eq!(get(&mut client, path), text, "{path}");
    }
    let lines = server.stdout.wait_after(1, SOON, |line| line.trim_start().starts_with("/one/two/"));
    assert!(lines.ends_with("mounted.wasm"), "{lines}");
}

#[test]
fn where_nothing_is_mounted_there_is_a_page_that_says_so() {
    let server =
        serve(&at(&[("/one", "mounted"), ("/two", "any")]), &["--no-watch", "--protocol", "HTTP/1.1"]);
    let response = server.connect().get("/ones");
    assert_eq!((response.status, response.reason()), (404, "Not Found"));
    assert!(response.text().contains("Error code: 404"), "{}", response.text());
    assert_eq!(response.field("connection"), Some("close"));
    assert!(response.field("server").is_some_and(|server| server.starts_with("Doverb/")));
    let mut head = server.connect();
    head.send(request("HEAD", "/", ""));
    assert_eq!(head.read_bodiless().status, 404);
    head.expect_end();
    let mut old = server.connect();
    let page = old.send("GET /\r\n\r\n").read_to_end();
    let page = String::from_utf8_lossy(&page);
    assert!(page.contains("Error code: 404") && !page.starts_with("HTTP/"), "HTTP/0.9 has no head: {page}");
    let mut posted = server.connect();
    assert_eq!(posted.post("/nowhere", "a body").status, 404);
    server.wait_for_log("code 404, message Not Found");
    // The handlers are there all the same, on the same connection as well.
    assert_eq!(get(&mut server.connect(), "/two"), "GET");
}

#[test]
fn what_cannot_be_routed_is_answered_by_the_root_if_there_is_one() {
    let bad = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    let with_root = serve(&at(&[("/", "overrides"), ("/any", "any")]), &["--no-watch"]);
    let without = serve(&at(&[("/overrides", "overrides"), ("/any", "any")]), &["--no-watch"]);
    let own = with_root.connect().call(bad);
    let default = without.connect().call(bad);
    assert_eq!((own.status, default.status), (400, 400));
    assert!(default.text().contains("Error code: 400"), "{}", default.text());
    // It has a send_error of its own.
    assert_ne!(own.text(), default.text());
}

#[test]
fn a_host_comes_before_a_path() {
    let site = Site::new(&["mounted", "hello", "any"]);
    site.put(
        "doverb.toml",
        "\
        [[mount]]\npath = \"/\"\nhandler = \"hello.wasm\"\n\
        [[mount]]\npath = \"/deep/er\"\nhandler = \"any.wasm\"\n\
        [[mount]]\npath = \"/deep\"\nhost = \"Shop.Example\"\nhandler = \"mounted.wasm\"\n",
    );
    let server = site.serve(&["--no-watch"]);
    let mut client = server.connect();
    let in_shop = |path: &str| (200, format!("mount=/deep/ path={path} greeting="));
    assert_eq!(to_host(&mut client, "shop.example:80", "/deep/er"), in_shop("/deep/er"));
    assert_eq!(to_host(&mut client, "SHOP.EXAMPLE.", "/deep"), in_shop("/deep"));
    assert_eq!(to_host(&mut client, "shop.example", "/"), (200, "Hello, World!".into()));
    assert_eq!(to_host(&mut client, "other.example", "/deep/er"), (200, "GET".into()));
    assert_eq!(to_host(&mut client, "other.example", "/deep"), (200, "Hello, World!".into()));
}

// A session's instances.

#[test]
fn a_connection_that_alternates_keeps_an_instance_of_each_mount() {
    let server = serve(&at(&[("/a", "mounted"), ("/b", "mounted"), ("/c", "any")]), &["--no-watch"]);
    let mut client = server.connect();
    for round in 1..=5 {
        for path in ["/a/count", "/b/count"] {
            assert_eq!(get(&mut client, path), round.to_string(), "{path}");
        }
        assert_eq!(get(&mut client, "/c"), "GET");
    }
    assert_eq!(get(&mut server.connect(), "/a/count"), "1", "another connection has another");
    drop(client);
    server.wait_for_log("finished after 5");
}

#[test]
fn shared_instances_are_kept_by_mount_too() {
    let more = ["--no-watch", "--isolation", "worker", "--threads", "1", "--workers", "1"];
    let server = serve(&at(&[("/a", "mounted"), ("/b", "mounted")]), &more);
    let (mut one, mut other) = (server.connect(), server.connect());
    for round in 1..=3 {
        for client in [&mut one, &mut other] {
            assert_eq!(get(client, "/a/count"), round.to_string());
            assert_eq!(get(client, "/b/count"), round.to_string());
        }
    }
}

#[test]
fn what_a_handler_has_set_is_its_own() {
    let server = serve(&at(&[("/a", "mounted"), ("/b", "mounted")]), &["--no-watch"]);
    let mut client = server.connect();
    let version = |client: &mut Client, path: &str| {
        client.get(path).field("server").expect("a Server field").to_owned()
    };
    assert_eq!(get(&mut client, "/a/set?version=Mine/1"), "set");
    assert!(version(&mut client, "/b/where").starts_with("Doverb/"));
    assert_eq!(version(&mut client, "/a/where"), "Mine/1");
    assert!(version(&mut client, "/b/where").starts_with("Doverb/"));
}

#[test]
fn what_a_connection_keeps_is_bounded_and_makes_room_for_its_own() {
    let places: Vec<String> = (0..12).map(|n| format!("/{n}={}", guest("mounted").display())).collect();
    let server = serve(&places, &["--no-watch"]);
    let mut client = server.connect();
    for n in 0..12 {
        assert_eq!(get(&mut client, &format!("/{n}/count")), "1");
    }
    assert_eq!(get(&mut client, "/11/count"), "2");
    assert_eq!(get(&mut client, "/0/count"), "1", "it was let go of");
    assert!(!server.logged("finished after 1").is_empty());
    drop(server);
    // One instance for all: the connection gives up what it keeps elsewhere, and nobody waits for a timeout.
    let server = serve(&places[..3], &["--no-watch", "--max-instances", "1", "--threads", "1"]);
    let mut client = server.connect();
    for _ in 0..3 {
        for n in 0..3 {
            assert_eq!(get(&mut client, &format!("/{n}/count")), "1");
        }
    }
}

// Worlds of their own.

#[test]
fn each_mount_has_grants_limits_and_a_name_of_its_own() {
    let site = Site::new(&["mounted"]);
    site.put("doverb.toml", "\
        [defaults]\nenv = { GREETING = \"hello\" }\nmax-body = 100\nprotocol = \"HTTP/1.1\"\n\
        [[mount]]\npath = \"/a\"\nhandler = \"mounted.wasm\"\n\
        [[mount]]\npath = \"/b\"\nhandler = \"mounted.wasm\"\nname = \"second\"\nenv = { GREETING = \"hi\" }\nmax-body = \"1KiB\"\n\
        max-memory = \"4MiB\"\ncpu-time = \"100ms\"\nisolation = \"request\"\n\
        attributes = { server-version = \"Second/2\", error-message-format = \"%(code)d!\" }\n");
    let server = site.serve(&["--no-watch"]);
    let mut client = server.connect();
    assert_eq!(get(&mut client, "/a"), "mount=/a/ path=/a greeting=hello");
    assert_eq!(get(&mut client, "/b"), "mount=/b/ path=/b greeting=hi");
    assert_eq!((get(&mut client, "/b/count"), get(&mut client, "/b/count")), ("1".into(), "1".into()));
    let body = "x".repeat(500);
    assert_eq!(client.post("/b/x", &body).text(), "500");
    assert_eq!(server.connect().post("/a/x", &body).status, 413);
    let looped = server.connect().get("/b/loop");
    assert_eq!(
        (looped.status, looped.text(), looped.field("server")),
        (504, "504!".into(), Some("Second/2"))
    );
    assert!(server.connect().post("/a/x", &body).text().contains("Error code: 413"));
    server.wait_for_log("computed for more than 100ms");
    assert_eq!(get(&mut client, "/a/grow?mib=8"), "1");
    assert_eq!(server.connect().get("/b/grow?mib=8").status, 503);
    server.wait_for_log("more than 4194304 bytes of memory");
}

#[test]
fn one_mount_cannot_take_what_belongs_to_another() {
    let site = Site::new(&["mounted", "probe"]);
    site.put(
        "doverb.toml",
        "\
        [server]\nmax-instances = 8\nmax-client-instances = 8\n\
        [defaults]\nprotocol = \"HTTP/1.1\"\n\
        [[mount]]\npath = \"/body\"\nhandler = \"probe.wasm\"\n\
        [[mount]]\npath = \"/b\"\nhandler = \"mounted.wasm\"\n",
    );
    let server = site.serve(&["--no-watch"]);
    // Handlers that wait for their clients hold their instances.
    let held: Vec<Client> = (0..6).map(|_| hold(&server)).collect();
    let refused = server.connect().call(request("POST", "/body", "Content-Length: 1\r\n") + "x");
    assert_eq!((refused.status, refused.field("retry-after")), (503, Some("1")));
    server.wait_for_log("what is left of all instances is kept for other mounts");
    // Two of the eight belong to the other, whatever this one has.
    let mut others = [(); 2].map(|()| server.connect());
    for client in &mut others {
        assert_eq!(get(client, "/b/count"), "1");
    }
    for client in &mut others {
        assert_eq!(get(client, "/b/count"), "2");
    }
    drop(held);
}

/// A request whose handler waits for the rest of its body.
fn hold(server: &Server) -> Client {
    let mut client = server.connect();
    client.send(request("POST", "/body", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n");
    client.wait_until_read();
    client
}

#[test]
fn a_mounts_own_bounds_on_instances_memory_and_requests_hold() {
    let site = Site::new(&["mounted", "probe"]);
    site.put(
        "doverb.toml",
        "\
        [defaults]\nprotocol = \"HTTP/1.1\"\n\
        [[mount]]\npath = \"/body\"\nhandler = \"probe.wasm\"\nmax-requests = 2\n\
        [[mount]]\npath = \"/few\"\nhandler = \"mounted.wasm\"\nmax-instances = 1\n\
        [[mount]]\npath = \"/small\"\nhandler = \"mounted.wasm\"\nmax-total-memory = \"16MiB\"\n",
    );
    let server = site.serve(&["--no-watch"]);
    let mut held = [(); 2].map(|()| hold(&server));
    let refused = server.connect().get("/body");
    assert_eq!((refused.status, refused.field("retry-after")), (503, Some("1")));
    server.wait_for_log("its mount serves 2 requests already");
    for client in &mut held {
        assert_eq!(client.send("0\r\n\r\n").read_response().status, 200);
    }
    assert_eq!(server.connect().call(request("POST", "/body", "Content-Length: 1\r\n") + "x").status, 200);
    // The one that rests makes room for the next client.
    let (mut first, mut second) = (server.connect(), server.connect());
    assert_eq!(get(&mut first, "/few/count"), "1");
    assert_eq!(get(&mut second, "/few/count"), "1");
    assert_eq!(get(&mut first, "/few/count"), "1");
    let mut grown = server.connect();
    assert_eq!(get(&mut grown, "/small/grow?mib=10"), "1");
    assert_eq!(grown.get("/small/grow?mib=10").status, 503);
    server.wait_for_log("all instances of its mount together have 16.0 MiB");
    assert_eq!(get(&mut server.connect(), "/few/grow?mib=30"), "1", "the other's memory is its own");
}

#[test]
fn a_mount_that_loops_or_floods_its_log_does_not_hold_up_another() {
    let server = serve(
        &at(&[("/bad", "mounted"), ("/good", "mounted")]),
        &["--no-watch", "--threads", "1", "--cpu-time", "2s"],
    );
    let mut good = server.connect();
    get(&mut good, "/good/count");
    let alone = slowest(&mut good, 200);
    let mut loops: Vec<Client> = (0..2).map(|_| server.connect()).collect();
    for client in &mut loops {
        client.send(request("GET", "/bad/loop", ""));
    }
    let mut floods = server.connect();
    floods.send(request("GET", "/bad/flood", ""));
    let beside = slowest(&mut good, 50);
    // Each that loops has a tick, 10 ms, before it makes way.
    assert!(beside < alone * 2 + std::time::Duration::from_millis(150), "{alone:?} alone, {beside:?} beside");
    for client in &mut loops {
        assert_eq!(client.read_response().status, 504);
    }
}

/// The longest of most requests: what the machine does meanwhile is not the server's.
fn slowest(client: &mut Client, count: usize) -> std::time::Duration {
    let mut times: Vec<_> = (0..count)
        .map(|_| {
            let began = std::time::Instant::now();
            get(client, "/good/count");
            began.elapsed()
        })
        .collect();
    times.sort();
    times[count * 9 / 10]
}

// What is said of faults.

#[test]
fn arguments_that_do_not_go_together_are_refused_by_name() {
    let hello = guest("hello").display().to_string();
    let refused = |arguments: &[&str]| {
        let outcome = doverb(&[&["serve"], arguments].concat());
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        outcome.stderr.join("\n")
    };
    let twice = refused(&[&format!("/a={hello}"), &format!("/a/={hello}")]);
    assert!(twice.contains("both would be served at /a/"), "{twice}");
    let bare = refused(&[&format!("/a={hello}"), &hello]);
    assert!(bare.contains("Write PREFIX=HANDLER: /hello="), "{bare}");
    let path = refused(&[&format!("/a//b={hello}")]);
    assert!(path.contains("it has an empty segment"), "{path}");
    assert!(refused(&["/a="]).contains("no handler is named"));
}

#[test]
fn a_folder_that_leaves_a_choice_is_refused_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("app.py"), "").expect("a file");
    fs::write(path("go.mod"), "").expect("a file");
    let refused = || {
        let outcome = doverb(&[Path::new("serve"), folder.path()]);
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        outcome.stderr.join("\n")
    };
    let two = refused();
    assert!(two.contains("go.mod") && two.contains("app.py") && two.contains("/a/=FILE"), "{two}");
    fs::remove_file(path("go.mod")).expect("a file");
    fs::rename(path("app.py"), path("shop.py")).expect("a file");
    fs::copy(guest("hello"), path("shop.wasm")).expect("a file");
    let same = refused();
    assert!(same.contains("shop.py and shop.wasm would both be served at /shop/"), "{same}");
}

#[test]
fn what_is_wrong_with_the_file_is_shown_with_its_line() {
    let site = Site::new(&["hello"]);
    let mount = "[[mount]]\npath = \"/\"\nhandler = \"hello.wasm\"\n";
    for (text, what, place, hint) in [
        (
            format!("{mount}max_memory = 1\n"),
            "unknown key `max_memory`",
            ":4:1",
            "did you mean `max-memory`?",
        ),
        (format!("{mount}cpu-time = \"soon\"\n"), "expected a time", ":4:12", ""),
        (format!("{mount}max-requests = 0\n"), "expected a number from 1", ":4:16", ""),
        (
            format!("{mount}workers = 2\nisolation = \"request\"\n"),
            "workers are for",
            ":4:11",
            "no instances are shared",
        ),
        (format!("{mount}{mount}"), "two mounts at /", ":5:8", "it is here"),
        (
            format!("{mount}dirs = [\"nowhere::/data\"]\n"),
            "there is no folder",
            ":4:9",
            "relative to this file",
        ),
        (
            format!("{mount}dirs = [\".::/a\", \".::/a\"]\n"),
            "two folders are granted as /a",
            ":4:18",
            "it is here",
        ),
        (format!("{mount}env = {{ \"A=B\" = \"c\" }}\n"), "can't be the name of a variable", ":4:9", ""),
        (
            "[[mount]]\npath = \"/\"\nhandler = \"gone.wasm\"\n".into(),
            "there is no file or folder",
            ":3:11",
            "",
        ),
        ("[[mount]]\npath = \"a\"\nhandler = \"hello.wasm\"\n".into(), "must begin with a slash", ":2:8", ""),
        ("[[mount]]\npath = \"/\"\n".into(), "missing field `handler`", ":1:1", ""),
        ("[server]\nlisten = [\"a:b\"]\n".into(), "expected an address and a port", ":2:11", ""),
        ("[server]\ntls-cert = \"a.pem\"\n".into(), "tls-cert needs tls-key", ":2:12", ""),
        ("[sever]\n".into(), "unknown key `sever`", ":1:2", "did you mean `server`?"),
        ("[[mount]\n".into(), "", ":1:", ""),
        (String::new(), "there is no [[mount]]", "", "path = \"/\""),
    ] {
        site.put("doverb.toml", &text);
        let outcome = site.check();
        let said = outcome.stderr.join("\n");
        assert_eq!(outcome.code, Some(1), "{text}: {outcome:#?}");
        assert!(
            said.contains(what) && said.contains(&format!("doverb.toml{place}")) && said.contains(hint),
            "{text}\n{said}"
        );
    }
    site.put("doverb.toml", mount);
    let good = site.check();
    assert_eq!((good.code, good.stdout.len()), (Some(0), 2), "{good:#?}");
    assert!(good.stdout[0].ends_with("good, 1 mount"), "{good:#?}");
}

#[test]
fn the_annotated_example_is_served() {
    let file = repository().join("guest/examples/doverb.toml");
    let check = doverb(&[Path::new("check"), &file]);
    assert_eq!((check.code, check.stdout.len()), (Some(0), 4), "{check:#?}");
    let server = serve(&["--config".into(), file.display().to_string()], &["--no-watch"]);
    let mut client = server.connect();
    assert_eq!(get(&mut client, "/"), "Hello, World!");
    assert_eq!(client.post("/echo/x", "said").text(), "said");
    assert_eq!(
        client.call("POST / HTTP/1.1\r\nHost: echo.example.com\r\nContent-Length: 2\r\n\r\nhi").text(),
        "hi"
    );
    assert_eq!(server.connect().post("/echo", vec![b'x'; 2 << 20]).status, 413);
}

#[test]
fn without_arguments_the_file_of_the_current_folder_is_served() {
    let site = Site::new(&["hello"]);
    site.put(
        "doverb.toml",
        "[server]\nlisten = [\"127.0.0.1:1\"]\n[[mount]]\npath = \"/a\"\nhandler = \"hello.wasm\"\n",
    );
    // The port of the command line counts more than that of the file.
    let mut command = server::command(&["--no-watch"]);
    command.current_dir(site.folder.path());
    let server = Server::spawn(command);
    assert_eq!(get(&mut server.connect(), "/a"), "Hello, World!");
}

// All of it reloads.

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
    // What takes a restart is said to.
    let mark = server.log.mark();
    site.put("doverb.toml", format!("[server]\nmax-instances = 5\n{any}"));
    wait(mark, "[server] has changed");
    assert_eq!(get(&mut client, "/bad"), "Hello, World!");
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

// The storm.

const CONNECTIONS: usize = 64;
const MOUNTS: usize = 8;
/// Of these two come and go.
const STEADY: usize = 6;
const ROUNDS: usize = 6;

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
