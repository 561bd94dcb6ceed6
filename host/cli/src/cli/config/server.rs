//! `[server]`: where it listens, and the limits of the whole.

use std::net::IpAddr;
use std::path::Path;

use doverb::compile::CompileOptions;
use doverb::limits::{Limits, part_of_client};
use doverb::server::{Listen, TlsFiles};
use serde::Deserialize;
use toml::Spanned;

use super::super::limit_args::{many, part_of};
use super::super::source_args::BuildBounds;
use super::super::status;
use super::super::values::{Bind, parse_bind};
use super::beside;
use super::report::Fault;
use super::values::{AnyDuration, Bytes, Count, Duration, Few, ProcessMemory, texts};

/// Addresses to listen at, at most: each is compared with the others.
const MAX_LISTENERS: usize = 256;
/// The port where none is said.
const PORT: u16 = 8000;

/// `[server]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(in super::super) struct ServerTable {
    #[serde(deserialize_with = "texts")]
    listen: Vec<Spanned<String>>,
    status: Option<Spanned<String>>,
    threads: Option<Few>,
    tls_cert: Option<Spanned<String>>,
    tls_key: Option<Spanned<String>>,
    max_connections: Option<Count>,
    max_client_connections: Option<Count>,
    max_instances: Option<Count>,
    max_client_instances: Option<Count>,
    max_total_memory: Option<Bytes>,
    trusted_proxies: Option<Vec<IpAddr>>,
    header_timeout: Option<Duration>,
    keep_alive_timeout: Option<Duration>,
    raw_timeout: Option<Duration>,
    grace: Option<AnyDuration>,
    build_memory: Option<Bytes>,
    build_time: Option<Duration>,
    compile_memory: Option<ProcessMemory>,
    compile_time: Option<Duration>,
}

impl ServerTable {
    /// The same, with its paths relative to the file's folder.
    pub(super) fn beside(mut self, folder: &Path) -> ServerTable {
        for path in [&mut self.tls_cert, &mut self.tls_key].into_iter().flatten() {
            let there = beside(folder, path.get_ref()).display().to_string();
            *path = Spanned::new(path.span(), there);
        }
        for listen in self.listen.iter_mut().chain(&mut self.status) {
            if let Some(path) = listen.get_ref().strip_prefix("unix:").filter(|path| !path.is_empty()) {
                let there = format!("unix:{}", beside(folder, path).display());
                *listen = Spanned::new(listen.span(), there);
            }
        }
        self
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        for listen in &self.listen {
            parse_listen(listen.get_ref()).map_err(|why| Fault::at(listen.span(), why, ""))?;
        }
        if let Some(more) = self.listen.get(MAX_LISTENERS) {
            let text = format!("more than {MAX_LISTENERS} addresses to listen at");
            return Err(Fault::at(more.span(), text, "this is one more"));
        }
        for (number, listen) in self.listen.iter().enumerate() {
            let is_any = listen.get_ref().ends_with(":0");
            if let Some(first) = self.listen[..number].iter().find(|first| *first == listen && !is_any) {
                let fault = Fault::at(listen.span(), "this address is listened at twice", "and here");
                return Err(fault.and(first.span(), "it is here"));
            }
        }
        if let Some(status) = &self.status {
            status::parse(status.get_ref()).map_err(|why| Fault::at(status.span(), why, ""))?;
        }
        match (&self.tls_cert, &self.tls_key) {
            (Some(alone), None) => Err(Fault::at(alone.span(), "tls-cert needs tls-key", "")),
            (None, Some(alone)) => Err(Fault::at(alone.span(), "tls-key needs tls-cert", "")),
            _ => Ok(()),
        }
    }

    /// Where to listen; nothing where it does not say.
    pub(in super::super) fn listeners(&self) -> Vec<Listen> {
        self.listen.iter().filter_map(|listen| parse_listen(listen.get_ref()).ok()).collect()
    }

    /// Whether another one says to listen elsewhere.
    pub(in super::super) fn listeners_differ(&self, other: &ServerTable) -> bool {
        self.listen != other.listen
    }

    /// Takes over what can't change while the server runs from how it `began`; what would have changed, in a line.
    pub(super) fn hold(&mut self, began: &ServerTable) -> Option<String> {
        let differs = [
            ("threads", self.threads != began.threads),
            ("max-instances", self.max_instances != began.max_instances),
            ("max-total-memory", self.max_total_memory != began.max_total_memory),
            ("build-memory", self.build_memory != began.build_memory),
            ("build-time", self.build_time != began.build_time),
            ("compile-memory", self.compile_memory != began.compile_memory),
            ("compile-time", self.compile_time != began.compile_time),
        ];
        (self.threads, self.max_instances, self.max_total_memory) =
            (began.threads, began.max_instances, began.max_total_memory);
        (self.build_memory, self.build_time) = (began.build_memory, began.build_time);
        (self.compile_memory, self.compile_time) = (began.compile_memory, began.compile_time);
        let keys: Vec<_> = differs.iter().filter(|(_, differs)| *differs).map(|(key, _)| *key).collect();
        let what = match &keys[..] {
            [] => return None,
            [one] => format!("{one} has changed, which takes a restart: until then it stays as it was"),
            several => {
                let keys = several.join(", ");
                format!("{keys} have changed, which takes a restart: until then they stay as they were")
            }
        };
        Some(format!("[server] {what}"))
    }

    /// Where the state of things is shown, if it is.
    pub(in super::super) fn status(&self) -> Option<Listen> {
        self.status.as_ref().and_then(|listen| status::parse(listen.get_ref()).ok())
    }

    pub(in super::super) fn tls(&self) -> Option<TlsFiles> {
        let path = |value: &Option<Spanned<String>>| value.as_ref().map(|path| path.get_ref().into());
        Some(TlsFiles { cert: path(&self.tls_cert)?, key: path(&self.tls_key)? })
    }

    /// What a tool that builds sources may take, as far as it says so.
    pub(in super::super) fn build_bounds(&self) -> BuildBounds {
        BuildBounds {
            memory: self.build_memory.map(|bytes| bytes.0),
            time: self.build_time.map(|time| time.0),
        }
    }

    /// How components are compiled, with the bounds that it sets.
    pub(in super::super) fn compile(&self, mut options: CompileOptions) -> CompileOptions {
        if let Some(bytes) = self.compile_memory {
            options = options.memory(bytes.0);
        }
        if let Some(time) = self.compile_time {
            options = options.timeout(time.0);
        }
        options
    }

    pub(in super::super) fn threads(&self) -> Option<u16> {
        self.threads.map(|threads| threads.0)
    }

    /// The limits of a mount, with those that it sets for all mounts together: a mount has no more.
    pub(super) fn apply_to_mounts(&self, mut limits: Limits) -> Limits {
        if let Some(count) = self.max_instances {
            limits.max_instances = count.0;
        }
        if let Some(bytes) = self.max_total_memory {
            limits.max_total_memory = bytes.0;
        }
        limits
    }

    /// The limits with those that it sets.
    pub(in super::super) fn apply(&self, limits: Limits) -> Limits {
        let mut limits = self.apply_to_mounts(limits);
        if let Some(count) = self.max_connections {
            limits.max_connections = many(count.0);
            limits.max_client_connections = many(part_of(count.0));
        }
        if let Some(count) = self.max_client_connections {
            limits.max_client_connections = many(count.0);
        }
        if let Some(count) = self.max_instances {
            limits.max_client_instances = part_of_client(count.0);
        }
        if let Some(count) = self.max_client_instances {
            limits.max_client_instances = many(count.0);
        }
        if let Some(addresses) = &self.trusted_proxies {
            limits = limits.with_trusted_proxies(addresses.clone());
        }
        let times = [
            (self.header_timeout, &mut limits.header_timeout),
            (self.keep_alive_timeout, &mut limits.keep_alive_timeout),
            (self.raw_timeout, &mut limits.raw_idle_timeout),
        ];
        for (time, limit) in times {
            *limit = time.map_or(*limit, |time| time.0);
        }
        if let Some(grace) = self.grace {
            limits.grace = grace.0;
        }
        limits
    }
}

/// `ADDRESS`, `ADDRESS:PORT`, `[::1]:PORT`, `:PORT` or `unix:PATH`.
fn parse_listen(text: &str) -> Result<Listen, String> {
    let expected = || {
        "expected an address and a port, such as \"127.0.0.1:8000\" or \"[::1]:8000\", or \"unix:PATH\""
            .to_owned()
    };
    if text.starts_with("unix:") {
        return match parse_bind(text)? {
            Bind::Unix(path) => Ok(Listen::Unix(path)),
            Bind::Host(_) => Err(expected()),
        };
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().map_err(|_| expected())?)
        }
        _ => (text, PORT),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match host {
        "" if text.starts_with(':') => Ok(Listen::tcp("::", port)),
        "" => Err(expected()),
        host => Ok(Listen::tcp(host, port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listened_at_is_written_as_in_a_url() {
        let shown = |text: &str| parse_listen(text).map(|listen| listen.to_string());
        for (text, listen) in [
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("localhost", "localhost:8000"),
            ("[::1]:80", "[::1]:80"),
            ("::1", "[::1]:8000"),
            (":80", "[::]:80"),
            ("unix:a b", "unix:a b"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(listen), "{text}");
        }
        for text in ["", "a:b", "a:65536", "unix:"] {
            assert!(shown(text).is_err(), "{text}");
        }
    }
}
