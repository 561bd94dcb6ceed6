//! What a handler can find out, about its request and about where it runs.

use std::time::Duration;

use doverb_guest::*;

use crate::{number, text};

pub(crate) fn serve(handler: &mut impl BaseHTTPRequestHandler, path: &str, requests: u32) -> Option<Result> {
    Some(match path {
        "/headers" => headers(handler),
        "/count" => text(handler, &requests.to_string()),
        "/close" => {
            handler.set_close_connection(true);
            text(handler, "closing")
        }
        "/connection" => {
            let body = format!("close_connection: {}", handler.close_connection());
            text(handler, &body)
        }
        "/print" => print(handler),
        "/env" => {
            let body: Vec<_> = std::env::vars().map(|(name, value)| format!("{name}={value}")).collect();
            text(handler, &body.join("\n"))
        }
        "/ls" => files(handler),
        "/connect" => connect(handler),
        "/date" => date(handler),
        "/attrs" => attributes(handler),
        _ => return None,
    })
}

fn headers(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let (host, port) = handler.client_address();
    let mut body = vec![
        format!("requestline={}", handler.requestline()),
        format!("command={}", handler.command()),
        format!("path={}", handler.path()),
        format!("request_version={}", handler.request_version()),
        format!("scheme={}", handler.scheme()),
        format!("client_address={host}:{port}"),
        format!("request_id={}", handler.request_id()),
        format!("server={}:{} {:?}", handler.server_name(), handler.server_port(), handler.server_address()),
        format!("mount={}", handler.mount()),
        format!("accept={:?}", handler.header("ACCEPT")),
        format!("x-all={:?}", handler.headers().get_all("x-repeat").collect::<Vec<_>>()),
        format!("raw={:?}", String::from_utf8_lossy(&handler.raw_headers())),
    ];
    body.extend(handler.headers().iter().map(|(name, value)| format!("{name}: {value}")));
    text(handler, &body.join("\n"))
}

fn print(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    println!("printed \x1b[31mred\x1b[0m\nsecond line");
    eprintln!("to stderr");
    handler.log_message("a message with \x1b[2J and \"quotes\" and a \\ and a line\nbreak");
    handler.log_error("an error");
    text(handler, "printed")
}

fn files(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let mut body = String::new();
    for path in ["/", "/etc/passwd", "/data", "/data/in.txt", "/data/../../etc/passwd"] {
        let seen = match std::fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(_) if std::fs::read_dir(path).is_ok() => "a directory".into(),
            Err(error) => format!("error: {error}"),
        };
        body.push_str(&format!("read {path}: {seen}\n"));
    }
    let written = std::fs::write("/data/out.txt", "written by the guest");
    body.push_str(&format!("write: {}\n", if written.is_ok() { "ok" } else { "refused" }));
    text(handler, &body)
}

fn connect(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let port = number(handler, "port")? as u16;
    let outcome = match std::net::TcpStream::connect(("127.0.0.1", port)) {
        Ok(_) => "connected".to_owned(),
        Err(error) => format!("refused: {error}"),
    };
    text(handler, &outcome)
}

fn date(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let time = number(handler, "t")?;
    let body = match handler.date_time_string(Some(time)) {
        Ok(text) => text,
        Err(failure) => format!("failure: {failure}"),
    };
    text(handler, &body)
}

fn attributes(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let mut body = vec![
        format!("protocol_version={}", handler.protocol_version()),
        format!("server_version={}", handler.server_version()),
        format!("sys_version={:?}", handler.sys_version()),
        format!("error_content_type={}", handler.error_content_type()),
        format!("timeout={:?}", handler.timeout()),
        format!("responses(404)={:?}", handler.responses(404).map(|(phrase, _)| phrase)),
        format!("responses(799)={:?}", handler.responses(799)),
        format!("bad protocol={:?}", handler.set_protocol_version("HTTP/3").is_err()),
        format!("bad server={:?}", handler.set_server_version("a\r\nb").is_err()),
        format!("bad format={:?}", handler.set_error_message_format("%(what)s").is_err()),
        format!("bad code={:?}", handler.set_responses(99, "", "").is_err()),
    ];
    handler.set_server_version("Probe/1")?;
    handler.set_sys_version("Wasm/2")?;
    handler.set_error_message_format("E %(code)d %(message)s %(explain)s 100%%")?;
    handler.set_error_content_type("text/x-error")?;
    handler.set_responses(799, "Probed", "as the probe set it")?;
    handler.set_timeout(Duration::from_millis(1500));
    body.push(format!("then {} {:?}", handler.version_string(), handler.timeout()));
    text(handler, &body.join("\n"))
}
