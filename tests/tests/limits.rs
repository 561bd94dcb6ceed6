//! Every bound on handlers and clients, seen from outside: who crosses it is told, nobody else notices.

use doverb_tests::{Client, SOON, Server, eventually, request};

/// A handler fails at `path`: the client gets `status`, the operator `reason`, others are served on.
fn fails_with(server: &Server, path: &str, status: u16, reason: &str) {
    let mark = server.log.mark();
    let mut client = server.connect();
    let response = client.get(path);
    assert_eq!(response.status, status, "{path}");
    assert_eq!(
        response.names()[2..],
        ["Connection", "Content-Type", "Content-Length"],
        "{path}: an error page"
    );
    let page = response.text();
    for secret in ["wasm", "unreachable", "probe", "0x", "abort", reason] {
        assert!(!page.contains(secret), "{path}: the client is told {secret:?}: {page}");
    }
    client.expect_end_or_reset();
    let line = server.log.wait_after(mark, SOON, |line| line.contains(reason));
    assert!(line.contains(&format!("\"GET {path} HTTP/1.1\"")), "{line}");
    assert_eq!(server.connect().get("/buffered").text(), "buffered body", "after {path}");
}

#[test]
fn an_endless_loop_gets_a_504_while_others_are_served_on_the_same_thread() {
    let server = Server::with("probe", &["--threads", "1", "--cpu-time", "2s"]);
    let mut looping = server.connect();
    let mut other = server.connect();
    assert_eq!(other.get("/buffered").status, 200);
    looping.send(request("GET", "/loop", "")).wait_until_read();
    for _ in 0..10 {
        assert_eq!(other.get("/count").status, 200);
    }
    assert_eq!(looping.read_response().status, 504);
    looping.expect_end_or_reset();
    server.wait_for_log("the handler computed for more than 2s");
    let lines = server.log.lines();
    let place = |text: &str| lines.iter().rposition(|line| line.contains(text)).expect(text);
    assert!(place("GET /count") < place("computed for more"), "{lines:#?}");
    assert_eq!(server.connect().get("/buffered").status, 200);
}

#[test]
fn waiting_is_not_computing() {
    let server = Server::with("probe", &["--cpu-time", "100ms"]);
    assert_eq!(server.connect().get("/slow?ms=600").text(), "slept");
}

#[test]
fn the_time_of_a_request_is_bounded_though_it_only_waits() {
    let server = Server::with("probe", &["--request-timeout", "300ms"]);
    fails_with(&server, "/slow?ms=600000", 504, "did not return within 300ms");
}

#[test]
fn a_memory_bomb_gets_a_503() {
    let server = Server::with("probe", &["--max-memory", "16MiB"]);
    fails_with(&server, "/bomb", 503, "more than 16777216 bytes of memory");
}

#[test]
fn a_memory_bomb_is_bounded_by_default() {
    let server = Server::of("probe");
    fails_with(&server, "/bomb", 503, "more than 134217728 bytes of memory");
}

#[test]
fn a_trap_gets_a_500_and_its_backtrace_goes_to_the_log() {
    let server = Server::of("probe");
    fails_with(&server, "/trap", 500, "unreachable");
    server.wait_for_log("  at ");
}

#[test]
fn frames_of_who_has_said_why_are_logged_to_who_asks_for_them() {
    for (path, said) in [("/panic", "the probe panics"), ("/err", "the probe fails")] {
        for (flags, frames) in [(&[][..], false), (&["--verbose"][..], true)] {
            let server = Server::with("probe", flags);
            fails_with(&server, path, 500, "the handler failed: ");
            server.wait_for_log(said);
            server.wait_for_log(&format!("\"GET {path} HTTP/1.1\" 500 -"));
            assert_eq!(!server.logged("  at 0: ").is_empty(), frames, "{path} {flags:?}");
        }
    }
}

#[test]
fn a_panic_gets_a_500() {
    let server = Server::of("probe");
    fails_with(&server, "/panic", 500, "the handler failed: ");
    server.wait_for_log("the probe panics");
}

#[test]
fn endless_recursion_gets_a_500() {
    let server = Server::of("probe");
    fails_with(&server, "/stack?n=1", 500, "stack");
}

#[test]
fn a_handler_that_answers_nothing_gets_a_500() {
    let server = Server::of("probe");
    fails_with(&server, "/none", 500, "the handler returned without an answer");
}

#[test]
fn a_handler_that_does_not_end_its_head_gets_a_500() {
    let server = Server::of("probe");
    fails_with(&server, "/no-end", 500, "the handler returned without end-headers");
}

#[test]
fn a_handler_that_returns_an_error_gets_a_500() {
    let server = Server::of("probe");
    fails_with(&server, "/err", 500, "the handler failed: ");
    server.wait_for_log("the probe fails");
}

/// The beginning has left, so the client can only be shown that the end is missing.
fn is_cut(server: &Server, path: &str, reason: &str) {
    let mut client = server.connect();
    client.send(request("GET", path, ""));
    assert_eq!(client.read_bodiless().field("Transfer-Encoding"), Some("chunked"));
    assert_eq!(client.read_chunk().as_deref(), Some(&b"partial"[..]));
    client.expect_end_or_reset();
    server.wait_for_log(reason);
    // A client of HTTP/1.0 takes an end in good order for the end of the body.
    let mut old = server.connect();
    old.send(format!("GET {path} HTTP/1.0\r\n\r\n"));
    let answer = old.read_to_reset();
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 200 "), "{answer:?}");
    assert_eq!(server.connect().get("/buffered").status, 200);
}

#[test]
fn an_answer_that_fails_in_the_middle_is_cut() {
    is_cut(&Server::of("probe"), "/late-err", "the handler failed: ");
}

#[test]
fn an_answer_whose_handler_loops_in_the_middle_is_cut() {
    is_cut(
        &Server::with("probe", &["--cpu-time", "300ms"]),
        "/loop-after-flush",
        "computed for more than 300ms",
    );
}

#[test]
fn an_instance_that_failed_is_never_used_again() {
    let server = Server::of("probe");
    let mut client = server.connect();
    assert_eq!(client.get("/count").text(), "1");
    assert_eq!(client.get("/count").text(), "2");
    assert_eq!(client.get("/panic").status, 500);
    client.expect_end_or_reset();
    assert_eq!(server.connect().get("/count").text(), "1");
}

#[test]
fn a_head_that_does_not_come_to_its_end_is_408() {
    let server = Server::with("hello", &["--header-timeout", "300ms"]);
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    assert_eq!(client.read_response().status_line, "HTTP/1.1 408 Request Timeout");
    client.expect_end_or_reset();
}

#[test]
fn a_head_that_comes_drop_by_drop_is_408_all_the_same() {
    let server = Server::with("hello", &["--header-timeout", "500ms"]);
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\n");
    // Each drop is taken before the next one falls, and there are too few of them to be too many fields.
    for drop in "A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb".bytes().cycle().take(1_000) {
        if client.has_something() {
            break;
        }
        client.send_what_it_takes([drop]);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(client.read_response().status, 408);
}

#[test]
fn an_idle_connection_is_closed() {
    let server = Server::with("hello", &["--keep-alive-timeout", "300ms"]);
    let mut silent = server.connect();
    let mut client = server.connect();
    assert_eq!(client.get("/").status, 200);
    client.expect_end();
    silent.expect_end();
}

fn is_told_to_come_again(client: &mut Client) {
    let response = client.read_response();
    assert_eq!(response.status_line, "HTTP/1.1 503 Service Unavailable");
    assert_eq!(response.field("Retry-After"), Some("1"));
    client.expect_end_or_reset();
}

#[test]
fn a_connection_too_many_is_told_to_come_again() {
    let server = Server::with("hello", &["--max-connections", "2"]);
    let mut clients = [server.connect(), server.connect()];
    for client in &mut clients {
        assert_eq!(client.get("/").status, 200);
    }
    is_told_to_come_again(&mut server.connect());
    assert_eq!(clients.each_mut().map(|client| client.get("/").status), [200, 200], "the others go on");
    drop(clients);
    eventually("there is room again", || (server.connect().get("/").status == 200).then_some(()));
}

#[test]
fn an_instance_too_many_is_told_to_come_again() {
    let server = Server::with("probe", &["--max-instances", "1"]);
    let mut first = server.connect();
    assert_eq!(first.get("/count").text(), "1");
    first.send(request("GET", "/slow?ms=2000", "")).wait_until_read();
    let mut second = server.connect();
    second.send(request("GET", "/count", ""));
    is_told_to_come_again(&mut second);
    assert_eq!(first.read_response().text(), "slept", "the first goes on");
    drop(first);
    eventually("there is room again", || (server.connect().get("/count").text() == "1").then_some(()));
}

#[test]
fn an_instance_that_rests_makes_way_for_one_that_is_needed() {
    let server = Server::with("overrides", &["--max-instances", "2"]);
    let mut clients = [(); 3].map(|()| server.connect());
    for client in &mut clients {
        assert_eq!(client.get("/").text(), "setups: 1");
    }
    // Ended in good order; its connection is kept, and gets a fresh one.
    server.wait_for_log("finish was called");
    assert_eq!(clients[0].get("/").text(), "setups: 1");
    assert_eq!(clients[2].get("/").text(), "setups: 1");
    eventually("the second", || (server.logged("finish was called").len() >= 2).then_some(()));
}

#[test]
fn one_client_cannot_take_all_connections_or_instances() {
    let arguments = ["--max-client-connections", "3", "--max-client-instances", "1"];
    let server = Server::with("probe", &arguments);
    let mut first = server.connect();
    first.send(request("GET", "/slow?ms=2000", "")).wait_until_read();
    let mut second = server.connect();
    second.send(request("GET", "/count", ""));
    is_told_to_come_again(&mut second);
    server.wait_for_log("all 1 instances that its client may have are busy: see --max-client-instances");
    let _silent = [server.connect(), server.connect()];
    eventually("the bound is met", || {
        let mut client = server.connect();
        client.send(request("GET", "/count", ""));
        String::from_utf8_lossy(&client.read_to_end_or_reset()).contains(" 503 ").then_some(())
    });
    let mut other = server.connect_from("127.0.0.2");
    assert_eq!(other.get("/count").text(), "1", "another client is served");
    let trusted = Server::with("probe", &[&arguments[..], &["--trusted-proxy", "127.0.0.1"]].concat());
    let mut clients = [(); 6].map(|()| trusted.connect());
    clients.iter_mut().for_each(|client| assert_eq!(client.get("/count").text(), "1"));
}

#[test]
fn the_memory_of_all_instances_is_bounded() {
    let arguments = ["--max-total-memory", "24MiB", "--max-memory", "16MiB", "--max-instances", "100"];
    let server = Server::with("probe", &arguments);
    let line = server.wait_for_log("--max-total-memory");
    assert!(
        line.contains("100 instances of 16.0 MiB would be 1.6 GiB; together they get 24.0 MiB"),
        "{line}"
    );
    let mut holders: Vec<_> = (0..40).map(|_| server.connect()).collect();
    for holder in &mut holders {
        holder.send(request("GET", "/slow?ms=3000", ""));
    }
    let statuses: Vec<_> = holders.iter_mut().map(|holder| holder.read_response().status).collect();
    assert!(statuses.contains(&200) && statuses.contains(&503), "{statuses:?}");
    server.wait_for_log("the handler got no more memory: all instances together have 24.0 MiB");
    drop(holders);
    eventually("it is given back", || (server.connect().get("/count").status == 200).then_some(()));
}

#[test]
fn connections_that_send_nothing_take_no_instance() {
    let server = Server::with("probe", &["--max-instances", "1"]);
    let _idle: Vec<_> = (0..20).map(|_| server.connect()).collect();
    assert_eq!(server.connect().get("/count").text(), "1");
}

#[test]
fn a_thousand_idle_connections_cost_little_memory() {
    let server = Server::of("hello");
    assert_eq!(server.connect().get("/").status, 200);
    let before = server.memory();
    let clients: Vec<_> = (0..1_000).map(|_| server.connect()).collect();
    // The last one was accepted when it is answered; each of the server's sockets has its own queue.
    for _ in 0..16 {
        assert_eq!(server.connect().get("/").status, 200);
    }
    let growth = server.memory().saturating_sub(before);
    assert!(growth < 32 << 20, "{} KiB for {} connections", growth >> 10, clients.len());
}
