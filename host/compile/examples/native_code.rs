//! Compiles a component for this processor, as the server does, and writes its native code into a file.
//!
//! `native_code HANDLER.wasm CODE`
//!
//! The bare code: what the component brings along besides, a snapshot or files, is read from itself.

use std::error::Error;
use std::fs;

use doverb_compile::{Wasm, compiler};

const USAGE: &str = "usage: native_code HANDLER.wasm CODE";

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [wasm, code] = args.as_slice() else { return Err(USAGE.into()) };
    fs::write(code, Wasm::read(wasm.as_ref())?.precompile(&compiler()?)?)?;
    Ok(())
}
