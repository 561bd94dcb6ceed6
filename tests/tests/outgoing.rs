//! Outgoing HTTP: whom a handler may call, within which bounds, and what it sees of what goes wrong.

use std::thread;

use doverb_tests::tls::Certificate;
use doverb_tests::upstream::Upstream;
use doverb_tests::{Client, Server, eventually, guest, request, server};

/// A server of the guest that calls whom its query names.
fn caller(flags: &[&str]) -> Server {
    Server::with("outgoing", flags)
}

/// The same, which may call `upstream`.
fn caller_of(upstream: &Upstream, flags: &[&str]) -> Server {
    let authority = upstream.authority();
    let mut all = vec!["--allow-http", &authority];
    all.extend(flags);
    caller(&all)
}

fn ask(server: &Server, how: &str, url: &str) -> String {
    server.connect().get(&format!("{how}url={url}")).text()
}

#[test]
fn a_server_that_was_granted_is_called() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &[]);
    assert_eq!(ask(&server, "/?", &upstream.url("/x?y=z")), "200 [content-length] hello");
    let asked = upstream.asked();
    assert!(asked[0].starts_with("GET /x?y=z HTTP/1.1\r\n"), "{asked:?}");
    assert!(
        asked[0].to_lowercase().contains(&format!("\r\nhost: {}\r\n", upstream.authority())),
        "{asked:?}"
    );
}

#[test]
fn without_a_grant_nobody_is_called_and_the_log_names_host_and_flag() {
    let upstream = Upstream::new();
    let server = caller(&[]);
    for _ in 0..3 {
        assert_eq!(ask(&server, "/?", &upstream.url("/")), "the handler may not call this server");
    }
    let line = server.wait_for_log("was refused");
    let host = upstream.authority();
    assert_eq!(
        line,
        format!(
            "doverb: outgoing: a request to {host} was refused: it may not call that server (--allow-http {host} allows it)"
        )
    );
    assert_eq!(server.logged("was refused").len(), 1, "a guest that asks again fills no log");
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_port_that_was_not_granted_is_not_called() {
    let (one, other) = (Upstream::new(), Upstream::new());
    let server = caller_of(&one, &[]);
    assert!(ask(&server, "/?", &other.url("/")).contains("may not call"));
    assert_eq!(other.connections(), 0);
}

#[test]
fn a_star_is_no_private_address_in_any_of_its_forms() {
    let upstream = Upstream::new();
    let server = caller(&["--allow-http", "*"]);
    let port = upstream.port();
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
        "169.254.169.254",
        "10.0.0.1",
        "100.64.0.1",
        "user@127.0.0.1",
    ] {
        let answer = server.connect().get(&format!("/?url=http://{host}:{port}/"));
        assert_eq!(answer.status, 502, "{host}: {}", answer.text());
    }
    assert_eq!(upstream.connections(), 0);
    let line = server.wait_for_log("its address 127.0.0.1");
    assert!(line.ends_with(&format!(
        "a request to 127.0.0.1:{port} was refused: its address 127.0.0.1 is this machine's own (--allow-http 127.0.0.1:{port} allows it)"
    )), "{line}");
}

#[test]
fn localhost_is_called_once_it_is_named() {
    let upstream = Upstream::new();
    let server = caller(&["--allow-http", &format!("localhost:{}", upstream.port())]);
    let url = format!("http://localhost:{}/", upstream.port());
    assert!(ask(&server, "/?", &url).ends_with("hello"));
    assert!(
        ask(&server, "/?", &upstream.url("/")).contains("may not call"),
        "by its address it was not named"
    );
}

#[test]
fn a_redirect_is_judged_as_any_other_request() {
    let (upstream, private) = (Upstream::new(), Upstream::new());
    let server = caller_of(&upstream, &["--allow-http", "*"]);
    assert!(ask(&server, "/?", &upstream.url("/to?/fine")).ends_with("hello"));
    let answer = ask(&server, "/?", &upstream.url(&format!("/to?{}", private.url("/metadata"))));
    assert_eq!(answer, "the handler may not call this server");
    assert_eq!(private.connections(), 0);
}

#[test]
fn redirects_are_the_guests() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &[]);
    assert!(ask(&server, "/?redirects=0&", &upstream.url("/to?/x")).starts_with("302 "));
}

#[test]
fn instances_share_connections() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &["--threads", "1"]);
    for _ in 0..5 {
        // Each by an instance of its own.
        assert!(ask(&server, "/?", &upstream.url("/")).ends_with("hello"));
    }
    assert_eq!(ask(&server, "/many?count=5&", &upstream.url("/")), "hello hello hello hello hello");
    assert_eq!((upstream.asked().len(), upstream.connections()), (10, 1));
}

#[test]
fn a_connection_that_its_server_has_closed_is_not_missed() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &["--threads", "1"]);
    for number in 1..20 {
        assert!(ask(&server, "/?", &upstream.url("/last")).ends_with("last"));
        assert_eq!(upstream.connections(), number);
    }
}

#[test]
fn a_body_of_any_size_goes_both_ways_as_it_comes() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &[]);
    let body: String = (0..400_000).map(|number| format!("{number};")).collect();
    let answer = server.connect().post(&format!("/?url={}", upstream.url("/echo")), &body);
    assert_eq!(answer.status, 200);
    assert!(answer.text() == body, "the same bytes");
    assert_eq!(ask(&server, "/large?size=20000000&method=POST&", &upstream.url("/length")), "20000000");
}

#[test]
fn what_has_come_is_passed_on_before_there_is_more() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &[]);
    let mut client = server.connect();
    client.send(request("GET", &format!("/stream?url={}", upstream.url("/stream")), ""));
    assert_eq!(client.read_bodiless().status, 200);
    assert_eq!(client.read_chunk().as_deref(), Some(&b"one "[..]));
    upstream.release();
    assert_eq!(client.read_chunk().as_deref(), Some(&b"two"[..]));
}

#[test]
fn what_is_the_connections_is_not_the_guests() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &[]);
    for field in [
        "Host: other.example",
        "Connection: close",
        "Transfer-Encoding: chunked",
        "Upgrade: x",
        "TE: trailers",
    ] {
        let field = field.replace(' ', "%20");
        let answer = ask(&server, &format!("/?field={field}&"), &upstream.url("/"));
        assert!(answer.contains("a field that a request can't have"), "{field}: {answer}");
    }
    let answer = ask(&server, "/?field=X-A:%20b%0d%0aX-C:%20d&", &upstream.url("/"));
    assert!(answer.contains("a field that a request can't have"), "{answer}");
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn what_a_server_does_wrong_is_an_error_of_the_guests() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &[]);
    for (path, says) in [
        ("/cut", "the connection was closed"),
        ("/head?100000", "HttpResponseHeaderSectionSize"),
        ("/switch", "HttpUpgradeFailed"),
        ("/garbage", "HttpProtocolError"),
    ] {
        let answer = server.connect().get(&format!("/?url={}", upstream.url(path)));
        assert_eq!(answer.status, 502);
        assert!(answer.text().contains(says), "{path}: {}", answer.text());
    }
    assert!(ask(&server, "/head?", &upstream.url("/")).contains("200"));
}

#[test]
fn a_server_that_does_not_answer_is_waited_for_only_so_long() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &["--http-timeout", "200ms"]);
    assert_eq!(ask(&server, "/?", &upstream.url("/hold")), "timed out");
    let answer = ask(&server, "/?", &upstream.url("/stream"));
    assert!(answer.contains("timed out"), "between two parts: {answer}");
    let patient = caller_of(&upstream, &[]);
    assert_eq!(ask(&patient, "/?timeout=200&", &upstream.url("/hold")), "timed out", "as the guest asks");
}

#[test]
fn no_more_requests_than_were_granted_are_under_way() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &["--max-http-requests", "4"]);
    let url = format!("/?url={}", upstream.url("/hold"));
    let mut clients: Vec<Client> = (0..12).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send(request("GET", &url, ""));
    }
    upstream.wait_for_requests(4);
    // Another of the same instances is served while they wait.
    assert_eq!(server.connect().get("/?url=x").status, 502);
    assert_eq!(upstream.asked().len(), 4, "the others wait");
    upstream.release();
    for client in &mut clients {
        assert!(client.read_response().text().ends_with("held"));
    }
}

#[test]
fn a_thousand_handlers_wait_for_a_slow_server_on_few_threads() {
    const MANY: usize = 1000;
    let upstream = Upstream::new();
    let most = MANY.to_string();
    let flags = [
        "--max-http-requests",
        &most,
        "--max-instances",
        "1100",
        "--max-client-instances",
        "1090",
        "--threads",
        "2",
    ];
    let server = caller_of(&upstream, &flags);
    let url = format!("/?url={}", upstream.url("/hold"));
    let mut clients: Vec<Client> = (0..MANY).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send(request("GET", &url, ""));
    }
    upstream.wait_for_requests(MANY);
    let before = server.processor_time();
    assert!(server.threads() < 32, "{} threads", server.threads());
    // Others are served meanwhile.
    assert_eq!(server.connect().get("/?url=x").status, 502);
    upstream.release();
    for client in &mut clients {
        assert!(client.read_response().text().ends_with("held"));
    }
    println!(
        "{MANY} waited with {} threads; answering took {:?}",
        server.threads(),
        server.processor_time() - before
    );
}

#[test]
fn a_client_that_goes_ends_the_request_for_it() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &[]);
    let mut client = server.connect();
    client.send(request("GET", &format!("/?url={}", upstream.url("/hold")), ""));
    upstream.wait_for_requests(1);
    client.vanish();
    server.wait_for_log("the client went away");
    upstream.release();
    upstream.wait_for_open(0);
}

#[test]
fn a_call_that_blocks_keeps_nothing_back_and_ends_with_its_client() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &[]);
    let mut client = server.connect();
    client.send(request("GET", &format!("/blocking?url={}", upstream.url("/stream")), ""));
    assert_eq!(client.read_bodiless().status, 200);
    assert_eq!(
        client.read_chunk().as_deref(),
        Some(&b"one "[..]),
        "it leaves while the handler waits for more"
    );
    client.vanish();
    server.wait_for_log("the client went away");
    upstream.release();
    upstream.wait_for_open(0);
}

#[test]
fn an_answer_that_nobody_reads_takes_its_connection_with_it() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &[]);
    assert_eq!(ask(&server, "/drop?", &upstream.url("/stream")), "dropped");
    upstream.release();
    upstream.wait_for_open(0);
    assert!(ask(&server, "/?", &upstream.url("/")).ends_with("hello"));
}

#[test]
fn a_new_version_does_not_disturb_requests_that_are_under_way() {
    let upstream = Upstream::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("outgoing.wasm");
    std::fs::copy(guest("outgoing"), &file).expect("a copy");
    let server = Server::start(&file, &["--allow-http", &upstream.authority()]);
    let mut client = server.connect();
    client.send(request("GET", &format!("/?url={}", upstream.url("/hold")), ""));
    upstream.wait_for_requests(1);
    std::fs::write(&file, doverb_tests::padded("outgoing", b"another")).expect("a file");
    server.wait_for_log("(version 2)");
    assert!(ask(&server, "/?", &upstream.url("/")).ends_with("hello"), "the new version has the same grant");
    upstream.release();
    assert!(client.read_response().text().ends_with("held"));
}

#[test]
fn a_server_is_called_over_tls_if_somebody_vouches_for_it() {
    let certificate = Certificate::new();
    let upstream = Upstream::secure(&certificate);
    let mut arguments = vec!["--no-watch".into(), "--allow-http".into(), upstream.authority().into()];
    arguments.push(guest("outgoing").into_os_string());
    let mut command = server::command(&arguments);
    command.env("SSL_CERT_FILE", certificate.cert());
    let trusting = Server::spawn(command);
    for _ in 0..3 {
        assert!(ask(&trusting, "/?", &upstream.url("/")).ends_with("hello"));
    }
    let other = Certificate::new();
    let mut command = server::command(&arguments);
    command.env("SSL_CERT_FILE", other.cert());
    let doubting = Server::spawn(command);
    assert_eq!(ask(&doubting, "/?", &upstream.url("/")), "TLS: the certificate is not trusted");
    doubting.wait_for_log("its certificate is not trusted");
    // By its address it is not who the certificate says.
    let by_address = format!("127.0.0.1:{}", upstream.port());
    let mut command = server::command(&[
        "--no-watch".into(),
        "--allow-http".into(),
        by_address.clone().into(),
        guest("outgoing").into_os_string(),
    ]);
    command.env("SSL_CERT_FILE", certificate.cert());
    let other_name = Server::spawn(command);
    assert_eq!(
        ask(&other_name, "/?", &format!("https://{by_address}/")),
        "TLS: the certificate is not trusted"
    );
}

#[test]
fn plain_http_is_no_tls_and_tls_no_plain_http() {
    let certificate = Certificate::new();
    let (plain, secure) = (Upstream::new(), Upstream::secure(&certificate));
    let server = caller(&["--allow-http", &plain.authority(), "--allow-http", &secure.authority()]);
    assert!(ask(&server, "/?", &format!("https://{}/", plain.authority())).starts_with("TLS: "));
    assert_eq!(server.connect().get(&format!("/?url=http://{}/", secure.authority())).status, 502);
}

#[test]
fn each_mount_has_grants_of_its_own() {
    let upstream = Upstream::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("doverb.toml");
    let wasm = guest("outgoing");
    let text = format!(
        "[[mount]]\npath = \"/\"\nhandler = \"{0}\"\n\n[[mount]]\npath = \"/open\"\nhandler = \"{0}\"\nname = \"open\"\n\
         allow-http = [\"{1}\"]\nmax-http-requests = 8\nhttp-timeout = \"5s\"\n",
        wasm.display(),
        upstream.authority()
    );
    std::fs::write(&file, text).expect("a file");
    let arguments = ["--no-watch".as_ref(), "--config".as_ref(), file.as_os_str()];
    let server = Server::spawn(server::command(&arguments));
    assert!(ask(&server, "/open?", &upstream.url("/")).ends_with("hello"));
    assert!(ask(&server, "/?", &upstream.url("/")).contains("may not call"));
    std::fs::write(&file, "[[mount]]\npath = \"/\"\nhandler = \"a.wasm\"\nallow-http = [\"https://a\"]\n")
        .expect("a file");
    let checked = doverb_tests::doverb(&["check".as_ref(), file.as_os_str()]);
    assert!(checked.stderr.join("\n").contains("HOST or HOST:PORT"), "{}", checked.stderr.join("\n"));
}

#[test]
fn a_flag_that_names_no_host_says_what_it_takes() {
    for value in ["https://api.example.com", "a/b", ""] {
        let outcome = doverb_tests::doverb(&["serve", "--allow-http", value, "x.wasm"]);
        assert_eq!(outcome.code, Some(2), "{value}");
        assert!(outcome.stderr.join("\n").contains("HOST or HOST:PORT"), "{}", outcome.stderr.join("\n"));
    }
}

#[test]
fn check_says_which_flag_grants_it() {
    let outcome = doverb_tests::doverb(&["check".as_ref(), guest("outgoing").as_os_str()]);
    assert!(outcome.stdout.join("\n").contains("--allow-http"), "{}", outcome.stdout.join("\n"));
}

#[test]
fn a_handler_waits_for_its_server_without_its_client_having_to() {
    // What it has written leaves before it waits.
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &["--threads", "1"]);
    let mut waiting = server.connect();
    waiting.send(request("GET", &format!("/?url={}", upstream.url("/hold")), ""));
    upstream.wait_for_requests(1);
    let others = thread::scope(|scope| {
        let ask = || ask(&server, "/?", &upstream.url("/"));
        scope.spawn(ask).join().expect("an answer")
    });
    assert!(others.ends_with("hello"));
    upstream.release();
    assert!(waiting.read_response().text().ends_with("held"));
    eventually("its descriptors are given back", || {
        (server.connect().get("/?url=x").status == 502).then_some(())
    });
}

#[test]
fn requests_without_number_of_one_instance_leave_nothing_behind() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &["--max-files", "64"]);
    let answer = ask(&server, "/many?count=300&", &upstream.url("/"));
    assert_eq!(answer.split(' ').filter(|word| *word == "hello").count(), 300, "{answer}");
    let mut client = server.connect();
    for _ in 0..100 {
        assert_eq!(client.get(&format!("/drop?url={}", upstream.url("/"))).text(), "dropped");
    }
}
