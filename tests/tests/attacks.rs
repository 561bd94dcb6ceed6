//! Attacks on the server, by handlers and by clients: whoever attacks is ended or told, and others notice nothing.
//! `SECURITY.md` has a table of them.

mod builds;
mod clients;
mod compiling;
mod computing;
mod host_memory;
mod places;
mod resources;
mod sources;
mod status;
mod stores;
mod tls;

use std::time::Duration;

use doverb_tests::component::Component;
use doverb_tests::{Client, Server, request};

/// Serves a component that a test has composed.
fn serve(component: &Component, arguments: &[&str]) -> Server {
    let folder = tempfile::tempdir().expect("a folder");
    let mut all = vec!["--no-watch"];
    all.extend(arguments);
    // It is loaded once, so it need not stay.
    Server::start(&component.file(folder.path()), &all)
}

/// So many clients, each of whose requests has been taken in.
fn attack(server: &Server, clients: usize) -> Vec<Client> {
    let begin = |_| {
        let mut client = server.connect();
        client.send(request("ATTACK", "/", ""));
        client
    };
    (0..clients).map(begin).collect()
}

/// Others get their answers for as long as these attackers have none, and they get them soon. What the server computes
/// meanwhile is what counts, as others compute on this machine too.
fn others_are_served(server: &Server, attackers: &[Client]) {
    let mut times = Vec::new();
    loop {
        let began = server.processor_time();
        assert_eq!(server.connect().get("/").status, 200);
        times.push(server.processor_time() - began);
        if attackers.iter().all(Client::has_something) {
            break;
        }
    }
    let most = times.iter().max().expect("one at least");
    assert!(*most < Duration::from_secs(1), "{most:?} at most, of {}", times.len());
}
