//! Answers with a report of the request that it saw, a line each: for the conformance cases, which compare it with what
//! was sent. `/skip` does not read the body, `/204`, `/304` and `/stream` answer in these ways.

use doverb_guest::*;

#[derive(Default)]
struct Conformance;

#[handler]
impl Conformance {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn do_GET(&mut self) -> Result {
        let path = self.path_only();
        match path.rsplit('/').next() {
            Some("skip") => self.report(&[]),
            Some("204") => self.empty(204),
            Some("304") => self.empty(304),
            Some("stream") => self.stream(),
            _ => {
                let mut body = Vec::new();
                self.rfile().read_to_end(&mut body)?;
                // A body that has ended stays so.
                assert_eq!(self.rfile().read(&mut [0])?, 0);
                self.report(&body)
            }
        }
    }

    fn do_HEAD(&mut self) -> Result {
        self.do_GET()
    }

    fn do_POST(&mut self) -> Result {
        self.do_GET()
    }

    fn do_PUT(&mut self) -> Result {
        self.do_GET()
    }

    fn do_DELETE(&mut self) -> Result {
        self.do_GET()
    }

    fn do_OPTIONS(&mut self) -> Result {
        self.do_GET()
    }
}

impl Conformance {
    fn report(&mut self, body: &[u8]) -> Result {
        let all = |values: Vec<String>| values.join("|");
        let trailers = self.trailers().unwrap_or_default();
        let trailers = trailers.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let lines = [
            ("method", self.command()),
            ("target", self.path()),
            ("version", self.request_version()),
            ("host", all(self.headers().get_all("Host").map(str::to_owned).collect())),
            ("x", self.header("X").unwrap_or_default()),
            ("all-x", all(self.headers().get_all("X").map(str::to_owned).collect())),
            ("length", body.len().to_string()),
            ("trailers", all(trailers)),
        ];
        let mut report: Vec<u8> =
            lines.iter().flat_map(|(name, value)| [*name, "=", value, "\n"].concat().into_bytes()).collect();
        report.extend_from_slice(b"body=");
        report.extend_from_slice(&body[..body.len().min(1024)]);
        self.send_response(200)?;
        self.send_header("Content-Type", "text/plain; charset=utf-8")?;
        self.end_headers()?;
        self.wfile().write_all(&report)?;
        Ok(())
    }

    fn empty(&mut self, code: u16) -> Result {
        self.send_response(code)?;
        self.end_headers()?;
        Ok(())
    }

    fn stream(&mut self) -> Result {
        self.send_response(200)?;
        self.end_headers()?;
        for piece in ["one,", "two"] {
            self.wfile().write_all(piece.as_bytes())?;
            self.wfile().flush()?;
        }
        Ok(())
    }
}
