//! A reverse proxy: passes each request on to the server that `UPSTREAM` names, and its answer back. Both bodies are passed
//! on as they come, so that they may be of any size.

use doverb_guest::http::{Request, is_of_the_connection};
use doverb_guest::*;

#[derive(Default)]
struct Proxy;

#[handler]
impl Proxy {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn do_ANY(&mut self) -> Result {
        let upstream = std::env::var("UPSTREAM")?;
        let mut request = Request::new(&self.command(), &format!("{upstream}{}", self.path())).redirects(0);
        let headers = self.headers();
        for (name, value) in headers.iter().filter(|(name, _)| !is_of_the_connection(name)) {
            request = request.header(name, value);
        }
        request = request.header("X-Forwarded-For", self.client_address().0);
        let has_body = headers.contains("Content-Length") || headers.contains("Transfer-Encoding");
        let sent = if has_body { request.send_from(self.rfile()) } else { request.send() };
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => return Ok(self.send_error_with(502, None, Some(&error.to_string()))?),
        };
        self.send_response_only(answer.status(), None)?;
        for (name, value) in answer.headers().filter(|(name, _)| !is_of_the_connection(name)) {
            self.send_header(name, value)?;
        }
        self.end_headers()?;
        answer.into_body().copy_to(&mut self.wfile())?;
        Ok(())
    }
}
