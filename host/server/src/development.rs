//! For who develops handlers: pages show themselves anew when a handler has changed, and say so when it does not build.

use std::time::Duration;

use doverb_core::exchange::Exchange;
use doverb_core::failure::Failure;
use doverb_core::handler::Handler;
use doverb_core::site;
use tokio::sync::watch;

/// Where pages listen.
pub const PATH: &str = "/_doverb/";

/// Ends each page. A page that has lost the server asks again, and shows itself anew when it is another one.
const SCRIPT: &str = r#"
<script>(() => {
  let first;
  new EventSource('/_doverb/events').onmessage = ({ data }) => {
    const { state, failure } = JSON.parse(data);
    document.getElementById('doverb-failure')?.remove();
    if (failure) {
      const pre = document.createElement('pre');
      pre.id = 'doverb-failure';
      pre.textContent = failure;
      pre.style = 'position:fixed;inset:auto 0 0 0;z-index:2147483647;margin:0;padding:1rem;max-height:60vh;overflow:auto;'
        + 'background:#300;color:#fdd;font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap;border-top:3px solid #f55';
      document.documentElement.append(pre);
    } else if (first !== undefined && first !== state) location.reload();
    first ??= state;
  };
})()</script>
"#;

/// How often it is looked whether the server ends.
const LOOK: Duration = Duration::from_millis(250);
/// After so many looks something is said, whether or not there is anything to say.
const REMARK: u32 = 60;

/// What pages are told. Clones tell the same pages.
///
/// ```
/// use doverb_server::development::Development;
///
/// let development = Development::new();
/// development.changed();
/// development.failed("app.py:3: invalid syntax");
/// ```
#[derive(Clone, Debug)]
pub struct Development(watch::Sender<State>);

#[derive(Clone, Debug)]
struct State {
    /// Differs from server to server, and from version to version.
    number: u64,
    /// Why the newest version does not serve.
    failure: Option<String>,
}

impl Default for Development {
    fn default() -> Development {
        Development::new()
    }
}

impl Development {
    /// No page listens yet.
    pub fn new() -> Development {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        // A page's number is a float: milliseconds fit it, with room for the versions of an hour in each.
        let number = now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(0));
        Development(watch::Sender::new(State { number, failure: None }))
    }

    /// A new version serves: pages show themselves anew.
    pub fn changed(&self) {
        self.0.send_modify(|state| {
            state.number += 1;
            state.failure = None;
        });
    }

    /// What was changed does not work: pages say why, until something works again.
    pub fn failed(&self, why: &str) {
        self.0.send_modify(|state| state.failure = Some(why.to_owned()));
    }

    /// All is as it was before something failed.
    pub fn mended(&self) {
        self.0.send_modify(|state| state.failure = None);
    }

    /// What a site needs for it.
    pub(crate) fn of_site() -> site::Development {
        site::Development::new(SCRIPT)
    }

    /// What pages listen to, to be mounted at [`PATH`].
    pub fn handler(&self) -> Handler {
        let states = self.0.clone();
        Handler::native_async("development", move |request| Box::pin(tell(request, states.subscribe())))
    }
}

async fn tell(request: &mut Exchange, mut states: watch::Receiver<State>) -> Result<(), Failure> {
    if request.path_only() != format!("{PATH}events") {
        return request.send_error(404, None, None);
    }
    request.send_response(200, None)?;
    request.send_header("Content-Type", "text/event-stream")?;
    request.send_header("Cache-Control", "no-store")?;
    request.end_headers()?;
    loop {
        let state = states.borrow_and_update().clone();
        let data = serde_json::json!({ "state": state.number, "failure": state.failure });
        request.write(format!("data: {data}\n\n").as_bytes())?;
        request.flush_body().await?;
        let mut quiet = 0;
        loop {
            match tokio::time::timeout(LOOK, states.changed()).await {
                Ok(Ok(())) => break,
                Ok(Err(_)) => return Ok(()),
                Err(_) if request.is_draining() => return Ok(()),
                Err(_) => quiet += 1,
            }
            if quiet % REMARK == 0 {
                // A comment, by which it is found out that a page has gone.
                request.write(b":\n\n")?;
                request.flush_body().await?;
            }
        }
    }
}
