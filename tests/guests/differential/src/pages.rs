//! The pages.

use doverb_guest::*;

use crate::script;

pub(crate) fn serve(handler: &mut impl BaseHTTPRequestHandler, requests: u32) -> Result {
    match handler.path_only().as_str() {
        "/" => text(handler, "Hello, World!", None),
        "/sentinel" => text(handler, &format!("sentinel {requests}"), Some("Sentinel")),
        "/facts" => facts(handler, requests),
        "/headers" => headers(handler),
        "/unframed" => unframed(handler),
        "/echo" => echo(handler),
        "/lines" => lines(handler),
        "/half" => half(handler),
        "/run" => script::run(handler),
        _ => Ok(handler.send_error(404)?),
    }
}

/// `int(self.headers.get("Content-Length", 0))`.
pub(crate) fn content_length(handler: &impl BaseHTTPRequestHandler) -> Result<usize> {
    Ok(handler.header("Content-Length").map_or(Ok(0), |value| value.trim().parse())?)
}

/// `self.rfile.read(size)`.
pub(crate) fn read(handler: &impl BaseHTTPRequestHandler, size: usize) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    handler.rfile().take(size as u64).read_to_end(&mut body)?;
    Ok(body)
}

/// `self.rfile.readline(size)`.
pub(crate) fn read_line(handler: &impl BaseHTTPRequestHandler, size: usize) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    handler.rfile().take(size as u64).read_until(b'\n', &mut line)?;
    Ok(line)
}

pub(crate) fn text(handler: &mut impl BaseHTTPRequestHandler, text: &str, phrase: Option<&str>) -> Result {
    match phrase {
        Some(phrase) => handler.send_response_with(200, phrase)?,
        None => handler.send_response(200)?,
    }
    handler.send_header("Content-Type", "text/plain; charset=utf-8")?;
    handler.send_header("Content-Length", text.len())?;
    handler.end_headers()?;
    if handler.command() != "HEAD" {
        handler.wfile().write_all(text.as_bytes())?;
    }
    Ok(())
}

/// A text of the client's on one line of ASCII: Python's `quote`, by the text's ISO-8859-1 bytes.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || "_.-~ /:;,?=&()<>@*+#[]'\"".contains(character) {
            shown.push(character);
        } else {
            shown.push_str(&format!("%{:02X}", u32::from(character)));
        }
    }
    shown
}

fn facts(handler: &mut impl BaseHTTPRequestHandler, requests: u32) -> Result {
    let lines = [
        format!("command: {}", shown(&handler.command())),
        format!("path: {}", shown(&handler.path())),
        format!("requestline: {}", shown(&handler.requestline())),
        format!("request_version: {}", handler.request_version()),
        format!("protocol_version: {}", handler.protocol_version()),
        format!("close_connection: {}", handler.close_connection()),
        format!("requests: {requests}"),
        format!("client: {} {}", handler.client_address().0, handler.address_string()),
    ];
    text(handler, &lines.join("\n"), None)
}

fn headers(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let headers = handler.headers();
    let mut lines: Vec<_> =
        headers.iter().map(|(name, value)| format!("{}: {}", shown(name), shown(value))).collect();
    lines.push(format!("get: {}", shown(headers.get("x-a").unwrap_or("none"))));
    let all: Vec<_> = headers.get_all("X-A").map(shown).collect();
    lines.push(format!("get_all: {}", all.join(" | ")));
    text(handler, &lines.join("\n"), None)
}

fn unframed(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(200)?;
    handler.send_header("Content-Type", "text/plain")?;
    handler.end_headers()?;
    if handler.command() != "HEAD" {
        handler.wfile().write_all(b"a body ")?;
        handler.wfile().write_all(b"without a length")?;
    }
    Ok(())
}

fn echo(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let length = content_length(handler)?;
    let body = read(handler, length)?;
    handler.send_response(200)?;
    let content_type = handler.header("Content-Type").unwrap_or_else(|| "application/octet-stream".into());
    handler.send_header("Content-Type", content_type)?;
    handler.send_header("Content-Length", body.len())?;
    handler.end_headers()?;
    if handler.command() != "HEAD" {
        handler.wfile().write_all(&body)?;
    }
    Ok(())
}

fn lines(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let mut left = content_length(handler)?;
    let mut lengths = Vec::new();
    while left > 0 {
        let line = read_line(handler, left.min(20))?;
        if line.is_empty() {
            break;
        }
        left -= line.len();
        lengths.push(line.len().to_string());
    }
    text(handler, &lengths.join(","), None)
}

fn half(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let length = content_length(handler)?;
    let body = read(handler, length / 2)?;
    let body: String = body.into_iter().map(char::from).collect();
    text(handler, &format!("half: {}", shown(&body)), None)
}
