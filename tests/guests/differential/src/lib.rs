//! `tests/differential/handlers.py` in Rust: every page and every step of a script does here what it does there.

mod pages;
mod script;

use doverb_guest::*;

#[derive(Default)]
struct Differential {
    requests: u32,
}

#[handler]
impl Differential {
    fn setup(&mut self) -> Result {
        if std::env::var_os("ONE_BY_ONE").is_some() {
            doverb_guest::__private::call_one_by_one();
        }
        if std::env::var_os("OWN_ATTRIBUTES").is_some() {
            self.set_server_version("Own/2")?;
            self.set_sys_version("Caf\u{e9}/3")?;
            self.set_error_message_format("%(code)d|%(message)s|%(explain)s|100%%\n")?;
            self.set_error_content_type("text/plain; charset=utf-8")?;
        }
        Ok(())
    }

    fn handle_expect_100(&mut self) -> Result<bool> {
        if self.path().starts_with("/refuse") {
            self.send_error(417)?;
            return Ok(false);
        }
        Ok(BaseHTTPRequestHandler::handle_expect_100(self)?)
    }

    fn do_GET(&mut self) -> Result {
        self.requests += 1;
        let requests = self.requests;
        pages::serve(self, requests)
    }

    fn do_HEAD(&mut self) -> Result {
        self.do_GET()
    }

    fn do_POST(&mut self) -> Result {
        self.do_GET()
    }

    fn do_PUT(&mut self) -> Result {
        self.requests += 1;
        let length = pages::content_length(self)?;
        let body = pages::read(self, length)?;
        self.send_response(201)?;
        let path = self.path();
        self.send_header("Location", path)?;
        self.send_header("Content-Length", 0)?;
        self.send_header("X-Length", body.len())?;
        Ok(self.end_headers()?)
    }

    fn do_DELETE(&mut self) -> Result {
        self.requests += 1;
        self.send_response(204)?;
        Ok(self.end_headers()?)
    }

    fn do_OPTIONS(&mut self) -> Result {
        self.requests += 1;
        self.send_response_only(200, None)?;
        self.send_header("Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS, SPAM, M-SEARCH")?;
        self.send_header("Content-Length", 0)?;
        Ok(self.end_headers()?)
    }

    fn do_SPAM(&mut self) -> Result {
        self.requests += 1;
        let text = format!("spam, {} and spam", self.command());
        pages::text(self, &text, Some("Lovely Spam"))
    }

    fn do_M_SEARCH(&mut self) -> Result {
        self.do_SPAM()
    }
}
