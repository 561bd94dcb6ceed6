//! Every kind of method that `#[handler]` knows, in every form that it takes.

use std::time::Duration;

use doverb_guest::*;

struct Everything {
    served: u32,
}

#[handler]
impl Everything {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";
    const SERVER_VERSION: &str = "Everything/1";
    const SYS_VERSION: &str = "Wasm/1";
    const ERROR_MESSAGE_FORMAT: &str = "%(code)d %(message)s %(explain)s";
    const ERROR_CONTENT_TYPE: &str = "text/plain";
    const TIMEOUT: Duration = Duration::from_secs(5);

    fn new() -> Self {
        Everything { served: 0 }
    }

    fn do_GET(&mut self) -> Result {
        self.count();
        let number: u32 = "1".parse()?;
        write!(self.wfile(), "{number} of {}", self.served)?;
        Ok(())
    }

    fn do_HEAD(&mut self) {
        self.count();
    }

    fn do_POST(&mut self) -> std::io::Result<()> {
        self.wfile().flush()
    }

    fn do_M_SEARCH(&mut self) -> Result<(), Failure> {
        self.send_response(200)?;
        self.send_header("Content-Length", 0)?;
        self.end_headers()
    }

    fn do_2FA(&mut self) -> Result {
        for line in self.rfile() {
            self.wfile().write_all(&line?)?;
        }
        Ok(())
    }

    fn do_x_3_rate(&mut self) {}

    fn do_ANY(&mut self) -> Result {
        self.send_error(501, None, Some("nothing here"))
    }

    fn setup(&mut self) {}

    fn finish(&mut self) -> Result {
        Ok(())
    }

    fn handle_expect_100(&mut self) -> Result<bool> {
        Ok(BaseHTTPRequestHandler::handle_expect_100(self)?)
    }

    fn send_error(&mut self, code: u16, message: Option<&str>, explain: Option<&str>) -> Result {
        Ok(self.send_error_with(code, message, explain)?)
    }

    fn log_request(&mut self, code: Option<u16>, size: Option<u64>) {
        BaseHTTPRequestHandler::log_request(self, code, size);
    }

    fn log_error(&mut self, message: &str) {
        BaseHTTPRequestHandler::log_error(self, message);
    }

    fn log_message(&mut self, message: &str) {
        BaseHTTPRequestHandler::log_message(self, message);
    }

    fn version_string(&mut self) -> String {
        "Everything".into()
    }

    fn date_time_string(&mut self, timestamp: Option<u64>) -> String {
        format!("{timestamp:?}")
    }

    fn log_date_time_string(&mut self) -> &'static str {
        "today"
    }

    fn address_string(&mut self) -> String {
        "somebody".into()
    }

    fn count(&mut self) {
        self.served += 1;
    }
}

fn main() {}
