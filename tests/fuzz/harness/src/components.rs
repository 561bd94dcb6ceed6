//! Components, whole and broken: they are taken or refused in one line, and whoever reads the file refuses nothing that the
//! compiler would take.

use std::path::Path;
use std::sync::LazyLock;

use doverb_compile::Wasm;
use doverb_core::component::Component;
use doverb_core::engine::Engine;
use doverb_core::handler::{Handler, HandlerOptions};
use doverb_core::limits::Limits;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    // The pool is reserved for as many instances as there may be, and there is none.
    Engine::new(&Limits::default().with_max_instances(1)).expect("an engine")
});

/// Compiling more takes longer than it teaches.
const MAX_INPUT: usize = 64 * 1024;

/// The bytes are a component.
///
/// # Panics
///
/// When one is taken that is none, or is refused in more than a line.
pub fn check(data: &[u8]) {
    if data.len() > MAX_INPUT {
        return;
    }
    let read = Wasm::read_from(Path::new("fuzzed.wasm"), data);
    let component = match (Component::compile(&ENGINE, data), &read) {
        (Ok(component), Ok(_)) => component,
        (Ok(_), Err(error)) => panic!("it compiles, and is refused: {error}"),
        (Err(_), Err(error)) => return assert_one_line(&error.to_string()),
        (Err(_), Ok(_)) => return,
    };
    match Handler::new(&ENGINE, &component, HandlerOptions::new("fuzzed")) {
        Ok(handler) => assert!(handler.methods().next().is_some(), "a handler serves something"),
        Err(error) => assert_one_line(&error.to_string()),
    }
}

/// What a person gets to read ends no line and steers no terminal.
fn assert_one_line(text: &str) {
    assert!(!text.is_empty() && !text.chars().any(char::is_control), "{text:?}");
    assert!(text.len() < 8_192, "{} bytes: {text}", text.len());
}
