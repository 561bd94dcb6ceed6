//! Takes from a component the imports that a handler has no use for: QuickJS is linked with a whole C library.
//!
//! What is called nevertheless ends the handler. That is how a panic ends it without words of its own: the SDK has said
//! in the log what is wrong.

use std::fs;

use wasm_compose::composer::ComponentComposer;
use wasm_compose::config::Config;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{ManglingAndAbi, Resolve, WorldId};

use super::quickjs::LOADER;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// What QuickJS and the SDK need: `Date` has the time from the one and its zone from the other, and `Math.random` its
/// seed; and what is there only where a handler asks for it.
const KEPT: [&str; 5] =
    ["wasi:clocks/wall-clock@", "wasi:cli/environment@", "wasi:random/", "wasi:keyvalue/", "wasi:config/"];

/// What timers need, which are there only if the world says so.
const KEPT_FOR_TIMERS: [&str; 2] = ["wasi:clocks/monotonic-clock@", "wasi:io/poll@"];

/// What `fetch` needs, where it is.
const KEPT_FOR_FETCH: [&str; 3] = ["wasi:http/", "wasi:io/streams@", "wasi:io/error@"];

fn is_cut(name: &str, world: &str) -> bool {
    let has_timers = KEPT_FOR_TIMERS.iter().any(|kept| world.contains(kept));
    let timers = KEPT_FOR_TIMERS.iter().filter(|_| has_timers);
    let has_fetch = world.contains("wasi:http/outgoing-handler@");
    let fetch = KEPT_FOR_FETCH.iter().filter(|_| has_fetch);
    name == LOADER
        || name.starts_with("wasi:")
            && !KEPT.iter().chain(timers).chain(fetch).any(|kept| name.starts_with(kept))
}

/// The component with functions that trap in the place of those imports. The text of its world says which it has.
pub(super) fn stub(component: &[u8], text: &str) -> Result<Vec<u8>, Error> {
    let DecodedWasm::Component(resolve, world) = decode(component)? else {
        return Err("it is no component".into());
    };
    let stubs = stubs(resolve, world, text)?;
    let folder = tempfile::tempdir()?;
    let original = folder.path().join("handler.wasm");
    fs::write(&original, component)?;
    fs::write(folder.path().join("stubs.wasm"), stubs)?;
    let config =
        Config { dir: folder.path().to_owned(), definitions: vec!["stubs.wasm".into()], ..Config::default() };
    Ok(ComponentComposer::new(&original, &config).compose()?)
}

/// A component that exports what is cut off.
fn stubs(mut resolve: Resolve, world: WorldId, text: &str) -> Result<Vec<u8>, Error> {
    let imports = std::mem::take(&mut resolve.worlds[world].imports);
    let (cut, kept) = imports.into_iter().partition(|(key, _)| is_cut(&resolve.name_world_key(key), text));
    resolve.worlds[world].exports = cut;
    // The types of what is cut off use some of what is kept.
    resolve.worlds[world].imports = kept;
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    Ok(ComponentEncoder::default().module(&module)?.validate(true).encode()?)
}
