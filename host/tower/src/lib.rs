//! A handler as a [`tower`](tower_service) service, for axum, hyper and whoever else speaks HTTP by services.
//!
//! [`HandlerService`] is all of it. Bodies stream both ways: of a request one frame is asked for when the handler reads,
//! and of an answer some 128 KiB at most wait for the server. The head of an answer leaves with the first flush, or with
//! its end: until then a handler that fails is answered for by an error page.
//!
//! What is the server's is left to it: the fields Connection, Keep-Alive, Transfer-Encoding and Upgrade of an answer, its
//! reason phrase, and `100 Continue` are not passed on. Protocols can't be changed: a 101 is refused, and CONNECT is answered
//! with a tunnel that has ended already. Whether a handler's `protocol_version` is HTTP/1.0 or 1.1 makes no difference.

#![warn(missing_docs)]

mod body;
mod carrier;
mod head;
mod patience;
mod pipe;
mod service;
mod sessions;
mod upload;

pub use body::{AnswerBody, BrokenAnswer};
pub use service::{Answering, HandlerService};
