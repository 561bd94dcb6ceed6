//! Outgoing HTTP for handlers: `wasi:http`, to servers that were granted, within bounds.
//!
//! A handler calls nobody unless it was granted: [`HttpGrant`] says whom ([`Allowed`]) and within which bounds
//! ([`HttpLimits`]), and has the connections that its instances share. [`OutgoingHttp`] is the capability that an engine is made
//! with; without a grant it denies each request and tells the operator.
//!
//! What a guest names is hostile. So a name is looked up once, each of its addresses is judged (is it of the public network, or was
//! it granted?), and the connection goes to one that was found good, whatever the name stands for a moment later. Redirects are
//! the guest's to follow: each is a request, judged as any other.

#![warn(missing_docs)]

mod address;
mod allowed;
mod capability;
mod connect;
mod destination;
mod download;
mod failure;
mod grant;
mod held;
mod limits;
mod pool;
mod proxy;
mod refusal;
mod resolve;
mod text;
mod tls;
mod upload;
mod wire;

pub use address::Kind;
pub use allowed::{Allowed, Rule, RuleError};
pub use capability::OutgoingHttp;
pub use destination::{Destination, Host};
pub use grant::HttpGrant;
pub use limits::HttpLimits;
pub use refusal::Refusal;
pub use resolve::{Resolve, Resolving};
