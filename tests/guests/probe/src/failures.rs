//! Handlers that fail, each in its own way.

use std::hint::black_box;

use doverb_guest::*;

use crate::{number, text};

pub(crate) fn serve(handler: &mut impl BaseHTTPRequestHandler, path: &str) -> Option<Result> {
    Some(match path {
        "/loop" => endless(),
        "/loop-after-flush" => flushed(handler).and_then(|()| endless()),
        "/bomb" => bomb(),
        "/trap" => trap(),
        "/panic" => panic!("the probe panics"),
        "/stack" => {
            black_box(deep(number(handler, "n").unwrap_or(0)));
            Ok(())
        }
        "/open" => open(handler),
        "/fail" => {
            handler.fail();
            Ok(())
        }
        "/fail-whole" => {
            handler.fail();
            whole(handler)
        }
        "/fail-streamed" => {
            handler.fail();
            flushed(handler)
        }
        "/none" => Ok(()),
        "/no-end" => handler.send_response(200).map_err(Error::from),
        "/err" => Err(Error::new("the probe fails")),
        "/late-err" => flushed(handler).and_then(|()| Err(Error::new("the probe fails late"))),
        _ => return None,
    })
}

fn whole(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(200)?;
    handler.send_header("Content-Length", "5")?;
    handler.end_headers()?;
    Ok(handler.wfile().write_all(b"whole")?)
}

fn flushed(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(200)?;
    handler.end_headers()?;
    handler.wfile().write_all(b"partial")?;
    handler.wfile().flush()?;
    Ok(())
}

fn endless() -> Result {
    let mut turns = 0u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

fn bomb() -> Result {
    let mut memory: Vec<Vec<u8>> = Vec::new();
    loop {
        memory.push(black_box(vec![1; 1 << 20]));
    }
}

/// Opens a file again and again, and closes none.
fn open(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let mut files = Vec::new();
    let error = loop {
        match std::fs::File::open("/data/in.txt") {
            Ok(file) => files.push(file),
            Err(error) => break error,
        }
    };
    text(handler, &format!("{} open: {error}", files.len()))
}

fn trap() -> Result {
    #[cfg(target_arch = "wasm32")]
    std::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort()
}

#[allow(unconditional_recursion)]
fn deep(depth: u64) -> u64 {
    let frame = [depth; 64];
    black_box(&frame);
    deep(depth + 1).wrapping_add(black_box(frame)[7])
}
