//! Asks for a name and greets it.

use doverb_guest::*;

const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Hello</title>
<h1>{greeting}</h1>
<form method="post">
  <label>Your name <input name="name" maxlength="50" required autofocus></label>
  <button>Greet me</button>
</form>
"#;

#[derive(Default)]
struct Greeter;

#[handler]
impl Greeter {
    fn do_GET(&mut self) -> Result {
        self.answer("Hello!")
    }

    fn do_POST(&mut self) -> Result {
        let form = Form::parse(&self.read_body(16 * 1024)?);
        let name = form.get("name").unwrap_or("World");
        self.answer(&format!("Hello, {}!", escaped(name)))
    }

    fn answer(&mut self, greeting: &str) -> Result {
        self.send_response(200)?;
        self.send_header("Content-Type", "text/html; charset=utf-8")?;
        self.end_headers()?;
        self.wfile().write_all(PAGE.replace("{greeting}", greeting).as_bytes())?;
        Ok(())
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
