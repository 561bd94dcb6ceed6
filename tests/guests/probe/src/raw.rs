//! Connections that become the handler's own. What a query asks for:
//!
//! - `timeout=`: milliseconds that a read may wait; when it has, `tick` is written and the next read waits anew.
//! - `burn=`: milliseconds to compute for every piece that was read, and for every tick.
//! - `sleep=`: milliseconds to sleep before the first read.
//! - `most=`: bytes after which the handler returns, whatever the client still sends.
//! - `flood=`: bytes to write before the first read.
//! - `body`: reads the request's body first.
//! - `says=`: `nothing` or only `upgrade` in the head of the 101.

use std::hint::black_box;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use doverb_guest::*;

use crate::number;

/// 101, then everything that comes goes back until the client ends its side.
pub(crate) fn upgrade(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    if handler.query().get("body").is_some() {
        handler.read_body(1024)?;
    }
    handler.send_response(101)?;
    match handler.query().get("says") {
        Some("nothing") => {}
        Some("upgrade") => handler.send_header("Upgrade", "echo")?,
        _ => {
            handler.send_header("Connection", "Upgrade")?;
            handler.send_header("Upgrade", "echo")?;
        }
    }
    handler.end_headers()?;
    echo(handler)
}

/// 200, or what the query says.
pub(crate) fn tunnel(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    if handler.path().starts_with("forbidden.") {
        return Ok(handler.send_error(403)?);
    }
    handler.send_response(200)?;
    handler.end_headers()?;
    echo(handler)
}

fn echo(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let (timeout, burn) = (number(handler, "timeout")?, Duration::from_millis(number(handler, "burn")?));
    let (most, flood) = (number(handler, "most")?, number(handler, "flood")?);
    std::thread::sleep(Duration::from_millis(number(handler, "sleep")?));
    if timeout > 0 {
        handler.set_timeout(Duration::from_millis(timeout));
    }
    let mut connection = handler.connection();
    for _ in 0..flood.div_ceil(65_536) {
        if let Err(error) = connection.write_all(&[b'x'; 65_536]) {
            handler.log_message(&format!("the flood failed: {error}"));
            return Err(error.into());
        }
    }
    let (mut buffer, mut read) = ([0; 1024], 0);
    loop {
        match connection.read(&mut buffer) {
            Ok(0) => {
                connection.write_all(b"bye")?;
                return Ok(());
            }
            Ok(bytes) => {
                compute(burn);
                if let Err(error) = connection.write_all(&buffer[..bytes]) {
                    handler.log_message(&format!("the echo failed: {error}"));
                    return Err(error.into());
                }
                read += bytes as u64;
                if most > 0 && read >= most {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == ErrorKind::TimedOut && timeout > 0 => {
                compute(burn);
                connection.write_all(b"tick")?;
            }
            Err(error) => {
                handler.log_message(&format!("the connection failed: {error}"));
                return Err(error.into());
            }
        }
    }
}

pub(crate) fn compute(time: Duration) {
    let began = Instant::now();
    let mut turns = 0u64;
    while began.elapsed() < time {
        turns = black_box(turns.wrapping_add(1));
    }
}
