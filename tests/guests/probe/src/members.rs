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
        "/message-class" => message_class(handler),
        "/format" => format(handler),
        "/readline" => readline(handler),
        "/continue" => continues(handler),
        "/latin-1" => latin_1(handler),
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

/// Every character that is a byte, as often as the query says, and one more piece that is too long for the declared length.
fn latin_1(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let (all, times): (String, _) = ((0..=255).map(char::from).collect(), number(handler, "times")?);
    handler.send_response(200)?;
    handler.send_header("Content-Length", 256 * times)?;
    handler.end_headers()?;
    for piece in std::iter::repeat_n(all.as_str(), times as usize).chain(["x"]) {
        if let Err(failure) = handler.wfile().write_text(piece) {
            handler.log_message(&format!("write-text: {failure}"));
            break;
        }
    }
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
    let in_force = handler.set_timeout(timeout);
    match handler.read_body(100) {
        Ok(body) => text(handler, &format!("{} bytes in {in_force:?}", body.len())),
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

/// A parser of the handler's own over the bytes as they came: Python's `MessageClass`.
struct Message(Vec<(Vec<u8>, Vec<u8>)>);

impl Message {
    fn parse(raw: &[u8]) -> Message {
        let lines = raw.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let field = |line: &[u8]| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            Some((line[..colon].to_vec(), line[colon + 1..].to_vec()))
        };
        Message(lines.take_while(|line| !line.is_empty()).filter_map(field).collect())
    }
}

fn message_class(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let message = Message::parse(&handler.raw_headers());
    let fields = message
        .0
        .iter()
        .map(|(name, value)| format!("{}={}", String::from_utf8_lossy(name), value.escape_ascii()));
    let body = fields.collect::<Vec<_>>().join("\n");
    text(handler, &body)
}

/// An error page made from the request's body.
fn format(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let template = String::from_utf8_lossy(&handler.read_body(1 << 20)?).into_owned();
    if let Err(failure) = handler.set_error_message_format(&template) {
        return text(handler, &failure.to_string());
    }
    handler.send_error_with(404, Some("it's <a> & \"b\""), Some("naïve\t→\u{2028}🦀"))?;
    Ok(())
}

/// A line in pieces, some lines, and the others one by one.
fn readline(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let mut body = Vec::new();
    let mut note = |what: &str, line: &[u8]| body.push(format!("{what} {}", line.escape_ascii()));
    note("readline(4)", &handler.rfile().readline(4)?);
    note("readline", &handler.rfile().readline(usize::MAX)?);
    let mut byte = [0];
    handler.rfile().read_exact(&mut byte)?;
    note("read(1)", &byte);
    for line in handler.rfile().readlines(5)? {
        note("readlines(5)", &line);
    }
    for line in handler.rfile() {
        note("for", &line?);
    }
    note("at the end", &handler.rfile().readline(10)?);
    let body = body.join("\n");
    text(handler, &body)
}

/// Ways to tell a client to go on, or not to.
fn continues(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let query = handler.query();
    match query.get("how").unwrap_or_default() {
        "hand" => {
            handler.send_response_only(100, None)?;
            handler.end_headers()?;
        }
        "twice" => {
            handler.handle_expect_100()?;
            handler.handle_expect_100()?;
        }
        "hints" => {
            handler.send_response_only(103, None)?;
            let body = handler.read_body(100)?;
            handler.send_header("Link", "</late>")?;
            handler.end_headers()?;
            return text(handler, &format!("{} bytes", body.len()));
        }
        "head" => {
            handler.send_response(200)?;
            let body = handler.read_body(100)?;
            handler.send_header("X-Bytes", body.len())?;
            handler.end_headers()?;
            return Ok(());
        }
        _ => {}
    }
    let body = handler.read_body(100)?;
    text(handler, &format!("{} bytes", body.len()))
}
