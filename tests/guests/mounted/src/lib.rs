//! A handler that is mounted somewhere. What it does is said behind its mount: `/where /count /set?version= /loop /grow?mib= /flood`,
//! and POST of anything, which tells the body's length.

use doverb_guest::*;

#[derive(Default)]
struct Mounted {
    requests: u32,
    kept: Vec<Vec<u8>>,
}

#[handler]
impl Mounted {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn do_GET(&mut self) -> Result {
        self.requests += 1;
        let path = self.path_only();
        let mount = self.mount();
        let text = match path.strip_prefix(mount.trim_end_matches('/')).unwrap_or("outside") {
            "/count" => self.requests.to_string(),
            "/set" => {
                let version = self.query().get("version").unwrap_or_default().to_owned();
                self.set_server_version(&version)?;
                "set".into()
            }
            "/loop" => loop {
                std::hint::black_box(());
            },
            "/grow" => {
                let mib = self.query().get("mib").and_then(|mib| mib.parse().ok()).unwrap_or(1_usize);
                self.kept.push(std::hint::black_box(vec![1; mib << 20]));
                self.kept.len().to_string()
            }
            "/flood" => {
                for line in 0..2000 {
                    println!("line {line} of a flood: {}", "x".repeat(1000));
                }
                "flooded".into()
            }
            _ => {
                let greeting = std::env::var("GREETING").unwrap_or_default();
                format!("mount={mount} path={} greeting={greeting}", self.path())
            }
        };
        answer(self, &text)
    }

    fn do_POST(&mut self) -> Result {
        let mut body = Vec::new();
        self.rfile().read_to_end(&mut body)?;
        answer(self, &body.len().to_string())
    }

    fn finish(&mut self) -> Result {
        self.log_message(&format!("finished after {}", self.requests));
        Ok(())
    }
}

fn answer(handler: &mut Mounted, text: &str) -> Result {
    handler.send_response(200)?;
    handler.end_headers()?;
    handler.wfile().write_all(text.as_bytes())?;
    Ok(())
}
