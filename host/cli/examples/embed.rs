//! The smallest embedding: serves one component, without the command's reload, signals and cache.
//!
//! `cargo run --release --example embed -- HANDLER.wasm [PORT] [THREADS]`

use doverb::component::Component;
use doverb::engine::Engine;
use doverb::handler::{Handler, HandlerOptions};
use doverb::limits::Limits;
use doverb::log::Log;
use doverb::server::{Config, Listen, Server};
use doverb::slot::Slot;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: embed HANDLER.wasm [PORT] [THREADS]")?;
    let port = args.next().map_or(Ok(0), |port| port.parse())?;
    let threads = args.next().map_or(Ok(0), |threads| threads.parse())?;
    let engine = Engine::new(&Limits::default())?;
    let component = Component::compile(&engine, &std::fs::read(&path)?)?;
    let handler = Handler::new(&engine, &component, HandlerOptions::new(path))?;
    let config = Config::default().with_listener(Listen::tcp("127.0.0.1", port)).with_threads(threads);
    let server = Server::bind(config, Slot::new(handler), Log::stderr(false))?;
    println!("Serving HTTP on {} ...", server.addresses()[0]);
    Ok(server.run()?)
}
