//! What the system knows of a connection: whether its owner has read what was sent.

use std::net::SocketAddr;

/// Bytes that have come to `owner` from `sender` and that the owner's process has not read. IPv4 only.
pub(crate) fn waiting_bytes(owner: SocketAddr, sender: SocketAddr) -> u64 {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the system's table of sockets");
    let (owner, sender) = (shown(owner), shown(sender));
    let of_it = |line: &&str| {
        let mut words = line.split_whitespace().skip(1);
        words.next() == Some(&owner) && words.next() == Some(&sender)
    };
    let Some(line) = table.lines().find(of_it) else {
        return 0;
    };
    let queues = line.split_whitespace().nth(4).expect("the column tx_queue:rx_queue");
    let (_, received) = queues.split_once(':').expect("two queues");
    u64::from_str_radix(received, 16).expect("a hexadecimal number")
}

/// An address as the table has it: the bytes in the machine's order, all in hexadecimal digits.
fn shown(address: SocketAddr) -> String {
    let SocketAddr::V4(address) = address else {
        panic!("{address} is not IPv4");
    };
    format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port())
}
