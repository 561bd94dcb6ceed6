//! Many handlers in one server: which of them a request is for, and that each is a world of its own.

use doverb_tests::site::{Site, get, serve};
use doverb_tests::{Client, SOON, Server, guest, request};

/// Handlers at their places, as arguments.
fn at(places: &[(&str, &str)]) -> Vec<String> {
    places.iter().map(|(path, name)| format!("{path}={}", guest(name).display())).collect()
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
fn no_other_spelling_of_a_path_goes_around_the_mount_that_it_has() {
    let site = tempfile::tempdir().expect("a folder");
    for (folder, text) in [("private", "secret"), ("open", "public")] {
        std::fs::create_dir(site.path().join(folder)).expect("a folder");
        std::fs::write(site.path().join(folder).join("a.txt"), text).expect("a file");
    }
    let files = format!("/={}", site.path().display());
    let private = format!("/private/={}", guest("mounted").display());
    let shown = format!("/caf%c3%a9/={}", site.path().join("open").display());
    let server = serve(&[files, private, shown], &["--no-watch"]);
    for path in [
        "/private/a.txt",
        "//private/a.txt",
        "/%70rivate/a.txt",
        "/private%2fa.txt",
        "/./private/a.txt",
        "/open/../private//a.txt",
        "/open/%2e%2e/%70rivate/a.txt",
        "/../private/a.txt?/open",
        "http://x//private/a.txt",
    ] {
        let answer = server.connect().get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.text().starts_with("mount=/private/ path="), "{path}: {}", answer.text());
    }
    for path in ["/open/a.txt", "/%6Fpen//a.txt", "/caf%C3%A9/a.txt", "//c%61f%c3%A9/a.txt"] {
        assert_eq!(get(&mut server.connect(), path), "public", "{path}");
    }
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
    server.wait_for_log("finished after 1");
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
    server.wait_for_log("what is left of all instances and their memory is kept for other mounts");
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
        &["--no-watch", "--threads", "1", "--cpu-time", "500ms"],
    );
    let mut good = server.connect();
    get(&mut good, "/good/count");
    let alone = slowest(&mut good, 200);
    let mut loops: Vec<Client> = (0..8).map(|_| server.connect()).collect();
    for client in &mut loops {
        client.send(request("GET", "/bad/loop", ""));
    }
    let mut floods = server.connect();
    floods.send(request("GET", "/bad/flood", ""));
    let beside = slowest(&mut good, 100);
    // However many loop, others wait for a slice of one of them, which is less than a millisecond. A tick each, as those have who
    // do not loop, would be 80 ms. The rest is for a machine that is busy.
    assert!(beside < alone * 2 + std::time::Duration::from_millis(25), "{alone:?} alone, {beside:?} beside");
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
