//! What the system knows of a connection: whether its owner has read what was sent, and whether it looks after its
//! peer.

use std::net::SocketAddr;

/// Bytes that have come to `owner` from `sender` and that the owner's process has not read. IPv4 only.
pub(crate) fn waiting_bytes(owner: SocketAddr, sender: SocketAddr) -> u64 {
    let Some(queues) = column(owner, sender, 4) else {
        return 0;
    };
    let (_, received) = queues.split_once(':').expect("tx_queue:rx_queue");
    u64::from_str_radix(received, 16).expect("a hexadecimal number")
}

/// Whether the system asks now and then whether `owner`'s silent `peer` is still there. IPv4 only.
pub(crate) fn is_kept_alive(owner: SocketAddr, peer: SocketAddr) -> bool {
    // tr:tm->when, 02 being the timer of keepalive probes.
    column(owner, peer, 5).is_some_and(|timer| timer.starts_with("02:"))
}

/// A column of the table's line about a connection, as its owner has it.
fn column(owner: SocketAddr, peer: SocketAddr, number: usize) -> Option<String> {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the system's table of sockets");
    let (owner, peer) = (shown(owner), shown(peer));
    let of_it = |line: &&str| {
        let mut words = line.split_whitespace().skip(1);
        words.next() == Some(&owner) && words.next() == Some(&peer)
    };
    let line = table.lines().find(of_it)?;
    Some(line.split_whitespace().nth(number).expect("the table has this column").to_owned())
}

/// An address as the table has it: the bytes in the machine's order, all in hexadecimal digits.
fn shown(address: SocketAddr) -> String {
    let SocketAddr::V4(address) = address else {
        panic!("{address} is not IPv4");
    };
    format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port())
}
