//! Opening the browser of whoever runs the command.

use std::process::{Command, Stdio};

use doverb::log::Log;
use doverb::server::ListenAddress;

/// What opens an address, the first that is there.
const OPENERS: [&str; 4] = ["xdg-open", "open", "wslview", "sensible-browser"];

/// Opens what is served at the first address that a browser understands.
pub(super) fn open(addresses: &[ListenAddress], is_secure: bool, log: &Log) {
    let Some(address) = addresses.iter().find_map(ListenAddress::tcp) else {
        return log.message(format_args!("--open: no browser can open a unix socket"));
    };
    let url = url(address, is_secure);
    let begin = |opener: &&str| {
        Command::new(opener)
            .arg(&url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            // Somebody must take note of its end.
            .map(|mut child| std::thread::spawn(move || child.wait()))
            .is_ok()
    };
    if !OPENERS.iter().any(begin) {
        log.message(format_args!("--open: there is no {} here. Open {url} yourself", OPENERS[0]));
    }
}

/// The address as a browser of this machine reaches it.
fn url(address: std::net::SocketAddr, is_secure: bool) -> String {
    let scheme = if is_secure { "https" } else { "http" };
    match address.ip().is_unspecified() {
        true => format!("{scheme}://localhost:{}/", address.port()),
        false => format!("{scheme}://{address}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn all_addresses_of_a_machine_are_localhost_to_its_browser() {
        assert_eq!(url("0.0.0.0:80".parse().unwrap(), false), "http://localhost:80/");
        assert_eq!(url("[::]:8443".parse().unwrap(), true), "https://localhost:8443/");
        assert_eq!(url("127.0.0.1:8000".parse().unwrap(), false), "http://127.0.0.1:8000/");
    }
}
