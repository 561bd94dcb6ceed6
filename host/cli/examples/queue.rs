//! A server that offers its plugins an interface of its own, `clinic:queue`: patients wait in one queue for all of them.
//!
//! `cargo run --release --example queue -- PLUGIN.wasm [PORT]`; `tests/guests/clinic` is such a plugin.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use doverb::capability::Capability;
use doverb::capability::wasmtime::{self, StoreContextMut, component::Linker};
use doverb::component::Component;
use doverb::engine::Engine;
use doverb::handler::{Handler, HandlerOptions};
use doverb::keyvalue::Memory;
use doverb::limits::Limits;
use doverb::log::Log;
use doverb::server::{Config, Listen, Server};
use doverb::slot::Slot;
use doverb::state::State;

/// Plugins are not trusted with more of the server's memory.
const MOST: usize = 1000;

#[derive(Clone, Default)]
struct Queue(Arc<Mutex<VecDeque<String>>>);

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn arrive(&self, mut name: String) -> bool {
        let (mut waiting, has_room) = (self.waiting(), name.len() <= 100);
        let has_room = has_room && waiting.len() < MOST;
        name.shrink_to_fit();
        waiting.extend(has_room.then_some(name));
        has_room
    }
}

impl Capability for Queue {
    fn packages(&self) -> &[&str] {
        &["clinic:queue/"]
    }

    fn link(&self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        let mut queue = linker.instance("clinic:queue/patients@0.1.0")?;
        let (arrival, next) = (self.clone(), self.clone());
        queue.func_wrap("arrive", move |_: StoreContextMut<'_, State>, (name,): (String,)| {
            Ok((arrival.arrive(name),))
        })?;
        queue.func_wrap("next", move |_: StoreContextMut<'_, State>, ()| Ok((next.waiting().pop_front(),)))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: queue PLUGIN.wasm [PORT]")?;
    let port = args.next().map_or(Ok(0), |port| port.parse())?;
    let engine = Engine::with_capabilities(&Limits::default(), vec![Arc::new(Queue::default())])?;
    let component = Component::compile(&engine, &std::fs::read(&path)?)?;
    // What `doverb serve` grants by flags.
    let options = HandlerOptions::new("clinic")
        .with_store("default", Arc::new(Memory::new(1 << 20)))
        .with_config_value("doctor", "Dr. Lovelace");
    let handler = Handler::new(&engine, &component, options)?;
    let config = Config::default().with_listener(Listen::tcp("127.0.0.1", port));
    let server = Server::bind(config, Slot::new(handler), Log::stderr(false))?;
    println!("Serving HTTP on {} ...", server.addresses()[0]);
    Ok(server.run()?)
}
