//! The imports of the contract, as wit-bindgen gives them.

#![allow(missing_docs, clippy::all)]

wit_bindgen::generate!({
    path: "wit",
    inline: "package doverb:guest;
        world imports {
            include doverb:handler/base@0.1.0;
            import doverb:handler/readiness@0.1.0;
            import wasi:config/store@0.2.0-rc.1;
            import wasi:keyvalue/store@0.2.0-draft2;
            import wasi:keyvalue/atomics@0.2.0-draft2;
            import wasi:keyvalue/batch@0.2.0-draft2;
        }",
    generate_all,
});

pub(crate) use doverb::handler::*;

/// What `subscribe` gives, as wasip2 has it: whoever waits for a clock or a stream as well has that from there.
#[cfg(feature = "wasi")]
impl From<wasi::io::poll::Pollable> for wasip2::io::poll::Pollable {
    fn from(pollable: wasi::io::poll::Pollable) -> wasip2::io::poll::Pollable {
        // SAFETY: a component has one resource `pollable`, under whichever version of WASI 0.2 its crates name it, and
        // its handle has no other owner any more.
        unsafe { wasip2::io::poll::Pollable::from_handle(pollable.take_handle()) }
    }
}
