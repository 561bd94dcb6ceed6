//! Calls the server that its query names, and says what came of it. The path says how.

use doverb_guest::http::{HttpError, Request, Response};
use doverb_guest::*;
use std::time::Duration;

#[derive(Default)]
struct Outgoing;

#[handler]
impl Outgoing {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn do_GET(&mut self) -> Result {
        let query = self.query();
        let mut request =
            Request::new(query.get("method").unwrap_or("GET"), query.get("url").unwrap_or_default());
        if let Some(time) = query.get("timeout") {
            request = request.timeout(Duration::from_millis(time.parse()?));
        }
        if let Some(count) = query.get("redirects") {
            request = request.redirects(count.parse()?);
        }
        for field in query.get_all("field") {
            let (name, value) = field.split_once(": ").unwrap_or((field, ""));
            request = request.header(name, value);
        }
        match self.path_only().trim_start_matches('/') {
            "head" => self.tell(request.send().map(|answer| format!("{}", answer.status()))),
            // Leaves the answer where it is.
            "drop" => self.tell(request.send().map(|_| "dropped".to_owned())),
            // The body comes while the answer goes.
            "stream" => self.pass_on(request.send()),
            "large" => {
                let size = query.get("size").unwrap_or("0").parse()?;
                self.tell(request.send_from(std::io::repeat(b'x').take(size)).and_then(Response::text))
            }
            "blocking" => self.blocking(query.get("url").unwrap_or_default()),
            // One after the other, by one instance.
            "many" => {
                let count = query.get("count").unwrap_or("1").parse()?;
                let answers = (0..count).map(|_| request.clone().send().and_then(Response::text));
                self.tell(answers.collect::<Result<Vec<_>, _>>().map(|answers| answers.join(" ")))
            }
            _ => self.tell(request.send().and_then(|answer| {
                let fields: Vec<_> = answer.headers().map(|(name, _)| name.to_owned()).collect();
                Ok(format!("{} [{}] {}", answer.status(), fields.join(","), answer.text()?))
            })),
        }
    }

    fn do_POST(&mut self) -> Result {
        let query = self.query();
        let request = Request::new("POST", query.get("url").unwrap_or_default());
        let sent = request.send_from(self.rfile());
        self.pass_on(sent)
    }
}

impl Outgoing {
    /// As other SDKs do it, with the calls of `wasi:io/streams` that wait by themselves.
    fn blocking(&mut self, url: &str) -> Result {
        use wasip2::http::outgoing_handler::handle;
        use wasip2::http::types::{Fields, OutgoingRequest, Scheme};

        let (authority, path) = url.trim_start_matches("http://").split_once('/').unwrap_or((url, ""));
        let request = OutgoingRequest::new(Fields::new());
        let _ = request.set_scheme(Some(&Scheme::Http));
        let _ = request.set_authority(Some(authority));
        let _ = request.set_path_with_query(Some(&format!("/{path}")));
        let future = handle(request, None).expect("it may be sent");
        future.subscribe().block();
        let answer = future.get().expect("it is ready").expect("nobody has it").expect("an answer");
        let body = answer.consume().expect("nobody has consumed it");
        let stream = body.stream().expect("nobody has it");
        self.send_response(200)?;
        self.end_headers()?;
        while let Ok(bytes) = stream.blocking_read(1000) {
            self.wfile().write_all(&bytes)?;
        }
        Ok(())
    }

    fn pass_on(&mut self, sent: Result<Response, HttpError>) -> Result {
        match sent {
            Ok(answer) => {
                self.send_response(answer.status())?;
                self.end_headers()?;
                answer.into_body().copy_to(&mut self.wfile())?;
                Ok(())
            }
            Err(error) => self.tell(Err(error)),
        }
    }

    fn tell(&mut self, came: Result<String, HttpError>) -> Result {
        self.send_response(if came.is_ok() { 200 } else { 502 })?;
        self.send_header("Content-Type", "text/plain")?;
        self.end_headers()?;
        self.wfile().write_all(came.unwrap_or_else(|error| error.to_string()).as_bytes())?;
        Ok(())
    }
}
