//! The imports of the contract, as wit-bindgen gives them.

#![allow(missing_docs, clippy::all)]

wit_bindgen::generate!({
    path: "wit",
    world: "doverb:handler/base",
    generate_all,
});

pub(crate) use doverb::handler::*;
