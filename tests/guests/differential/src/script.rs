//! A script is a query: each of its pairs is a call of one member of the class.

use doverb_guest::*;

use crate::pages::{read, read_line};

pub(crate) fn run(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let mut kept = Vec::new();
    for (name, value) in handler.query().iter() {
        let (first, rest) = value.split_once(':').unwrap_or((value, "*"));
        match name {
            "read" => kept.extend(read(handler, first.parse()?)?),
            "line" => kept.extend(read_line(handler, first.parse()?)?),
            "kept" => write(handler, &[b"[", &kept[..], b"]"].concat())?,
            "write" => write(handler, value.as_bytes())?,
            "state" => {
                let state = handler.close_connection().to_string();
                write(handler, state.as_bytes())?;
            }
            "date" => {
                let date = handler.date_time_string(Some(first.parse()?))?;
                write(handler, date.as_bytes())?;
            }
            "version" => {
                let version = handler.version_string();
                write(handler, version.as_bytes())?;
            }
            "flush" => handler.wfile().flush()?,
            "fail" => return Err(Error::new("asked for")),
            "response" | "only" | "header" | "error" | "end" | "flush-headers" | "continue" => {
                answer(handler, name, first, rest)?
            }
            _ => attribute(handler, name, value, first, rest)?,
        }
    }
    Ok(())
}

fn write(handler: &mut impl BaseHTTPRequestHandler, bytes: &[u8]) -> Result {
    Ok(handler.wfile().write_all(bytes)?)
}

/// `*` is Python's `None`.
fn optional(value: &str) -> Option<&str> {
    (value != "*").then_some(value)
}

fn answer(handler: &mut impl BaseHTTPRequestHandler, name: &str, first: &str, rest: &str) -> Result {
    match name {
        "response" => match optional(rest) {
            Some(phrase) => handler.send_response_with(first.parse()?, phrase)?,
            None => handler.send_response(first.parse()?)?,
        },
        "only" => handler.send_response_only(first.parse()?, optional(rest))?,
        "header" => handler.send_header(first, rest)?,
        "error" => {
            let (message, explain) = rest.split_once(':').unwrap_or((rest, "*"));
            handler.send_error_with(first.parse()?, optional(message), optional(explain))?;
        }
        "end" => handler.end_headers()?,
        "flush-headers" => handler.flush_headers()?,
        _ => {
            handler.handle_expect_100()?;
        }
    }
    Ok(())
}

fn attribute(
    handler: &mut impl BaseHTTPRequestHandler,
    name: &str,
    value: &str,
    first: &str,
    rest: &str,
) -> Result {
    match name {
        "close" => handler.set_close_connection(value == "true"),
        "protocol" => handler.set_protocol_version(value)?,
        "server" => handler.set_server_version(value)?,
        "system" => handler.set_sys_version(value)?,
        "format" => handler.set_error_message_format(value)?,
        "type" => handler.set_error_content_type(value)?,
        "reason" => {
            let (phrase, explain) = rest.split_once(':').unwrap_or((rest, ""));
            handler.set_responses(first.parse()?, phrase, explain)?;
        }
        _ => return Err(Error::new(format!("no step {name:?}"))),
    }
    Ok(())
}
