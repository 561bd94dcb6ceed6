//! A guestbook: a form, a redirect, a cookie, a search, pages, and errors that say what is wrong.
//!
//! `doverb serve guest/examples/guestbook --keyvalue default=./guestbook.redb` keeps the entries in a store, and
//! `--dir ./guestbook-data::/data` in a file of that directory. Without a grant each connection has a book of its own, and the
//! page says so.

mod book;
mod page;

use book::{Book, Entry};
use doverb_guest::*;

/// Bytes of a form; the longest valid one has about half of it.
const MAX_FORM: usize = 16 * 1024;
const MAX_NAME: usize = 50;
const MAX_MESSAGE: usize = 1000;
/// A visitor's name is remembered for a year.
const YEAR: u32 = 365 * 24 * 3600;

#[derive(Default)]
struct Guestbook {
    book: Book,
}

#[handler]
impl Guestbook {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";
    const SERVER_VERSION: &str = "Guestbook/1.0";

    fn do_GET(&mut self) -> Result {
        match self.place().as_str() {
            "/" => self.show(),
            // The links of a page are relative to it.
            "" => self.send_to_front(301),
            "/style.css" => self.answer("text/css; charset=utf-8", page::STYLE, "max-age=3600"),
            _ => Ok(self.send_error(404)?),
        }
    }

    fn do_HEAD(&mut self) -> Result {
        self.do_GET()
    }

    fn do_POST(&mut self) -> Result {
        if self.place() != "/" {
            return Ok(self.send_error(404)?);
        }
        let content_type = self.header("Content-Type").unwrap_or_default();
        if !content_type.starts_with("application/x-www-form-urlencoded") {
            let explain = "Send the form as application/x-www-form-urlencoded.";
            return Ok(self.send_error_with(415, None, Some(explain))?);
        }
        let body = match self.read_body(MAX_FORM) {
            Ok(body) => body,
            Err(error) if matches!(error.failure(), Some(Failure::TooLarge(_))) => {
                return Ok(self.send_error(413)?);
            }
            Err(error) => return Err(error),
        };
        self.sign(&Form::parse(&body))
    }

    /// The path below the one that the book is mounted at.
    fn place(&self) -> String {
        let path = self.path_only();
        let mount = self.mount();
        path.strip_prefix(mount.trim_end_matches('/')).unwrap_or(&path).to_owned()
    }

    fn send_to_front(&mut self, code: u16) -> Result {
        self.send_response(code)?;
        self.send_header("Location", self.mount())?;
        self.send_header("Content-Length", 0)?;
        Ok(self.end_headers()?)
    }

    fn show(&mut self) -> Result {
        let query = self.query();
        let wanted = query.get("q").unwrap_or_default().trim();
        let number = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        let visitor = self.visitor();
        let found = self.book.search(wanted)?;
        let html = page::render(&found, wanted, number, &visitor, self.book.is_kept()?);
        self.answer("text/html; charset=utf-8", &html, "no-store")
    }

    fn sign(&mut self, form: &Form) -> Result {
        let name = form.get("name").unwrap_or_default().trim();
        let message = form.get("message").unwrap_or_default().trim();
        let wrong = if name.is_empty() || name.chars().count() > MAX_NAME {
            "A name has 1 to 50 characters."
        } else if message.is_empty() || message.chars().count() > MAX_MESSAGE {
            "A message has 1 to 1,000 characters."
        } else {
            let date = BaseHTTPRequestHandler::date_time_string(self, None)?;
            self.book.add(&Entry { date, name: name.into(), message: message.into() })?;
            return self.redirect(name);
        };
        Ok(self.send_error_with(422, None, Some(wrong))?)
    }

    /// See Other: a reload of the page that follows does not sign again.
    fn redirect(&mut self, name: &str) -> Result {
        let cookie = Form::from_iter([("visitor", name)]);
        let mount = self.mount();
        self.send_response(303)?;
        self.send_header("Location", &mount)?;
        self.send_header(
            "Set-Cookie",
            format!("{cookie}; Max-Age={YEAR}; Path={mount}; HttpOnly; SameSite=Lax"),
        )?;
        self.send_header("Content-Length", 0)?;
        Ok(self.end_headers()?)
    }

    fn visitor(&self) -> String {
        let cookie = self.cookie("visitor").unwrap_or_default();
        let decoded = Form::parse(format!("visitor={cookie}").as_bytes());
        decoded.get("visitor").unwrap_or_default().to_owned()
    }

    fn answer(&mut self, content_type: &str, body: &str, cache: &str) -> Result {
        self.send_response(200)?;
        self.send_header("Content-Type", content_type)?;
        self.send_header("Content-Length", body.len())?;
        self.send_header("Cache-Control", cache)?;
        self.send_header(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'",
        )?;
        self.end_headers()?;
        self.wfile().write_all(body.as_bytes())?;
        Ok(())
    }
}
