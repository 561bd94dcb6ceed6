//! Who computes for long does so on a thread that makes way for those that serve.

use doverb_tests::{Client, Server, eventually, request};

/// One thread that serves, so that whoever is served is served beside whoever computes.
fn server(arguments: &[&str]) -> Server {
    Server::with("probe", &[&["--threads", "1", "--quiet"], arguments].concat())
}

fn labour(server: &Server, milliseconds: u32, times: u32) -> Client {
    let mut client = server.connect();
    client.send(request("GET", &format!("/waits/labour?ms={milliseconds}&times={times}"), ""));
    client
}

fn rounds(times: u32) -> String {
    (0..times).map(|round| format!("round {round}\n")).collect()
}

#[test]
fn who_computes_for_long_goes_on_behind_those_who_serve() {
    let server = server(&["--cpu-time", "10m"]);
    assert_eq!(server.connect().get("/buffered").status, 200);
    assert!(server.niceness("doverb-bg").is_empty(), "nobody has computed for long");
    let mut looping = server.connect();
    looping.send(request("GET", "/loop", ""));
    eventually("the thread behind", || (server.niceness("doverb-bg") == [19]).then_some(()));
    assert_eq!(server.niceness("doverb-0"), [0]);
    for _ in 0..10 {
        assert_eq!(server.connect().get("/buffered").text(), "buffered body");
    }
    looping.vanish();
}

#[test]
fn an_answer_whose_handler_computes_and_waits_in_turns_is_whole_and_its_connection_goes_on() {
    let server = server(&[]);
    let mut clients: Vec<Client> = (0..6).map(|_| labour(&server, 15, 4)).collect();
    for client in &mut clients {
        assert_eq!(client.read_response().text(), rounds(4));
        assert_eq!(client.get("/buffered").text(), "buffered body");
    }
    for client in &mut clients {
        // Behind one that computes for long, in one packet.
        let again = request("GET", "/waits/labour?ms=15&times=2", "") + &request("GET", "/count", "");
        client.send(again);
        assert_eq!(client.read_response().text(), rounds(2));
        assert_eq!(client.read_response().text(), "4");
    }
}

#[test]
fn the_memory_of_one_that_ends_is_given_back_behind_those_who_serve() {
    let server = server(&["--max-memory", "64MiB"]);
    assert_eq!(server.connect().get("/bomb").status, 503);
    eventually("the thread of those that end", || {
        // One that computed in the background ends from there.
        server.niceness("doverb-exit").first().is_some_and(|&niceness| niceness >= 10).then_some(())
    });
    assert_eq!(server.niceness("doverb-0"), [0]);
    assert_eq!(server.connect().get("/buffered").text(), "buffered body");
}

#[test]
fn who_computes_for_long_is_served_to_its_end_when_the_server_drains() {
    let mut server = server(&[]);
    let mut client = labour(&server, 30, 6);
    eventually("the thread behind", || (!server.niceness("doverb-bg").is_empty()).then_some(()));
    assert!(server.stop().success());
    assert_eq!(client.read_response().text(), rounds(6));
}

#[test]
fn what_is_behind_is_cut_when_the_grace_time_is_over() {
    let mut server = server(&["--grace", "100ms", "--cpu-time", "10m"]);
    let mut looping = server.connect();
    looping.send(request("GET", "/loop", ""));
    eventually("the thread behind", || (!server.niceness("doverb-bg").is_empty()).then_some(()));
    assert!(server.stop().success());
    server.wait_for_log("1 unfinished after the grace time: cut");
    looping.expect_end_or_reset();
    assert!(server.logged("fault of the server's own").is_empty());
}
