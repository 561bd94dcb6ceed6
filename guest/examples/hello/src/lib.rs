use doverb_guest::*;

#[derive(Default)]
struct Hello;

#[handler]
impl Hello {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn do_GET(&mut self) -> Result {
        self.send_response(200)?;
        self.send_header("Content-Type", "text/plain")?;
        self.end_headers()?;
        self.wfile().write_all(b"Hello, World!")?;
        Ok(())
    }
}
