//! Values that outlive a request: kept when the call returns, seen by all at once, within bounds, and by nobody else.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use doverb_tests::redis::Redis;
use doverb_tests::server::{command, in_shell};
use doverb_tests::site::Site;
use doverb_tests::{Client, Server, doverb, guest};

/// A folder for files with values.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn store_in(folder: &Path) -> String {
    format!("default={}/data.redb", folder.display())
}

fn serve(store: &str, more: &[&str]) -> Server {
    Server::with("powers", &[&["--keyvalue", store], more].concat())
}

fn text(client: &mut Client, path: &str) -> String {
    client.get(path).text()
}

/// What every kind of store does.
fn expect_a_store(server: &Server) {
    let mut client = server.connect();
    for (path, answer) in [
        ("/get?key=a", "none"),
        ("/exists?key=a", "false"),
        ("/set?key=a&value=one", "set"),
        ("/get?key=a", "one"),
        ("/exists?key=a", "true"),
        ("/set?key=a&value=", "set"),
        ("/get?key=a", ""),
        ("/increment?key=n", "1"),
        ("/increment?key=n&delta=-3", "-2"),
        ("/increment?key=n&delta=9223372036854775807", "9223372036854775805"),
        ("/increment?key=n&delta=3", "the number would have more than 64 bits"),
        ("/increment?key=n&delta=0", "9223372036854775805"),
        ("/increment?key=a", "the value is no whole number"),
        ("/cas?key=c&expected=x&value=1", "false"),
        ("/cas?key=c&value=1", "true"),
        ("/cas?key=c&value=2", "false"),
        ("/cas?key=c&expected=1&value=2", "true"),
        ("/get?key=c", "2"),
        ("/keys", "a c n"),
        ("/delete?key=c", "deleted"),
        ("/delete?key=c", "deleted"),
        ("/keys", "a n"),
        ("/set-many?key=m&count=3&value=x", "set"),
        ("/many?key=m&count=4", "x x x none"),
        ("/delete-many?key=m&count=2", "deleted"),
        ("/keys", "a m00002 n"),
        ("/delete-many?key=m&count=3", "deleted"),
        ("/many?key=m&count=1001", "more than 1000 keys at once"),
    ] {
        assert_eq!(text(&mut client, path), answer, "{path}");
    }
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(client.post("/set?key=bytes", &bytes).text(), "set");
    assert_eq!(text(&mut client, "/get?key=bytes"), String::from_utf8_lossy(&bytes));
    // Pages of a thousand: all of them, each once.
    for page in 0..3 {
        assert_eq!(text(&mut client, &format!("/set-many?key=p{page}-&count=1000&value=x")), "set");
    }
    assert_eq!(text(&mut client, "/keys?count=0"), "3003");
    let long = "k".repeat(1025);
    assert_eq!(text(&mut client, &format!("/get?key={long}")), "a key has more than 1024 bytes");
    assert_eq!(text(&mut client, &format!("/set?key={}&value=x", &long[1..])), "set");
    let large = vec![b'v'; 1 << 20];
    assert_eq!(client.post("/set?key=large", &large).text(), "set");
    assert_eq!(text(&mut client, "/get?key=large").len(), 1 << 20);
    let larger = vec![b'v'; (1 << 20) + 1];
    assert_eq!(client.post("/set?key=large", &larger).text(), "a value has more than 1048576 bytes");
}

/// Eight clients at once, each with an instance of its own, who add and who compare and swap.
fn expect_nobody_comes_between(servers: &[&Server]) {
    let of = |number: usize| servers[number % servers.len()];
    thread::scope(|scope| {
        for number in 0..8 {
            scope.spawn(move || {
                let mut client = of(number).connect();
                client.get("/increment?key=sum&count=50");
                client.get("/update?key=swapped&count=10");
            });
        }
    });
    let mut client = of(0).connect();
    assert_eq!(text(&mut client, "/get?key=sum"), "400");
    assert_eq!(text(&mut client, "/get?key=swapped"), "80");
}

/// A small store that is full, and has room again.
fn expect_a_bound(server: &Server) {
    let mut client = server.connect();
    assert_eq!(client.post("/set?key=abc", vec![b'x'; 850]).text(), "set");
    let full =
        "the store is full: it holds 1024 bytes of keys and values, of which each entry counts 128 more";
    assert_eq!(client.post("/set?key=more", vec![b'x'; 100]).text(), full);
    assert_eq!(text(&mut client, "/set-many?key=many&count=20&value=x"), full);
    assert_eq!(text(&mut client, "/keys"), "abc", "none of them, where not all have room");
    assert_eq!(text(&mut client, "/increment?key=a-number-with-a-long-name"), full);
    assert_eq!(text(&mut client, "/cas?key=a-number-with-a-long-name&value=1"), full);
    assert_eq!(client.post("/set?key=abc", vec![b'x'; 10]).text(), "set");
    assert_eq!(client.post("/set?key=more", vec![b'x'; 100]).text(), "set");
    assert_eq!(text(&mut client, "/delete?key=more"), "deleted");
    assert_eq!(client.post("/set?key=else", vec![b'x'; 700]).text(), "set");
}

#[test]
fn a_file_is_a_store() {
    let folder = folder();
    expect_a_store(&serve(&store_in(folder.path()), &[]));
}

#[test]
fn memory_is_a_store_that_ends_with_the_server() {
    expect_a_store(&serve("default=memory:", &[]));
    assert_eq!(text(&mut serve("default=memory:", &[]).connect(), "/keys?count=0"), "0");
}

#[test]
fn redis_is_a_store_that_outlives_server_and_redis() {
    let mut redis = Redis::start();
    let store = format!("default={}", redis.url());
    let server = serve(&store, &[]);
    expect_a_store(&server);
    redis.restart();
    assert_eq!(
        text(&mut server.connect(), "/get?key=n"),
        "9223372036854775805",
        "over connections that broke"
    );
    drop(server);
    let server = serve(&store, &[]);
    assert_eq!(text(&mut server.connect(), "/get?key=n"), "9223372036854775805");
    redis.stop();
    assert_eq!(text(&mut server.connect(), "/get?key=n"), "the store cannot be used");
    let line = server.wait_for_log("the store \"default\" cannot be used");
    assert!(line.contains("redis://127.0.0.1:") && line.contains("refused"), "{line}");
}

#[test]
fn in_redis_nobody_comes_between_and_mounts_are_apart() {
    let redis = Redis::start();
    let store = format!("default={}", redis.url());
    let servers = [serve(&store, &[]), serve(&store, &[])];
    expect_nobody_comes_between(&servers.each_ref());
    let small = serve(&format!("default={}#small", redis.url()), &["--keyvalue-size", "1KiB"]);
    expect_a_bound(&small);
}

#[test]
fn redis_over_tls_is_a_store_when_its_certificate_is_known() {
    let redis = Redis::start_with_tls();
    let authority = redis.certificate().expect("it has one").cert();
    let known = format!("default={}/0?ca={}", redis.url(), authority.display());
    let server = serve(&known, &[]);
    expect_a_store(&server);
    // Whom nobody knows, and who has another name than the one that he is called by.
    let stranger = serve(&format!("default={}", redis.url()), &[]);
    assert_eq!(text(&mut stranger.connect(), "/get?key=n"), "the store cannot be used");
    let line = stranger.wait_for_log("cannot be used");
    assert!(line.contains("rediss://localhost:") && line.contains("UnknownIssuer"), "{line}");
    // Whom the system trusts is known, whatever else is said there that can't be read.
    let bundle = tempfile::NamedTempFile::new().expect("a file");
    let spoilt = "-----BEGIN CERTIFICATE-----\nMAMBAgM=\n-----END CERTIFICATE-----\n";
    let good = std::fs::read_to_string(&authority).expect("the file");
    std::fs::write(bundle.path(), format!("{spoilt}{good}")).expect("the file");
    let mut command = command(&["--keyvalue", &format!("default={}", redis.url())]);
    command.arg(guest("powers")).env("SSL_CERT_FILE", bundle.path()).env_remove("SSL_CERT_DIR");
    assert_eq!(text(&mut Server::spawn(command).connect(), "/get?key=none"), "none");
    let other_name = serve(&known.replace("localhost", "127.0.0.1"), &[]);
    assert_eq!(text(&mut other_name.connect(), "/get?key=n"), "the store cannot be used");
    let line = other_name.wait_for_log("cannot be used");
    assert!(line.contains("certificate"), "{line}");
    // One that speaks no TLS is no Redis over TLS.
    let plain = Redis::start();
    let url = plain.url().replace("redis://127.0.0.1", "rediss://localhost");
    let server = serve(&format!("default={url}?ca={}", authority.display()), &[]);
    assert_eq!(text(&mut server.connect(), "/get?key=n"), "the store cannot be used");
}

#[test]
fn in_a_doverb_toml_the_certificate_of_a_redis_lies_beside_it_and_one_that_is_none_is_named() {
    let redis = Redis::start_with_tls();
    let site = Site::new(&["powers"]);
    let put = |ca: &str| {
        let store = format!("{}?ca={ca}#n", redis.url());
        site.put(
            "doverb.toml",
            format!(
                "[[mount]]\npath = \"/\"\nhandler = \"powers.wasm\"\nkeyvalue = {{ default = \"{store}\" }}\n"
            ),
        );
    };
    site.put("ca.pem", std::fs::read(redis.certificate().expect("it has one").cert()).expect("the file"));
    put("ca.pem");
    assert_eq!(text(&mut site.serve(&[]).connect(), "/increment?key=n"), "1");
    for (ca, words) in [("doverb.toml", "it holds no certificate in PEM"), ("none.pem", "No such file")] {
        put(ca);
        let outcome =
            doverb(&["serve", "--port", "0", "--config", &site.path("doverb.toml").display().to_string()]);
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        let line = outcome.stderr.join("\n");
        assert!(line.contains(ca) && line.contains(words), "{line}");
    }
}

#[test]
fn servers_that_make_a_file_at_once_have_the_same() {
    let folder = folder();
    let store = store_in(folder.path());
    let servers: Vec<Server> = thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(|| serve(&store, &["--threads", "1"]))).collect();
        threads.into_iter().map(|thread| thread.join().expect("it serves")).collect()
    });
    for (server, number) in servers.iter().zip(1..) {
        assert_eq!(text(&mut server.connect(), "/increment?key=n"), number.to_string());
    }
}

#[test]
fn in_a_file_nobody_comes_between_threads() {
    let folder = folder();
    expect_nobody_comes_between(&[&serve(&store_in(folder.path()), &["--threads", "8"])]);
}

#[test]
fn in_a_file_nobody_comes_between_servers() {
    let folder = folder();
    let store = store_in(folder.path());
    let (one, other) = (serve(&store, &[]), serve(&store, &[]));
    expect_nobody_comes_between(&[&one, &other]);
    // One takes over from the other, as at a new start.
    drop(one);
    assert_eq!(text(&mut other.connect(), "/increment?key=sum"), "401");
}

#[test]
fn a_store_has_a_bound() {
    let folder = folder();
    expect_a_bound(&serve(&store_in(folder.path()), &["--keyvalue-size", "1KiB"]));
    expect_a_bound(&serve("default=memory:", &["--keyvalue-size", "1KiB"]));
}

#[test]
fn no_acknowledged_write_is_lost_by_200_kills() {
    let folder = folder();
    let store = store_in(folder.path());
    let mut acknowledged = 0;
    for kill in 0..200 {
        let mut server = serve(&store, &["--threads", "1", "--quiet"]);
        let mut client = server.connect();
        let kept: u64 = text(&mut client, "/increment?key=n&delta=0").parse().expect("a number");
        assert!(
            kept == acknowledged || kept == acknowledged + 1,
            "kill {kill}: {acknowledged} became {kept}"
        );
        let number = |client: &mut Client| text(client, "/increment?key=n").parse::<u64>().expect("a number");
        for _ in 0..kill % 4 {
            number(&mut client);
        }
        acknowledged = number(&mut client);
        // The next one is on its way when it ends: it may be kept or not.
        client.send(doverb_tests::request("GET", "/increment?key=n", ""));
        server.kill();
    }
}

#[test]
fn what_was_not_granted_is_refused_and_the_log_names_the_flag() {
    let server = serve("default=memory:", &[]);
    let mut client = server.connect();
    for _ in 0..3 {
        let answer = client.get("/get?store=accounts");
        assert_eq!((answer.status, answer.text()), (409, "the handler was not granted this store".into()));
    }
    let line = server.wait_for_log("accounts");
    assert_eq!(
        line,
        "doverb: powers: it asks for the store \"accounts\", which it was not granted: see --keyvalue NAME=STORE"
    );
    assert_eq!(server.logged("accounts\", which").len(), 1, "once");
    assert_eq!(text(&mut client, "/get?key=a"), "none", "the other one is there");
}

#[test]
fn a_name_that_steers_a_terminal_does_not_get_into_the_log() {
    let server = Server::of("powers");
    let mut client = server.connect();
    client.get("/get?store=%1b%5b2J%0aforged");
    let line = server.wait_for_log("which it was not granted");
    assert!(!line.contains('\u{1b}') && line.contains("forged"), "{line}");
}

#[test]
fn mounts_at_one_file_see_each_other_only_where_that_is_said() {
    let site = Site::new(&["powers"]);
    site.put(
        "doverb.toml",
        "[defaults]\nkeyvalue = { default = \"data.redb\", shared = \"data.redb#all\" }\n\
         [[mount]]\npath = \"/a\"\nhandler = \"powers.wasm\"\n\
         [[mount]]\npath = \"/b\"\nhandler = \"powers.wasm\"\n\
         [[mount]]\npath = \"/c\"\nhandler = \"powers.wasm\"\nkeyvalue = { default = \"memory:\" }\n",
    );
    let server = site.serve(&[]);
    let mut client = server.connect();
    assert_eq!(text(&mut client, "/a/set?key=k&value=a"), "set");
    assert_eq!(text(&mut client, "/a/set?store=shared&key=k&value=all"), "set");
    for (path, answer) in [
        ("/a/get?key=k", "a"),
        ("/b/get?key=k", "none"),
        ("/c/get?key=k", "none"),
        ("/b/keys", ""),
        ("/b/get?store=shared&key=k", "all"),
        ("/c/get?store=shared&key=k", "all"),
    ] {
        assert_eq!(text(&mut client, path), answer, "{path}");
    }
    assert!(site.path("data.redb").is_file(), "it is beside the doverb.toml");
}

#[test]
fn what_cannot_be_opened_is_said_plainly() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("other"), "a file of another kind").expect("a file");
    std::fs::create_dir(path("folder")).expect("a folder");
    let server = serve(&format!("default={}", path("good")), &[]);
    server.connect().get("/increment?key=n&count=20");
    drop(server);
    let mut bytes = std::fs::read(path("good")).expect("the file");
    bytes[4096..].fill(0x5a);
    std::fs::write(path("damaged"), bytes).expect("a file");
    let wasm = guest("powers").display().to_string();
    for (store, words) in [
        (path("none/data.redb"), format!("there is no folder {}", path("none"))),
        (path("other"), "it is a file of another kind".to_owned()),
        (path("folder"), "it is a folder, and not a file".to_owned()),
        (path("damaged"), "the file is damaged".to_owned()),
        // Nobody may make a file there, whoever he is.
        ("/sys/kernel/data.redb".to_owned(), "it cannot be written (".to_owned()),
    ] {
        let outcome = doverb(&["serve", "--port", "0", &wasm, "--keyvalue", &format!("default={store}")]);
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        let line = outcome.stderr.last().expect("a line");
        assert!(line.starts_with(&format!("doverb: --keyvalue default={store}: {words}")), "{line}");
    }
    let outcome = doverb(&["serve", &wasm, "--keyvalue", "default=http://x"]);
    assert_eq!(outcome.code, Some(2), "{outcome:#?}");
}

#[test]
fn a_disk_that_is_full_fails_the_call_and_nothing_else() {
    let folder = folder();
    let store = store_in(folder.path());
    drop(serve(&store, &[]));
    let mut serve = command(&["--no-watch", "--keyvalue", &store]);
    serve.arg(guest("powers"));
    // Blocks of 512 bytes, or of 1024: it has room for a few values.
    let server = Server::spawn(in_shell("ulimit -f 4096", &serve, ""));
    let mut client = server.connect();
    assert_eq!(text(&mut client, "/set?key=first&value=kept"), "set");
    let value = vec![b'x'; 1 << 20];
    let answers: Vec<_> = (0..8).map(|n| client.post(&format!("/set?key=n{n}"), &value).text()).collect();
    assert!(answers.iter().any(|answer| answer == "the store cannot be used"), "{answers:?}");
    let line = server.wait_for_log("the store \"default\" cannot be used");
    assert!(line.contains("data.redb: ") && line.contains("too large"), "{line}");
    assert_eq!(text(&mut client, "/get?key=first"), "kept");
    let kept = answers.iter().filter(|answer| *answer == "set").count();
    assert_eq!(text(&mut client, "/keys?count=0"), (kept + 1).to_string());
}

#[test]
fn waiting_for_a_store_is_no_computing_and_lets_others_run() {
    let folder = folder();
    let server = serve(&store_in(folder.path()), &["--threads", "1", "--cpu-time", "300ms"]);
    let mut busy = server.connect();
    let began = Instant::now();
    busy.send(doverb_tests::request("GET", "/increment?key=n&count=1000", ""));
    let mut other = server.connect();
    other.get("/config-values");
    let first = began.elapsed();
    assert_eq!(busy.read_response().text(), "1000");
    let all = began.elapsed();
    assert!(all > Duration::from_millis(300), "a thousand waits for the disk in {all:?}");
    assert!(first < all / 2, "the other waited {first:?} of {all:?}");
}

#[test]
fn what_a_handler_has_seen_takes_little_of_the_servers_memory() {
    let server = serve("default=memory:", &[]);
    let mut client = server.connect();
    assert_eq!(client.post("/set?key=large", vec![b'x'; 1 << 20]).text(), "set");
    assert_eq!(text(&mut client, "/seen?key=large&count=100"), "4", "of a megabyte each");
    assert_eq!(text(&mut client, "/seen?key=large&count=100"), "4", "they have gone with the request");
    assert_eq!(text(&mut client, "/seen?key=small&count=100"), "100");
}

#[test]
fn a_handler_may_not_have_too_many_open() {
    let server = serve("default=memory:", &["--max-files", "64"]);
    let mut client = server.connect();
    assert_eq!(text(&mut client, "/handles?count=100"), "too much is open");
    assert_eq!(server.connect().get("/get?key=a").text(), "none", "that is one instance's own");
}
