//! `[server]` of a doverb.toml that changes while the server runs: listeners, the certificate, limits, the status.

use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use doverb_tests::site::{Site, get};
use doverb_tests::tls::Certificate;
use doverb_tests::{Client, SOON, Server, eventually};

const MOUNT: &str = "[[mount]]\npath = \"/\"\nhandler = \"hello.wasm\"\n";

/// A server whose file begins so.
fn serve(table: &str) -> (Site, Server) {
    let site = Site::new(&["hello"]);
    put(&site, table);
    let server = site.serve_where_it_says();
    (site, server)
}

fn put(site: &Site, table: &str) {
    site.put("doverb.toml", format!("[server]\n{table}\n{MOUNT}"));
}

/// Changes the file, and waits until a line of the log says so.
fn change(site: &Site, server: &Server, table: &str, said: &str) -> String {
    let mark = server.log.mark();
    put(site, table);
    let line = server.log.wait_after(mark, SOON, |line| line.contains(said));
    if !said.contains("as it was before") {
        server.log.wait_after(mark, SOON, |line| line.contains("doverb.toml in "));
    }
    line
}

/// The address in a line such as `doverb: listening at http://127.0.0.1:8000/`.
fn address_in(line: &str) -> SocketAddr {
    let (_, rest) = line.split_once("://").unwrap_or_else(|| panic!("no address: {line}"));
    rest.trim_end_matches('/').parse().unwrap_or_else(|_| panic!("no address: {line}"))
}

#[test]
fn a_listener_comes_before_another_goes_and_who_is_connected_stays() {
    let (site, server) = serve("listen = [\"127.0.0.1:0\"]");
    let mut old = server.connect();
    assert_eq!(get(&mut old, "/"), "Hello, World!");
    let line = change(&site, &server, "listen = [\"127.0.0.1:0\", \"unix:here\"]", "listening at unix:");
    assert!(!line.contains("no longer"), "{line}");
    UnixStream::connect(site.path("here")).expect("it listens");
    assert_eq!(get(&mut server.connect(), "/"), "Hello, World!");
    let line = change(&site, &server, "listen = [\"localhost:0\"]", "listening at http://");
    server.wait_for_log("no longer listening at 127.0.0.1:");
    server.wait_for_log("no longer listening at unix:");
    assert!(!site.path("here").exists(), "its file goes with it");
    assert_eq!(get(&mut Client::connect(address_in(&line)), "/"), "Hello, World!");
    eventually("the old address is let go of", || {
        Client::try_connect(server.address()).is_err().then_some(())
    });
    assert_eq!(get(&mut old, "/"), "Hello, World!");
}

#[test]
fn all_addresses_take_the_place_of_one_at_the_same_port() {
    let (site, server) = serve("listen = [\"127.0.0.1:0\"]");
    let port = server.address().port();
    let line =
        change(&site, &server, &format!("listen = [\"0.0.0.0:{port}\"]"), "listening at http://0.0.0.0:");
    assert_eq!(address_in(&line).port(), port);
    assert_eq!(get(&mut server.connect(), "/"), "Hello, World!");
    assert_eq!(get(&mut Client::connect(SocketAddr::from(([127, 0, 0, 2], port))), "/"), "Hello, World!");
    let back = format!("listen = [\"127.0.0.1:{port}\"]");
    change(&site, &server, &back, &format!("no longer listening at 0.0.0.0:{port}"));
    assert_eq!(get(&mut server.connect(), "/"), "Hello, World!");
}

#[test]
fn an_address_that_is_taken_leaves_all_as_it_was() {
    let (site, server) = serve("listen = [\"127.0.0.1:0\"]");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("an address");
    let table = format!("listen = [\"unix:new\", \"{taken}\"]\nkeep-alive-timeout = \"1ms\"");
    let line = change(&site, &server, &table, "goes on as it was before");
    assert!(line.contains(&format!("{taken}: address already in use")), "{line}");
    assert!(!site.path("new").exists(), "what was bound with it is let go of");
    assert_eq!(get(&mut server.connect(), "/"), "Hello, World!");
    // The same for a certificate that is none, and for a status that can't be shown.
    let table = "listen = [\"127.0.0.1:0\"]\ntls-cert = \"doverb.toml\"\ntls-key = \"doverb.toml\"";
    let line = change(&site, &server, table, "goes on as it was before");
    assert!(line.contains("it holds no certificate in PEM"), "{line}");
    let table = format!("listen = [\"unix:new\"]\nstatus = \"{taken}\"");
    let line = change(&site, &server, &table, "goes on as it was before");
    assert!(line.contains("the status can't be shown"), "{line}");
    assert_eq!(get(&mut server.connect(), "/"), "Hello, World!");
}

#[test]
fn no_request_is_lost_while_listeners_come_and_go() {
    let (site, server) = serve("listen = [\"127.0.0.1:0\"]");
    let (ends, asked) = (AtomicBool::new(false), AtomicU64::new(0));
    let ask = |is_kept: bool| {
        let mut client = server.connect();
        while !ends.load(Ordering::Relaxed) {
            assert_eq!(get(&mut client, "/"), "Hello, World!");
            asked.fetch_add(1, Ordering::Relaxed);
            if !is_kept {
                client = server.connect();
            }
        }
    };
    let both = "listen = [\"127.0.0.1:0\", \"unix:here\"]\nheader-timeout = \"20s\"";
    let changes = || {
        for _ in 0..20 {
            change(&site, &server, both, "listening at unix:");
            change(&site, &server, "listen = [\"127.0.0.1:0\"]", "no longer listening at unix:");
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || ask(number % 2 == 0))).collect();
        // Whatever happens, the threads must end.
        let changed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(changes));
        ends.store(true, Ordering::Relaxed);
        threads.into_iter().for_each(|thread| thread.join().expect("no request failed"));
        changed.expect("all was changed");
    });
    assert!(asked.into_inner() > 100, "they were asking all the time");
}

#[test]
fn limits_are_those_of_connections_that_come_from_then_on() {
    let listen = "listen = [\"127.0.0.1:0\"]";
    let (site, server) = serve(listen);
    let (mut first, mut second) = (server.connect(), server.connect());
    assert_eq!((first.get("/").status, second.get("/").status), (200, 200));
    change(&site, &server, &format!("{listen}\nmax-client-connections = 2"), "[server] has changed");
    assert_eq!(server.connect().get("/").status, 503);
    assert_eq!((first.get("/").status, second.get("/").status), (200, 200), "who is there stays");
    let table = format!("{listen}\nmax-client-connections = 3\nkeep-alive-timeout = \"10ms\"");
    change(&site, &server, &table, "[server] has changed");
    let mut third = server.connect();
    assert_eq!(third.get("/").status, 200);
    third.expect_end();
    assert_eq!(first.get("/").status, 200, "it came when it might rest for longer");
    // Gone from the file, it is as if it had never been there.
    change(&site, &server, listen, "[server] has changed");
    let more: Vec<_> = (0..4).map(|_| server.connect().get("/").status).collect();
    assert_eq!(more, [200; 4]);
}

#[test]
fn tls_comes_and_goes_for_connections_that_come_from_then_on() {
    let (site, server) = serve("listen = [\"127.0.0.1:0\"]");
    let (certificate, mut plain) = (Certificate::new(), server.connect());
    assert_eq!(get(&mut plain, "/"), "Hello, World!");
    let table = format!(
        "listen = [\"127.0.0.1:0\"]\ntls-cert = {:?}\ntls-key = {:?}",
        certificate.cert().display().to_string(),
        certificate.key().display().to_string()
    );
    change(&site, &server, &table, "[server] has changed");
    eventually("a handshake", || certificate.connect(server.address(), &[]).ok());
    assert_eq!(get(&mut plain, "/"), "Hello, World!", "who was connected goes on");
    change(&site, &server, "listen = [\"127.0.0.1:0\"]", "[server] has changed");
    eventually("no handshake", || certificate.connect(server.address(), &[]).is_err().then_some(()));
    assert_eq!(get(&mut server.connect(), "/"), "Hello, World!");
}

#[test]
fn the_status_comes_moves_and_goes() {
    let listen = "listen = [\"127.0.0.1:0\"]";
    let (site, server) = serve(listen);
    assert_eq!(server.connect().get("/").status, 200);
    let shown = |table: &str| {
        let line = change(&site, &server, &format!("{listen}\nstatus = {table:?}"), "status at http://");
        address_in(&line)
    };
    let count = |at: SocketAddr| {
        let text = Client::connect(at).get("/metrics").text();
        let is_count = |line: &&str| line.starts_with("http_server_request_duration_seconds_count");
        text.lines()
            .filter(is_count)
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .sum::<u64>()
    };
    let first = shown("127.0.0.1:0");
    assert_eq!(count(first), 0, "nothing was counted as long as nobody wanted to see it");
    assert_eq!(server.connect().get("/").status, 200);
    eventually("it is counted", || (count(first) == 1).then_some(()));
    let second = shown("localhost:0");
    assert!(first != second && count(second) == 1, "what was counted stays");
    eventually("the old address is let go of", || Client::try_connect(first).is_err().then_some(()));
    change(&site, &server, listen, "[server] has changed");
    eventually("it is shown nowhere", || Client::try_connect(second).is_err().then_some(()));
    assert_eq!(server.connect().get("/").status, 200);
}

#[test]
fn what_takes_a_restart_is_named_and_all_else_is_taken_over() {
    let listen = "listen = [\"127.0.0.1:0\"]\nmax-instances = 7";
    let (site, server) = serve(listen);
    let table = "listen = [\"127.0.0.1:0\", \"unix:here\"]\nmax-instances = 8\nthreads = 1";
    let mark = server.log.mark();
    put(&site, table);
    let line = server.log.wait_after(mark, SOON, |line| line.contains("takes a restart"));
    let named = "[server] threads, max-instances have changed, which takes a restart: until then they stay as they were";
    assert!(line.ends_with(named), "{line}");
    server.wait_for_log("listening at unix:");
    UnixStream::connect(site.path("here")).expect("it listens");
    // Said once, not at each change.
    let mark = server.log.mark();
    put(&site, &format!("{table}\nraw-timeout = \"9s\""));
    server.log.wait_after(mark, SOON, |line| line.contains("doverb.toml in "));
    assert_eq!(server.logged("takes a restart").len(), 1);
    // An address that stands there twice is a fault of the file's.
    let mark = server.log.mark();
    put(&site, "listen = [\"127.0.0.1:1\", \"127.0.0.1:1\"]");
    server.log.wait_after(mark, SOON, |line| line.contains("it is refused"));
    assert_eq!(server.logged("this address is listened at twice").len(), 1);
}
