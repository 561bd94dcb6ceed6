//! The room: one client, what it said, and what it is answered.

use std::io::ErrorKind;
use std::time::Instant;

use doverb_guest::{Connection, Result};
use tungstenite::error::{Error, ProtocolError};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Message, Role, WebSocket, WebSocketConfig};

/// Bytes of a message; a larger one ends the connection with code 1009.
const MAX_MESSAGE: usize = 1 << 20;

const HELP: &str = "/help shows this, /stats counts, /bye closes. All else comes back with a number.";

/// An instance of the handler serves one connection, so its state is one client's.
pub(crate) struct Room {
    socket: WebSocket<Connection>,
    began: Instant,
    messages: u64,
    bytes: usize,
}

impl Room {
    pub(crate) fn new(connection: Connection) -> Room {
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE))
            .read_buffer_size(16 * 1024)
            // The host gathers what is written, and sends it when the next read has to wait.
            .write_buffer_size(0);
        let socket = WebSocket::from_raw_socket(connection, Role::Server, Some(config));
        Room { socket, began: Instant::now(), messages: 0, bytes: 0 }
    }

    /// Answers until one side closes. Pings are answered, fragments joined and texts checked by the library.
    pub(crate) fn serve(&mut self) -> Result {
        let mut was_asked = false;
        loop {
            match self.socket.read() {
                Ok(message) => {
                    was_asked = false;
                    self.take(message)?;
                }
                // Not a word for the handler's `TIMEOUT`. A client that is there answers a ping.
                Err(Error::Io(error)) if error.kind() == ErrorKind::TimedOut && !was_asked => {
                    was_asked = true;
                    self.socket.write(Message::Ping("still there?".into()))?;
                }
                Err(error) => return self.end(error),
            }
        }
    }

    fn take(&mut self, message: Message) -> Result {
        if !matches!(message, Message::Text(_) | Message::Binary(_)) {
            return Ok(());
        }
        self.messages += 1;
        self.bytes += message.len();
        let answer = match &message {
            Message::Text(text) => match text.as_str() {
                "/help" => Message::text(HELP),
                "/stats" => Message::text(self.stats()),
                "/bye" => Message::Close(Some(frame(CloseCode::Normal, "bye"))),
                text => Message::text(format!("#{} {text}", self.messages)),
            },
            _ => message,
        };
        Ok(self.socket.write(answer)?)
    }

    pub(crate) fn stats(&self) -> String {
        let seconds = self.began.elapsed().as_secs();
        format!("messages: {}, bytes: {}, seconds: {seconds}", self.messages, self.bytes)
    }

    /// Tells the client why, where there is a client to tell: RFC 6455, section 7.4.1.
    fn end(&mut self, error: Error) -> Result {
        let (code, why) = match error {
            Error::ConnectionClosed | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                return Ok(());
            }
            Error::Io(error) if error.kind() == ErrorKind::TimedOut => {
                (CloseCode::Away, "no answer to a ping")
            }
            Error::Io(error) => return Err(error.into()),
            Error::Capacity(_) => (CloseCode::Size, "a message has at most 1 MiB"),
            Error::Utf8(_) => (CloseCode::Invalid, "a text is not UTF-8"),
            _ => (CloseCode::Protocol, "not WebSocket"),
        };
        Ok(self.socket.close(Some(frame(code, why)))?)
    }
}

fn frame(code: CloseCode, reason: &'static str) -> CloseFrame {
    CloseFrame { code, reason: reason.into() }
}
