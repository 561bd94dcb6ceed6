//! A real browser: Chromium without a window, driven through chromedriver.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};

use crate::SOON;
use crate::command::spawn;
use crate::log_lines::LogLines;

/// No sandbox, as tests run as root in CI; nothing that talks to the outside.
const SWITCHES: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A browser with a fresh profile. It ends with the test.
pub struct Browser {
    driver: Child,
    /// The session: what a person would do with the mouse and the keyboard.
    pub client: Client,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// When chromedriver or Chromium is not installed; `tests/run` installs both.
    pub async fn start() -> Browser {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = spawn(&mut command);
        let output = LogLines::of(driver.stdout.take().expect("it is piped"));
        let started = output.wait_for(SOON, |line| line.contains("started successfully on port"));
        let port = started.trim_end_matches('.').rsplit(' ').next().expect("the port is the last word");
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let client = builder.capabilities(capabilities(profile.path())).connect(&address);
        let client = tokio::time::timeout(SOON, client).await.expect("Chromium starts in time");
        Browser { driver, client: client.expect("Chromium starts"), _profile: profile }
    }

    /// Closes the browser.
    pub async fn close(self) {
        let closed = tokio::time::timeout(Duration::from_secs(10), self.client.clone().close()).await;
        closed.expect("the browser closes in time").expect("the browser closes");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// How a command to the browser ends.
pub type Done = Result<(), fantoccini::error::CmdError>;

/// Waits for a page that has this text there: a click returns before the page that it leads to is loaded.
///
/// # Errors
///
/// When the browser takes no commands.
///
/// # Panics
///
/// When the text has not come within [`SOON`].
pub async fn expect_text(browser: &Client, place: &str, text: &str) -> Done {
    let script =
        "return document.readyState === 'complete' && document.querySelector(arguments[0])?.innerText";
    let deadline = Instant::now() + SOON;
    loop {
        let shown = browser.execute(script, vec![place.into()]).await?;
        if shown == text {
            return Ok(());
        }
        assert!(Instant::now() < deadline, "{place} has not become {text:?}: {shown}");
    }
}

fn capabilities(profile: &Path) -> Map<String, Value> {
    let profile = format!("--user-data-dir={}", profile.display());
    let switches: Vec<&str> = SWITCHES.into_iter().chain([profile.as_str()]).collect();
    let wanted = json!({ "browserName": "chrome", "goog:chromeOptions": { "args": switches } });
    wanted.as_object().expect("it is an object").clone()
}
