//! Overrides all that can be overridden, each with an effect that a test can see.

use doverb_guest::*;

#[derive(Default)]
struct Overrides {
    setups: u32,
}

#[handler]
impl Overrides {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn setup(&mut self) {
        self.setups += 1;
        // Outside of a request: what can fail does, the rest is empty.
        let mut failures = vec![
            self.send_response(200).err(),
            self.send_response_only(200, None).err(),
            self.send_header("A", "b").err(),
            self.end_headers().err(),
            self.send_error_with(400, None, None).err(),
            BaseHTTPRequestHandler::handle_expect_100(self).err(),
            self.trailers().err(),
        ];
        let of_io = |error: std::io::Error| Error::from(error).failure().cloned();
        failures.extend([
            self.rfile().read(&mut [0]).err().and_then(of_io),
            self.rfile().readline(1).err().and_then(of_io),
            self.wfile().write_all(b"x").err().and_then(of_io),
        ]);
        let out_of_order = failures.iter().filter(|failure| matches!(failure, Some(Failure::OutOfOrder(_))));
        let texts = [
            self.requestline(),
            self.command(),
            self.path(),
            self.request_version(),
            self.request_id(),
            self.scheme(),
        ];
        let empty =
            texts.iter().all(String::is_empty) && self.headers().is_empty() && self.raw_headers().is_empty();
        let ready = [self.rfile().subscribe(), self.wfile().subscribe()].iter().all(|side| {
            side.block();
            side.ready()
        });
        let (count, all) = (out_of_order.count(), failures.len());
        let text = format!("in setup {count} of {all} out of order, empty: {empty}, ready: {ready}");
        BaseHTTPRequestHandler::log_message(self, &text);
    }

    fn finish(&mut self) {
        BaseHTTPRequestHandler::log_message(self, "finish was called");
    }

    fn do_GET(&mut self) -> Result {
        match self.path().as_str() {
            "/error" => return self.send_error(404, Some("Nowhere"), None),
            "/log" => {
                self.log_message("said by the handler");
                BaseHTTPRequestHandler::log_error(self, "an error by default");
            }
            _ => {}
        }
        self.send_response(200)?;
        self.end_headers()?;
        let setups = self.setups;
        write!(self.wfile(), "setups: {setups}")?;
        Ok(())
    }

    fn do_POST(&mut self) -> Result {
        let body = self.read_body(1024)?;
        self.send_response(200)?;
        self.end_headers()?;
        self.wfile().write_all(&body)?;
        Ok(())
    }

    fn handle_expect_100(&mut self) -> Result<bool> {
        if self.path() == "/last" {
            self.set_close_connection(!self.close_connection());
        }
        if self.path() == "/refuse" {
            self.send_error(417, None, None)?;
            return Ok(false);
        }
        Ok(BaseHTTPRequestHandler::handle_expect_100(self)?)
    }

    fn send_error(&mut self, code: u16, message: Option<&str>, explain: Option<&str>) -> Result {
        match self.path().as_str() {
            "/default" => return Ok(BaseHTTPRequestHandler::send_error_with(self, code, message, explain)?),
            "/nothing" => return Ok(()),
            "/again" => {
                // The import is the default, never the override, so this can't go round in a circle.
                BaseHTTPRequestHandler::send_error_with(self, code, message, explain)?;
                return Ok(BaseHTTPRequestHandler::send_error_with(self, 500, None, None)?);
            }
            _ => {}
        }
        let (line, command) = (self.requestline(), self.command());
        let body = format!(
            r#"{{"code":{code},"message":{message:?},"explain":{explain:?},"line":{line:?},"command":{command:?}}}"#
        );
        self.send_response(code)?;
        self.send_header("Content-Type", "application/json")?;
        self.send_header("Connection", "close")?;
        self.end_headers()?;
        self.wfile().write_all(body.as_bytes())?;
        Ok(())
    }

    fn log_request(&mut self, code: Option<u16>, size: Option<u64>) {
        let line = self.requestline();
        BaseHTTPRequestHandler::log_message(self, &format!("log_request {line} {code:?} {size:?}"));
    }

    fn log_error(&mut self, message: &str) {
        BaseHTTPRequestHandler::log_error(self, &format!("log_error {message}"));
    }

    fn log_message(&mut self, message: &str) {
        BaseHTTPRequestHandler::log_message(self, &format!("log_message {message}"));
    }

    fn version_string(&mut self) -> String {
        let default = BaseHTTPRequestHandler::version_string(self);
        if self.path() == "/forge" {
            return "a\r\nSet-Cookie: evil".into();
        }
        format!("Overrides/1 ({default})")
    }

    fn date_time_string(&mut self, _timestamp: Option<u64>) -> String {
        BaseHTTPRequestHandler::date_time_string(self, Some(784_111_777)).unwrap_or_default()
    }

    fn log_date_time_string(&mut self) -> &'static str {
        if self.path() == "/forge" { "a\nday" } else { "some day" }
    }

    fn address_string(&mut self) -> String {
        let default = BaseHTTPRequestHandler::address_string(self);
        let forged = if self.path() == "/forge" { "\r\n127.0.0.1 - - [\u{202e}" } else { "" };
        format!("client-at-{default}{forged}")
    }
}
