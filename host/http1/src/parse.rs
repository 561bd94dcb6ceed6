//! A request's head from bytes.

mod authority;
pub(crate) mod framing;
pub(crate) mod head;
pub(crate) mod line;
pub(crate) mod plain;
pub(crate) mod target;
