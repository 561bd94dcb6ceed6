//! Where to listen: the flags, and the line for each address.

use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;

use clap::Args;
use doverb::server::{Listen, ListenAddress, TlsFiles};

use super::values::{self, Bind};

/// The port where none is named, as in Python.
pub(super) const PORT: u16 = 8000;

/// Where to listen.
#[derive(Args, Clone)]
pub(super) struct ListenArgs {
    /// The address or host name to listen on, :: and 0.0.0.0 for all of this machine's, or unix:PATH for a unix
    /// socket; may be repeated [default: 127.0.0.1].
    #[arg(long, visible_alias = "host", value_name = "ADDRESS", value_parser = values::parse_bind)]
    bind: Vec<Bind>,
    /// The port to listen on, 0 for any free one [default: 8000].
    #[arg(short, long, value_parser = values::parse_port)]
    port: Option<u16>,
    /// Speak HTTPS with this certificate, in PEM, followed by those that it was signed with; loaded again when it
    /// changes.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl ListenArgs {
    fn port(&self) -> u16 {
        self.port.unwrap_or(PORT)
    }

    /// Whether a port is named.
    pub(super) fn names_port(&self) -> bool {
        self.port.is_some()
    }

    /// Listens at this port, unless another one is named.
    pub(super) fn take_port(&mut self, port: u16) {
        self.port.get_or_insert(port);
    }

    /// Whether no address is named.
    pub(super) fn is_left_open(&self) -> bool {
        self.bind.is_empty()
    }

    /// Whether a file may say where to listen.
    pub(super) fn is_open_to_files(&self) -> bool {
        self.is_left_open() && !self.names_port()
    }

    /// What to listen at.
    pub(super) fn listeners(&self) -> Vec<Listen> {
        if self.bind.is_empty() {
            return vec![Listen::tcp("127.0.0.1", self.port())];
        }
        let listen = |bind: &Bind| match bind {
            Bind::Host(host) => Listen::tcp(host, self.port()),
            Bind::Unix(path) => Listen::Unix(path.clone()),
        };
        self.bind.iter().map(listen).collect()
    }

    /// What to speak TLS with.
    pub(super) fn tls(&self) -> Option<TlsFiles> {
        let (cert, key) = (self.tls_cert.clone()?, self.tls_key.clone()?);
        Some(TlsFiles { cert, key })
    }
}

/// As `python -m http.server` prints it; Python has no words for a unix socket.
pub(super) fn ready_line(address: &ListenAddress, is_secure: bool) -> String {
    let (name, scheme) = if is_secure { ("HTTPS", "https") } else { ("HTTP", "http") };
    match address.tcp() {
        Some(tcp) => format!("Serving {name} on {} port {} ({scheme}://{tcp}/) ...", tcp.ip(), tcp.port()),
        None => format!("Serving {name} on {address} ..."),
    }
}

/// Where others in the network find what listens at all addresses: none where it does not, or where there is no network.
pub(super) fn address_in_network(address: &ListenAddress) -> Option<SocketAddr> {
    let tcp = address.tcp().filter(|tcp| tcp.ip().is_unspecified())?;
    // Nothing is sent: the system only chooses the address that it would be sent from. The other one is for documentation.
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.connect(("192.0.2.1", 9)).ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_loopback() && !own.is_unspecified()).then(|| SocketAddr::new(own, tcp.port()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use doverb::server::{ListenAddress, TlsFiles};

    use super::{ListenArgs, ready_line};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        listen: ListenArgs,
    }

    impl ListenArgs {
        /// What a command line says.
        pub(in super::super) fn of<'a>(
            arguments: impl Iterator<Item = &'a str>,
        ) -> clap::error::Result<ListenArgs> {
            Line::try_parse_from(["doverb"].into_iter().chain(arguments)).map(|line| line.listen)
        }
    }

    fn listeners(arguments: &[&str]) -> Vec<String> {
        let listen = ListenArgs::of(arguments.iter().copied()).expect("good flags");
        listen.listeners().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_port_is_that_of_every_address() {
        assert_eq!(listeners(&[]), ["127.0.0.1:8000"]);
        assert_eq!(
            listeners(&["--bind", "[::1]", "--port", "80", "--bind", "localhost", "--bind", "unix:a b"]),
            ["[::1]:80", "localhost:80", "unix:a b"]
        );
    }

    #[test]
    fn addresses_are_written_as_in_a_url() {
        let line = |address: &str| ready_line(&ListenAddress::Tcp(address.parse().unwrap()), false);
        assert_eq!(
            line("127.0.0.1:8000"),
            "Serving HTTP on 127.0.0.1 port 8000 (http://127.0.0.1:8000/) ..."
        );
        assert_eq!(line("[::1]:8000"), "Serving HTTP on ::1 port 8000 (http://[::1]:8000/) ...");
        let unix = ListenAddress::Unix("/run/site".into());
        assert_eq!(ready_line(&unix, false), "Serving HTTP on unix:/run/site ...");
        let tcp = ListenAddress::Tcp("127.0.0.1:8443".parse().unwrap());
        let https = "Serving HTTPS on 127.0.0.1 port 8443 (https://127.0.0.1:8443/) ...";
        assert_eq!(ready_line(&tcp, true), https);
    }

    #[test]
    fn a_certificate_and_its_key_come_together() {
        let tls = |arguments: &str| {
            let listen = ListenArgs::of(arguments.split_whitespace());
            listen.map(|listen| listen.tls()).map_err(|error| (error.exit_code(), error.to_string()))
        };
        assert_eq!(tls(""), Ok(None));
        let files = TlsFiles { cert: "a".into(), key: "b".into() };
        assert_eq!(tls("--tls-cert a --tls-key b"), Ok(Some(files)));
        for (alone, other) in [("--tls-cert a", "--tls-key"), ("--tls-key b", "--tls-cert")] {
            let (code, line) = tls(alone).expect_err(alone);
            assert!(code == 2 && line.contains(other), "{code}: {line}");
        }
    }
}
