//! Answers of every shape.

use std::time::Duration;

use doverb_guest::*;

use crate::{number, text};

pub(crate) fn serve(handler: &mut impl BaseHTTPRequestHandler, path: &str) -> Option<Result> {
    Some(match path {
        "/buffered" => text(handler, "buffered body"),
        "/stream" => stream(handler),
        "/big" => big(handler),
        "/sse" => events(handler),
        "/short" => declared(handler, "10", &["12345"]),
        "/long" => long(handler),
        "/204" | "/304" | "/205" => bodyless(handler, path[1..].parse().unwrap_or(204)),
        "/early-hints" => early_hints(handler),
        "/split" => split(handler),
        "/order" => order(handler),
        "/chunked-self" => own_chunks(handler, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
        "/chunked-self-bad" => own_chunks(handler, "3\r\nabcdef"),
        "/error" => error(handler),
        "/status" => status(handler),
        "/slow" => slow(handler),
        _ => return None,
    })
}

fn stream(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(200)?;
    handler.end_headers()?;
    for piece in ["one,", "two,", "three"] {
        handler.wfile().write_all(piece.as_bytes())?;
        handler.wfile().flush()?;
    }
    Ok(())
}

fn big(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let mut left = number(handler, "n")? as usize;
    let piece = [b'x'; 65_536];
    handler.send_response(200)?;
    handler.end_headers()?;
    while left > 0 {
        let bytes = left.min(piece.len());
        handler.wfile().write_all(&piece[..bytes])?;
        left -= bytes;
    }
    Ok(())
}

/// Never flushes: the host must, whenever the handler is about to wait.
fn events(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(200)?;
    handler.send_header("Content-Type", "text/event-stream")?;
    handler.end_headers()?;
    for number in 0..3 {
        write!(handler.wfile(), "data: {number}\n\n")?;
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn declared(handler: &mut impl BaseHTTPRequestHandler, length: &str, pieces: &[&str]) -> Result {
    handler.send_response(200)?;
    handler.send_header("Content-Length", length)?;
    handler.end_headers()?;
    for piece in pieces {
        handler.wfile().write_all(piece.as_bytes())?;
    }
    Ok(())
}

fn long(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(200)?;
    handler.send_header("Content-Length", 5)?;
    handler.end_headers()?;
    let refused = handler.wfile().write_all(b"0123456789").map_err(Error::from);
    let failure = refused.err().and_then(|error| error.failure().cloned());
    handler.wfile().write_all(if failure == Some(Failure::TooLarge(5)) { b"large" } else { b"wrong" })?;
    Ok(())
}

fn bodyless(handler: &mut impl BaseHTTPRequestHandler, code: u16) -> Result {
    handler.send_response(code)?;
    handler.end_headers()?;
    handler.wfile().write_all(b"never seen")?;
    Ok(())
}

fn early_hints(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response_only(103, None)?;
    handler.send_header("Link", "</style.css>; rel=preload")?;
    handler.end_headers()?;
    text(handler, "after the hints")
}

fn split(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(200)?;
    let mut report = String::new();
    for (name, value) in [
        ("X", "a\r\nSet-Cookie: evil"),
        ("X", "a\nb"),
        ("X", "a\0b"),
        ("X\r\nY", "a"),
        ("", "a"),
        ("X", "\u{100}"),
        ("Content-Length", "+1"),
        ("Transfer-Encoding", "gzip"),
    ] {
        let failure = handler.send_header(name, value).err();
        report.push_str(&format!("{name:?}: {failure:?}\n"));
    }
    handler.send_header("Latin", "caf\u{e9}")?;
    handler.end_headers()?;
    handler.wfile().write_all(report.as_bytes())?;
    Ok(())
}

fn order(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let mut report = Vec::new();
    let mut note = |what: &str, failure: Option<String>| report.push(format!("{what}: {failure:?}"));
    let shown = |result: std::result::Result<(), Failure>| result.err().map(|failure| failure.to_string());
    note("header first", shown(handler.send_header("A", "b")));
    note("end first", shown(handler.end_headers()));
    note("write first", handler.wfile().write_all(b"x").err().map(|error| error.to_string()));
    note("status 99", shown(handler.send_response(99)));
    note("status 1000", shown(handler.send_response(1000)));
    note("message", shown(handler.send_response_with(200, "a\r\nb")));
    note("upgrade", shown(handler.send_response(101)));
    handler.send_response(200)?;
    note("again", shown(handler.send_response(200)));
    note("error in head", shown(handler.send_error(500)));
    note("write in head", handler.wfile().write_all(b"x").err().map(|error| error.to_string()));
    handler.end_headers()?;
    note("header late", shown(handler.send_header("A", "b")));
    note("end twice", shown(handler.end_headers()));
    note("error late", shown(handler.send_error(500)));
    handler.wfile().write_all(report.join("\n").as_bytes())?;
    Ok(())
}

fn own_chunks(handler: &mut impl BaseHTTPRequestHandler, body: &str) -> Result {
    handler.send_response(200)?;
    handler.send_header("Transfer-Encoding", "chunked")?;
    handler.end_headers()?;
    handler.wfile().write_all(body.as_bytes())?;
    Ok(())
}

fn error(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let code = number(handler, "code")? as u16;
    let query = handler.query();
    Ok(handler.send_error_with(code, query.get("message"), query.get("explain"))?)
}

fn status(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let code = number(handler, "code")? as u16;
    match handler.query().get("message") {
        Some(message) => handler.send_response_with(code, message)?,
        None => handler.send_response(code)?,
    }
    handler.end_headers()?;
    Ok(())
}

fn slow(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    std::thread::sleep(Duration::from_millis(number(handler, "ms")?));
    text(handler, "slept")
}
