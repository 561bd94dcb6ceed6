//! Serves a number of requests to a client in the same process and ends: what an instruction count is taken of.
//!
//! `request_path HANDLER.wasm|native CODE REQUESTS BATCH connection|request`
//!
//! `CODE` is the file with the component's native code, which the example `native_code` of `doverb-compile` makes: so no compiler is
//! built with all that the shipped server's optimisation costs.
//! `tests/bench/instructions` runs it under valgrind twice, with different numbers of requests; the difference is what a
//! request costs, as all that happens once cancels out. `BATCH` requests are sent at a time, and the next batch
//! when all of them are answered.

use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use doverb_core::Failure;
use doverb_core::attributes::Protocol;
use doverb_core::component::Component;
use doverb_core::engine::Engine;
use doverb_core::exchange::Exchange;
use doverb_core::handler::{Handler, HandlerOptions};
use doverb_core::isolation::Isolation;
use doverb_core::limits::Limits;
use doverb_core::log::Log;
use doverb_core::slot::Slot;
use doverb_core::snapshot::{self, Snapshot};
use doverb_core::stack::{self, Stack};
use doverb_server::{Config, Listen, Server};
use wasmparser::{Parser, Payload};

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUser-Agent: request_path\r\nAccept: */*\r\n\r\n";
const USAGE: &str = "usage: request_path HANDLER.wasm|native CODE REQUESTS BATCH connection|request";

/// The answer of the `hello` example.
fn hello(exchange: &mut Exchange) -> Result<(), Failure> {
    exchange.send_response(200, None)?;
    exchange.send_header("Content-Type", "text/plain")?;
    exchange.send_header("Content-Length", "13")?;
    exchange.end_headers()?;
    exchange.write(b"Hello, World!")?;
    Ok(())
}

fn handler(engine: &Engine, name: &str, code: &str) -> Result<Handler, Box<dyn Error>> {
    if name == "native" {
        return Ok(Handler::native("hello", hello));
    }
    let wasm = fs::read(name)?;
    let sections = || {
        Parser::new(0).parse_all(&wasm).map_while(Result::ok).filter_map(|payload| match payload {
            Payload::CustomSection(section) => Some(section),
            _ => None,
        })
    };
    let is_deep = sections().any(|section| section.name() == stack::SECTION);
    let stack = if is_deep { Stack::Deep } else { Stack::Usual };
    // SAFETY: the benchmark has just had `native_code` make this file, in a folder for us alone.
    let mut component = unsafe { Component::from_native(engine, &fs::read(code)?, stack)? };
    if let Some(memory) = sections().find(|section| section.name() == snapshot::SECTION) {
        component = component.with_snapshot(Snapshot::read(memory.data())?);
    }
    Ok(Handler::new(engine, &component, HandlerOptions::new("hello"))?)
}

/// Reads one answer; all others are as long.
fn first_answer(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        answer.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&answer).into_owned();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let fields = head.to_ascii_lowercase();
    let length = fields.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    let body = answer.len();
    answer.resize(body + length.parse::<usize>().expect("a number"), 0);
    stream.read_exact(&mut answer[body..])?;
    Ok(answer)
}

fn ask(address: SocketAddr, requests: usize, batch: usize) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    stream.write_all(REQUEST)?;
    let first = first_answer(&mut stream)?;
    let questions = REQUEST.repeat(batch);
    let mut answers = vec![0; first.len() * batch];
    for _ in 0..requests / batch {
        stream.write_all(&questions)?;
        stream.read_exact(&mut answers)?;
    }
    // All answers are of one length, and differ in the Date alone: the last one's start shows that none was lost or longer.
    let last = &answers[first.len() * (batch - 1)..];
    assert!(
        requests < batch || (last[..40] == first[..40] && last[last.len() - 8..] == first[first.len() - 8..])
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, code, requests, batch, isolation] = args.as_slice() else { return Err(USAGE.into()) };
    let isolation = match isolation.as_str() {
        "connection" => Isolation::Connection,
        "request" => Isolation::Request,
        _ => return Err(USAGE.into()),
    };
    // Few instances: valgrind has less address space to give.
    let limits = Limits::default().with_max_instances(4).with_max_memory(64 << 20);
    let engine = Engine::new(&limits)?;
    let slot = Slot::new(handler(&engine, name, code)?);
    let config = Config::default()
        .with_listener(Listen::tcp("127.0.0.1", 0))
        .with_threads(1)
        .with_protocol(Protocol::Http11)
        .with_isolation(isolation)
        .with_limits(limits);
    let server = Server::bind(config, slot, Log::discard())?;
    let (address, handle) = (server.addresses()[0].tcp(), server.handle());
    let address = address.ok_or("it listens at no address")?;
    let (requests, batch) = (requests.parse()?, batch.parse()?);
    let client = thread::spawn(move || {
        let asked = ask(address, requests, batch);
        handle.abort();
        asked
    });
    server.run()?;
    client.join().map_err(|_| "the client panicked")??;
    Ok(())
}
