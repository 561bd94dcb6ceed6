//! The page of a request that has failed, for who develops its handler: what the log says of it.

use super::Exchange;
use crate::html;
use crate::latin1;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}\
                     h1{font-size:1.3rem}pre{overflow:auto;padding:1rem;border-radius:.5rem;border:1px solid #8884;\
                     background:#8881;font:14px/1.5 ui-monospace,monospace}p{color:#888}code{font-size:.95em}";

impl Exchange {
    /// In the place of the error page, where nothing of the answer has left.
    pub(super) fn send_failure_page(&mut self, status: u16, field: Option<(&str, &str)>) {
        // Nothing is there yet that could make it fail.
        let _ = self.try_send_failure_page(status, field);
    }

    fn try_send_failure_page(
        &mut self,
        status: u16,
        field: Option<(&str, &str)>,
    ) -> Result<(), crate::Failure> {
        let page = self.failure_page(status);
        if let Some(development) = self.site.development().cloned() {
            self.answer.add_to_pages(development.page_end());
        }
        self.begin_answer("send-response", status, None, true)?;
        self.send_header("Connection", "close")?;
        self.send_header("Cache-Control", "no-store")?;
        if let Some((name, value)) = field {
            self.send_header(name, value)?;
        }
        self.send_header("Content-Type", "text/html; charset=utf-8")?;
        self.answer.declare_length(page.len() as u64);
        self.end_headers()?;
        self.write(page.as_bytes()).map(drop)
    }

    fn failure_page(&self, status: u16) -> String {
        let (phrase, _) = self.attributes.responses(status).unwrap_or(("Error", ""));
        let request = latin1::decode(self.down.request().requestline()).into_owned();
        let lines = self.site.log().since(self.began_at);
        // The request stands above already.
        let known = format!("{} {}: ", self.down.peer().client().shown(), self.shown_request());
        let lines: Vec<&str> =
            lines.iter().map(|line| line.strip_prefix(known.as_str()).unwrap_or(line)).collect();
        let text = if lines.is_empty() { "The log says nothing of it.".to_owned() } else { lines.join("\n") };
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
             <title>{status} {phrase}</title>\n<style>{STYLE}</style>\n\
             <h1>{status} {phrase}</h1>\n<p><code>{}</code></p>\n<pre>{}</pre>\n\
             <p>You see this because the server is for developing; a server for others shows an error page without it. \
             The page shows itself anew when the handler has changed.</p>\n",
            html::escape(&request),
            html::escape(&text),
        )
    }
}
