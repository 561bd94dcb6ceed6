//! Answers POST and PUT with the request's body, as it comes: a body of any size takes constant memory.

use doverb_guest::*;

#[derive(Default)]
struct Echo;

#[handler]
impl Echo {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn do_POST(&mut self) -> Result {
        self.send_response(200)?;
        let content_type = self.header("Content-Type");
        self.send_header("Content-Type", content_type.as_deref().unwrap_or("application/octet-stream"))?;
        if let Some(length) = self.header("Content-Length") {
            self.send_header("Content-Length", length)?;
        }
        self.end_headers()?;
        let (mut rfile, mut wfile) = (self.rfile(), self.wfile());
        loop {
            let piece = rfile.fill_buf()?;
            if piece.is_empty() {
                return Ok(());
            }
            wfile.write_all(piece)?;
            let bytes = piece.len();
            rfile.consume(bytes);
        }
    }

    fn do_PUT(&mut self) -> Result {
        self.do_POST()
    }
}
