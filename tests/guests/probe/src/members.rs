//! Members of the class that no other path uses, one each.

use std::time::Duration;

use doverb_guest::*;

use crate::{number, text};

pub(crate) fn serve(handler: &mut impl BaseHTTPRequestHandler, path: &str) -> Option<Result> {
    Some(match path {
        "/persist" => persist(handler),
        "/flush-headers" => flush_headers(handler),
        "/response-only" => response_only(handler),
        "/set-timeout" => set_timeout(handler),
        "/statuses" => statuses(handler),
        "/log" => log(handler),
        _ => return None,
    })
}

/// `close_connection` as it is, and as the query wants it.
fn persist(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let query = handler.query();
    if let Some(protocol) = query.get("protocol") {
        handler.set_protocol_version(protocol)?;
    }
    let before = handler.close_connection();
    if let Some(close) = query.get("close") {
        handler.set_close_connection(close == "true");
    }
    if let Some(value) = query.get("connection") {
        handler.send_response(200)?;
        handler.send_header("Connection", value)?;
        handler.end_headers()?;
        handler.wfile().write_all(before.to_string().as_bytes())?;
        return Ok(());
    }
    text(handler, &before.to_string())
}

/// The head in two parts, a body to be read between them.
fn flush_headers(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(200)?;
    handler.send_header("X-First", "1")?;
    handler.flush_headers()?;
    let body = handler.read_body(100)?;
    handler.send_header("X-Second", "2")?;
    handler.end_headers()?;
    handler.wfile().write_all(&body)?;
    Ok(())
}

fn response_only(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response_only(200, Some("Only"))?;
    handler.end_headers()?;
    handler.wfile().write_all(b"only")?;
    Ok(())
}

fn set_timeout(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let timeout = Duration::from_millis(number(handler, "ms")?);
    handler.set_timeout(timeout);
    match handler.read_body(100) {
        Ok(body) => text(handler, &format!("{} bytes", body.len())),
        Err(error) if matches!(error.failure(), Some(Failure::TimedOut)) => Ok(handler.send_error(408)?),
        Err(error) => Err(error),
    }
}

fn statuses(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let known = (0..=999).filter_map(|code| Some(format!("{code} {}", handler.responses(code)?.0)));
    let list = known.collect::<Vec<_>>().join("\n");
    text(handler, &list)
}

fn log(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.log_request(None, None);
    handler.log_request(Some(299), Some(17));
    handler.log_error("wrong");
    handler.log_message("said");
    let own = [handler.address_string(), handler.log_date_time_string()].join(" ");
    text(handler, &own)
}
