//! Where handlers' values outlive a request: in a file, which several servers of one machine may share, in Redis, for more than
//! one machine, and in memory, for tests.
//!
//! [`Stores`] opens what a [`Place`] names, once for a process. What it gives is granted to a handler by
//! [`HandlerOptions::with_store`](doverb_core::handler::HandlerOptions::with_store).
//!
//! ```
//! use doverb_core::keyvalue::DEFAULT_SIZE;
//! use doverb_keyvalue::{Place, Stores};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (stores, place) = (Stores::default(), "memory:".parse::<Place>()?);
//! let store = stores.open(&place, "/shop/ default", DEFAULT_SIZE)?;
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

mod file;
mod opened;
mod patience;
mod place;
mod server;
mod stores;

pub use place::{Place, PlaceError, Whereabouts};
pub use stores::{OpenError, Stores};
