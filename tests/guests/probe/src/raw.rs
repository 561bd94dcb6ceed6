//! Connections that become the handler's own.

use doverb_guest::*;

/// 101, then everything that comes goes back until the client ends its side.
pub(crate) fn upgrade(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(101)?;
    handler.send_header("Connection", "Upgrade")?;
    handler.send_header("Upgrade", "echo")?;
    handler.end_headers()?;
    echo(handler)
}

pub(crate) fn tunnel(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(200)?;
    handler.end_headers()?;
    echo(handler)
}

fn echo(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let mut buffer = [0; 1024];
    let mut rfile = handler.rfile();
    loop {
        let bytes = rfile.read(&mut buffer)?;
        if bytes == 0 {
            handler.wfile().write_all(b"bye")?;
            return Ok(());
        }
        handler.wfile().write_all(&buffer[..bytes])?;
    }
}
