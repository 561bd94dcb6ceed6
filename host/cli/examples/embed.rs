//! The smallest embedding: serves one component, without the command's reload, signals and cache.
//!
//! `cargo run --release --example embed -- HANDLER.wasm [PORT] [THREADS]`

use doverb::engine::Engine;
use doverb::handler::{Handler, HandlerOptions, Slot};
use doverb::log::Log;
use doverb::server::{Server, ServerConfig};
use wasmtime::component::Component;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: embed HANDLER.wasm [PORT] [THREADS]")?;
    let port = args.next().map_or(Ok(0), |port| port.parse())?;
    let threads = args.next().map_or(Ok(0), |threads| threads.parse())?;
    let config = ServerConfig { port, threads, ..ServerConfig::default() };
    let engine = Engine::new(&config.limits)?;
    let component = Component::from_file(engine.wasmtime(), &path)?;
    let handler = Handler::new(&engine, &component, HandlerOptions { name: path, ..Default::default() })?;
    let server = Server::bind(config, engine, Slot::new(handler), Log::stderr(false))?;
    println!("Serving HTTP on {} ...", server.addresses()[0]);
    Ok(server.run()?)
}
