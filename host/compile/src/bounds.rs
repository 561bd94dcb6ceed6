//! How large a component and its code may be.

/// The largest wasm file that is read, in bytes.
pub const MAX_WASM: u64 = 256 << 20;
/// The most compiled code that one component may become, in bytes.
pub const MAX_CODE: u64 = 1 << 30;
/// From this size of a component on its functions are kept for its next version, and compiling shows how far it is: a
/// smaller one compiles in less time than it would take to look at them.
pub(super) const LARGE: usize = 1 << 20;
