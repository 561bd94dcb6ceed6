//! An echo room: a page, and a WebSocket that the page's script talks to.
//!
//! After the 101 the connection is the handler's own. A WebSocket library speaks over it as over any stream.

mod room;

use std::time::Duration;

use doverb_guest::*;
use room::Room;
use tungstenite::handshake::derive_accept_key;

#[derive(Default)]
struct Site;

#[handler]
impl Site {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";
    /// A client that has been silent for so long is asked whether it is still there.
    const TIMEOUT: Duration = Duration::from_secs(30);

    fn do_GET(&mut self) -> Result {
        match self.path_only().as_str() {
            "/" => self.answer("text/html; charset=utf-8", include_str!("page/index.html")),
            "/style.css" => self.answer("text/css; charset=utf-8", include_str!("page/style.css")),
            "/room.js" => self.answer("text/javascript; charset=utf-8", include_str!("page/room.js")),
            "/ws" => self.upgrade(),
            _ => Ok(self.send_error(404)?),
        }
    }

    fn answer(&mut self, content_type: &str, body: &str) -> Result {
        self.send_response(200)?;
        self.send_header("Content-Type", content_type)?;
        self.send_header("Content-Security-Policy", "default-src 'self'; img-src data:")?;
        self.end_headers()?;
        self.wfile().write_all(body.as_bytes())?;
        Ok(())
    }

    /// The server's half of the opening handshake: RFC 6455, section 4.2.
    fn upgrade(&mut self) -> Result {
        let is_websocket = self.has("Connection", "upgrade") && self.has("Upgrade", "websocket");
        if !is_websocket || !self.has("Sec-WebSocket-Version", "13") {
            self.send_response(426)?;
            self.send_header("Connection", "Upgrade")?;
            self.send_header("Upgrade", "websocket")?;
            self.send_header("Sec-WebSocket-Version", 13)?;
            return Ok(self.end_headers()?);
        }
        // 16 bytes in base64.
        let Some(key) = self.header("Sec-WebSocket-Key").filter(|key| key.len() == 24) else {
            return Ok(self.send_error_with(400, None, Some("Sec-WebSocket-Key is missing or wrong."))?);
        };
        if !self.is_own_page() {
            return Ok(self.send_error_with(403, None, Some("This room is for its own page."))?);
        }
        self.send_response(101)?;
        self.send_header("Connection", "Upgrade")?;
        self.send_header("Upgrade", "websocket")?;
        self.send_header("Sec-WebSocket-Accept", derive_accept_key(key.as_bytes()))?;
        self.end_headers()?;

        let mut room = Room::new(self.connection());
        let ended = room.serve();
        self.log_message(&format!("left the room ({})", room.stats()));
        ended
    }

    fn has(&self, field: &str, token: &str) -> bool {
        let value = self.header(field).unwrap_or_default();
        value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token))
    }

    /// Browsers let any page open a WebSocket to any server, and say which page it was.
    fn is_own_page(&self) -> bool {
        let host = self.header("Host").unwrap_or_default();
        self.header("Origin").is_none_or(|origin| origin.split_once("://").is_some_and(|(_, of)| of == host))
    }
}
