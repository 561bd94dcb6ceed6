//! Why a call of the contract failed: `types.failure` of the WIT package, in Rust.

#[cfg(feature = "components")]
use wasmtime::component::{ComponentType, Lower};

/// The variant `failure` of the contract. See `wit/types.wit` for the meaning of each case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "components", derive(ComponentType, Lower), component(variant))]
pub enum Failure {
    /// The call is not allowed now.
    #[error("out of order: {0}")]
    #[cfg_attr(feature = "components", component(name = "out-of-order"))]
    OutOfOrder(String),
    /// A status code outside of 100 to 999.
    #[error("{0} is no status code: 100 to 999 are")]
    #[cfg_attr(feature = "components", component(name = "invalid-status"))]
    InvalidStatus(u16),
    /// A field, phrase or attribute that must not go over the wire.
    #[error("invalid field: {0}")]
    #[cfg_attr(feature = "components", component(name = "invalid-field"))]
    InvalidField(String),
    /// The client has gone.
    #[error("the client closed the connection")]
    #[cfg_attr(feature = "components", component(name = "closed"))]
    Closed,
    /// The client neither sent nor took a byte for the time allowed.
    #[error("the client took too long")]
    #[cfg_attr(feature = "components", component(name = "timed-out"))]
    TimedOut,
    /// The body broke the rules of HTTP.
    #[error("malformed body: {0}")]
    #[cfg_attr(feature = "components", component(name = "malformed"))]
    Malformed(String),
    /// Over a bound, which is given in bytes.
    #[error("over the bound of {0} bytes")]
    #[cfg_attr(feature = "components", component(name = "too-large"))]
    TooLarge(u64),
    /// What none of the others is: a code and a text.
    #[error("{}: {}", .0.0, .0.1)]
    #[cfg_attr(feature = "components", component(name = "other"))]
    Other((String, String)),
}

impl Failure {
    /// A call that is not allowed now, and the rule that it broke.
    pub fn out_of_order(call: &str, rule: &str) -> Failure {
        Failure::OutOfOrder(format!("{call}: {rule}"))
    }
}
