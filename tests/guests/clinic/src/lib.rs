//! A plugin of a clinic's: it imports what only that server offers. POST of a name to `/`: somebody arrives; GET `/next`: who is
//! next.

use doverb_guest::*;

wit_bindgen::generate!({
    inline: "
        package clinic:queue@0.1.0;
        interface patients {
            arrive: func(name: string) -> bool;
            next: func() -> option<string>;
        }
        world plugin { import patients; }",
});

use clinic::queue::patients;

#[derive(Default)]
struct Clinic;

#[handler]
impl Clinic {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn do_POST(&mut self) -> Result {
        let name = self.read_body(1000)?;
        let status = if patients::arrive(&String::from_utf8_lossy(&name)) { 204 } else { 503 };
        self.send_response(status)?;
        Ok(self.end_headers()?)
    }

    fn do_GET(&mut self) -> Result {
        let text = match patients::next() {
            Some(name) => {
                let seen = store("default")?.increment("seen", 1)?;
                format!("{name} to {}, number {seen}", config("doctor")?.unwrap_or_default())
            }
            None => "nobody".to_owned(),
        };
        self.send_response(200)?;
        self.end_headers()?;
        Ok(self.wfile().write_all(text.as_bytes())?)
    }
}
