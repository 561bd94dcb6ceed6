//! The yardstick of benchmarks: the same server with a Rust function in the place of the component.
//!
//! `cargo run --release --example native_twin -- [PORT] [THREADS] [hello|fields|echo]`

use doverb::Failure;
use doverb::attributes::Protocol;
use doverb::exchange::Exchange;
use doverb::handler::{Answering, Handler};
use doverb::log::Log;
use doverb::server::{Config, Listen, Server};
use doverb::slot::Slot;

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As much as a guest's buffered reader asks for.
const PIECE: u32 = 65_536;

/// The twin of `guest/examples/hello`.
fn hello(exchange: &mut Exchange) -> Result<(), Failure> {
    exchange.send_response(200, None)?;
    exchange.send_header("Content-Type", "text/plain")?;
    exchange.send_header("Content-Length", "13")?;
    exchange.end_headers()?;
    exchange.write(b"Hello, World!")?;
    Ok(())
}

/// The twin of `tests/guests/fields`.
fn fields(exchange: &mut Exchange) -> Result<(), Failure> {
    const READ: [&str; 8] = [
        "Host",
        "User-Agent",
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "Cookie",
        "Referer",
        "X-Forwarded-Proto",
    ];
    let read: usize = READ.iter().filter_map(|name| exchange.header(name)).map(|value| value.len()).sum();
    let id = exchange.header("X-Request-Id").map(|id| id.into_owned());
    let client = exchange.header("X-Forwarded-For").map(|client| client.into_owned());
    exchange.send_response(200, None)?;
    exchange.send_header("Content-Type", "text/html; charset=utf-8")?;
    exchange.send_header("Content-Length", "4096")?;
    exchange.send_header("Content-Language", "en")?;
    exchange.send_header("Cache-Control", "no-store")?;
    exchange.send_header("ETag", "\"0123456789abcdef\"")?;
    exchange.send_header("Vary", "Accept-Encoding, Accept-Language")?;
    exchange.send_header("X-Content-Type-Options", "nosniff")?;
    exchange.send_header("X-Request-Id", id.as_deref().unwrap_or_default())?;
    exchange.send_header("X-Client", client.as_deref().unwrap_or_default())?;
    exchange.send_header("X-Read", &read.to_string())?;
    exchange.end_headers()?;
    exchange.write(&[b'x'; 4096])?;
    Ok(())
}

/// The twin of `guest/examples/echo`.
fn echo(exchange: &mut Exchange) -> Answering<'_> {
    Box::pin(async move {
        let content_type = exchange.header("Content-Type").map(|value| value.into_owned());
        let length = exchange.header("Content-Length").map(|value| value.into_owned());
        exchange.send_response(200, None)?;
        exchange
            .send_header("Content-Type", content_type.as_deref().unwrap_or("application/octet-stream"))?;
        if let Some(length) = length {
            exchange.send_header("Content-Length", &length)?;
        }
        exchange.end_headers()?;
        loop {
            let piece = exchange.read_body(PIECE).await?;
            if piece.is_empty() {
                return Ok(());
            }
            if exchange.write(&piece)? {
                exchange.flush_body().await?;
            }
        }
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let port = args.next().map_or(Ok(0), |port| port.parse())?;
    let threads = args.next().map_or(Ok(0), |threads| threads.parse())?;
    let handler = match args.next().as_deref() {
        None | Some("hello") => Handler::native("hello", hello),
        Some("fields") => Handler::native("fields", fields),
        Some("echo") => Handler::native_async("echo", echo),
        Some(_) => return Err("usage: native_twin [PORT] [THREADS] [hello|fields|echo]".into()),
    };
    let config = Config::default()
        .with_listener(Listen::tcp("127.0.0.1", port))
        .with_threads(threads)
        .with_protocol(Protocol::Http11);
    let server = Server::bind(config, Slot::new(handler), Log::discard())?;
    println!("Serving HTTP on {} ...", server.addresses()[0]);
    Ok(server.run()?)
}
