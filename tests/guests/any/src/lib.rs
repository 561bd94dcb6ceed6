//! Serves every method by `do_ANY`, and says which it was.

use doverb_guest::*;

#[derive(Default)]
struct Any;

#[handler]
impl Any {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn do_ANY(&mut self) -> Result {
        self.send_response(200)?;
        self.end_headers()?;
        let command = self.command();
        self.wfile().write_all(command.as_bytes())?;
        Ok(())
    }
}
