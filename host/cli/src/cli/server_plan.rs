//! How the server itself is to be: what the flags say, and what the `[server]` of a doverb.toml does, which may change while it
//! serves.

use std::sync::{Arc, Mutex, PoisonError};

use doverb::log::Log;
use doverb::server::{self, Listen, Mounts, Moved, ServerHandle, Status};

use super::config::ServerTable;
use super::failure::Failure;
use super::kept_back::KeptBack;
use super::listen_args::ListenArgs;
use super::status::StatusServer;

/// How the server is to be, as far as no file says it.
pub(super) struct ServerPlan {
    /// What the flags say.
    pub(super) config: server::Config,
    pub(super) listen: ListenArgs,
    pub(super) threads: Option<u16>,
    pub(super) status: Option<Listen>,
    /// Sockets that were open before there was a server.
    pub(super) handed: Vec<Listen>,
    /// Where the certificate's key is noted, so that nobody reads it among files that are served.
    pub(super) kept_back: KeptBack,
}

impl ServerPlan {
    /// The configuration with what a file says. Of addresses, the certificate and the threads the flags count more.
    pub(super) fn config(&self, table: &ServerTable) -> server::Config {
        let mut config = self.config.clone();
        config.listeners = self.listeners(table.listeners());
        config.tls = self.listen.tls().or_else(|| table.tls());
        self.kept_back.add(config.tls.iter().map(|tls| tls.key.clone()));
        config.threads = self.threads.or(table.threads()).unwrap_or(0).into();
        config.limits = table.apply(config.limits);
        config
    }

    fn listeners(&self, of_file: Vec<Listen>) -> Vec<Listen> {
        let listeners = if !of_file.is_empty() && self.listen.is_open_to_files() {
            of_file
        } else if of_file.is_empty() && self.listen.is_left_open() && !self.handed.is_empty() {
            // Nobody has named an address, but some are there.
            Vec::new()
        } else {
            self.listen.listeners()
        };
        listeners.into_iter().chain(self.handed.iter().cloned()).collect()
    }

    /// Where the state of things is to be shown, if it is.
    pub(super) fn status(&self, table: &ServerTable) -> Option<Listen> {
        self.status.clone().or_else(|| table.status())
    }
}

/// Who shows the state of things, and what he knows. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Shown(Arc<Mutex<Showing>>);

#[derive(Default)]
struct Showing {
    /// What has been counted, from the first time that somebody wanted to see it.
    status: Option<Status>,
    at: Option<Listen>,
    server: Option<StatusServer>,
}

impl Shown {
    /// The configuration of a server whose state is shown there.
    pub(super) fn observed(&self, config: server::Config, at: Option<&Listen>) -> server::Config {
        match at {
            None => config,
            Some(_) => {
                let status = self.lock().status.get_or_insert_default().clone();
                config.with_observer(Arc::new(status))
            }
        }
    }

    /// Shows it there from now on, or nowhere.
    pub(super) fn show(&self, at: Option<&Listen>, mounts: &Mounts, log: &Log) -> Result<(), Failure> {
        let began = self.begin(at, mounts, log)?;
        self.go_over(at, began);
        Ok(())
    }

    /// A server that shows it there, where none does yet.
    fn begin(
        &self,
        at: Option<&Listen>,
        mounts: &Mounts,
        log: &Log,
    ) -> Result<Option<StatusServer>, Failure> {
        let mut showing = self.lock();
        let word = |listen: &Listen| listen.to_string();
        match at {
            Some(at) if showing.at.as_ref().map(word) != Some(word(at)) => {
                let status = showing.status.get_or_insert_default().clone();
                StatusServer::start(at.clone(), &status, mounts.clone(), log).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn go_over(&self, at: Option<&Listen>, began: Option<StatusServer>) {
        let mut showing = self.lock();
        showing.at = at.cloned();
        if began.is_some() || at.is_none() {
            let old = std::mem::replace(&mut showing.server, began);
            drop(showing);
            // It ends in a moment, in which nobody is to wait.
            drop(old);
        }
    }

    /// Shows nothing any more.
    pub(super) fn end(&self) {
        self.go_over(None, None);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Showing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A server that runs, and how it is.
pub(super) struct Whole {
    plan: ServerPlan,
    handle: ServerHandle,
    mounts: Mounts,
    shown: Shown,
    log: Log,
    now: ServerTable,
}

impl Whole {
    pub(super) fn new(
        plan: ServerPlan,
        (handle, mounts): (ServerHandle, Mounts),
        shown: Shown,
        log: Log,
        now: ServerTable,
    ) -> Whole {
        Whole { plan, handle, mounts, shown, log, now }
    }

    /// Goes over to what the file says now, and tells what has changed for clients; or leaves all as it is, and tells why.
    pub(super) fn take(&mut self, table: &ServerTable) -> Result<Vec<String>, String> {
        if *table == self.now {
            return Ok(Vec::new());
        }
        let at = self.plan.status(table);
        let began = self.shown.begin(at.as_ref(), &self.mounts, &self.log).map_err(told)?;
        let config = self.shown.observed(self.plan.config(table), at.as_ref());
        let moved = self.handle.change(config).map_err(|error| told(Failure::server(&error)))?;
        self.shown.go_over(at.as_ref(), began);
        let mut news = lines(&moved, self.handle.is_secure());
        if news.is_empty() {
            news.push("[server] has changed".into());
        }
        if !self.plan.listen.is_open_to_files() && table.listeners_differ(&self.now) {
            news.push("listen has changed, but --bind or --port says where to listen".into());
        }
        self.now = table.clone();
        Ok(news)
    }
}

fn lines(moved: &Moved, is_secure: bool) -> Vec<String> {
    let scheme = if is_secure { "https" } else { "http" };
    let shown = |address: &server::ListenAddress| match address.tcp() {
        Some(tcp) => format!("{scheme}://{tcp}/"),
        None => address.to_string(),
    };
    let to = moved.to.iter().map(|address| format!("listening at {}", shown(address)));
    let from = moved.from.iter().map(|address| format!("no longer listening at {address}"));
    to.chain(from).collect()
}

fn told(failure: Failure) -> String {
    match failure {
        Failure::Failed(line) | Failure::Usage(line) | Failure::Told(line) => line,
        Failure::Interrupted(_) => "it was interrupted".into(),
    }
}

#[cfg(test)]
mod tests {
    use doverb::server::{Config, Listen};

    use super::super::listen_args::ListenArgs;
    use super::{KeptBack, ServerPlan};

    #[test]
    fn flags_count_more_than_a_file_and_what_is_handed_in_is_listened_at_with_all() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let handed = Listen::handed(socket);
        let shown = |flags: &str, of_file: &[&str], is_handed: bool| {
            let plan = ServerPlan {
                config: Config::default(),
                listen: ListenArgs::of(flags.split_whitespace()).expect("good flags"),
                threads: None,
                status: None,
                handed: Vec::from_iter(is_handed.then(|| handed.clone())),
                kept_back: KeptBack::default(),
            };
            let of_file = of_file.iter().map(|host| Listen::tcp(*host, 1)).collect();
            plan.listeners(of_file).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        let socket = "a socket that was handed in";
        assert_eq!(shown("", &[], false), "127.0.0.1:8000");
        assert_eq!(shown("", &["a"], false), "a:1");
        assert_eq!(shown("--port 2", &["a"], false), "127.0.0.1:2");
        assert_eq!(shown("--bind b", &["a"], false), "b:8000");
        assert_eq!(shown("", &[], true), socket);
        assert_eq!(shown("", &["a"], true), format!("a:1 {socket}"));
        assert_eq!(shown("--bind b", &[], true), format!("b:8000 {socket}"));
    }
}
