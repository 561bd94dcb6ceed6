//! A component in somebody else's server: `/plugins/hello` is the handler's, and a line on standard input swaps it.
//!
//! `cargo run -p doverb-tower --example axum -- HANDLER.wasm [PORT]`, then ENTER for the file as it is
//! now, or the name of another.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use doverb_core::component::Component;
use doverb_core::engine::Engine;
use doverb_core::handler::{Handler, HandlerOptions};
use doverb_core::peer::{Address, Peer};
use doverb_core::{
    isolation::Isolation, log::Log, mount::Mount, pool::Pool, pool::PoolSize, site::Site, slot::Slot,
};
use doverb_tower::HandlerService;

fn load(engine: &Engine, path: &str) -> Result<Handler, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    let component = Component::compile(engine, &bytes)?;
    Ok(Handler::new(engine, &component, HandlerOptions::new(path))?.with_size(bytes.len()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: axum HANDLER.wasm [PORT]")?;
    let port = args.next().map_or(Ok(8000), |port| port.parse())?;
    let site = Arc::new(Site::new(Log::stderr(false)));
    let engine = Engine::new(site.limits())?;
    let slot = Slot::new(load(&engine, &path)?);
    let pool = Pool::new(PoolSize::share(4, 1, site.limits().max_instances));
    let service = HandlerService::new(site, Mount::new(Arc::clone(&slot), Isolation::Auto, pool));
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            let path = if line.is_empty() { &path } else { &line };
            match load(&engine, path) {
                Ok(handler) => println!("{path} is version {}", slot.swap(handler)),
                Err(error) => eprintln!("{path}: {error}"),
            }
        }
    });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let server = Address::from(listener.local_addr()?);
    // A handler's `client_address` comes from here.
    let tell_peer =
        from_fn(move |ConnectInfo(client): ConnectInfo<SocketAddr>, mut request: Request, next: Next| {
            request.extensions_mut().insert(Peer::new(client.into(), server.clone()));
            next.run(request)
        });
    let app = axum::Router::new()
        .nest_service("/plugins/hello", service)
        .route("/", get(async || "This is the server's own. The plugin is at /plugins/hello.\n"))
        .layer(tell_peer);
    Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
}
