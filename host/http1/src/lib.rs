//! HTTP/1 between any byte stream and a handler's session: RFC 9110 and 9112, and HTTP/0.9 as Python answers it.
//!
//! [`serve`] is all of it: one connection, from its first byte to its end, in the runtime of the caller.
//!
//! ```
//! use std::sync::Arc;
//!
//! use doverb_core::{handler::Handler, isolation::Isolation, log::Log, mount::Mount};
//! use doverb_core::{peer::{Address, Peer}, pool::{Pool, PoolSize}, site::Site, slot::Slot};
//! use doverb_http1::{Service, Transport, serve};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
//! let handler = Handler::native("hello", |request| {
//!     request.send_response(200, None)?;
//!     request.end_headers()?;
//!     request.write(b"Hello!")?;
//!     Ok(())
//! });
//! let mount = Mount::new(Slot::new(handler), Isolation::Connection, Pool::new(PoolSize::share(1, 1, 1)));
//! let service = Arc::new(Service::new(Arc::new(Site::new(Log::discard())), mount));
//! let (mut client, stream) = tokio::io::duplex(4096);
//! let nobody = Address::of_unix(None);
//! client.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
//! serve(service, stream, Peer::new(nobody.clone(), nobody), 1).await;
//! let mut answer = String::new();
//! client.read_to_string(&mut answer).await?;
//! assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.ends_with("Hello!"));
//! # Ok(()) }
//! ```

#![warn(missing_docs)]

mod body;
mod buffers;
mod connection;
mod drain;
mod encode;
#[doc(hidden)]
pub mod fuzz;
mod http1;
mod outbox;
mod parse;
mod service;
mod transport;
mod wire;

pub use connection::{refuse, serve, serve_tcp};
pub use service::Service;
pub use transport::Transport;
