//! What handlers do with the request's body.

use doverb_guest::*;

use crate::text;

pub(crate) fn serve(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    match handler.path_only().as_str() {
        "/body" => body(handler),
        "/lines" => lines(handler),
        "/trailers" => trailers(handler),
        "/ignore" => text(handler, "ignored"),
        "/partial" => partial(handler),
        "/stop" => stop(handler),
        _ => Ok(handler.send_error(404)?),
    }
}

/// The length, a sum of the bytes, and the bytes themselves if they are few.
fn body(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let (mut length, mut sum, mut kept) = (0u64, 0u64, Vec::new());
    let mut rfile = handler.rfile();
    let failure = loop {
        let piece = match rfile.fill_buf() {
            Ok([]) => break None,
            Ok(piece) => piece,
            Err(error) => break Some(error),
        };
        length += piece.len() as u64;
        sum += piece.iter().map(|&byte| u64::from(byte)).sum::<u64>();
        kept.extend_from_slice(&piece[..piece.len().min(1024 - kept.len().min(1024))]);
        let bytes = piece.len();
        rfile.consume(bytes);
    };
    if let Some(error) = failure {
        // So that a test sees what the handler saw, although the client has gone.
        handler.log_message(&format!("the body failed after {length} bytes: {error}"));
        return Err(error.into());
    }
    text(handler, &format!("{length} {sum} {}", String::from_utf8_lossy(&kept)))
}

fn lines(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let mut lengths = Vec::new();
    for line in handler.rfile().split(b'\n') {
        lengths.push(line?.len().to_string());
    }
    text(handler, &lengths.join(","))
}

fn trailers(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let early = handler.trailers().is_err();
    let body = handler.read_body(1 << 20)?;
    let trailers: Vec<_> =
        handler.trailers()?.iter().map(|(name, value)| format!("{name}={value}")).collect();
    text(handler, &format!("early={early} body={} {}", String::from_utf8_lossy(&body), trailers.join(" ")))
}

fn partial(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let mut first = [0; 10];
    handler.rfile().read_exact(&mut first)?;
    text(handler, &String::from_utf8_lossy(&first))
}

/// Writes without end until the client has gone.
fn stop(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(200)?;
    handler.end_headers()?;
    let mut sent = 0u64;
    loop {
        if let Err(error) = handler.wfile().write_all(&[b'y'; 8192]) {
            handler.log_message(&format!("the answer failed: {error} after some {}", sent > 0));
            return Err(error.into());
        }
        sent += 8192;
    }
}
