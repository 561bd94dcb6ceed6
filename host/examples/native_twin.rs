//! The yardstick of benchmarks: the same server with a Rust function in the place of the component.
//!
//! `cargo run --release --example native_twin -- [PORT] [THREADS]`

use doverb::Failure;
use doverb::engine::Engine;
use doverb::exchange::Exchange;
use doverb::handler::{Handler, Slot};
use doverb::log::Log;
use doverb::server::{Protocol, Server, ServerConfig};

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn hello(exchange: &mut Exchange) -> Result<(), Failure> {
    exchange.send_response(200, None)?;
    exchange.send_header("Content-Type", "text/plain")?;
    exchange.send_header("Content-Length", "13")?;
    exchange.end_headers()?;
    exchange.write(b"Hello, World!")?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let port = args.next().map_or(Ok(0), |port| port.parse())?;
    let threads = args.next().map_or(Ok(0), |threads| threads.parse())?;
    let config = ServerConfig { port, threads, protocol: Protocol::Http11, ..ServerConfig::default() };
    let engine = Engine::new(&config.limits)?;
    let slot = Slot::new(Handler::native("hello", hello));
    let server = Server::bind(config, engine, slot, Log::discard())?;
    println!("Serving HTTP on {} ...", server.addresses()[0]);
    Ok(server.run()?)
}
