//! Connections that are open and do nothing.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::request;

fn ask(stream: &mut TcpStream) -> Result<()> {
    stream.write_all(&request("/"))?;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let bytes = stream.read(&mut piece)?;
        ensure!(bytes > 0, "the server closed it");
        answer.extend_from_slice(&piece[..bytes]);
        if let Some(head) = Answer::parse(&answer)?
            && head.size()? == answer.len()
        {
            return Ok(());
        }
    }
}

/// Holds them until standard input ends; whoever measures reads the line `ready` first.
pub(crate) fn run(address: SocketAddr, connections: usize, asked: bool) -> Result<Value> {
    let mut streams = Vec::with_capacity(connections);
    for number in 0..connections {
        let context = || format!("connection {number}");
        let mut stream = TcpStream::connect(address).with_context(context)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        if asked {
            ask(&mut stream).with_context(context)?;
        }
        streams.push(stream);
    }
    println!("ready");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(json!({ "held": streams.len() }))
}
