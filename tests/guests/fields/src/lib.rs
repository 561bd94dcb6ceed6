//! Ten fields read, ten fields sent, a body of 4 KiB: what a benchmark measures of a handler that does more than `hello`.

use doverb_guest::*;

#[derive(Default)]
struct Fields;

const READ: [&str; 8] = [
    "Host",
    "User-Agent",
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Cookie",
    "Referer",
    "X-Forwarded-Proto",
];

#[handler]
impl Fields {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn do_GET(&mut self) -> Result {
        let read: usize = READ.iter().filter_map(|name| self.header(name)).map(|value| value.len()).sum();
        let id = self.header("X-Request-Id");
        let client = self.header("X-Forwarded-For");
        self.send_response(200)?;
        self.send_header("Content-Type", "text/html; charset=utf-8")?;
        self.send_header("Content-Length", "4096")?;
        self.send_header("Content-Language", "en")?;
        self.send_header("Cache-Control", "no-store")?;
        self.send_header("ETag", "\"0123456789abcdef\"")?;
        self.send_header("Vary", "Accept-Encoding, Accept-Language")?;
        self.send_header("X-Content-Type-Options", "nosniff")?;
        self.send_header("X-Request-Id", id.as_deref().unwrap_or_default())?;
        self.send_header("X-Client", client.as_deref().unwrap_or_default())?;
        self.send_header("X-Read", read)?;
        self.end_headers()?;
        self.wfile().write_all(&[b'x'; 4096])?;
        Ok(())
    }
}
