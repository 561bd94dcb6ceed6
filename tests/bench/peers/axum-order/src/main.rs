//! The test guest `order` on axum, as its own documentation sets it up, with the allocator of the server that it is measured
//! against.
//!
//! `axum-order [PORT] [THREADS]`

use std::error::Error;
use std::net::Ipv4Addr;

use axum::routing::post;
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::runtime;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Deserialize)]
struct Order {
    items: Vec<Item>,
}

#[derive(Deserialize, Serialize)]
struct Item {
    name: String,
    price: u64,
    count: u64,
}

#[derive(Serialize)]
struct Priced {
    total: u64,
    items: Vec<Item>,
}

async fn price(Json(order): Json<Order>) -> Json<Priced> {
    let total = order.items.iter().map(|item| item.price * item.count).sum();
    Json(Priced { total, items: order.items })
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let port = args.next().map_or(Ok(0), |port| port.parse())?;
    let threads = args.next().map_or(Ok(1), |threads| threads.parse())?;
    let mut builder = match threads {
        1 => runtime::Builder::new_current_thread(),
        _ => runtime::Builder::new_multi_thread(),
    };
    if threads > 1 {
        builder.worker_threads(threads);
    }
    builder.enable_io().build()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        println!("Serving HTTP on {} ...", listener.local_addr()?);
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, Router::new().route("/", post(price))).await?;
        Ok(())
    })
}
