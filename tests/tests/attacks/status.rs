//! Clients that mean harm where the state of things is shown.

use doverb_tests::{Client, Server, request};

#[test]
fn one_client_leaves_room_for_monitoring() {
    let server = Server::with("probe", &["--status", "127.0.0.1:0"]);
    let status = server.status_address();
    // As many as there are for all.
    let begin = |_| {
        let mut client = Client::connect_from("127.0.0.2", status);
        client.send_what_it_takes("GET /metrics HTTP/1.1\r\nX: ");
        client
    };
    let attackers: Vec<_> = (0..32).map(begin).collect();
    for _ in 0..5 {
        assert_eq!(Client::connect(status).get("/metrics").status, 200);
        assert_eq!(server.connect().get("/buffered").status, 200);
    }
    let told = |client: &&Client| client.has_something();
    assert_eq!(attackers.iter().filter(told).count(), 8, "others are told that there is no room");
}

#[test]
fn metrics_that_nobody_reads_hold_up_nobody() {
    let server = Server::with("probe", &["--status", "127.0.0.1:0", "--threads", "1"]);
    let status = server.status_address();
    let before = server.memory();
    let deaf = |_| {
        let mut client = Client::connect_from("127.0.0.2", status);
        client.send_what_it_takes(request("GET", "/metrics", "").repeat(200));
        client
    };
    let attackers: Vec<_> = (0..20).map(deaf).collect();
    for _ in 0..5 {
        assert_eq!(Client::connect(status).get("/metrics").status, 200);
        assert_eq!(server.connect().get("/buffered").status, 200);
    }
    assert!(server.peak_memory().saturating_sub(before) < 32 << 20);
    drop(attackers);
}
