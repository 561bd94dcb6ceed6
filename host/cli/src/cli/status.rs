//! `--status`: a server of its own that shows what the main one does.

use std::thread::JoinHandle;
use std::time::Duration;

use doverb::limits::Limits;
use doverb::log::Log;
use doverb::server::{Audience, Config, Listen, ListenAddress, Mounts, Server, ServerHandle, Status};
use doverb::slot::Slot;

use super::failure::Failure;
use super::values::{Bind, parse_bind};

/// Whoever looks: a few people and monitoring.
const MAX_CONNECTIONS: usize = 32;
/// Of one address: whoever takes more than that leaves some to monitoring.
const MAX_OF_CLIENT: usize = 24;
/// Who looks asks at once.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);

/// Shows what a server does until it is dropped, so also while that one drains.
pub(super) struct StatusServer {
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl StatusServer {
    /// Listens, and says where.
    pub(super) fn start(
        listen: Listen,
        status: &Status,
        mounts: Mounts,
        log: &Log,
    ) -> Result<StatusServer, Failure> {
        let audience = audience(&listen);
        let limits = Limits::default()
            .with_max_connections(MAX_CONNECTIONS)
            .with_max_client_connections(MAX_OF_CLIENT)
            .with_header_timeout(HEADER_TIMEOUT);
        let config = Config::default().with_listener(listen).with_threads(1).with_limits(limits);
        let shown = Slot::new(status.handler(mounts, audience));
        let server = Server::bind(config, shown, Log::discard()).map_err(|error| Failure::status(&error))?;
        for address in server.addresses() {
            say(address, log);
        }
        let (handle, told) = (server.handle(), log.clone());
        let serve = move || {
            if let Err(error) = server.run() {
                told.message(format_args!("the status is no longer shown: {error}"));
            }
        };
        let thread = std::thread::Builder::new().name("status".into()).spawn(serve);
        let thread = thread.map_err(|error| Failure::failed("--status", error))?;
        Ok(StatusServer { handle, thread: Some(thread) })
    }
}

impl Drop for StatusServer {
    fn drop(&mut self) {
        self.handle.abort();
        if let Some(thread) = self.thread.take() {
            // A panic of its own was logged, and concerns nobody else.
            let _ = thread.join();
        }
    }
}

/// Whoever asks for what was written as the address, beside addresses and localhost.
fn audience(listen: &Listen) -> Audience {
    match listen {
        Listen::Unix(_) => Audience::everybody(),
        Listen::Tcp { host, .. } => Audience::default().with_name(host),
        _ => Audience::default(),
    }
}

fn say(address: &ListenAddress, log: &Log) {
    let Some(tcp) = address.tcp() else {
        return log.message(format_args!("status at {address}"));
    };
    log.message(format_args!("status at http://{tcp}/"));
    if !tcp.ip().is_loopback() {
        log.message(format_args!(
            "others can reach the status, which shows paths of requests: --status 127.0.0.1:{} keeps it to this machine",
            tcp.port()
        ));
    }
}

/// `HOST:PORT`, `[::1]:PORT` or `unix:PATH`.
pub(super) fn parse(text: &str) -> Result<Listen, String> {
    let expected =
        || "expected HOST:PORT or unix:PATH, such as 127.0.0.1:9090 or unix:/run/status.sock".to_owned();
    if text.starts_with("unix:") {
        return match parse_bind(text)? {
            Bind::Unix(path) => Ok(Listen::Unix(path)),
            Bind::Host(_) => Err(expected()),
        };
    }
    let (host, port) = text.rsplit_once(':').ok_or_else(expected)?;
    let port = port.parse().map_err(|_| expected())?;
    match (host, parse_bind(host)?) {
        (bare, Bind::Host(name)) if !name.is_empty() && (!bare.contains(':') || bare.starts_with('[')) => {
            Ok(Listen::tcp(name, port))
        }
        _ => Err(expected()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_address_has_a_port_or_is_a_path() {
        for good in ["127.0.0.1:0", "[::1]:9090", "localhost:9090", "unix:/run/s"] {
            assert_eq!(parse(good).map(|listen| listen.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", ":", "9090", "localhost", "::1", "::1:9090", ":9090", "a:b", "a:65536", "unix:"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
