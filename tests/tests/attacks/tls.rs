//! Clients that mean harm before they have shaken hands.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use doverb_tests::tls::Certificate;
use doverb_tests::{Client, SOON, Server};

/// Bytes of about the longest message of a handshake that is taken, with the heads of its records.
const LONGEST: usize = 60_000;

/// A record of a handshake with so much of a message in it.
fn record(part: &[u8]) -> Vec<u8> {
    let length = u16::try_from(part.len()).expect("a record's");
    [&[0x16, 3, 1][..], &length.to_be_bytes(), part].concat()
}

/// A ClientHello of so many bytes, all but the last, in records of this size.
fn hello(length: usize, size: usize) -> Vec<u8> {
    let body = u32::try_from(length - 4).expect("it fits").to_be_bytes();
    let mut message = vec![1, body[1], body[2], body[3], 3, 3];
    message.resize(length - 1, 0);
    message.chunks(size).flat_map(record).collect()
}

fn begin(server: &Server, clients: usize, bytes: &[u8]) -> Vec<Client> {
    let begin = |_| {
        let mut client = server.connect();
        client.send(bytes).wait_until_read();
        client
    };
    (0..clients).map(begin).collect()
}

fn serve(certificate: &Certificate, time: &str) -> Server {
    let flags = certificate.flags();
    let mut arguments: Vec<&str> = flags.iter().map(String::as_str).collect();
    arguments.extend(["--header-timeout", time, "--threads", "2"]);
    Server::with("probe", &arguments)
}

fn others_are_served(server: &Server, certificate: &Certificate) {
    for _ in 0..8 {
        let mut stream = certificate.connect(server.address(), &["http/1.1"]).expect("it shakes hands");
        stream.write_all(b"GET /buffered HTTP/1.0\r\n\r\n").expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the answer");
        assert!(answer.ends_with("buffered body"), "{answer}");
    }
}

#[test]
fn handshakes_that_stop_half_way_are_given_up_and_keep_nothing_from_others() {
    let certificate = Certificate::new();
    let server = serve(&certificate, "2s");
    let before = server.memory();
    // One that is short and whole but for its end, the longest one in large records, and one in the smallest.
    let mut slow = begin(&server, 100, &hello(300, 300));
    slow.extend(begin(&server, 100, &hello(LONGEST, 16_384)));
    slow.extend(begin(&server, 50, &hello(1_000, 1)));
    others_are_served(&server, &certificate);
    let most = server.peak_memory().saturating_sub(before);
    assert!(most < 64 << 20, "{} MiB", most >> 20);
    for mut client in slow {
        let _ = client.read_to_any_end();
    }
    others_are_served(&server, &certificate);
}

#[test]
fn handshakes_that_drip_have_one_deadline_in_all() {
    let certificate = Certificate::new();
    let server = serve(&certificate, "2s");
    let hello = hello(5_000, 5_000);
    let mut slow = begin(&server, 50, &hello[..1]);
    let began = Instant::now();
    let mut bytes = hello[1..].iter();
    while slow.iter().any(|client| !client.has_something()) {
        let byte = [*bytes.next().expect("they are given up before")];
        slow.iter_mut().for_each(|client| drop(client.writer().write(&byte)));
        others_are_served(&server, &certificate);
        assert!(began.elapsed() < SOON);
        // What makes it drip.
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn handshakes_that_stop_half_way_do_not_keep_the_server_from_ending() {
    let certificate = Certificate::new();
    let mut server = serve(&certificate, "10m");
    let slow = begin(&server, 50, &hello(LONGEST, 16_384));
    let began = Instant::now();
    assert!(server.stop().success());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    drop(slow);
}
